"""How a source is read, by its format, and typed by the contract.

The contract's types are applied here, in code that runs the same everywhere, so that
every engine agrees on what fits, and nothing is lost where it does not.
"""

from collections.abc import Iterable

from pyspark.sql import Column as SparkColumn
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import (
    casting,
    delta,
    fields,
    files,
    json_text,
    kafka,
    names,
    published,
    sql_text,
)
from medallion.contract import Table
from medallion.model import CHANGE_FEED, CORRUPT, MESSAGE, RESCUED, Column


def _reader(table: Table):
    """The module that reads the table's format."""
    if table.topic:
        return kafka
    return delta if table.format == "delta" else files


def new_rows(spark: SparkSession, table: Table, known: str | None = None) -> DataFrame:
    """A stream of what is new in the source, as delivered.

    `known` are the columns of one that has no files yet (see `landing.awaited`).
    """
    if known:
        return files.new_rows(spark, table, known)
    return _reader(table).new_rows(spark, table)


def all_rows(spark: SparkSession, table: Table, known: str | None = None) -> DataFrame:
    """All rows of a reference source as they are now, as delivered."""
    if known:
        return files.all_rows(spark, table, known=known)
    return _reader(table).all_rows(spark, table)


def type_columns(rows: DataFrame, table: Table) -> DataFrame:
    """The source's columns in the contract's types, and where each row came from.

    Adds `_misfits map<string,string>`, the text of each value that does not fit, and
    the audit columns. What a nested type leaves out is added to `_rescued_data string`,
    by its path. Columns to which the contract gives no type stay as they are, but for
    names that a table cannot have: see `names.of_source`. Raises ValueError where two
    columns would have one name.
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
    if not text and (others := fields.storable(by_name, table)):
        rows = rows.withColumns(others)
    # What the contract names and the source lacks is empty.
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
    added = {"_misfits": misfits, **_rescued(columns, text, called), **typed, **audit}
    rows = rows.withColumns(added)
    there = {"_misfits", *called, *audit, *([CORRUPT] if text else [])}
    comments = {name: said for name, said in published.ADDED.items() if name in there}
    comments |= {c.name: c.comment for c in columns if c.comment}
    rows = published.described(rows, **comments)
    if table.cluster_by and not table.columns:
        # Silver has them in this order, and Delta statistics of the first ones only
        first = [sql_text.name(column) for column in table.cluster_by]
        rows = rows.selectExpr(*first, f"* EXCEPT ({', '.join(first)})")
    if table.topic:
        return rows.drop(MESSAGE)
    return rows.drop(*CHANGE_FEED) if table.reads_changes else rows


def _rescued(
    columns: Iterable[Column], text: bool, called: list[str]
) -> dict[str, SparkColumn]:
    """`_rescued_data`, with what the nested types of the columns leave out."""
    has_own = RESCUED in called
    beside = casting.beside(columns, text, has_own and not text)
    if beside is None:
        return {}
    rescued = json_text.object_of(beside)
    if has_own:
        rescued = json_text.joined(F.col(RESCUED).cast("string"), rescued)
    return {RESCUED: rescued}
