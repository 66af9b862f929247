"""How a source differs from its contract: new columns, and values of another type."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.contract import Table
from medallion.model import RESCUED

NEW_COLUMN, OTHER_TYPE = "new column", "other type"
SCHEMA = """
    source STRING COMMENT 'The table of the contract.',
    column STRING COMMENT 'The column of the source.',
    kind STRING COMMENT 'new column, or other type.',
    sample STRING COMMENT 'A value of it, as text.',
    source_file STRING COMMENT 'A file, table or topic that had it.',
    first_seen TIMESTAMP COMMENT 'When that was read.'
"""
_FOUND = "array<struct<column: string, kind: string, sample: string>>"


def differences(rows: DataFrame, table: Table) -> DataFrame:
    """Each difference of a source once, as its rows first showed it.

    `rows` are those of bronze. Columns: `source`, `column`, `kind` (`new column`, or
    `other type` for a value that does not fit the contract's), `sample` (a value as
    text), `source_file` (all strings) and `first_seen timestamp`.
    """
    difference = F.explode(_found(rows, table)).alias("difference")
    seen = F.col("_ingested_at").alias("first_seen")
    found = rows.select(difference, F.col("_source_file").alias("source_file"), seen)
    return found.select(
        F.lit(table.name).alias("source"), "difference.*", "source_file", "first_seen"
    ).dropDuplicates(["column", "kind"])


def _found(rows: DataFrame, table: Table) -> Column:
    known = {name.lower() for name in (*table.column_names, *table.added_columns)}
    new = [
        F.struct(F.lit(name), F.lit(NEW_COLUMN), F.col(f"`{name}`").cast("string"))
        for name in rows.columns
        if name.lower() not in known
    ]
    present = F.filter(
        F.array(*new).cast(_FOUND), lambda one: one["sample"].isNotNull()
    )
    found = [present, _entries(F.col("_misfits"), OTHER_TYPE)]
    if RESCUED in rows.columns:
        # By their paths in the file; that of the file itself is among them.
        rescued = F.from_json(RESCUED, "map<string,string>")
        # What has a name of the contract had another type.
        ours = list(table.source_names.values())
        other = F.map_filter(rescued, lambda path, _: path.isin(ours))
        apart = [*ours, "_file_path"]
        new = F.map_filter(rescued, lambda path, _: ~path.isin(apart))
        found += [_entries(new, NEW_COLUMN), _entries(other, OTHER_TYPE, table)]
    return F.concat(*found)


def _named(path: Column, table: Table) -> Column:
    """What the contract calls a column of the source."""
    for name, source in table.source_names.items():
        if name != source:
            path = F.when(path == source, name).otherwise(path)
    return path


def _entries(values: Column, kind: str, table: Table | None = None) -> Column:
    """Name and text of each value of a map; none where it is NULL.

    Its keys may be equal. They are what the source of the `table`, if given, calls its
    columns.
    """

    def entry(pair: Column) -> Column:
        name = _named(pair["key"], table) if table else pair["key"]
        return F.struct(name, F.lit(kind), pair["value"])

    entries = F.transform(F.map_entries(values), entry)
    return F.coalesce(entries.cast(_FOUND), F.array().cast(_FOUND))
