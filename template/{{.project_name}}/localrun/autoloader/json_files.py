"""JSON files: one object a line, or with `multiLine` one document a file.

Jackson parses every record, once. What it does not keep is how a number was written
(3.10 becomes 3.1, long decimals lose digits), nor the text of a nested value: both are
taken from the record itself, by a regular expression.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import records
from localrun.autoloader.options import Options

_SPACE = " \t\r\n"
_DEPTH = 12
_TO_THE_END = 2**31 - 1
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_SCALAR = r"(?:true|false|null|-?[0-9][0-9.eE+-]*+)"


def _nested(depth: int) -> str:
    inner = rf"|{_nested(depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^"\[\]{{}}]++|{_STRING}{inner})*+[\]}}]'


_NESTED = _nested(_DEPTH)
_MEMBER = rf"(?s){_STRING}\s*+:\s*+(?:{_STRING}|{_NESTED}|{_SCALAR})"
# Of the options, those that are about files and lines are not Jackson's.
_NOT_JACKSON = {"charset", "encoding", "header", "linesep", "mode", "multiline"}


def read(reader, path: str | Sequence[str], options: Options) -> DataFrame:
    """Rows of `record`, `keys` and `values`, with the hidden column `_metadata`."""
    df = _records(reader, path, options)
    parsed = F.from_json("record", "map<string,string>", _jackson(options))
    df = df.withColumn("parsed", parsed)
    return df.select(
        "record", F.map_keys("parsed").alias("keys"), _exact_values().alias("values")
    )


def typed(columns: list[StructField], options: Options) -> Column:
    return F.from_json("record", StructType(columns), _jackson(options))


def infer(spark, paths: list[str], options: Options) -> StructType:
    """The columns of these files, ordered by name as Spark's own inference does."""
    if options.infer_types:
        reader = spark.read.options(**options.source).options(**options.parser)
        found = reader.option("columnNameOfCorruptRecord", "_corrupt_record").json(paths)
        columns = [c for c in found.schema if c.name != "_corrupt_record"]
        return StructType([StructField(c.name, c.dataType) for c in columns])
    parsed = F.from_json("record", "map<string,string>", _jackson(options))
    keys = F.coalesce(F.json_object_keys("record"), F.map_keys(parsed))
    df = _records(spark.read, paths, options).select(F.explode(keys).alias("key"))
    names = sorted(row.key for row in df.distinct().collect())
    return StructType([StructField(name, StringType()) for name in names])


def _records(reader, path: str | Sequence[str], options: Options) -> DataFrame:
    documents = options.flag("multiline")
    df = records.text(reader, path, options, whole=documents or not options.unicode)
    value = F.col("value")
    if not documents and not options.unicode:
        df = df.select(F.explode(records.lines(value, options)).alias("value"))
    array = F.startswith(F.ltrim(value, F.lit(_SPACE)), F.lit("["))
    objects = F.when(array, _elements(value)).otherwise(F.array(value))
    df = df.select(F.explode(objects).alias("record"))
    return df.where(F.trim("record", F.lit(_SPACE)) != "")


def _elements(value: Column) -> Column:
    """The objects of an array; the array itself where it cannot be parsed."""
    parsed = F.from_json(value, "array<string>")
    opened = F.instr(value, "[")
    written = F.regexp_extract_all(
        F.substring(value, opened + 1, F.length(value)), F.lit(_NESTED), F.lit(0)
    )
    exact = F.when(F.size(written) == F.size(parsed), written).otherwise(parsed)
    return F.coalesce(exact, F.array(value))


def _exact_values() -> Column:
    """Jackson's values, but numbers and nested values as they are written."""
    members = F.regexp_extract_all("record", F.lit(_MEMBER), F.lit(0))
    written = F.zip_with(members, F.map_entries("parsed"), _as_written)
    same = F.size(members) == F.size("parsed")
    return F.when(same, written).otherwise(F.map_values("parsed"))


def _as_written(member: Column, parsed: Column) -> Column:
    key = F.concat(F.lit('"'), parsed["key"], F.lit('"'))
    after_key = F.substring(member, F.length(key) + 1, F.length(member))
    after_colon = F.substring(F.ltrim(after_key, F.lit(_SPACE)), 2, _TO_THE_END)
    value = F.ltrim(after_colon, F.lit(_SPACE))
    # Jackson knows best what a string or null is, and which key this is
    is_plain = F.startswith(member, key) & ~F.substring(value, 1, 1).isin('"', "n")
    return F.when(is_plain, value).otherwise(parsed["value"])


def _jackson(options: Options) -> dict[str, str]:
    return {k: v for k, v in options.parser.items() if k not in _NOT_JACKSON}
