"""AUTO CDC: from all events of some keys to the rows that the target holds for them.

Follows https://docs.databricks.com/aws/en/ldp/cdc. Events count in the order of their
sequence, never in that of their arrival. Databricks leaves open what wins where two
events of one key have the same sequence; here an upsert wins over a delete, and among
upserts the one with the smaller fingerprint, so that the result does not depend on
batches. Everything here is a function of its arguments and reads or writes nothing.
"""

from pyspark.sql import Column, DataFrame, Window, WindowSpec
from pyspark.sql import functions as F
from pyspark.sql.types import DataType, StructType

from localrun.auto_cdc.flow import AutoCdcFlow
from localrun.auto_cdc.source import (
    DELETE,
    END_AT,
    FINGERPRINT,
    SEQUENCE,
    START_AT,
    TRUNCATE,
)
from localrun.auto_cdc.values import comparable
from localrun.spark.quoting import column


def replay(events: DataFrame, flow: AutoCdcFlow, columns: list[str]) -> DataFrame:
    """The rows of the target for the keys in `events`.

    `events` holds all events of these keys (see `auto_cdc.events`) and all truncates,
    `columns` are the target's without `__START_AT` and `__END_AT`. Returns `columns`,
    and for SCD type 2 those two, which have the type of the sequence.
    """
    ordered = _one_a_sequence(events, flow)
    carried = [name for name in columns if _carries(flow, name)]
    if carried:
        over = _in_order(flow).rowsBetween(Window.unboundedPreceding, Window.currentRow)
        values = {
            name: _last_known(column(name), events.schema[name].dataType, over)
            for name in carried
        }
        ordered = ordered.withColumns(values)
    if flow.scd_type == 2:
        return _versions(ordered, flow, columns)
    return _last(ordered, flow).where(~F.col(DELETE)).select(*map(column, columns))


def essential(events: DataFrame, flow: AutoCdcFlow) -> DataFrame:
    """The events that can still have an effect, whatever arrives after them.

    For SCD type 1 that is the last one of each key, if no value is carried over:
    a delete would seem to make what came before it useless, but an upsert of the same
    sequence may yet arrive and win over it.
    """
    kept = _one_a_sequence(events, flow)
    if flow.scd_type == 1 and not any(_carries(flow, name) for name in events.columns):
        kept = _last(kept, flow)
    if TRUNCATE in events.columns:
        last = events.where(TRUNCATE).orderBy(F.desc(SEQUENCE)).limit(1)
        kept = kept.unionByName(last)
    return kept


def _in_order(flow: AutoCdcFlow) -> WindowSpec:
    return Window.partitionBy(*map(column, flow.keys)).orderBy(SEQUENCE)


def _one_a_sequence(events: DataFrame, flow: AutoCdcFlow) -> DataFrame:
    """At most one event a key and sequence, none from before the last truncate."""
    if TRUNCATE in events.columns:
        last = events.where(TRUNCATE).agg(F.max(SEQUENCE).alias("__truncated"))
        events = (
            events.where(~F.col(TRUNCATE))
            .crossJoin(F.broadcast(last))
            .where(f"__truncated IS NULL OR {SEQUENCE} >= __truncated")
            .drop("__truncated")
        )
    best_first = _in_order(flow).orderBy(SEQUENCE, DELETE, FINGERPRINT)
    is_tied = F.col(SEQUENCE).eqNullSafe(F.lag(SEQUENCE).over(best_first))
    return events.withColumn("__tied", is_tied).where("NOT __tied").drop("__tied")


def _last(ordered: DataFrame, flow: AutoCdcFlow) -> DataFrame:
    """The last event of each key."""
    later = F.lead(SEQUENCE).over(_in_order(flow))
    return ordered.withColumn("__later", later).where("__later IS NULL").drop("__later")


# -- NULL updates


def _carries(flow: AutoCdcFlow, name: str) -> bool:
    return flow.ignores_null(name) and not flow.is_key(name)


def _last_known(value: Column, kind: DataType, over: WindowSpec) -> Column:
    """The value, or where it is NULL the last one since the row was last deleted.

    A struct is taken apart: a NULL within it is ignored like one beside it.
    """
    is_told = F.col(DELETE) | value.isNotNull()
    held = F.when(~F.col(DELETE), value)  # NULL: a delete leaves nothing to carry over
    if not isinstance(kind, StructType):
        told = F.when(is_told, F.struct(held.alias("v")))
        return F.last(told, ignorenulls=True).over(over)["v"]
    parts = [
        _last_known(value.getField(field.name), field.dataType, over).alias(field.name)
        for field in kind
    ]
    exists = F.last(F.when(is_told, held.isNotNull()), ignorenulls=True).over(over)
    return F.when(exists, F.struct(*parts))


# -- SCD type 2


def _versions(ordered: DataFrame, flow: AutoCdcFlow, columns: list[str]) -> DataFrame:
    """One row a version: a run of events without a delete or a tracked change."""
    order = _in_order(flow)
    so_far = order.rowsBetween(Window.unboundedPreceding, Window.currentRow)
    tracked = [
        comparable(column(name), ordered.schema[name].dataType).alias(f"t{i}")
        for i, name in enumerate(columns)
        if flow.tracks(name) and not flow.is_key(name)
    ]
    state = F.struct(F.lit(0).alias("t"), *tracked)
    opens = (
        F.col(DELETE)
        | F.lag(DELETE, 1, True).over(order)
        | ~state.eqNullSafe(F.lag(state).over(order))
    )
    runs = ordered.withColumn("__opens", opens)
    start = F.last(F.when(F.col("__opens"), F.col(SEQUENCE)), ignorenulls=True)
    # The last event of a run has the values of the columns that are not tracked
    return (
        runs.withColumn("__closes", F.lead("__opens", 1, True).over(order))
        .withColumn(START_AT, start.over(so_far))
        .withColumn(END_AT, F.lead(SEQUENCE).over(order))
        .where(F.col("__closes") & ~F.col(DELETE))
        .select(*map(column, columns), START_AT, END_AT)
    )
