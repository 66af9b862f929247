"""JSON files: one object a line, or with `multiLine` one document a file.

Jackson, Spark's parser, reads every record once. What it does not keep is how a number
was written (3.10 becomes 3.1, long decimals lose digits), also inside of nested values:
these texts are taken from the record itself, by a regular expression.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import records
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options

_DEPTH = 8
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = r"true|false|null|-?[0-9][0-9.eE+-]*+"
_DOCUMENT = "map<string,string>"
# About files and lines: Jackson need not know them.
_NOT_JACKSON = {"charset", "encoding", "header", "linesep", "mode", "multiline"}


def _nested(depth: int) -> str:
    inner = rf"|{_nested(depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^"\[\]{{}}]++|{_STRING}{inner})*+[\]}}]'


_NESTED = _nested(_DEPTH)
# \G, the end of the last match, makes members match in a row or not at all: as many
# matches as Jackson has keys are the very same members. The group is the value.
_MEMBERS = (
    rf"(?s)(?:^\s*+\{{|\G\s*+,)\s*+{_STRING}\s*+:\s*+({_STRING}|{_NESTED}|{_SCALAR})"
)


def read(reader, path: str | Sequence[str], options: Options) -> DataFrame:
    """Rows of `record`, `keys`, `values` and `written`.

    `written` has the texts of the values as they are in the record; it is NULL where
    the record is JSON that only Jackson understands.
    """
    parsed = F.from_json("record", _DOCUMENT, _jackson(options))
    members = F.regexp_extract_all("record", F.lit(_MEMBERS), F.lit(1))
    df = _records(reader, path, options)
    df = df.select("record", parsed.alias("parsed"), members.alias("members"))
    complete = F.size("members") == F.size("parsed")
    return df.select(  # in reverse: of equal keys the last one counts
        "record",
        F.reverse(F.map_keys("parsed")).alias("keys"),
        F.reverse(F.map_values("parsed")).alias("values"),
        F.when(complete, F.reverse("members")).alias("written"),
    )


def value_of(key: Column) -> Column:
    index = records.index_of(key)
    written = F.get("written", index)
    is_plain = ~F.substring(written, 1, 1).isin('"', "n")  # not a string, not null
    return F.when(is_plain, written).otherwise(F.get("values", index))


def typed(columns: list[StructField], options: Options) -> Column:
    return F.from_json("record", StructType(columns), _jackson(options))


def infer(spark, paths: list[str], options: Options) -> StructType:
    """The columns of these files, ordered by name as Spark's own inference does."""
    df = _records(literal_reader(spark), paths, options)
    if options.infer_types:
        reader = spark.read.options(**_jackson(options))
        found = reader.option("columnNameOfCorruptRecord", options.corrupt).json(df)
        return StructType([c for c in found.schema if c.name != options.corrupt])
    parsed = F.from_json("record", _DOCUMENT, _jackson(options))
    keys = F.coalesce(F.json_object_keys("record"), F.map_keys(parsed))
    found = df.select(F.explode(keys).alias("key")).distinct().collect()
    names = sorted(row.key for row in found)
    return StructType([StructField(name, StringType()) for name in names])


def _records(reader, path: str | Sequence[str], options: Options) -> DataFrame:
    documents = options.flag("multiline")
    df = records.text(reader, path, options, whole=documents or not options.unicode)
    value = F.col("value")
    if not documents and not options.unicode:
        df = df.select(F.explode(records.lines(value, options)).alias("value"))
    df = df.where(F.rlike(value, F.lit(r"\S")))
    objects = F.when(F.rlike(value, F.lit(r"^\s*\[")), _elements(value))
    df = df.select(F.explode(objects.otherwise(F.array(value))).alias("record"))
    return df


def _elements(value: Column) -> Column:
    """The objects of an array; the text itself where it cannot be parsed."""
    parsed = F.from_json(value, "array<string>")
    inside = F.substring(value, F.instr(value, "[") + 1, F.length(value))
    written = F.regexp_extract_all(inside, F.lit(_NESTED), F.lit(0))
    exact = F.when(F.size(written) == F.size(parsed), written).otherwise(parsed)
    return F.coalesce(exact, F.array(value))


def _jackson(options: Options) -> dict[str, str]:
    return {k: v for k, v in options.parser.items() if k not in _NOT_JACKSON}
