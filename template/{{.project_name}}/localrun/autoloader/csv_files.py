"""CSV files, every one by its own header: columns are names, not positions.

Follows https://docs.databricks.com/aws/en/query/formats/csv and Spark's CSV options. A
`Grammar` takes a file apart, because Spark's parser has to be told beforehand how many
cells a line has.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DateType,
    MapType,
    StructField,
    StructType,
    TimestampType,
)

from localrun.autoloader import records
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.records import literally
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
    reader, path: str | Sequence[str], options: Options, positions: Sequence[str] = ()
) -> DataFrame:
    """Rows of `record`, `keys` and `values`, with the hidden column `_metadata`.

    Without a header `positions` names the columns. Cells without a name are called by
    their position, `_c3`; missing cells are NULL. A record with a quote that is never
    closed cannot be read.
    """
    grammar = Grammar.of(options)
    df = _lines(reader, path, options, grammar)
    rows = F.col("lines")
    if options.header:
        df = _with_names(df, grammar, options)
        rows = F.slice("lines", 2, F.greatest(F.size("lines"), F.lit(1)))
    else:
        names = F.array(*map(F.lit, positions)).cast("array<string>")
        df = df.withColumn("header", names)
    df = df.select("header", F.explode(rows).alias("record"))
    df = df.withColumn("raw", _raw_cells(F.col("record"), grammar))
    known, cells = F.size("header"), F.size("raw")
    further = F.transform(F.sequence(known, cells - 1), _position)
    keys = F.when(cells > known, F.concat("header", further)).otherwise(F.col("header"))
    return df.select(
        "record",
        F.when(_is_readable(grammar), keys).alias("keys"),
        _values(F.col("raw"), grammar, options).alias("values"),
    )


def value_of(key: Column) -> Column:
    return F.get("values", records.index_of(key))


def typed(columns: list[StructField], options: Options) -> Column:
    for column in columns:
        if isinstance(column.dataType, ArrayType | MapType | StructType):
            raise FlowError(
                f"column {column.name} of a CSV file cannot be "
                f"{column.dataType.simpleString()}: hint it as STRING, and parse the "
                "text in the query"
            )
    values = {c: value_of(F.lit(c.name)) for c in columns}
    return F.struct(*[_read_as(v, c, options).alias(c.name) for c, v in values.items()])


def infer(spark, paths: list[str], options: Options) -> StructType:
    """The columns of these files in the order of their headers, oldest file first."""
    grammar = Grammar.of(options)
    df = _lines(literal_reader(spark), paths, options, grammar)
    df = _with_names(df, grammar, options).select(
        F.col("header").alias("names"),
        F.col("_metadata.file_modification_time").alias("time"),
        F.col("_metadata.file_path").alias("path"),
    )
    headers = df.where("names IS NOT NULL").orderBy("time", "path").collect()
    found = {name: "string" for header in headers for name in header.names}
    if options.infer_types and found:
        found.update(_types(read(literal_reader(spark), paths, options)))
    ddl = ", ".join(f"`{name.replace('`', '``')}` {t}" for name, t in found.items())
    return StructType.fromDDL(ddl) if ddl else StructType()


def _lines(
    reader, path: str | Sequence[str], options: Options, grammar: Grammar
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


def _with_names(df: DataFrame, grammar: Grammar, options: Options) -> DataFrame:
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


def _types(df: DataFrame) -> dict[str, str]:
    cells = df.select(F.explode(F.arrays_zip("keys", "values")).alias("cell"))
    cells = cells.select("cell.*").where(F.col("values").isNotNull())
    fits = [
        F.bool_and(
            F.rlike("values", F.lit(look))
            & F.col("values").try_cast(candidate).isNotNull()
        ).alias(candidate)
        for candidate, look in _CANDIDATES.items()
    ]
    rows = cells.groupBy("keys").agg(*fits).collect()
    return {
        row["keys"]: next((c for c in _CANDIDATES if row[c]), "string") for row in rows
    }


def _read_as(text: Column, column: StructField, options: Options) -> Column:
    date_format = options.parser.get("dateformat")
    time_format = options.parser.get("timestampformat")
    if date_format and isinstance(column.dataType, DateType):
        return F.try_to_date(text, date_format)
    if time_format and isinstance(column.dataType, TimestampType):
        return F.try_to_timestamp(text, F.lit(time_format))
    return text.try_cast(column.dataType)
