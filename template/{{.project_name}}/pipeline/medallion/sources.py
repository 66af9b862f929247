"""How a source is read: Auto Loader for what streams, a plain read for references.

Text formats are read as text. The contract's types are applied here, in code that runs
the same everywhere, so that every engine agrees on what fits, and nothing is lost where
it does not.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StringType, StructField, StructType

from medallion import casting
from medallion.contract import Table

CORRUPT = "_corrupt_record"
# The defaults of RFC 4180: a quote inside quotes is doubled, and a line may go on.
DEFAULT_OPTIONS = {
    "csv": {"header": "true", "escape": '"', "multiLine": "true"},
}
REFERENCE_OPTIONS = {
    # Files with another header than the first are refused, not mixed up.
    "csv": {"enforceSchema": "false"},
    "json": {"primitivesAsString": "true"},
    # The columns of all files, whichever Spark finds first.
    "parquet": {"mergeSchema": "true"},
}


def location(spark: SparkSession, table: Table) -> str:
    """The folder of the source: configured, stated in the contract, or in the landing.

    `pipeline.location.<table>` in the pipeline's configuration overrides the others.
    """
    landing = spark.conf.get("pipeline.landing")
    stated = table.location or f"{landing}/{table.name}"
    return spark.conf.get(f"pipeline.location.{table.name}", stated)


def new_files(spark: SparkSession, table: Table) -> DataFrame:
    """A stream of the source's new files; new columns are added as they appear.

    Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema
    """
    options = {**DEFAULT_OPTIONS.get(table.format, {}), **table.reader_options}
    stream = (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", table.format)
        .option("cloudFiles.schemaEvolutionMode", "addNewColumns")
        .options(**options)
    )
    if table.is_text:
        stream = stream.option("cloudFiles.schemaHints", _as_text(table)).option(
            "columnNameOfCorruptRecord", CORRUPT
        )
    return stream.load(location(spark, table))


def all_files(spark: SparkSession, table: Table) -> DataFrame:
    """All rows of a reference source as they are now, every column of text as text.

    A nested value of JSON is its text, as Auto Loader has it.
    """
    options = {
        **DEFAULT_OPTIONS.get(table.format, {}),
        **REFERENCE_OPTIONS[table.format],
        **table.reader_options,
    }
    reader = spark.read.format(table.format).options(**options)
    rows = reader.load(location(spark, table))
    if not table.is_text:
        return rows
    columns = dict.fromkeys([*rows.columns, CORRUPT], StringType())
    schema = StructType([StructField(*column) for column in columns.items()])
    reader = reader.schema(schema).option("columnNameOfCorruptRecord", CORRUPT)
    return reader.load(location(spark, table))


def type_columns(rows: DataFrame, table: Table) -> DataFrame:
    """The source's columns in the contract's types, and where each row came from.

    Adds `_misfits map<string,string>`, the text of each value that does not fit, and
    the audit columns. Columns to which the contract gives no type stay as they are, but
    for their name where the pipeline needs that itself: `record` is `source_record`,
    or `source_source_record` where that is taken.
    """
    text, found = table.is_text, rows.columns
    names = _other_names(found, table)
    rows = rows.withColumnsRenamed(names)
    if not text or table.role == "reference":
        # Such a source has the columns that its files have: absent ones are empty.
        present = {names.get(name.lower(), name).lower() for name in found}
        expected = [*_expected(table), *([CORRUPT] if text else [])]
        absent = [name for name in expected if name.lower() not in present]
        empty = F.lit(None).cast("string")
        if absent:  # Spark Connect takes no mapping without columns
            rows = rows.withColumns(dict.fromkeys(absent, empty))
    rescued = not text and "_rescued_data" in found
    typed = {c.name: casting.typed(c, text, rescued) for c in table.source_columns}
    audit = {
        "_source_file": F.col("_metadata.file_path"),
        "_source_modified_at": F.col("_metadata.file_modification_time"),
    }
    if table.role != "reference":
        audit["_ingested_at"] = F.current_timestamp()
    columns, ordering = table.source_columns, table.untyped_sequence
    misfits = casting.misfits(columns, text, ordering, rescued)
    return rows.withColumns({"_misfits": misfits, **typed, **audit})


def _other_names(columns: list[str], table: Table) -> dict[str, str]:
    """Of the source's columns whose names the pipeline needs; the contract has none."""
    taken = {name.lower() for name in (*columns, *_expected(table))}
    names = {}
    for name in (name for name in table.added_columns if name in taken):
        other = f"source_{name.lstrip('_')}"
        while other in taken:
            other = f"source_{other}"
        taken.add(other)
        names[name] = other
    return names


def _expected(table: Table) -> list[str]:
    """The columns that the pipeline names; all of the contract's where it has some."""
    named = [column.name for column in table.source_columns]
    said = (*table.keys, *table.sequence_by, *table.technical_columns)
    said += (*table.history_columns, *table.cluster_by)
    return named or list(dict.fromkeys(said))


def _as_text(table: Table) -> str:
    names = [*_expected(table), CORRUPT]
    return ", ".join(f"`{name}` STRING" for name in names)
