"""What silver does with a row: derive, check, quarantine, accept, order."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion import casting, published
from medallion.contract import Table
from medallion.model import CHANGE, KAFKA

FILE = ("_source_file", "_source_modified_at")
AUDIT = ("_ingested_at", *FILE)
# What bronze and the check add to a row; silver keeps none of it.
TECHNICAL = (
    "_misfits",
    "_missing",
    "_corrupt_record",
    "_rescued_data",
    *CHANGE,
    *KAFKA,
    "failed_rules",
    "record",
    "_order",
    *AUDIT,
)


def derive(rows: DataFrame, table: Table) -> DataFrame:
    """Rows of bronze with the columns that the contract derives from the others."""
    for column in table.derived_columns:
        derived = F.expr(column.transform).try_cast(column.type)
        rows = rows.withColumn(column.name, derived)
    return rows


def check(rows: DataFrame, table: Table) -> DataFrame:
    """Rows of bronze with the contract's derived columns and the verdict on each.

    Where members must be known, `references.resolve` has come before.

    Adds `failed_rules array<struct<name: string, reason: string>>`, every drop rule
    that the row breaks (empty, never NULL), `record string`, the row as JSON with the
    text of what does not fit, and `_order`, which orders rows without a typed sequence.
    """
    rows = derive(rows, table)
    reasons = {rule.name: rule.reason for rule in table.rules}
    broken = [
        F.when(
            ~F.expr(predicate),
            F.struct(F.lit(name).alias("name"), F.lit(reasons[name]).alias("reason")),
        )
        for name, predicate in table.rules_with("drop").items()
    ]
    audit = FILE if table.is_reloaded else AUDIT
    audit += KAFKA if table.topic else ()
    others = (*audit, "_missing") if table.must_exist else audit
    record = F.expr(f"to_json(struct(* EXCEPT ({', '.join(others)})))")
    rows = rows.withColumn("record", record)
    return rows.withColumns(
        {
            "failed_rules": F.array_compact(F.array(*broken)),
            "_order": _order(table),
        }
    )


def quarantined(rows: DataFrame, table: Table) -> DataFrame:
    """The checked rows that break a drop rule, and when they were set aside.

    A reference table is recomputed at each update and must not tell the time: its view
    would never be unchanged.
    """
    rows = rows.where(F.size("failed_rules") > 0).drop("_order", "_missing")
    added = ["failed_rules", "record"]
    if not table.is_reloaded:
        rows = rows.withColumn("quarantined_at", F.current_timestamp())
        added.append("quarantined_at")
    comments = {name: published.ADDED[name] for name in added}
    comments |= {c.name: c.comment for c in table.derived_columns if c.comment}
    return published.described(rows, **comments)


def with_keys(rows: DataFrame, table: Table) -> DataFrame:
    """Rows of which each has a key, as AUTO CDC demands, also those that truncate.

    What a truncate has as its key means nothing: it is about all rows, and none itself.
    """
    if not table.truncate_when:
        return rows
    truncates = F.coalesce(F.expr(table.truncate_when), F.lit(False))
    types = {column.name: column.type for column in table.columns}
    for key in table.keys:
        kind = types.get(key, "STRING")
        any_key = F.coalesce(*[F.lit(v).try_cast(kind) for v in ("0", "1970-01-01")])
        value = F.col(f"`{key}`")
        rows = rows.withColumn(
            key, F.when(truncates, F.coalesce(value, any_key)).otherwise(value)
        )
    return rows


def contract_columns(rows: DataFrame, table: Table) -> DataFrame:
    """Only what the contract names, with its descriptions as column comments.

    A table without properties keeps all of its source's columns. A fact that says
    nowhere when it happened, and has no header, keeps its file's modification time.
    """
    undated = not table.sequence_is_time and not table.dated_by
    timeless = table.role == "fact" and undated
    kept = ("_source_modified_at",) if timeless else ()
    if not table.columns:
        return rows.drop(*[c for c in (*TECHNICAL, "_processed_at") if c not in kept])
    described = [
        F.col(f"`{c.name}`").alias(c.name, metadata={"comment": c.comment})
        if c.comment
        else F.col(f"`{c.name}`")
        for c in table.stored_columns
    ]
    return rows.select(*described, *kept)


def stored_columns(table: Table) -> dict[str, list[str]]:
    """Which columns of a change reach the dimension, as arguments of AUTO CDC."""
    if not table.columns:
        there = {
            "_corrupt_record": table.is_text,
            "_missing": bool(table.must_exist),
            "_ingested_at": not table.is_reloaded,
            "_rescued_data": not table.reads_changes and not table.is_reloaded,
            **dict.fromkeys(CHANGE, table.reads_changes),
            **dict.fromkeys(KAFKA, table.topic is not None),
        }
        added = [name for name in TECHNICAL if there.get(name, True)]
        return {"except_column_list": [*added, *table.technical_columns]}
    names = [column.name for column in table.stored_columns]
    return {"column_list": [n for n in names if n not in table.technical_columns]}


def sequence(table: Table) -> Column:
    """What orders the changes of one key, as AUTO CDC takes it.

    Without `sequenceBy` a hash of the row settles ties. Of changes that are equal in
    all columns of `sequenceBy` Databricks takes an arbitrary one, the laptop the same
    each time: which column decides then, only the author of the contract can say.
    """
    if table.untyped_sequence or not table.sequence_by:
        return F.col("_order")
    if len(table.sequence_by) == 1:
        return F.col(table.sequence_by[0])
    return F.struct(*table.sequence_by)


def _order(table: Table) -> Column:
    """What orders rows without a typed sequence: `time` of a column, or of the file.

    Without any sequence, `tie bigint` orders the rows of one file, the same each time,
    the changes of a Delta table by their commits, and messages by their offsets.
    """
    if table.untyped_sequence:
        names = table.untyped_sequence
        columns = [casting.order_of(name).alias(name) for name in names]
        return columns[0] if len(columns) == 1 else F.struct(*columns)
    if table.reads_changes:
        # Of one commit that deletes a key and writes it again, the row comes last.
        is_row = F.when(F.col("_change") == "delete", 0).otherwise(1)
        tie = (F.col("_change_version") * 2 + is_row).alias("tie")
    elif table.topic:
        # A key has its partition, in which offsets are the order of arrival.
        tie = F.col("_kafka_offset").alias("tie")
    else:
        tie = F.xxhash64("record").alias("tie")
    return F.struct(F.col("_source_modified_at").alias("time"), tie)
