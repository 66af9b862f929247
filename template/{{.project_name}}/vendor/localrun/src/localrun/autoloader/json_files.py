"""JSON files: one object a line, or with `multiLine` one document a file.

Jackson, Spark's parser, reads the records, but not how a number was written: 3.10 would
become 3.1, and long decimals would lose digits. So numbers and nested values are quoted
before, as strings that Jackson then gives back as they are.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import records
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader

_DEPTH = 8
_MAP = "map<string,string>"
# About files and lines: Jackson need not know them.
_NOT_JACKSON = {"charset", "encoding", "header", "linesep", "mode", "multiline"}


def _nested(string: str, other: str, depth: int = _DEPTH) -> str:
    inner = f"|{_nested(string, other, depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^"\[\]{{}}{other}]++|{string}{inner})*+[\]}}]'


# Everything is possessive, so that no record is too long or too broken to be matched.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NESTED = _nested(_STRING, "")
# All but these may stand in single quotes. A nested value that has one of them stays as
# it is, and Jackson writes the numbers in it in its own way.
_SPECIAL = r"'\\\x00-\x1f"
_QUOTABLE = _nested(rf'"[^"{_SPECIAL}]*+"', _SPECIAL)
_NUMBER = r"-?[0-9][0-9.eE+-]*+|NaN|[+-]?+Infinity"
_KEY = rf"\s*+{_STRING}\s*+:\s*+"
_OTHER = rf"(?:{_STRING}|true|false|null|(?!{_QUOTABLE}){_NESTED})"
# \G is the end of the last match: members of the record itself, none inside of another.
_QUOTE = (
    rf"(?s)((?:^\s*+\{{|\G\s*+,)(?:{_KEY}{_OTHER}\s*+,)*+{_KEY})({_NUMBER}|{_QUOTABLE})"
)


def read(
    reader: Reader[Paths], path: Paths, names: list[str], options: Options
) -> DataFrame:
    """Records with the fields `names`; see `records`."""
    return with_fields(_records(reader, path, options), names, options)


def with_fields(df: DataFrame, names: list[str], options: Options) -> DataFrame:
    """The texts in column `record` with the fields `names`; see `records`."""
    df = df.select(
        "record",
        _keys(options).alias("keys"),
        F.regexp_replace("record", F.lit(_QUOTE), F.lit("$1'$2'")).alias("quoted"),
    )
    schema = StructType([StructField(name, StringType()) for name in names])
    parsed = F.from_json("quoted", schema, _jackson(options))
    values = F.from_json("quoted", _MAP, _jackson(options))
    further = F.array_except("keys", records.strings(names))
    unknown = F.transform(further, lambda key: records.entry(key, values[key]))
    return df.select(
        "record",
        F.when(F.col("keys").isNotNull(), parsed).alias("fields"),
        F.when(F.size(further) > 0, unknown).alias("unknown"),
    )


def typed(columns: list[StructField], options: Options) -> Column:
    parsed = F.from_json("record", StructType(columns), _jackson(options))
    return F.when(F.col("fields").isNotNull(), parsed)


def infer(spark: SparkSession, paths: list[str], options: Options) -> StructType:
    """The columns of these files, ordered by name as Spark's own inference does."""
    df = _records(literal_reader(spark), paths, options)
    if options.infer_types:
        reader = spark.read.options(**_jackson(options))
        found = reader.json(df)
        return StructType([c for c in found.schema if c.name != options.corrupt])
    return named_fields(df, options)


def named_fields(df: DataFrame, options: Options) -> StructType:
    """The names in the texts of column `record`, as columns of strings."""
    keys = df.select(F.explode(_keys(options)).alias("key")).distinct().collect()
    return StructType(
        [StructField(n, StringType()) for n in sorted(k.key for k in keys)]
    )


def _records(reader: Reader[Paths], path: Paths, options: Options) -> DataFrame:
    documents = options.flag("multiline")
    df = records.text(reader, path, options, whole=documents or not options.unicode)
    value = F.col("value")
    if not documents and not options.unicode:
        df = df.select(F.explode(records.lines(value, options)).alias("value"))
    df = df.where(F.rlike(value, F.lit(r"\S")))
    objects = F.when(F.rlike(value, F.lit(r"^\s*\[")), _elements(value))
    return df.select(F.explode(objects.otherwise(F.array(value))).alias("record"))


def _elements(value: Column) -> Column:
    """The objects of an array; the text itself where it cannot be parsed."""
    parsed = F.from_json(value, "array<string>")
    inside = F.substring(value, F.instr(value, "[") + 1, F.length(value))
    written = F.regexp_extract_all(inside, F.lit(_NESTED), F.lit(0))
    exact = F.when(F.size(written) == F.size(parsed), written).otherwise(parsed)
    return F.coalesce(exact, F.array(value))


def _keys(options: Options) -> Column:
    """The names in a record; NULL where it is not a JSON object."""
    parsed = F.from_json("record", _MAP, _jackson(options))
    # quicker, and strict: what it does not take may still be JSON under the options
    return F.coalesce(F.json_object_keys("record"), F.map_keys(parsed))


def _jackson(options: Options) -> dict[str, str]:
    parser = {k: v for k, v in options.parser.items() if k not in _NOT_JACKSON}
    # Spark's own default would hide a field of that name.
    return {**parser, "columnNameOfCorruptRecord": options.corrupt}
