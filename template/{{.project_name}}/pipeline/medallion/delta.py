"""Sources that are Delta tables of another schema or catalog.

A fact streams what is appended. A dimension streams the table's change data feed, with
its deletes, in the order of its commits. A reference reads the table as it is.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import sql_text
from medallion.contract import Table

# Every change comes with the row before it, which has come once already.
_BEFORE = "update_preimage"


def new_rows(spark: SparkSession, table: Table) -> DataFrame:
    """A stream of the rows that the table got, or of its changes.

    A change has `_change_type string` (insert, update_postimage or delete),
    `_commit_version bigint` and `_commit_timestamp timestamp`; the first ones are the
    table as it is when the stream begins.
    Follows https://docs.databricks.com/aws/en/delta/delta-change-data-feed and
    https://docs.databricks.com/aws/en/structured-streaming/delta-lake
    """
    stream = spark.readStream.options(**table.reader_options)
    if not table.reads_changes:
        return stream.table(location(spark, table))
    changes = stream.option("readChangeFeed", "true").table(location(spark, table))
    return changes.where(F.col("_change_type") != _BEFORE)


def all_rows(spark: SparkSession, table: Table) -> DataFrame:
    """All rows of the table as they are now."""
    return spark.read.options(**table.reader_options).table(location(spark, table))


def location(spark: SparkSession, table: Table) -> str:
    """The table's name in backticks: it may hold dashes.

    `pipeline.location.<table>` overrides the contract.
    """
    stated = spark.conf.get(f"pipeline.location.{table.name}", table.location)
    return ".".join(map(sql_text.name, stated.split(".")))


def audit(table: Table, metadata: Column) -> dict[str, Column]:
    """The table that a row is from, and when it was committed there.

    A stream of appended rows does not say when: these have the time of reading. A
    change keeps what the feed says of it under names that Delta does not need itself:
    `_change string` and `_change_version bigint`. `metadata` says it of a whole table.
    """
    place = {"_source_file": F.lit(table.location)}
    if table.reads_changes:
        return {
            **place,
            "_source_modified_at": F.col("_commit_timestamp"),
            "_change": F.col("_change_type"),
            "_change_version": F.col("_commit_version"),
        }
    if table.is_reloaded:
        return {**place, "_source_modified_at": metadata["file_modification_time"]}
    return {**place, "_source_modified_at": F.current_timestamp()}
