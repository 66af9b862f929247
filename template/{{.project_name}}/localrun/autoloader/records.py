"""Text of files into records, and records into columns, for JSON and CSV alike.

A record is a row with the columns `record` (its text), `keys` and `values` (names and
texts, both NULL where the text cannot be parsed): columns are looked up by name, and
what is left over is rescued. All of it is Spark's own expressions, no Python worker.
"""

from collections.abc import Callable, Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField

from localrun.autoloader.columns import Columns
from localrun.autoloader.options import Options
from localrun.errors import FlowError

FILE_PATH = "_file_path"
_BYTE_ORDER_MARK = "\ufeff"
_TO_THE_END = 2**31 - 1


def text(reader, path: str | Sequence[str], options: Options, whole: bool) -> DataFrame:
    """The column `value`: lines of UTF-8, or whole files of any encoding.

    Files are decompressed and decoded. Bytes that the encoding does not know become the replacement character.
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
        unmarked = F.substring("value", 2, _TO_THE_END)
        marked = F.startswith("value", F.lit(_BYTE_ORDER_MARK))
        df = df.select(F.when(marked, unmarked).otherwise(F.col("value")).alias("value"))
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
    readable = F.col("keys").isNotNull()
    if mode == "DROPMALFORMED":
        return df.where(readable)
    if mode == "FAILFAST":
        message = F.concat(
            F.lit("a record cannot be read, and the mode is FAILFAST: "),
            F.col("_metadata.file_path"),
            F.lit(": "),
            F.substring("record", 1, 200),
        )
        return df.where(readable | F.raise_error(message).cast("boolean"))
    raise FlowError(f"mode {mode} is none of PERMISSIVE, DROPMALFORMED and FAILFAST")


def to_columns(
    df: DataFrame,
    columns: Columns,
    options: Options,
    typed: Callable[[list[StructField]], Column],
) -> DataFrame:
    """The columns, from records.

    `typed` makes a struct of those that are not STRING; a value that does not fit its
    type is NULL there and rescued.
    """
    names = [column.name for column in columns.data]
    if not options.case_sensitive:
        df = df.withColumn("keys", _respelled(names))
    not_text = [c for c in columns.data if not isinstance(c.dataType, StringType)]
    df = df.withColumn("typed", typed(not_text) if not_text else F.lit(None))
    special = {
        columns.corrupt: F.when(F.col("keys").isNull(), F.col("record")),
        columns.rescued: _rescued(names, [c.name for c in not_text]),
        **{name: from_path(name) for name in columns.partitions},
    }
    selected = []
    for column in columns.schema:
        if column.name in special:
            value = special[column.name].cast(column.dataType)
        elif column in not_text:
            value = F.col("typed")[column.name]
        else:
            value = value_of(F.lit(column.name))
        selected.append(value.alias(column.name))
    return df.select(*selected)


def from_path(name: str) -> Column:
    """The value of a Hive-style folder `name=value` in the path of the row's file."""
    folder = f"/{literally(name)}=([^/]*)/"
    # the path is an encoded URI, in which the folder's value may be encoded once more
    value = F.regexp_extract(_decoded(F.col("_metadata.file_path")), folder, 1)
    default = "__HIVE_DEFAULT_PARTITION__"
    return F.when(~value.isin("", default), F.coalesce(_decoded(value), value))


def _decoded(encoded: Column) -> Column:
    return F.try_url_decode(F.replace(encoded, F.lit("+"), F.lit("%2B")))


def rescue(entries: Column) -> Column:
    """JSON of an array of `struct<key, value>`, with the file's path; NULL for none."""
    wanted = F.filter(
        entries, lambda e: e["value"].isNotNull() & (e["key"] != FILE_PATH)
    )
    path = F.create_map(F.lit(FILE_PATH), F.col("_metadata.file_path"))
    rescued = F.to_json(F.map_concat(F.map_from_entries(wanted), path))
    return F.when(F.size(wanted) > 0, rescued)


def _rescued(names: list[str], not_text: list[str]) -> Column:
    unknown = F.array_except("keys", F.array(*map(F.lit, names)).cast("array<string>"))
    entries = F.transform(unknown, lambda key: _entry(key))
    misfits = [
        F.when(F.col("typed")[name].isNull(), _entry(F.lit(name))) for name in not_text
    ]
    if misfits:
        entries = F.concat(entries, F.array_compact(F.array(*misfits)))
    return rescue(entries)


def _entry(key: Column) -> Column:
    return F.struct(key.alias("key"), value_of(key).alias("value"))


def value_of(key: Column) -> Column:
    return F.get("values", F.array_position("keys", key).cast("int") - 1)


def _respelled(names: list[str]) -> Column:
    spelled = F.create_map(*[F.lit(n) for name in names for n in (name.lower(), name)])
    return F.transform("keys", lambda key: F.coalesce(spelled[F.lower(key)], key))


def _decoder(encoding: str) -> Callable[[Column], Column]:
    # A function of a function travels to the Python workers by value: they need not
    # find this module.
    @F.udf(StringType())
    def decode(data):
        return data.decode(encoding, "replace")

    try:
        b"".decode(encoding)
    except LookupError as error:
        raise FlowError(f"encoding {encoding} is not known: give one like UTF-8") from error
    return decode
