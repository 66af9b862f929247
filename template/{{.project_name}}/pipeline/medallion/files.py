"""Sources that are files: Auto Loader for what streams, a plain read for references.

Text formats are read as text, so that every engine agrees on what fits a type.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion import json_rows, sql_text
from medallion.contract import Table
from medallion.model import CORRUPT, RESCUED
from medallion.names import READ_AS

# A cell beyond the header of its file, as Auto Loader names it in `_rescued_data`
_BEYOND = r'[{,]"_c\d+":'
# The defaults of RFC 4180: a quote inside quotes is doubled, and a line may go on.
DEFAULT_OPTIONS = {
    "csv": {"header": "true", "escape": '"', "multiLine": "true"},
}
# No file has such a name: those that begin with _ are never read.
NO_FILE = "_none"
REFERENCE_OPTIONS = {
    # Files with another header than the first are refused, not mixed up.
    "csv": {"enforceSchema": "false"},
    "json": {"primitivesAsString": "true"},
    "xml": {"inferSchema": "false"},
    # The columns of all files, whichever Spark finds first.
    "orc": {"mergeSchema": "true"},
    "parquet": {"mergeSchema": "true"},
}


def new_rows(spark: SparkSession, table: Table, known: str | None = None) -> DataFrame:
    """A stream of the source's new files; new columns are added as they appear.

    With the columns that are `known` (see `landing.awaited`) nothing is inferred, and
    other columns are in `_rescued_data`. Of a table without `properties` those would
    never get to silver: so no file is read then, but by the next update.
    Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema,
    by which a stream with a given schema rescues new columns, and cannot add them.
    """
    options = {**DEFAULT_OPTIONS.get(table.format, {}), **table.reader_options}
    stream = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", table.format)
        .option("cloudFiles.partitionColumns", "")
        .options(**options)
    )
    if table.is_text:
        stream = stream.option("columnNameOfCorruptRecord", READ_AS[CORRUPT])
    if known:
        stream = stream.schema(known)
        if not table.columns:
            stream = stream.option("pathGlobFilter", NO_FILE)
    elif table.is_text:
        stream = stream.option("cloudFiles.schemaHints", _as_text(table))
    if table.format != "text":  # whose one column is the line
        mode = "rescue" if known else "addNewColumns"
        stream = stream.option("cloudFiles.schemaEvolutionMode", mode)
        stream = stream.option("rescuedDataColumn", READ_AS[RESCUED])
    rows = stream.load(location(spark, table))
    return with_ragged(rows) if table.format == "csv" else rows


def with_ragged(rows: DataFrame) -> DataFrame:
    """A row with more cells than its header is corrupt, as a plain read has it.

    Where a separator stands in a cell without quotes, all behind it is in the wrong
    columns. No page of Databricks says which of the two columns tells of it.
    """
    rescued = F.col(READ_AS[RESCUED])
    corrupt = F.coalesce(READ_AS[CORRUPT], F.when(rescued.rlike(_BEYOND), rescued))
    return rows.withColumn(READ_AS[CORRUPT], corrupt)


def all_rows(
    spark: SparkSession,
    table: Table,
    paths: list[str] | None = None,
    known: str | None = None,
) -> DataFrame:
    """All rows of a reference source as they are now, every column of text as text.

    Or those of some of its files. A nested value of JSON is its text, as Auto Loader
    has it. With the columns that are `known` (see `landing.awaited`) nothing is
    inferred; a file that comes meanwhile is then read by the next update, but for one
    of a backfill, which is read once. Raises ValueError for CSV files whose first
    line is not a header.
    """
    paths = paths or [location(spark, table)]
    options = {
        **DEFAULT_OPTIONS.get(table.format, {}),
        **REFERENCE_OPTIONS.get(table.format, {}),
        **table.reader_options,
    }
    reader = spark.read.format(table.format).options(**options)
    if table.is_text:
        reader = reader.option("columnNameOfCorruptRecord", READ_AS[CORRUPT])
    if known:
        if not table.once:
            reader = reader.option("pathGlobFilter", NO_FILE)
        return reader.schema(known).load(paths)
    rows = reader.load(paths)
    if not table.is_text:
        return rows
    if table.format == "csv":
        _check_header(rows.columns, table, paths[0])
    if table.format == "xml":
        return _nested_as_json(reader, paths, rows)
    if table.format == "json" and json_rows.are_text(options):
        return json_rows.read(spark.read, paths, rows.columns, options)
    columns = dict.fromkeys([*rows.columns, READ_AS[CORRUPT]], StringType())
    schema = StructType([StructField(*column) for column in columns.items()])
    return reader.schema(schema).load(paths)


def _check_header(found: list[str], table: Table, path: str) -> None:
    expected = {name.lower() for name in table.source_names.values()}
    # One column alone may be the whole line: see `names.of_source`
    is_told_apart = len(found) > 1 or len(expected) == 1
    if is_told_apart and not expected & {name.lower() for name in found}:
        raise ValueError(
            f"{table.name}: the first line of the CSV files in {path} is not a header, "
            f"it has no column of the contract but {', '.join(found[:5])}: write the "
            "names of the columns into it"
        )


def _nested_as_json(reader, paths: list[str], rows: DataFrame) -> DataFrame:
    """XML with its nested values as JSON: read as text, all but one would be lost."""
    types = {**dict(rows.dtypes), READ_AS[CORRUPT]: "string"}
    schema = ", ".join(f"{sql_text.name(n)} {type_}" for n, type_ in types.items())
    nested = [name for name, type_ in types.items() if "<" in type_]
    texts = {name: F.to_json(F.col(sql_text.name(name))) for name in nested}
    read = reader.schema(schema).load(paths)
    return read.withColumns(texts) if texts else read


def location(spark: SparkSession, table: Table) -> str:
    """The folder of the source: configured, stated in the contract, or in the landing.

    `pipeline.location.<table>` in the pipeline's configuration overrides the others.
    """
    landing = spark.conf.get("pipeline.landing")
    stated = table.location or f"{landing}/{table.name}"
    return spark.conf.get(f"pipeline.location.{table.name}", stated)


def audit(table: Table, metadata: Column) -> dict[str, Column]:
    """The file that a row is from, and when that was written, as `metadata` says."""
    return {
        "_source_file": metadata["file_path"],
        "_source_modified_at": metadata["file_modification_time"],
    }


def _as_text(table: Table) -> str:
    """Hints for what the pipeline names, so that Auto Loader has it in any case.

    No page says whether a name with a dot, in backticks, is that of a field within a
    column. Such a column has none: it is found in the files, or is absent.
    """
    stated = [name for name in table.source_names.values() if "." not in name]
    hinted = map(sql_text.name, [*stated, READ_AS[CORRUPT]])
    return ", ".join(f"{name} STRING" for name in hinted)
