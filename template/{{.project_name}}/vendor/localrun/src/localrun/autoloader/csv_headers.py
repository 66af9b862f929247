"""The headers of CSV files: names for their cells, and which of these a load wants."""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from localrun.autoloader import csv_beginnings, csv_cells, records
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.csv_shape import Shape
from localrun.autoloader.options import Options
from localrun.errors import FlowError

_SEPARATORS = (",", ";", "|", "\t")


def of_files(
    beginnings: DataFrame,
    names: list[str],
    options: Options,
    grammar: Grammar,
    shape: Shape,
) -> DataFrame:
    """For each file, which cells are which fields; `usual` where that is as in most."""
    usual = F.lit(True)
    if options.header:
        usual = F.col("beginning") == shape.beginning
    beginnings = beginnings.withColumn("usual", usual)
    if options.header:
        headers = with_header(beginnings, options, grammar)
    else:
        headers = beginnings.withColumn("header", records.strings(names))
    headers = headers.withColumns(places(names))
    return headers.select("file", "usual", "width", "places", "others")


def with_places(df: DataFrame, headers: DataFrame) -> DataFrame:
    """With what is known of each record by its file."""
    size = F.col("_metadata.file_size")
    modified = F.unix_millis(F.col("_metadata.file_modification_time"))
    name = F.col("_metadata.file_name")
    own = csv_beginnings.key(size, modified, name)
    df = df.join(F.broadcast(headers), own == F.col("file"), "left")
    unknown = F.raise_error(
        F.concat(
            F.lit("a file changed while it was read, run the update again: "), name
        )
    )
    return df.where(F.col("file").isNotNull() | unknown.cast("boolean")).drop("file")


def places(names: list[str]) -> dict[str, Column]:
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


def with_header(beginnings: DataFrame, options: Options, grammar: Grammar) -> DataFrame:
    found = lines(F.col("beginning"), options, grammar)
    first = beginnings.withColumn("first", F.get(found, F.lit(0)))
    return with_names(first, options, grammar)


def lines(text: Column, options: Options, grammar: Grammar) -> Column:
    """The lines of a text that are neither blank nor comments."""
    found = records.lines(text, options)
    if options.flag("multiline"):
        found = F.regexp_extract_all(text, F.lit(grammar.line), F.lit(0))
    found = F.filter(found, lambda line: F.rlike(line, F.lit(r"\S")))
    if comment := options.parser.get("comment", "\0").strip("\0"):
        found = F.filter(found, lambda line: ~F.startswith(line, F.lit(comment)))
    return found


def with_names(df: DataFrame, options: Options, grammar: Grammar) -> DataFrame:
    """With `header`: names as Spark makes them of the line `first`.

    They are positions where a name is missing, or where there is no header, and have
    their position behind them where there are two of a name. A name that is made so,
    and that another column has, has its position behind it once more.
    """
    df = df.withColumn("raw", csv_cells.raw_cells(F.col("first"), grammar))
    df = df.withColumn("cells", csv_cells.values(F.col("raw"), grammar, options))
    if not options.header:
        positions = F.transform("cells", lambda _, i: position(i))
        return df.withColumn("header", positions)

    def named(cell: Column, i: Column) -> Column:
        numbered = F.concat(cell, i.cast("string"))
        unique = F.when(_count("cells", cell) > 1, numbered).otherwise(cell)
        return F.coalesce(unique, position(i))

    def renamed(name: Column, i: Column) -> Column:
        is_made = ~F.get("cells", i).eqNullSafe(name)
        again = F.concat(name, F.lit("_"), i.cast("string"))
        return F.when(is_made & (_count("names", name) > 1), again).otherwise(name)

    df = df.withColumn("names", F.transform("cells", named))
    return df.withColumn("header", F.transform("names", renamed))


def _count(names: str, name: Column) -> Column:
    return F.size(F.filter(names, lambda one: one == name))


def position(i: Column) -> Column:
    return F.concat(F.lit("_c"), i.cast("string"))


def check(path: str, header: Sequence[str], options: Options) -> None:
    """Raises FlowError where a load that wants to know of corrupt records meets a first
    line that has no column it expects: that is a record, which would be lost."""
    expected = [name for name in options.hints.names if name != options.corrupt]
    if options.corrupt not in options.hints.names or not expected:
        return
    wanted = {name.lower() for name in expected}
    if not wanted & {name.lower() for name in header}:
        for sep in (s for s in _SEPARATORS if len(header) == 1 and s in header[0]):
            if wanted & {cell.strip(' "').lower() for cell in header[0].split(sep)}:
                shown = "'\\t'" if sep == "\t" else f"'{sep}'"
                raise FlowError(
                    f"{path} has {shown} between its cells: name the separator (the "
                    f"reader's option sep: {shown})"
                )
        raise FlowError(
            f"the first line of {path} is not a header, it has no column that is "
            f"expected ({_some(expected)}) but {_some(header)}: write the names of the "
            "columns into it, or take the file out of the folder"
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")
