"""JSON files: one object a line, or with `multiLine` one document a file.

Jackson, Spark's parser, reads the records, but not how a number was written: 3.10 would
become 3.1, and long decimals would lose digits. So numbers and nested values are quoted
before, as strings that Jackson then gives back as they are.

Jackson does not look at what follows a document either. Here a line, or a file, that
goes on behind its document cannot be read, and is kept as the text that it is.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BooleanType,
    StringType,
    StructField,
    StructType,
)

from localrun.autoloader import json_text, records
from localrun.autoloader.files import literal_reader
from localrun.autoloader.nested import NESTED
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader

_DEPTH = 32
# A code point that Unicode keeps for such use: no text that is exchanged has it.
_MARK = "\ufdd0"
_MAP = "map<string,string>"
# The end of an object that would not be there if a text inside went on too far.
_END = ',"whole":true}'
# The rest of the control characters is not JSON, inside of strings and outside.
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}
# About files and lines: Jackson need not know them.
_NOT_JACKSON = {"charset", "encoding", "header", "linesep", "mode", "multiline"}


def _nested(string: str, depth: int = _DEPTH) -> str:
    inner = f"|{_nested(string, depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^"\[\]{{}}]++|{string}{inner})*+[\]}}]'


# Everything is possessive, so that no record is too long or too broken to be matched.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_NESTED = _nested(_STRING)
_NUMBER = r"-?[0-9][0-9.eE+-]*+|NaN|[+-]?+Infinity"
_KEY = rf"\s*+{_STRING}\s*+:\s*+"
_OTHER = rf"(?:{_STRING}|true|false|null)"
# \G is the end of the last match: members of the record itself, none inside of another.
_QUOTE = (
    rf"(?s)((?:^\s*+\{{|\G\s*+,)(?:{_KEY}{_OTHER}\s*+,)*+{_KEY})({_NUMBER}|{_NESTED})"
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
        _quoted(F.col("record")).alias("quoted"),
    )
    fields = StructType([StructField(name, StringType()) for name in names])
    parsed = F.from_json(_whole("quoted"), _whole_of(fields), _jackson(options))
    alone = parsed["whole"] & (F.size(parsed["value"]) == 1)
    values = F.map_entries(F.from_json("quoted", _MAP, _jackson(options)))
    keys = F.col("keys")
    known = records.strings(names)
    has_others = F.size(F.array_except(keys, known)) > 0
    has_equals = F.size(F.array_distinct(keys)) < F.size(keys)
    is_read = alone & keys.isNotNull()
    return df.select(
        "record",
        F.when(is_read, F.get(parsed["value"], F.lit(0))).alias("fields"),
        F.when(is_read & (has_others | has_equals), _others(values, known, keys)).alias(
            "unknown"
        ),
    )


def typed(columns: list[StructField], options: Options) -> Column:
    """A struct of the columns in their types, NULL where a value does not fit.

    A nested value fits where all in it does: Jackson would leave out what does not.
    """
    flat = [c for c in columns if not isinstance(c.dataType, NESTED)]
    parsed = F.from_json("record", StructType(flat), _jackson(options))
    values = [parsed[column.name].alias(column.name) for column in flat]
    for column in (c for c in columns if isinstance(c.dataType, NESTED)):
        schema = StructType([column, StructField(_MARK, StringType())])
        tells = {**_jackson(options), "columnNameOfCorruptRecord": _MARK}
        read = F.from_json("record", schema, tells)
        fits = F.when(read[_MARK].isNull(), read[column.name])
        values.append(fits.alias(column.name))
    return F.when(F.col("fields").isNotNull(), F.struct(*values))


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
    """The values of an array; the text itself where it is none, or goes on behind."""
    wrapped = F.concat(F.lit('{"value":'), json_text.marked(value))
    schema = "value array<string>, whole boolean"
    parsed = F.from_json(F.concat(wrapped, F.lit(_END)), schema)
    exact = F.transform(
        parsed["value"], lambda v: F.coalesce(json_text.exact(v), F.lit("null"))
    )
    return F.when(parsed["whole"], exact).otherwise(F.array(value))


def _quoted(record: Column) -> Column:
    """The record with its numbers and nested values as strings."""
    # Written as JSON escapes it, the mark that a record has itself is none.
    plain = F.replace(record, F.lit(_MARK), F.lit(r"\ufdd0"))
    marked = F.regexp_replace(plain, F.lit(_QUOTE), F.lit(f"$1{_MARK}$2{_MARK}"))

    def piece(text: Column, place: Column) -> Column:
        escaped = text
        for character, escape in _ESCAPES.items():
            escaped = F.replace(escaped, F.lit(character), F.lit(escape))
        quoted = F.concat(F.lit('"'), escaped, F.lit('"'))
        return F.when(place % 2 == 1, quoted).otherwise(text)

    return F.array_join(F.transform(F.split(marked, _MARK), piece), "")


def _whole(column: str) -> Column:
    """The text inside of an array, and `whole` behind that, where it is its only value.

    Only a comma may follow, which says nothing.
    """
    text = F.rtrim(F.col(column), F.lit(" \t\r\n,"))
    return F.concat(F.lit('{"value":['), text, F.lit(f"\n]{_END}"))


def _whole_of(record: StructType) -> StructType:
    value = StructField("value", ArrayType(record))
    return StructType([value, StructField("whole", BooleanType())])


def _others(entries: Column, known: Column, keys: Column) -> Column:
    """The members that have no column, or are followed by one of the same name."""

    def is_other(entry: Column, place: Column) -> Column:
        later = F.slice(keys, place + 2, F.size(keys))
        overwritten = F.array_contains(later, entry["key"])
        return overwritten | ~F.array_contains(known, entry["key"])

    return F.filter(entries, is_other)


def _keys(options: Options) -> Column:
    """The names in a record; NULL where it is not a JSON object."""
    parsed = F.from_json("record", _MAP, _jackson(options))
    # quicker, and strict: what it does not take may still be JSON under the options
    return F.coalesce(F.json_object_keys("record"), F.map_keys(parsed))


def _jackson(options: Options) -> dict[str, str]:
    parser = {k: v for k, v in options.parser.items() if k not in _NOT_JACKSON}
    # Spark's own default would hide a field of that name.
    return {**parser, "columnNameOfCorruptRecord": options.corrupt}
