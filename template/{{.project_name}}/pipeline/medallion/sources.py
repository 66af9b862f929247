"""How a source is read, by its format, and typed by the contract.

The contract's types are applied here, in code that runs the same everywhere, so that
every engine agrees on what fits, and nothing is lost where it does not.
"""

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import casting, delta, files, kafka
from medallion.contract import Table
from medallion.model import CHANGE_FEED, CORRUPT, MESSAGE


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
    the audit columns. Columns to which the contract gives no type stay as they are, but
    for their name where the pipeline needs that itself: `record` is `source_record`,
    or `source_source_record` where that is taken.
    """
    text, found = table.is_text, rows.columns
    names = _other_names(found, table)
    rows = rows.withColumnsRenamed(names)
    if not text or table.is_reloaded or table.is_dumped:
        # Such a source has the columns that its files have: absent ones are empty.
        present = {names.get(name.lower(), name).lower() for name in found}
        expected = [*table.expected_columns, *([CORRUPT] if text else [])]
        absent = [name for name in expected if name.lower() not in present]
        empty = F.lit(None).cast("string")
        if absent:  # Spark Connect takes no mapping without columns
            rows = rows.withColumns(dict.fromkeys(absent, empty))
    rescued = not text and "_rescued_data" in found
    typed = {c.name: casting.typed(c, text, rescued) for c in table.source_columns}
    audit = _reader(table).audit(table)
    if not table.is_reloaded:
        audit["_ingested_at"] = F.current_timestamp()
    columns, ordering = table.source_columns, table.untyped_sequence
    misfits = casting.misfits(columns, text, ordering, rescued)
    rows = rows.withColumns({"_misfits": misfits, **typed, **audit})
    if table.topic:
        return rows.drop(MESSAGE)
    return rows.drop(*CHANGE_FEED) if table.reads_changes else rows


def _other_names(columns: list[str], table: Table) -> dict[str, str]:
    """Of the source's columns whose names the pipeline needs; the contract has none."""
    taken = {name.lower() for name in (*columns, *table.expected_columns)}
    names = {}
    for name in (name for name in table.added_columns if name in taken):
        other = f"source_{name.lstrip('_')}"
        while other in taken:
            other = f"source_{other}"
        taken.add(other)
        names[name] = other
    return names
