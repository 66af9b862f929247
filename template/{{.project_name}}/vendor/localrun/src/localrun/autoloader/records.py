"""Text of files into records, and records into columns, for JSON and CSV alike.

A record is a row with three columns: `record`, its text; `fields`, a struct of the
texts that have columns, NULL where the record cannot be parsed; and `unknown`, an array
of `struct<key, value>` with all others. CSV has a fourth, `ragged`, true where a record
has not the cells of its header: it is corrupt, though its cells are known. Spark's own
expressions make them: no Python worker touches a row, unless its encoding is not UTF-8.
"""

import codecs
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import json_text, nested
from localrun.autoloader.columns import Columns
from localrun.autoloader.options import Options
from localrun.errors import FlowError

FILE_PATH = "_file_path"
RAGGED = "ragged"
_TO_THE_END = 2**31 - 1
_BYTE_ORDER_MARK = "\ufeff"


# One path, or a list of them; a stream takes one only.
Paths = TypeVar("Paths", contravariant=True)


class Reader(Protocol[Paths]):
    """What a batch reader and a stream reader have in common."""

    def format(self, source: str) -> "Reader[Paths]": ...
    def option(self, key: str, value: str | bool) -> "Reader[Paths]": ...
    def options(self, **options: str) -> "Reader[Paths]": ...
    def schema(self, schema: StructType) -> "Reader[Paths]": ...
    def load(self, path: Paths) -> DataFrame: ...


class Parser(Protocol):
    """What the modules of JSON and CSV offer for columns that are not text."""

    def typed(self, columns: list[StructField], options: Options) -> Column:
        """A struct of these columns in their types, NULL where a text does not fit."""


def text(
    reader: Reader[Paths], path: Paths, options: Options, whole: bool
) -> DataFrame:
    """The column `value`: lines of UTF-8, or whole files of any encoding.

    Files are decompressed and decoded. Bytes that the encoding does not know become the
    replacement character.
    """
    reader = reader.format("text").options(**options.source).option("wholetext", whole)
    separator = options.parser.get("linesep")
    if separator and not whole:
        reader = reader.option("lineSep", separator)
    df = reader.load(path)
    if options.unicode:
        decoded = F.make_valid_utf8("value")
    else:
        decoded = _decoder(options.encoding)(F.col("value").cast("binary"))
    df = df.select(decoded.alias("value"))
    if whole:  # Spark's reader of lines removes the mark itself
        marked = F.startswith("value", F.lit(_BYTE_ORDER_MARK))
        value = F.when(marked, F.substring("value", 2, _TO_THE_END)).otherwise(
            F.col("value")
        )
        df = df.select(value.alias("value"))
    return df


def lines(value: Column, options: Options) -> Column:
    """The lines of a whole file, as an array."""
    separator = options.parser.get("linesep")
    return F.split(value, literally(separator) if separator else "\r\n|\r|\n")


def literally(text: str) -> str:
    """A regular expression, of Java, for the text itself."""
    return "".join(c if c.isalnum() else f"\\{c}" for c in text)


def enforce_mode(df: DataFrame, options: Options) -> DataFrame:
    """Drop unreadable records, or stop at the first, where the `mode` says so."""
    mode = options.parser.get("mode", "PERMISSIVE").upper()
    if mode == "PERMISSIVE":
        return df
    readable = ~_is_corrupt(df)
    if mode == "DROPMALFORMED":
        return df.where(readable)
    if mode == "FAILFAST":
        message = F.concat(
            F.lit("the mode is FAILFAST and a record cannot be read, in "),
            F.col("_metadata.file_path"),
            F.lit(": "),
            F.substring("record", 1, 200),
        )
        return df.where(readable | F.raise_error(message).cast("boolean"))
    raise FlowError(f"mode {mode} is none of PERMISSIVE, DROPMALFORMED and FAILFAST")


def to_columns(
    df: DataFrame, columns: Columns, options: Options, parser: Parser
) -> DataFrame:
    """The columns, from records; what does not fit its type or has none is rescued."""
    not_text = [c for c in columns.data if not isinstance(c.dataType, StringType)]
    if not_text:
        df = df.withColumn("typed", parser.typed(not_text, options))
    special = {name: from_path(name) for name in columns.partitions}
    special[columns.corrupt] = F.when(_is_corrupt(df), F.col("record"))
    if columns.rescued:
        special[columns.rescued] = _rescued(columns, not_text, options)
    selected = []
    for column in columns.schema:
        if column.name in special:
            value = special[column.name].cast(column.dataType)
        elif column in not_text:
            value = F.col("typed")[column.name]
        else:
            value = _text(column.name, options)
        selected.append(value.alias(column.name))
    return df.select(*selected)


def _is_corrupt(df: DataFrame) -> Column:
    unreadable = F.col("fields").isNull()
    return unreadable | F.col(RAGGED) if RAGGED in df.columns else unreadable


def entry(key: Column, value: Column) -> Column:
    return F.struct(key.alias("key"), value.alias("value"))


def strings(values: Sequence[str]) -> Column:
    return F.array(*map(F.lit, values)).cast("array<string>")


def from_path(name: str, file: Column | None = None) -> Column:
    """The value of a Hive-style folder `name=value` in the path of the row's file.

    `file` is that path, where records hide the one in `_metadata`.
    """
    path = F.col("_metadata.file_path") if file is None else file
    folder = f"/{literally(name)}=([^/]*)/"
    # the path is an encoded URI, in which the folder's value may be encoded once more
    value = F.regexp_extract(_decoded(path), folder, 1)
    default = "__HIVE_DEFAULT_PARTITION__"
    return F.when(~value.isin("", default), F.coalesce(_decoded(value), value))


def _decoded(encoded: Column) -> Column:
    return F.try_url_decode(F.replace(encoded, F.lit("+"), F.lit("%2B")))


def _rescued(columns: Columns, not_text: list[StructField], options: Options) -> Column:
    """JSON of the values that no column has, with the file's path; NULL for none."""
    entries = F.col("unknown")
    nothing = F.array().cast(nested.ENTRIES)
    if not options.case_sensitive:
        known = [F.lit(column.name.lower()) for column in columns.data]
        entries = F.filter(entries, lambda e: ~F.lower(e["key"]).isin(*known))
        for column in columns.data:
            spelled = _spelled(column.name)
            taken = F.when(F.col("fields")[column.name].isNull(), 1).otherwise(0)
            # the last is the column's value, where it has none of its own
            kept = F.slice(
                spelled, F.lit(1), F.greatest(F.size(spelled) - taken, F.lit(0))
            )
            entries = F.concat(F.coalesce(entries, nothing), F.coalesce(kept, nothing))
    for column in not_text:
        value = _text(column.name, options)
        is_misfit = value.isNotNull() & F.col("typed")[column.name].isNull()
        misfit = F.array(entry(F.lit(column.name), value))
        beside = nested.beside(value, column)
        own = F.when(is_misfit, misfit).otherwise(nothing if beside is None else beside)
        entries = F.concat(F.coalesce(entries, nothing), F.coalesce(own, nothing))
    wanted = F.filter(
        entries, lambda e: e["value"].isNotNull() & (e["key"] != FILE_PATH)
    )
    path = F.array(entry(F.lit(FILE_PATH), F.col("_metadata.file_path")))
    rescued = json_text.object_of(F.concat(wanted, path))
    return F.when((F.size(entries) > 0) & (F.size(wanted) > 0), rescued)


def _text(name: str, options: Options) -> Column:
    """The text of a column, also where it is spelled in other letters."""
    value = F.col("fields")[name]
    if options.case_sensitive:
        return value
    return F.coalesce(value, F.try_element_at(_spelled(name), F.lit(-1))["value"])


def _spelled(name: str) -> Column:
    """The values that have the column's name in whatever letters, but for its own."""

    def is_spelled(e: Column) -> Column:
        return (F.lower(e["key"]) == name.lower()) & e["value"].isNotNull()

    return F.filter("unknown", is_spelled)


def _decoder(encoding: str) -> Callable[[Column], Column]:
    try:
        codecs.lookup(encoding)
    except LookupError as error:
        raise FlowError(f"encoding {encoding} is not known") from error

    # A function inside of a function travels to the Python workers by value: they need
    # not find this module.
    @F.udf(returnType=StringType(), useArrow=False)
    def decode(data: bytes) -> str:
        return data.decode(encoding, "replace")

    return decode
