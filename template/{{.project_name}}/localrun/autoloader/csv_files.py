"""CSV files, every one by its own header: columns are names, not positions.

Follows https://docs.databricks.com/aws/en/query/formats/csv and Spark's CSV options.
Regular expressions take a file apart, because Spark's parser has to be told how many
cells a line has; they agree with it on whatever is well quoted.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DateType,
    MapType,
    StringType,
    StructField,
    StructType,
    TimestampType,
)

from localrun.autoloader import records
from localrun.autoloader.options import Options
from localrun.autoloader.records import literally
from localrun.errors import FlowError

_BLANKS = " \t\r\n"
# What a column of text can be read as, the narrowest first, and how such text looks.
_CANDIDATES = {
    "int": "",
    "bigint": "",
    "double": "",
    "date": r"^\d{4}-\d{1,2}-\d{1,2}$",
    "timestamp": r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d",
    "boolean": "^(?i:true|false)$",
}


@dataclass(frozen=True)
class Grammar:
    """The regular expressions of one dialect; possessive, so that they never backtrack."""

    separator: str
    quote: str
    escape: str
    trims: bool

    @classmethod
    def of(cls, options: Options) -> "Grammar":
        given = options.parser
        separator = given.get("sep", given.get("delimiter", ",")).replace("\\t", "\t")
        quote, escape = given.get("quote", '"').strip("\0"), given.get("escape", "\\")
        for name, value in (("quote", quote), ("escape", escape)):
            if len(value) > 1:
                raise FlowError(f"option {name} {value!r} is more than one character")
        trims = options.flag("ignoreleadingwhitespace")
        return cls(separator, quote, escape or quote, trims)

    @property
    def quoted(self) -> str:
        """A cell from quote to quote; its group is the text between them."""
        quote, escape = literally(self.quote), literally(self.escape)
        pair = quote * 2 if escape == quote else f"{escape}[\\s\\S]"
        plain = f"[^{quote}{escape}]*+"
        blanks = "[ \\t]*+" if self.trims else ""
        return f"{blanks}{quote}({plain}(?:{pair}{plain})*+){quote}"

    @property
    def cell(self) -> str:
        separator = literally(self.separator)
        plain = f"[^{separator}\\r\\n]*+"
        if len(self.separator) > 1:
            plain = f"(?:(?!{separator})[^\\r\\n])*+"
        # text after the closing quote belongs to the cell, which then is not quoted
        return f"(?:{self.quoted}{plain}|{plain})" if self.quote else plain

    @property
    def line(self) -> str:
        """A line together with the line breaks inside of its quotes."""
        return f"(?!\\z){self.cell}(?:{literally(self.separator)}{self.cell})*+"


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
    header = F.array(*map(F.lit, positions)).cast("array<string>")
    if options.header:
        header = _names(_first_cells(grammar, options))
        rows = F.slice("lines", 2, F.greatest(F.size("lines"), F.lit(1)))
    df = df.withColumn("header", header)
    df = df.select("header", F.explode(rows).alias("record"))
    df = df.withColumn("raw", _raw_cells(F.col("record"), grammar))
    known, cells = F.size("header"), F.size("raw")
    further = F.transform(F.sequence(known, cells - 1), _position)
    keys = F.when(cells > known, F.concat("header", further)).otherwise(F.col("header"))
    return df.select(
        "record",
        F.when(_is_readable(F.col("raw"), grammar), keys).alias("keys"),
        _values(F.col("raw"), grammar, options).alias("values"),
    )


def typed(columns: list[StructField], options: Options) -> Column:
    for column in columns:
        if isinstance(column.dataType, ArrayType | MapType | StructType):
            raise FlowError(
                f"column {column.name} cannot be {column.dataType.simpleString()}: a CSV "
                "cell is text, so hint it as STRING and parse it in the query"
            )
    values = [
        _read_as(records.value_of(F.lit(c.name)), c, options).alias(c.name) for c in columns
    ]
    return F.struct(*values)


def infer(spark, paths: list[str], options: Options) -> StructType:
    """The columns of these files in the order of their headers, oldest file first."""
    grammar = Grammar.of(options)
    cells = _first_cells(grammar, options)
    names = _names(cells) if options.header else F.transform(cells, lambda _, i: _position(i))
    df = _lines(spark.read, paths, options, grammar).select(
        names.alias("names"),
        F.col("_metadata.file_modification_time").alias("time"),
        F.col("_metadata.file_path").alias("path"),
    )
    headers = df.where("names IS NOT NULL").orderBy("time", "path").collect()
    found = {name: "string" for header in headers for name in header.names}
    if options.infer_types and found:
        found.update(_types(read(spark.read, paths, options), options))
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
    lines = F.filter(lines, lambda line: F.trim(line, F.lit(_BLANKS)) != "")
    comment = options.parser.get("comment", "\0").strip("\0")
    if comment:
        lines = F.filter(lines, lambda line: ~F.startswith(line, F.lit(comment)))
    return df.select(lines.alias("lines"))


def _first_cells(grammar: Grammar, options: Options) -> Column:
    return _values(_raw_cells(F.get("lines", F.lit(0)), grammar), grammar, options)


def _names(cells: Column) -> Column:
    """Names as Spark makes them of a header: positions where one is missing or twice."""

    def name(cell: Column, i: Column) -> Column:
        same = F.filter(cells, lambda other: F.lower(other) == F.lower(cell))
        numbered = F.concat(cell, i.cast("string"))
        unique = F.when(F.size(same) > 1, numbered).otherwise(cell)
        return F.coalesce(unique, _position(i))

    return F.transform(cells, name)


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


def _is_readable(raw: Column, grammar: Grammar) -> Column:
    if not grammar.quote:
        return F.lit(True)
    closed = F.lit(f"^{grammar.quoted}")
    return ~F.exists(raw, lambda cell: _opens(cell, grammar) & ~F.rlike(cell, closed))


def _opens(cell: Column, grammar: Grammar) -> Column:
    return F.startswith(F.ltrim(cell) if grammar.trims else cell, F.lit(grammar.quote))


def _values(raw: Column, grammar: Grammar, options: Options) -> Column:
    null = F.lit(options.parser.get("nullvalue", ""))
    empty = F.lit(options.parser.get("emptyvalue", ""))
    whole = f"^{grammar.quoted}[ \\t]*+\\z"

    def value(cell: Column) -> Column:
        text = F.ltrim(cell) if grammar.trims else cell
        text = F.rtrim(text) if options.flag("ignoretrailingwhitespace") else text
        text = F.when(text != "", text)
        if grammar.quote:
            inner = _unescaped(F.regexp_extract(cell, whole, 1), grammar)
            inner = F.when(inner == "", empty).otherwise(inner)
            is_quoted = _opens(cell, grammar) & F.rlike(cell, F.lit(whole))
            text = F.when(is_quoted, inner).otherwise(text)
        return F.when(text != null, text)

    return F.transform(raw, value)


def _unescaped(inner: Column, grammar: Grammar) -> Column:
    quote, escape = grammar.quote, grammar.escape
    if quote == escape:
        return F.replace(inner, F.lit(quote * 2), F.lit(quote))
    escaped = f"{literally(escape)}([{literally(quote)}{literally(escape)}])"
    return F.regexp_replace(inner, escaped, "$1")


def _types(df: DataFrame, options: Options) -> dict[str, str]:
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
    if isinstance(column.dataType, DateType) and "dateformat" in options.parser:
        return F.try_to_date(text, options.parser["dateformat"])
    if isinstance(column.dataType, TimestampType) and "timestampformat" in options.parser:
        return F.try_to_timestamp(text, F.lit(options.parser["timestampformat"]))
    return text.try_cast(column.dataType)
