"""Sources that are files: Auto Loader for what streams, a plain read for references.

Text formats are read as text, so that every engine agrees on what fits a type.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion import sql_text
from medallion.contract import Table
from medallion.model import CORRUPT

# A cell beyond the header of its file, as Auto Loader names it in `_rescued_data`
_BEYOND = r'[{,]"_c\d+":'
# The defaults of RFC 4180: a quote inside quotes is doubled, and a line may go on.
DEFAULT_OPTIONS = {
    "csv": {"header": "true", "escape": '"', "multiLine": "true"},
}
REFERENCE_OPTIONS = {
    # Files with another header than the first are refused, not mixed up.
    "csv": {"enforceSchema": "false"},
    "json": {"primitivesAsString": "true"},
    "xml": {"inferSchema": "false"},
    # The columns of all files, whichever Spark finds first.
    "orc": {"mergeSchema": "true"},
    "parquet": {"mergeSchema": "true"},
}


def new_rows(spark: SparkSession, table: Table) -> DataFrame:
    """A stream of the source's new files; new columns are added as they appear.

    Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema
    """
    options = {**DEFAULT_OPTIONS.get(table.format, {}), **table.reader_options}
    stream = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", table.format)
        .options(**options)
    )
    if table.format != "text":  # whose one column is the line
        mode = "addNewColumns"
        stream = stream.option("cloudFiles.schemaEvolutionMode", mode)
    if table.is_text:
        stream = stream.option("cloudFiles.schemaHints", _as_text(table)).option(
            "columnNameOfCorruptRecord", CORRUPT
        )
    rows = stream.load(location(spark, table))
    return with_ragged(rows) if table.format == "csv" else rows


def with_ragged(rows: DataFrame) -> DataFrame:
    """A row with more cells than its header is corrupt, as a plain read has it.

    Where a separator stands in a cell without quotes, all behind it is in the wrong
    columns. No page of Databricks says which of the two columns tells of it.
    """
    rescued = F.col("_rescued_data")
    corrupt = F.coalesce(CORRUPT, F.when(rescued.rlike(_BEYOND), rescued))
    return rows.withColumn(CORRUPT, corrupt)


def all_rows(
    spark: SparkSession, table: Table, paths: list[str] | None = None
) -> DataFrame:
    """All rows of a reference source as they are now, every column of text as text.

    Or those of some of its files. A nested value of JSON is its text, as Auto Loader
    has it. Raises ValueError for CSV files whose first line is not a header.
    """
    paths = paths or [location(spark, table)]
    options = {
        **DEFAULT_OPTIONS.get(table.format, {}),
        **REFERENCE_OPTIONS.get(table.format, {}),
        **table.reader_options,
    }
    reader = spark.read.format(table.format).options(**options)
    rows = reader.load(paths)
    if not table.is_text:
        return rows
    if table.format == "csv":
        _check_header(rows.columns, table, paths[0])
    reader = reader.option("columnNameOfCorruptRecord", CORRUPT)
    if table.format == "xml":
        return _nested_as_json(reader, paths, rows)
    columns = dict.fromkeys([*rows.columns, CORRUPT], StringType())
    schema = StructType([StructField(*column) for column in columns.items()])
    return reader.schema(schema).load(paths)


def _check_header(found: list[str], table: Table, path: str) -> None:
    expected = {name.lower() for name in table.expected_columns}
    if found and not expected & {name.lower() for name in found}:
        raise ValueError(
            f"{table.name}: the first line of the CSV files in {path} is not a header, "
            f"it has no column of the contract but {', '.join(found[:5])}: write the "
            "names of the columns into it"
        )


def _nested_as_json(reader, paths: list[str], rows: DataFrame) -> DataFrame:
    """XML with its nested values as JSON: read as text, all but one would be lost."""
    types = {**dict(rows.dtypes), CORRUPT: "string"}
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


def audit(table: Table) -> dict[str, Column]:
    """The file that a row is from, and when that was written."""
    return {
        "_source_file": F.col("_metadata.file_path"),
        "_source_modified_at": F.col("_metadata.file_modification_time"),
    }


def _as_text(table: Table) -> str:
    names = [*table.expected_columns, CORRUPT]
    return ", ".join(f"`{name}` STRING" for name in names)
