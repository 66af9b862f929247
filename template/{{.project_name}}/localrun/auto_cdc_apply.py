"""AUTO CDC: one micro-batch of events into the target.

Two writes, in this order: the batch's events into the flow's history, then the rows of
the touched keys, replayed from all their events, into the target. Both may be repeated:
the history of a batch is replaced by itself, and the target is only ever given the
difference to what it holds. So a batch that was cut off at any point is simply run
again, and a batch that changes nothing writes no version of the target.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from localrun import auto_cdc_replay
from localrun.auto_cdc import (
    FINGERPRINT,
    INVALID,
    SEQUENCE,
    START_AT,
    TRUNCATE,
    AutoCdcFlow,
    target_columns,
)
from localrun.auto_cdc_history import History
from localrun.auto_cdc_target import Target
from localrun.auto_cdc_values import column, comparable

# The row that the target must hold and the one that it holds; NULL where there is none.
NEW, OLD = "__new", "__old"


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
) -> Applied:
    """Apply a micro-batch of events (see `auto_cdc.events`) to a Delta table.

    The table exists; columns that it lacks are added. `app_id` and `batch_id` name the
    write in Delta's log (`txnAppId`, `txnVersion`).

    Raises FlowError where the flow's definition does not fit its earlier events or the
    table. A NULL key or sequence fails Spark's job before anything is written, with a
    message that starts with AUTOCDC_MICROBATCH_VALIDATION.
    """
    history = History(batch.sparkSession, events_path)
    history.check(batch, flow)
    history.compact(batch_id, lambda events: auto_cdc_replay.essential(events, flow))
    valid = _valid(batch, flow)
    fresh = history.add(batch_id, _unknown(valid, history.before(batch_id), flow))
    events = history.before(batch_id + 1)

    # A truncate touches all keys
    truncates = TRUNCATE in fresh.columns and not fresh.where(TRUNCATE).isEmpty()
    keys = None if truncates else fresh.select(*map(column, flow.keys)).distinct()
    rows = auto_cdc_replay.replay(
        _of_keys(events, keys, flow), flow, target_columns(events.schema)
    )
    target = Target(batch.sparkSession, target_path, app_id, batch_id)
    rows = target.prepare(rows)
    identity = [*flow.keys, *([START_AT] if flow.scd_type == 2 else [])]
    changes = _changes(rows, _of_keys(target.read(), keys, flow), identity).persist()
    try:
        return _write(changes, identity, target)
    finally:
        changes.unpersist()


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


def _unknown(batch: DataFrame, known: DataFrame | None, flow: AutoCdcFlow) -> DataFrame:
    """The batch without events that it, or the history, has already."""
    identity = [*flow.keys, SEQUENCE, FINGERPRINT]
    batch = batch.dropDuplicates(identity)
    if known is None:
        return batch
    return batch.join(known.select(*map(column, identity)), identity, "left_anti")


def _of_keys(rows: DataFrame, keys: DataFrame | None, flow: AutoCdcFlow) -> DataFrame:
    """The rows of these keys, of all keys for None; truncates belong to all of them."""
    if keys is None:
        return rows
    if TRUNCATE not in rows.columns:
        return rows.join(keys, list(flow.keys), "left_semi")
    of_keys = rows.where(~F.col(TRUNCATE)).join(keys, list(flow.keys), "left_semi")
    return of_keys.unionByName(rows.where(TRUNCATE))


def _changes(rows: DataFrame, current: DataFrame, identity: Sequence[str]) -> DataFrame:
    """Where `rows` and `current` differ: columns `identity`, NEW, OLD (both STRUCT)."""
    sides = [
        side.select(*map(column, identity), F.struct("*").alias(name))
        for side, name in ((rows, NEW), (current, OLD))
    ]
    new, old = (comparable(column(name), rows.schema) for name in (NEW, OLD))
    both = sides[0].join(sides[1], list(identity), "full_outer")
    return both.where(~new.eqNullSafe(old))


def _write(changes: DataFrame, identity: Sequence[str], target: Target) -> Applied:
    removed, known = F.col(NEW).isNull(), F.col(OLD).isNotNull()
    counts = changes.agg(
        F.count_if(~removed).alias("upserted"),
        F.count_if(removed).alias("deleted"),
        F.count_if(known).alias("known"),
    ).first()
    applied = Applied(counts["upserted"], counts["deleted"])
    if applied == Applied():
        return applied
    new = changes.where(~removed).select(f"{NEW}.*")
    if target.is_empty or (target.is_merged and not counts["known"]):
        target.append(new)
    elif target.is_merged:
        target.merge(changes.drop(OLD), identity, NEW)
    else:
        gone = changes.where(known).select(*map(column, identity))
        kept = target.read().join(gone, list(identity), "left_anti")
        target.overwrite(kept.unionByName(new))
    return applied
