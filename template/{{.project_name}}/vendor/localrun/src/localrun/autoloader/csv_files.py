"""CSV files, every one by its own header: columns are names, not positions.

Follows https://docs.databricks.com/aws/en/query/formats/csv and Spark's CSV options.
There are three ways, from the quickest on; `csv_look` tells which are right:

- files that all have one header, and records of as many cells: Spark's parser alone
- other files that it reads as they are meant: its cells, placed by each file's header
- all others: `csv_scan` makes records of files, `csv_cells` cells of a record, by the
  regular expressions of `csv_grammar`

`csv_beginnings` and `csv_headers` read headers; `csv_arrivals` looks at files that came
since.
"""

from collections.abc import Sequence

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from localrun.autoloader import (
    csv_beginnings,
    csv_cells,
    csv_headers,
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
        headers = csv_headers.of_files(beginnings, names, options, grammar, shape)
        df = csv_headers.with_places(df, headers)
    if streamed and shape.plain:
        return _of_plain_files(df, names, options, grammar, shape)
    if streamed:
        lines = csv_headers.lines(F.col("text"), options, grammar)
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
    first = csv_headers.with_header(beginnings, options, grammar)
    headers = first.where("header IS NOT NULL").select("beginning", "header").collect()
    by_text = {row.beginning: row.header for row in headers}
    names: dict[str, str] = {}
    for path in paths:
        header = by_text.get(csv_beginnings.beginning(path, quoting), ())
        if options.header and header:
            csv_headers.check(path, header, options)
        for name in header:
            names.setdefault(name.lower(), name)
    found = list(names.values())
    types = {}
    if options.infer_types and found:
        shape = Shape(header=max(by_text.values(), key=len))
        df = read(literal_reader(spark), paths, found, options, beginnings, shape)
        types = csv_types.inferred(df, found)
    return StructType([StructField(n, types.get(n, StringType())) for n in found])


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
    first = csv_headers.with_header(beginnings, options, Grammar.of(options)).collect()
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
    df = df.withColumn("lines", csv_headers.lines(F.col("text"), options, grammar))
    rows = F.col("lines")
    if options.header:
        df = df.withColumn("first", F.get("lines", F.lit(0)))
        df = csv_headers.with_names(df, options, grammar)
        rows = F.slice("lines", 2, F.greatest(F.size("lines"), F.lit(1)))
    else:
        df = df.withColumn("header", records.strings(names))
    return df.withColumns(csv_headers.places(names)).select(
        "width", "places", "others", F.explode(rows).alias("text")
    )


def _unknown() -> Column:
    width, cells = F.col("width"), F.col("cells")
    others = F.transform(
        "others", lambda e: records.entry(e["key"], F.get(cells, e["i"]))
    )
    beyond = F.transform(
        F.sequence(width, F.size(cells) - 1),
        lambda i: records.entry(csv_headers.position(i), F.get(cells, i)),
    )
    return F.when(F.size(cells) > width, F.concat(others, beyond)).otherwise(others)
