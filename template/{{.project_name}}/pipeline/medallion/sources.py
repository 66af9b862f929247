"""How a source is read, by its format, and typed by the contract.

The contract's types are applied here, in code that runs the same everywhere, so that
every engine agrees on what fits, and nothing is lost where it does not.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import casting, delta, files, kafka, names, nested
from medallion.contract import Table
from medallion.model import CHANGE_FEED, CORRUPT, MESSAGE, RESCUED


def _reader(table: Table):
    """The module that reads the table's format."""
    if table.topic:
        return kafka
    return delta if table.format == "delta" else files


def new_rows(spark: SparkSession, table: Table) -> DataFrame:
    """A stream of what is new in the source, as delivered."""
    return _reader(table).new_rows(spark, table)


def all_rows(spark: SparkSession, table: Table) -> DataFrame:
    """All rows of a reference source as they are now, as delivered."""
    return _reader(table).all_rows(spark, table)


def type_columns(rows: DataFrame, table: Table) -> DataFrame:
    """The source's columns in the contract's types, and where each row came from.

    Adds `_misfits map<string,string>`, the text of each value that does not fit, and
    the audit columns. Columns to which the contract gives no type stay as they are, but
    for names that a table cannot have: see `names.of_source`. Raises ValueError where
    two columns would have one name.
    """
    types = rows.schema
    found = types.names
    text, called = table.is_text, names.of_source(found, table)
    # Where files have a column of this name, that would be meant; see
    # https://docs.databricks.com/aws/en/ingestion/file-metadata-column
    hides_files = "_metadata" in (name.lower() for name in found)
    if called != found:
        rows = rows.toDF(*called)
    metadata = rows.metadataColumn("_metadata") if hides_files else F.col("_metadata")
    by_name = dict(zip(called, (field.dataType for field in types), strict=True))
    if not text and (others := nested.storable(by_name, table)):
        rows = rows.withColumns(others)
    # Such columns the files do not have: absent ones are empty.
    present = {name.lower() for name in called}
    expected = [*table.expected_columns, *([CORRUPT] if text else [])]
    absent = [name for name in expected if name.lower() not in present]
    if absent:  # Spark Connect takes no mapping without columns
        empty = F.lit(None).cast("string")
        rows = rows.withColumns(dict.fromkeys(absent, empty))
    rescued = not text and RESCUED in called
    typed = {c.name: casting.typed(c, text, rescued) for c in table.source_columns}
    audit = _reader(table).audit(table, metadata)
    if not table.is_reloaded:
        audit["_ingested_at"] = F.current_timestamp()
    columns, ordering = table.source_columns, table.untyped_sequence
    misfits = casting.misfits(columns, text, ordering, rescued)
    rows = rows.withColumns({"_misfits": misfits, **typed, **audit})
    if table.topic:
        return rows.drop(MESSAGE)
    return rows.drop(*CHANGE_FEED) if table.reads_changes else rows
