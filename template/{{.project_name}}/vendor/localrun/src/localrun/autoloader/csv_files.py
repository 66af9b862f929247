"""CSV files, every one by its own header: columns are names, not positions.

Follows https://docs.databricks.com/aws/en/query/formats/csv and Spark's CSV options.
`csv_scan` makes records of files, `csv_cells` cells of a record, by the regular
expressions of `csv_grammar`; `csv_beginnings` looks at headers beforehand.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import (
    csv_beginnings,
    csv_cells,
    csv_look,
    csv_scan,
    csv_types,
    records,
)
from localrun.autoloader.csv_beginnings import Quoting
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.csv_shape import Shape
from localrun.autoloader.files import SourceFile, check_whole, literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader
from localrun.errors import FlowError

typed = csv_types.typed


def read(
    reader: Reader[Paths],
    path: Paths,
    names: list[str],
    options: Options,
    beginnings: DataFrame | Column,
    shape: Shape,
) -> DataFrame:
    """Records with the fields `names`; see `records`.

    `beginnings` are those of the files, `shape` is what they are like; where they all
    are as one table, a column that is true is enough. Without a header the names, which
    then are a given schema's, go by position. Cells that have no name are called by
    their position, `_c3`; missing cells are NULL, and either makes a record ragged. One
    with a quote that is never closed cannot be read.
    """
    grammar = Grammar.of(options)
    streamed = csv_scan.is_streamed(options)
    if not streamed:
        df = _of_whole_files(reader, path, names, options, grammar)
    else:
        df = csv_scan.records_of(reader, path, options, shape)
        if isinstance(beginnings, Column):
            return _of_one_table(df.where(beginnings), names, options, shape)
        headers = _headers(beginnings, names, options, grammar, shape)
        df = _with_places(df, headers)
    if streamed and shape.plain:
        return _of_plain_files(df, names, options, grammar, shape)
    if streamed:
        lines = _lines(F.col("text"), options, grammar)
        one = F.array(F.trim(F.col("text"), F.lit("\r\n")))
        several = F.rlike("text", F.lit(r"[\r\n]"))
        df = df.withColumn("text", F.explode(F.when(several, lines).otherwise(one)))
    text = F.col("text")
    df = df.withColumn("raw", csv_cells.raw_cells(text, grammar))
    df = df.withColumn("cells", csv_cells.values(F.col("raw"), grammar, options))
    fields = [_by_place(i).alias(name) for i, name in enumerate(names)]
    readable = csv_cells.is_readable(text, F.col("raw"), grammar)
    return df.select(
        text.alias("record"),
        F.when(readable, F.struct(*fields)).alias("fields"),
        _unknown().alias("unknown"),
        _is_ragged(options).alias(records.RAGGED),
    )


def _of_one_table(
    df: DataFrame, names: list[str], options: Options, shape: Shape
) -> DataFrame:
    """Spark's own cells: every record has those of the one header."""
    header = _names_of(shape, names, options)
    nothing = F.lit(None).cast("string")
    fields = [
        F.col(f"_{header.index(name)}") if name in header else nothing for name in names
    ]
    named = zip(fields, names, strict=True)
    return df.select(
        nothing.alias("record"),
        F.struct(*[field.alias(name) for field, name in named]).alias("fields"),
        _other_cells(header, names).alias("unknown"),
    )


def _names_of(shape: Shape, names: list[str], options: Options) -> list[str]:
    """The usual header; where files have none, the names by their positions."""
    header = list(shape.header)
    if not options.header:
        header[: len(names)] = names[: len(header)]
    return header


def _other_cells(header: list[str], names: list[str]) -> Column:
    others = [(i, name) for i, name in enumerate(header) if name not in names]
    if not others:
        return F.lit(None).cast("array<struct<key:string,value:string>>")
    return F.array(*[records.entry(F.lit(n), F.col(f"_{i}")) for i, n in others])


def _of_plain_files(
    df: DataFrame, names: list[str], options: Options, grammar: Grammar, shape: Shape
) -> DataFrame:
    """Spark's own cells, straight away where a record is like most of them.

    It is where it has as many cells as the usual header, which its file has.
    """
    text = F.col("text")
    usual = text.isNull() & F.col("usual")
    own = F.array(*[F.col(f"_{i}") for i in range(shape.width)])
    raw = csv_cells.raw_cells(text, grammar)
    df = df.withColumn("raw", F.when(text.isNotNull(), raw))
    written = csv_cells.values(F.col("raw"), grammar, options)
    cells = F.when(text.isNotNull(), written).when(~usual, own)
    df = df.withColumn("cells", cells)
    fields = []
    header = _names_of(shape, names, options)
    for i, name in enumerate(names):
        field = F.when(~usual, _by_place(i))
        if name in header:
            cell = F.col(f"_{header.index(name)}")
            field = F.when(usual, cell).otherwise(_by_place(i))
        fields.append(field.alias(name))
    unknown = F.when(usual, _other_cells(header, names)).otherwise(_unknown())
    ragged = ~usual & _is_ragged(options)
    cells = F.transform("cells", lambda cell: F.coalesce(cell, F.lit("")))
    written = F.coalesce(text, F.array_join(cells, grammar.separator))
    return df.select(
        F.when(ragged, written).alias("record"),
        F.struct(*fields).alias("fields"),
        unknown.alias("unknown"),
        ragged.alias(records.RAGGED),
    )


def _is_ragged(options: Options) -> Column:
    """Whether a record has more or fewer cells than its header has names.

    Spark's own reader takes such a record for corrupt. Without a header there are no
    names to count.
    """
    return F.size("cells") != F.col("width") if options.header else F.lit(False)


def _by_place(number: int) -> Column:
    return F.get("cells", F.get("places", F.lit(number)))


def infer(spark: SparkSession, paths: list[str], options: Options) -> StructType:
    """The columns of these files in the order of their headers, oldest file first."""
    grammar = Grammar.of(options)
    quoting = Quoting.of(options)
    beginnings = csv_beginnings.known(spark, paths, quoting)
    first = _with_header(beginnings, options, grammar)
    headers = first.where("header IS NOT NULL").select("beginning", "header").collect()
    by_text = {row.beginning: row.header for row in headers}
    names: dict[str, str] = {}
    for path in paths:
        header = by_text.get(csv_beginnings.beginning(path, quoting), ())
        if options.header and header:
            _check_header(path, header, options)
        for name in header:
            names.setdefault(name.lower(), name)
    found = list(names.values())
    types = {}
    if options.infer_types and found:
        shape = Shape(header=max(by_text.values(), key=len))
        df = read(literal_reader(spark), paths, found, options, beginnings, shape)
        types = csv_types.inferred(df, found)
    return StructType([StructField(n, types.get(n, StringType())) for n in found])


def _check_header(path: str, header: Sequence[str], options: Options) -> None:
    """Raises FlowError where a load that wants to know of corrupt records meets a first
    line that has no column it expects: that is a record, which would be lost."""
    expected = [name for name in options.hints.names if name != options.corrupt]
    if options.corrupt not in options.hints.names or not expected:
        return
    if not {name.lower() for name in expected} & {name.lower() for name in header}:
        raise FlowError(
            f"the first line of {path} is not a header, it has no column that is "
            f"expected ({_some(expected)}) but {_some(header)}: write the names of the "
            "columns into it, or take the file out of the folder"
        )


def _some(names: Sequence[str]) -> str:
    return ", ".join(names[:5]) + (", …" if len(names) > 5 else "")


def shape_of(
    spark: SparkSession, found: Sequence[SourceFile], options: Options
) -> Shape:
    """What these files are like; each of them is read for it.

    Raises FlowError for a file that cannot be read.
    """
    quoting = Quoting.of(options)
    if not csv_scan.is_streamed(options):
        csv_scan.refuse_large(file.path for file in found)
        for file in found:
            check_whole(file.path)
        return Shape()
    largest = max(found, key=lambda file: file.size)
    beginnings = csv_beginnings.known(spark, [largest.path], quoting)
    first = _with_header(beginnings, options, Grammar.of(options)).collect()
    header = tuple(first[0].header or ())
    texts = {""}
    if options.header:
        texts = {csv_beginnings.beginning(file.path, quoting) for file in found}
    looks = [csv_look.look(file.path, quoting) for file in found]
    return Shape(
        csv_beginnings.beginning(largest.path, quoting) if options.header else "",
        header,
        plain=all(look.plain for look in looks) and bool(header),
        # a blank line is a record where there is one column
        even=len(header) > 1 and not any(look.cells - {len(header)} for look in looks),
        uniform=len(texts) == 1,
        large=csv_scan.is_large(largest.size),
    )


def _of_whole_files(
    reader: Reader[Paths],
    path: Paths,
    names: list[str],
    options: Options,
    grammar: Grammar,
) -> DataFrame:
    df = csv_scan.whole_files(reader, path, options)
    df = df.withColumn("lines", _lines(F.col("text"), options, grammar))
    rows = F.col("lines")
    if options.header:
        df = df.withColumn("first", F.get("lines", F.lit(0)))
        df = _with_names(df, options, grammar)
        rows = F.slice("lines", 2, F.greatest(F.size("lines"), F.lit(1)))
    else:
        df = df.withColumn("header", records.strings(names))
    return df.withColumns(_places(names)).select(
        "width", "places", "others", F.explode(rows).alias("text")
    )


def _headers(
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
        headers = _with_header(beginnings, options, grammar)
    else:
        headers = beginnings.withColumn("header", records.strings(names))
    headers = headers.withColumns(_places(names))
    return headers.select("file", "usual", "width", "places", "others")


def _with_places(df: DataFrame, headers: DataFrame) -> DataFrame:
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


def _with_header(
    beginnings: DataFrame, options: Options, grammar: Grammar
) -> DataFrame:
    lines = _lines(F.col("beginning"), options, grammar)
    first = beginnings.withColumn("first", F.get(lines, F.lit(0)))
    return _with_names(first, options, grammar)


def _lines(text: Column, options: Options, grammar: Grammar) -> Column:
    """The lines of a text that are neither blank nor comments."""
    lines = records.lines(text, options)
    if options.flag("multiline"):
        lines = F.regexp_extract_all(text, F.lit(grammar.line), F.lit(0))
    lines = F.filter(lines, lambda line: F.rlike(line, F.lit(r"\S")))
    if comment := options.parser.get("comment", "\0").strip("\0"):
        lines = F.filter(lines, lambda line: ~F.startswith(line, F.lit(comment)))
    return lines


def _with_names(df: DataFrame, options: Options, grammar: Grammar) -> DataFrame:
    """With `header`: names as Spark makes them of the line `first`.

    They are positions where a name is missing, or where there is no header, and have
    their position behind them where there are two of a name. A name that is made so,
    and that another column has, has its position behind it once more.
    """
    df = df.withColumn("raw", csv_cells.raw_cells(F.col("first"), grammar))
    df = df.withColumn("cells", csv_cells.values(F.col("raw"), grammar, options))
    if not options.header:
        positions = F.transform("cells", lambda _, i: _position(i))
        return df.withColumn("header", positions)

    def named(cell: Column, i: Column) -> Column:
        numbered = F.concat(cell, i.cast("string"))
        unique = F.when(_count("cells", cell) > 1, numbered).otherwise(cell)
        return F.coalesce(unique, _position(i))

    def renamed(name: Column, i: Column) -> Column:
        is_made = ~F.get("cells", i).eqNullSafe(name)
        again = F.concat(name, F.lit("_"), i.cast("string"))
        return F.when(is_made & (_count("names", name) > 1), again).otherwise(name)

    df = df.withColumn("names", F.transform("cells", named))
    return df.withColumn("header", F.transform("names", renamed))


def _count(names: str, name: Column) -> Column:
    return F.size(F.filter(names, lambda one: one == name))


def _position(i: Column) -> Column:
    return F.concat(F.lit("_c"), i.cast("string"))
