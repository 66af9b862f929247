"""AUTO CDC: one micro-batch of events into the target.

Two writes, in this order: the batch's events into the flow's history, then the rows of
the touched keys, replayed from all their events, into the target. Both may be repeated:
the history of a batch is replaced by itself, and the target is only ever given the
difference to what it holds. So a batch that was cut off at any point is simply run
again, and a batch that changes nothing writes no version of the target.
"""

from collections.abc import Iterable
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from localrun.auto_cdc import replay
from localrun.auto_cdc.flow import AutoCdcFlow
from localrun.auto_cdc.history import History
from localrun.auto_cdc.source import (
    INVALID,
    SEQUENCE,
    START_AT,
    TRUNCATE,
    target_columns,
)
from localrun.auto_cdc.target import Target
from localrun.auto_cdc.values import comparable
from localrun.spark.quoting import column

# The row that the target must hold and the one that it holds; NULL where there is none.
NEW, OLD = "__new", "__old"
CHANGED = "__changed"


@dataclass(frozen=True)
class Applied:
    """Rows of the target that a batch inserted or changed, and that it removed."""

    upserted: int = 0
    deleted: int = 0


def apply_batch(
    batch: DataFrame,
    batch_id: int,
    flow: AutoCdcFlow,
    events_path: str,
    target_path: str,
    app_id: str,
    other_events: Iterable[str] = (),
) -> Applied:
    """Apply a micro-batch of events (see `auto_cdc.events`) to a Delta table.

    The table exists; columns that it lacks are added. `app_id` and `batch_id` name the
    write in Delta's log (`txnAppId`, `txnVersion`). `other_events` are the folders with
    the events of other flows into the table: the events of a key count in one order,
    whichever flow has brought them. No two batches into one table may be applied at the
    same time.

    Raises FlowError where the flow's definition does not fit its earlier events or the
    table. A NULL key or sequence fails Spark's job before anything is written, with a
    message that starts with AUTOCDC_MICROBATCH_VALIDATION.
    """
    history = History(batch.sparkSession, events_path, other_events)
    history.check(batch, flow)
    history.compact(batch_id, lambda events: replay.essential(events, flow))
    fresh = history.add(batch_id, _valid(batch, flow))
    events = history.before(batch_id + 1)
    assert events is not None  # the batch's own are among them

    # A truncate touches all keys
    truncates = TRUNCATE in fresh.columns and not fresh.where(TRUNCATE).isEmpty()
    keys = None if truncates else fresh.select(*map(column, flow.keys)).distinct()
    rows = replay.replay(
        _of_keys(events, keys, flow), flow, target_columns(events.schema)
    )
    target = Target(batch.sparkSession, target_path, app_id, batch_id)
    rows = target.prepare(rows)
    table = target.read()
    if target.is_merged:
        table, keys = _of_keys(table, keys, flow), None
    return bring(rows, table, target, identity(flow.keys, flow.scd_type), keys)


def identity(keys: Iterable[str], scd_type: int) -> list[str]:
    """The columns that tell the rows of a target apart."""
    return [*keys, *([START_AT] if scd_type == 2 else [])]


def bring(
    rows: DataFrame,
    table: DataFrame,
    target: Target,
    identity: list[str],
    keys: DataFrame | None = None,
) -> Applied:
    """Write the difference between `rows`, which the target must hold, and `table`.

    `table` is what it holds: all of it, or where the target `is_merged` the part that
    the rows are about. Where `keys` are given, the rows are those of these keys only.
    """
    compared = _compared(rows, table, identity, keys).persist()
    try:
        return _write(compared, target, identity)
    finally:
        compared.unpersist()


def _valid(batch: DataFrame, flow: AutoCdcFlow) -> DataFrame:
    """The batch, evaluated only as long as no row lacks its key or sequence."""
    faults = [(column(SEQUENCE).isNull(), "NULL_SEQUENCE", "the sequence")]
    for key in flow.keys:
        is_null = column(key).isNull()
        if TRUNCATE in batch.columns:  # which is about no key in particular
            is_null &= ~column(TRUNCATE)
        faults.append((is_null, "NULL_KEY", f"key column {key}"))
    row = F.to_json(F.struct(*map(column, target_columns(batch.schema))))
    for is_faulty, condition, what in faults:
        message = F.concat(
            F.lit(f"{INVALID}.{condition} {flow.target}: {what} is NULL in the row "),
            row,
            F.lit(f": keep such rows out of {flow.source}"),
        )
        batch = batch.where(~is_faulty | F.raise_error(message).cast("boolean"))
    return batch


def _of_keys(rows: DataFrame, keys: DataFrame | None, flow: AutoCdcFlow) -> DataFrame:
    """The rows of these keys, of all keys for None; truncates belong to all of them."""
    if keys is None:
        return rows
    if TRUNCATE not in rows.columns:
        return rows.join(keys, list(flow.keys), "left_semi")
    of_keys = rows.where(~F.col(TRUNCATE)).join(keys, list(flow.keys), "left_semi")
    return of_keys.unionByName(rows.where(TRUNCATE))


def _compared(
    rows: DataFrame, table: DataFrame, identity: list[str], keys: DataFrame | None
) -> DataFrame:
    """The table beside the `rows` that it must hold for `keys` (for None: for all).

    Columns: the identity of a row, NEW and OLD (STRUCT), CHANGED (BOOLEAN).
    """
    # In the order of `rows`: a join on keys has put those of the table in front
    fields = [column(name) for name in rows.columns]
    old = table.select(*map(column, identity), F.struct(*fields).alias(OLD))
    touched = F.lit(True)
    if keys is not None:
        old = old.join(keys.withColumn(CHANGED, F.lit(True)), keys.columns, "left")
        touched = column(OLD).isNull() | column(CHANGED).isNotNull()
    new = rows.select(*map(column, identity), F.struct("*").alias(NEW))
    one, other = (comparable(column(name), rows.schema) for name in (NEW, OLD))
    both = new.join(old, identity, "full_outer")
    return both.withColumn(CHANGED, touched & ~one.eqNullSafe(other))


def _write(compared: DataFrame, target: Target, identity: list[str]) -> Applied:
    changes = compared.where(CHANGED)
    removed, known = column(NEW).isNull(), column(OLD).isNotNull()
    counts = changes.agg(
        F.count_if(~removed).alias("upserted"),
        F.count_if(removed).alias("deleted"),
        F.count_if(known).alias("known"),
    ).collect()[0]
    applied = Applied(counts["upserted"], counts["deleted"])
    if applied == Applied():
        return applied
    if target.is_merged and counts["known"]:
        target.merge(changes.drop(OLD, CHANGED), identity, NEW)
    elif target.is_merged or target.is_empty:
        target.append(changes.select(f"{NEW}.*"))
    else:
        row = F.when(column(CHANGED), column(NEW)).otherwise(column(OLD))
        kept = compared.select(row.alias(NEW)).where(column(NEW).isNotNull())
        target.overwrite(kept.select(f"{NEW}.*"))
    return applied
