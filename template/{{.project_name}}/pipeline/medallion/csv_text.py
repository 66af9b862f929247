"""CSV of references: every file by its own header, in expressions of any Spark.

Spark's own reader goes by position, and takes all that follows a quote which is never
closed for one value. Facts do not need this: Auto Loader reads them.
"""

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# As Auto Loader calls it in what it rescues
_FILE_PATH = "_file_path"
_BYTE_ORDER_MARK = "^\ufeff"


@dataclass(frozen=True)
class Dialect:
    """How cells and lines are told apart, as Java's regular expressions.

    All repetition in them is possessive: nothing backtracks, however broken a file is.
    """

    separator: str
    quote: str
    escape: str
    null: str
    encoding: str

    @classmethod
    def of(cls, options: Mapping[str, str]) -> "Dialect":
        given = {name.lower(): value for name, value in options.items()}
        separator = given.get("sep", given.get("delimiter", ",")).replace("\\t", "\t")
        quote, null = given.get("quote", '"'), given.get("nullvalue", "")
        encoding = given.get("encoding", given.get("charset", "UTF-8"))
        return cls(separator, quote, given.get("escape") or quote, null, encoding)

    @property
    def quoted(self) -> str:
        """A cell from quote to quote; its group is the text between them."""
        quote, escape = _literally(self.quote), _literally(self.escape)
        pair = quote * 2 if escape == quote else rf"{escape}[\s\S]"
        plain = f"[^{quote}{escape}]*+"
        return f"{quote}({plain}(?:{pair}{plain})*+){quote}"

    @property
    def cell(self) -> str:
        # Text after the closing quote belongs to the cell, which then is not quoted.
        plain = rf"(?:(?!{_literally(self.separator)})[^\r\n])*+"
        return f"(?:{self.quoted}{plain}|{plain})" if self.quote else plain

    @property
    def line(self) -> str:
        """A line together with the line breaks inside of its quotes."""
        return rf"(?!\z){self.cell}(?:{_literally(self.separator)}{self.cell})*+"

    def lines(self, text: Column) -> Column:
        """The lines of a file that are not blank: its header, then its records."""
        if self.encoding.upper().replace("-", "") != "UTF8":
            text = F.decode(text.cast("binary"), self.encoding)
        text = F.regexp_replace(text, _BYTE_ORDER_MARK, "")
        lines = F.regexp_extract_all(text, F.lit(self.line), F.lit(0))
        return F.filter(lines, lambda line: F.rlike(line, F.lit(r"\S")))

    def cells(self, line: Column) -> Column:
        """The cells of a line, with their quotes."""
        # A separator in front, so that no match is empty, which would skip a character
        separator = _literally(self.separator)
        text = F.concat(F.lit(self.separator), line)
        return F.regexp_extract_all(text, F.lit(f"{separator}({self.cell})"), F.lit(1))

    def value(self, cell: Column) -> Column:
        """What a cell says; NULL where it is empty."""
        value = F.when(cell != "", cell)
        if self.quote:
            whole = rf"^{self.quoted}[ \t]*+\z"
            inner = self._unescaped(F.regexp_extract(cell, whole, 1))
            value = F.when(F.rlike(cell, F.lit(whole)), inner).otherwise(value)
        return F.when(value != self.null, value)

    def is_open(self, cell: Column) -> Column:
        """Whether the cell begins with a quote that is never closed."""
        if not self.quote:
            return F.lit(False)
        closed = F.rlike(cell, F.lit(f"^{self.quoted}"))
        return F.startswith(cell, F.lit(self.quote)) & ~closed

    def _unescaped(self, text: Column) -> Column:
        quote, escape = _literally(self.quote), _literally(self.escape)
        return F.regexp_replace(text, f"{escape}([{quote}{escape}])", "$1")


def read(
    files: DataFrame, names: Sequence[str], options: Mapping[str, str], alike: bool
) -> DataFrame:
    """The records of files, whose whole text stands in the column `value`.

    Columns: the given names, and all of `files` but that one, as text;
    `_corrupt_record string`, a record with a quote that is not closed or with another
    number of cells than the header, of which nothing else is read; and `_rescued_data
    string`, a JSON object of the cells that have none of the names. Where all files
    must be `alike`, the query fails at one whose header has other names.
    """
    dialect = Dialect.of(options)
    folders = [name for name in files.columns if name != "value"]
    names = [name for name in names if name not in folders]
    df = files.withColumn("_lines", dialect.lines(F.col("value")))
    header = F.transform(dialect.cells(F.get("_lines", F.lit(0))), dialect.value)
    df = df.withColumn("_header", header).withColumn("_header", _unique("_header"))
    if alike:
        df = df.where(_is_alike(names))
    records = F.slice("_lines", 2, F.greatest(F.size("_lines"), F.lit(1)))
    df = df.select(*folders, "_header", F.explode(records).alias("_record"))
    df = df.withColumn("_cells", dialect.cells(F.col("_record")))
    complete = F.size("_cells") == F.size("_header")
    readable = complete & ~F.exists("_cells", dialect.is_open)
    values = F.when(readable, F.transform("_cells", dialect.value))
    df = df.withColumn("_values", values)
    return df.select(
        *[F.get("_values", _place(name)).alias(name) for name in names],
        *[F.col(f"`{name}`").cast("string").alias(name) for name in folders],
        F.when(~readable, F.col("_record")).alias("_corrupt_record"),
        _rescued([*names, *folders]).alias("_rescued_data"),
    )


def _unique(header: str) -> Column:
    """Names as Spark makes them of a header: with their place where one is there twice,
    and of their place alone where there is none."""

    def name(cell: Column, i: Column) -> Column:
        same = F.filter(header, lambda other: F.lower(other) == F.lower(cell))
        numbered = F.concat(cell, i.cast("string"))
        unique = F.when(F.size(same) > 1, numbered).otherwise(cell)
        return F.coalesce(unique, F.concat(F.lit("_c"), i.cast("string")))

    return F.transform(header, name)


def _is_alike(names: Sequence[str]) -> Column:
    found = F.array_sort(F.transform("_header", F.lower))
    wanted = F.array(*[F.lit(name) for name in sorted(map(str.lower, names))])
    message = F.concat(
        F.col("_metadata.file_path"),
        F.lit(" has the columns "),
        F.array_join("_header", ", "),
        F.lit(
            f" where another file has {', '.join(names)}: write both alike, or list "
        ),
        F.lit("the columns in the contract"),
    )
    return (found == wanted) | F.raise_error(message).cast("boolean")


def _place(name: str) -> Column:
    lower = F.transform("_header", F.lower)
    return F.array_position(lower, name.lower()).cast("int") - 1


def _rescued(names: Sequence[str]) -> Column:
    known = F.array(*[F.lit(name.lower()) for name in (*names, _FILE_PATH)])
    entries = F.zip_with(
        "_header", "_values", lambda k, v: F.struct(k.alias("key"), v.alias("value"))
    )
    entries = F.filter(
        entries,
        lambda e: e["value"].isNotNull() & ~F.array_contains(known, F.lower(e["key"])),
    )
    path = F.create_map(F.lit(_FILE_PATH), F.col("_metadata.file_path"))
    json = F.to_json(F.map_concat(F.map_from_entries(entries), path))
    return F.when(F.size(entries) > 0, json)


def _literally(text: str) -> str:
    """A regular expression, of Java, for the text itself."""
    return re.sub(r"([^A-Za-z0-9])", r"\\\1", text)
