"""CSV files, every one by its own header: columns are names, not positions.

Follows https://docs.databricks.com/aws/en/query/formats/csv and Spark's CSV options. A
`Grammar` takes a file apart, because Spark's parser has to be told beforehand how many
cells a line has.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DateType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from localrun.autoloader import records
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader, literally
from localrun.errors import FlowError

# What a column of text can be read as, the narrowest first, and how such text looks.
_CANDIDATES = {
    "int": "",
    "bigint": "",
    "double": "",
    "date": r"^\d{4}-\d{1,2}-\d{1,2}$",
    "timestamp": r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d",
    "boolean": "^(?i:true|false)$",
}


def read(
    reader: Reader[Paths], path: Paths, names: list[str], options: Options
) -> DataFrame:
    """Records with the fields `names`; see `records`.

    Without a header the names, which then are a given schema's, go by position. Cells
    that have no name are called by their position, `_c3`; missing cells are NULL. A
    record with a quote that is never closed cannot be read.
    """
    grammar = Grammar.of(options)
    df = _lines(reader, path, options, grammar)
    rows = F.col("lines")
    if options.header:
        df = _with_header(df, grammar, options)
        rows = F.slice("lines", 2, F.greatest(F.size("lines"), F.lit(1)))
    else:
        df = df.withColumn("header", records.strings(names))
    df = df.withColumns(_places(names))
    df = df.select("width", "places", "others", F.explode(rows).alias("record"))
    df = df.withColumn("raw", _raw_cells(F.col("record"), grammar))
    df = df.withColumn("cells", _values(F.col("raw"), grammar, options))
    fields = [
        F.get("cells", F.get("places", F.lit(i))).alias(name)
        for i, name in enumerate(names)
    ]
    return df.select(
        "record",
        F.when(_is_readable(grammar), F.struct(*fields)).alias("fields"),
        _unknown().alias("unknown"),
    )


def _places(names: list[str]) -> dict[str, Column]:
    """Which cells are which fields, and which none: once a file."""
    header = F.col("header")
    named = F.transform(header, lambda key, i: F.struct(key.alias("key"), i.alias("i")))
    known = records.strings(names)
    return {
        "width": F.size(header),
        "places": F.transform(
            known, lambda name: F.array_position(header, name).cast("int") - 1
        ),
        "others": F.filter(named, lambda e: ~F.array_contains(known, e["key"])),
    }


def _unknown() -> Column:
    width, cells = F.col("width"), F.col("cells")
    others = F.transform(
        "others", lambda e: records.entry(e["key"], F.get(cells, e["i"]))
    )
    beyond = F.transform(
        F.sequence(width, F.size(cells) - 1),
        lambda i: records.entry(_position(i), F.get(cells, i)),
    )
    return F.when(F.size(cells) > width, F.concat(others, beyond)).otherwise(others)


def typed(columns: list[StructField], options: Options) -> Column:
    for column in columns:
        if isinstance(column.dataType, ArrayType | MapType | StructType):
            raise FlowError(
                f"column {column.name} of a CSV file cannot be "
                f"{column.dataType.simpleString()}: hint it as STRING, and parse the "
                "text in the query"
            )
    return F.struct(
        *[_read_as(column, options).alias(column.name) for column in columns]
    )


def infer(spark: SparkSession, paths: list[str], options: Options) -> StructType:
    """The columns of these files in the order of their headers, oldest file first."""
    grammar = Grammar.of(options)
    df = _lines(literal_reader(spark), paths, options, grammar)
    df = _with_header(df, grammar, options).select(
        F.col("header").alias("names"),
        F.col("_metadata.file_modification_time").alias("time"),
        F.col("_metadata.file_path").alias("path"),
    )
    headers = df.where("names IS NOT NULL").orderBy("time", "path").collect()
    names: dict[str, str] = {}
    for name in (name for header in headers for name in header.names):
        names.setdefault(name.lower(), name)
    found = list(names.values())
    types = {}
    if options.infer_types and found:
        types = _types(read(literal_reader(spark), paths, found, options), found)
    return StructType([StructField(n, types.get(n, StringType())) for n in found])


def _lines(
    reader: Reader[Paths], path: Paths, options: Options, grammar: Grammar
) -> DataFrame:
    """A row a file, with the array `lines`: its header and records."""
    df = records.text(reader, path, options, whole=True)
    lines = records.lines(F.col("value"), options)
    if options.flag("multiline"):
        lines = F.regexp_extract_all("value", F.lit(grammar.line), F.lit(0))
    if skipped := int(options.parser.get("skiprows", "0")):
        lines = F.slice(lines, skipped + 1, F.greatest(F.size(lines), F.lit(1)))
    lines = F.filter(lines, lambda line: F.rlike(line, F.lit(r"\S")))
    comment = options.parser.get("comment", "\0").strip("\0")
    if comment:
        lines = F.filter(lines, lambda line: ~F.startswith(line, F.lit(comment)))
    return df.select(lines.alias("lines"))


def _with_header(df: DataFrame, grammar: Grammar, options: Options) -> DataFrame:
    """With `header`: names as Spark makes them of a first line.

    They are positions where a name is missing, or where there is no header, and have
    their position behind them where there are two of a name.
    """
    first = _values(_raw_cells(F.get("lines", F.lit(0)), grammar), grammar, options)
    df = df.withColumn("header", first)

    def name(cell: Column, i: Column) -> Column:
        same = F.filter("header", lambda other: other == cell)
        numbered = F.concat(cell, i.cast("string"))
        unique = F.when(F.size(same) > 1, numbered).otherwise(cell)
        return F.coalesce(unique, _position(i))

    named = name if options.header else lambda _, i: _position(i)
    return df.withColumn("header", F.transform("header", named))


def _position(i: Column) -> Column:
    return F.concat(F.lit("_c"), i.cast("string"))


def _raw_cells(record: Column, grammar: Grammar) -> Column:
    separator = literally(grammar.separator)
    plain = F.split(record, separator, -1)
    if not grammar.quote:
        return plain
    # a separator in front, so that no match is empty, which would skip a character
    cells = F.regexp_extract_all(
        F.concat(F.lit(grammar.separator), record),
        F.lit(f"{separator}({grammar.cell})"),
        F.lit(1),
    )
    return F.when(F.contains(record, F.lit(grammar.quote)), cells).otherwise(plain)


def _is_readable(grammar: Grammar) -> Column:
    """Every quote that opens a cell is closed."""
    if not grammar.quote:
        return F.lit(True)
    closed = F.lit(f"^{grammar.quoted}")
    unclosed = F.exists(
        "raw", lambda cell: _opens(cell, grammar) & ~F.rlike(cell, closed)
    )
    return ~F.contains("record", F.lit(grammar.quote)) | ~unclosed


def _opens(cell: Column, grammar: Grammar) -> Column:
    return F.startswith(F.ltrim(cell) if grammar.trims else cell, F.lit(grammar.quote))


def _values(raw: Column, grammar: Grammar, options: Options) -> Column:
    null = options.parser.get("nullvalue", "")
    empty = options.parser.get("emptyvalue", "")
    whole = f"^{grammar.quoted}[ \\t]*+\\z"

    def unquoted(cell: Column) -> Column:
        text = F.ltrim(cell) if grammar.trims else cell
        text = F.rtrim(text) if options.flag("ignoretrailingwhitespace") else text
        text = F.when(text != "", text)
        if not grammar.quote:
            return text
        inner = F.trim(cell, F.lit(" \t"))
        inner = _unescaped(F.substring(inner, 2, F.length(inner) - 2), grammar)
        inner = F.when(inner == "", F.lit(empty)).otherwise(inner) if empty else inner
        is_quoted = _opens(cell, grammar) & F.rlike(cell, F.lit(whole))
        return F.when(is_quoted, inner).otherwise(text)

    return F.transform(F.transform(raw, unquoted), lambda c: F.when(c != null, c))


def _unescaped(text: Column, grammar: Grammar) -> Column:
    quote, escape = grammar.quote, grammar.escape
    if quote == escape:
        return F.replace(text, F.lit(quote * 2), F.lit(quote))
    escaped = f"{literally(escape)}([{literally(quote)}{literally(escape)}])"
    return F.regexp_replace(text, escaped, "$1")


def _types(df: DataFrame, names: list[str]) -> dict[str, DataType]:
    """The narrowest type of each field that all of its values fit."""
    entries = [records.entry(F.lit(name), F.col("fields")[name]) for name in names]
    cells = df.select(F.explode(F.array(*entries)).alias("cell")).select("cell.*")
    value = F.col("value")
    fits = [
        F.bool_and(
            F.rlike(value, F.lit(look)) & value.try_cast(candidate).isNotNull()
        ).alias(candidate)
        for candidate, look in _CANDIDATES.items()
    ]
    fitting = cells.where(value.isNotNull()).groupBy("key").agg(*fits).collect()
    types = {row.key: [c for c in _CANDIDATES if row[c]] for row in fitting}
    return {name: DataType.fromDDL(fit[0]) for name, fit in types.items() if fit}


def _read_as(column: StructField, options: Options) -> Column:
    text = F.col("fields")[column.name]
    date_format = options.parser.get("dateformat")
    time_format = options.parser.get("timestampformat")
    if date_format and isinstance(column.dataType, DateType):
        return F.try_to_date(text, date_format)
    if time_format and isinstance(column.dataType, TimestampType):
        return F.try_to_timestamp(text, F.lit(time_format))
    return text.try_cast(column.dataType)
