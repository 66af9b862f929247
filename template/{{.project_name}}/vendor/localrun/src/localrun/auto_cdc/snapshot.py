"""AUTO CDC: one snapshot of a source into the target.

Follows https://docs.databricks.com/aws/en/ldp/cdc. The target itself is all that is
compared with: what the snapshot has and the target's current rows do not is inserted or
changed, what it lacks is deleted. So a snapshot that was cut off at any point is simply
applied again, and one that changes nothing writes no version of the target.
"""

from pathlib import Path
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from localrun.auto_cdc import versions
from localrun.auto_cdc.apply import Applied, bring, identity
from localrun.auto_cdc.arguments import among, did_you_mean
from localrun.auto_cdc.snapshot_flow import SnapshotFlow
from localrun.auto_cdc.source import END_AT, START_AT
from localrun.auto_cdc.target import Target
from localrun.auto_cdc.values import comparable
from localrun.errors import FlowError
from localrun.spark.quoting import column

# The row of the snapshot, and the current one of the target; NULL where there is none.
SEEN, HELD = "__seen", "__held"


def read_answer(
    answer: object, latest: object, flow: SnapshotFlow
) -> tuple[DataFrame, Any] | None:
    """What a source function returned, as a snapshot and its version; None: no more.

    Raises FlowError where it is neither, or where there is not even a first one, which
    fails on Databricks, too.
    """
    if answer is None:
        if latest is not None:
            return None
        raise FlowError(
            f"{versions.ERROR}.FIRST_SNAPSHOT_EMPTY {flow.target}: its source function "
            "returned None when it was asked for the first snapshot: put one where it "
            "looks, or have it return an empty DataFrame"
        )
    if (
        not isinstance(answer, tuple)
        or len(answer) != 2
        or not isinstance(answer[0], DataFrame)
    ):
        raise FlowError(
            f"{versions.ERROR}.INVALID_SNAPSHOT_VERSION {flow.target}: its source "
            f"function returned {type(answer).__name__}: return a DataFrame and its "
            "version, or None"
        )
    snapshot, version = answer
    versions.check(version, latest, flow.target)
    return snapshot, version


def check_columns(snapshot: StructType, flow: SnapshotFlow) -> None:
    """Raises FlowError where the flow and the columns of its source do not go together.

    A name that the source lacks, or a column that the target itself adds.
    """
    for argument in (
        "keys",
        "track_history_column_list",
        "track_history_except_column_list",
    ):
        for name in getattr(flow, argument) or ():
            if not among(name, snapshot.names):
                raise FlowError(
                    f"{argument} of the flow of snapshots {flow.name} names {name}, "
                    f"which {flow.described_source} does not have"
                    f"{did_you_mean(name, snapshot.names)}"
                )
    for name in snapshot.names if flow.scd_type == 2 else ():
        if among(name, (START_AT, END_AT)):
            raise FlowError(
                f"{flow.described_source} has a column {name}, a name that the flow of "
                f"snapshots {flow.name} needs itself: rename it"
            )


def snapshot_target_schema(
    spark: SparkSession, snapshot: StructType, flow: SnapshotFlow, version: object
) -> StructType:
    """The target's schema: the snapshot's columns, then `__START_AT` and `__END_AT`.

    The latter for SCD type 2, in the type of the version (see `versions`).
    """
    fields = [StructField(f.name, f.dataType, True) for f in snapshot]
    for old, new in zip(snapshot, fields, strict=True):
        new.metadata = {k: v for k, v in old.metadata.items() if k == "comment"}
    if flow.scd_type == 2:
        kind = spark.range(0).select(versions.literal(version)).schema[0].dataType
        fields += [StructField(name, kind, True) for name in (START_AT, END_AT)]
    return StructType(fields)


def keep(snapshot: DataFrame, folder: str) -> DataFrame:
    """The snapshot written to a folder: what is read twice is the same both times."""
    snapshot.write.mode("overwrite").parquet(folder)
    return snapshot.sparkSession.read.schema(snapshot.schema).parquet(folder)


def apply_snapshot(
    snapshot: DataFrame,
    version: object,
    flow: SnapshotFlow,
    target_path: str,
    app_id: str,
) -> Applied:
    """Make the Delta table hold a snapshot, and for SCD type 2 what was before it.

    The table exists; columns that it lacks are added. `app_id` names the write in
    Delta's log (`txnAppId`).

    Raises FlowError where two rows of the snapshot have the same key, which Databricks
    refuses, too, or where a row has none, and nothing is written then.
    """
    _check_keys(snapshot, version, flow)
    # A number that no write of this flow has had: an equal one would be left out.
    number = 1 + _newest_version(Path(target_path))
    target = Target(snapshot.sparkSession, target_path, app_id, number)
    if flow.scd_type == 1:
        rows, table = target.prepare(snapshot), target.read()
    else:
        at = versions.literal(version)
        never = F.when(F.lit(False), at)
        seen = target.prepare(snapshot.withColumns({START_AT: at, END_AT: never}))
        is_current = column(END_AT).isNull()
        table = target.read()
        rows = _versions(seen, table.where(is_current), flow, at)
        if target.is_merged:  # what has ended stays as it is
            table = table.where(is_current)
        else:
            rows = rows.unionByName(table.where(~is_current))
    return bring(rows, table, target, identity(flow.keys, flow.scd_type))


def _newest_version(table: Path) -> int:
    commits = (table / "_delta_log").glob("*.json")
    return max(int(commit.stem) for commit in commits if commit.stem.isdigit())


def _check_keys(snapshot: DataFrame, version: object, flow: SnapshotFlow) -> None:
    keys = [*map(column, flow.keys)]
    is_null = F.lit(False)
    for key in keys:
        is_null |= key.isNull()
    count = snapshot.groupBy(*keys).agg(F.count(F.lit(1)).alias("__count"))
    faulty = count.where(is_null | (column("__count") > 1))
    found = faulty.orderBy(is_null, *keys).limit(1).collect()
    if not found:
        return
    values = ", ".join(f"{key} = {found[0][key]!r}" for key in flow.keys)
    where = f"of {flow.described_source}, version {version}"
    if any(found[0][key] is None for key in flow.keys):
        raise FlowError(
            f"{versions.ERROR}.NULL_KEY {flow.target}: a row {where}, has no key "
            f"({values}): keep such rows out of the snapshot"
        )
    raise FlowError(
        f"{versions.ERROR}.DUPLICATE_KEY_VIOLATION {flow.target}: "
        f"{found[0]['__count']} rows {where}, have the key {values}: keep one of them"
    )


def _versions(
    seen: DataFrame, held: DataFrame, flow: SnapshotFlow, version: Column
) -> DataFrame:
    """The versions that a snapshot leaves: opened, closed by it, and those that go on.

    `seen` is the snapshot as rows of the target, `held` the current rows of it.
    """
    keys = [*map(column, flow.keys)]
    both = seen.select(*keys, F.struct("*").alias(SEEN)).join(
        held.select(*keys, F.struct("*").alias(HELD)), [*flow.keys], "full_outer"
    )
    now, before = column(SEEN), column(HELD)
    goes_on = now.isNotNull() & before.isNotNull()
    for field in seen.schema:
        own = among(field.name, (*flow.keys, START_AT, END_AT))
        if flow.tracks(field.name) and not own:
            pair = (
                comparable(row[field.name], field.dataType) for row in (now, before)
            )
            goes_on &= next(pair).eqNullSafe(next(pair))
    version = version.cast(seen.schema[START_AT].dataType)
    # What is not tracked changes in place, also where the version goes on
    went_on = _with(seen, now, START_AT, before[START_AT])
    closed = _with(seen, before, END_AT, version)
    opened = F.array(F.when(before.isNotNull(), closed), now)
    left = F.when(goes_on, F.array(went_on)).otherwise(F.array_compact(opened))
    return both.select(F.explode(left).alias("__row")).select("__row.*")


def _with(of: DataFrame, row: Column, field: str, value: Column) -> Column:
    """The struct `row` with another value in one field."""
    fields = [value if name == field else row[name] for name in of.columns]
    return F.struct(*[f.alias(n) for f, n in zip(fields, of.columns, strict=True)])
