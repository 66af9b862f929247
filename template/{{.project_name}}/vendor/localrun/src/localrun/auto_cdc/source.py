"""The rows of an AUTO CDC flow's source as events, and the columns of its target."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import StructField, StructType

from localrun.auto_cdc.arguments import among, did_you_mean
from localrun.auto_cdc.flow import NAME_LISTS, AutoCdcFlow
from localrun.auto_cdc.values import fingerprint, has_order
from localrun.errors import FlowError
from localrun.spark.quoting import column

# What an event has beside the columns of the target.
SEQUENCE, DELETE, TRUNCATE = "__seq", "__delete", "__truncate"
FINGERPRINT = "__fingerprint"
TECHNICAL = (SEQUENCE, DELETE, TRUNCATE, FINGERPRINT)
# What a target of SCD type 2 has beside them.
START_AT, END_AT = "__START_AT", "__END_AT"
# The error class of a row or a sequence that AUTO CDC refuses.
INVALID = "AUTOCDC_MICROBATCH_VALIDATION"


def events(source: DataFrame, flow: AutoCdcFlow) -> DataFrame:
    """One event a row of `source`.

    Columns: those of the target in the source's order, `__seq` (type of `sequence_by`),
    `__delete` (BOOLEAN), `__truncate` (BOOLEAN, where the flow has truncates) and
    `__fingerprint` (BIGINT, equal where events of one key and sequence are).

    Raises FlowError where the flow names a column that the source lacks, where the
    source has a column of a reserved name, or where the sequence has no order.
    """
    columns = _target_columns(source.columns, flow)
    flags = {DELETE: flow.apply_as_deletes, TRUNCATE: flow.apply_as_truncates}
    rows = source.select(
        *map(column, columns),
        flow.sequence_by.alias(SEQUENCE),
        *[
            F.coalesce(F.lit(False) if flag is None else flag, F.lit(False)).alias(name)
            for name, flag in flags.items()
            if flag is not None or name == DELETE
        ],
    )
    kind = rows.schema[SEQUENCE].dataType
    if not has_order(kind):
        raise FlowError(
            f"{INVALID}.NON_ORDERABLE_SEQUENCE {flow.target}: sequence_by is of type "
            f"{kind.simpleString()}, which has no order"
        )
    told_apart = [
        field
        for field in rows.schema
        if field.name != SEQUENCE and not flow.is_key(field.name)
    ]
    return rows.withColumn(FINGERPRINT, fingerprint(told_apart))


# Not to track a column that the target lacks contradicts nothing: Databricks takes it,
# as was measured on a workspace (lakeflow-auto-cdc-torture-test).
_OF_THE_TARGET = tuple(
    name for name in NAME_LISTS[2:] if name != "track_history_except_column_list"
)


def target_columns(events_schema: StructType) -> list[str]:
    """The columns of the events that are the target's as well."""
    return [name for name in events_schema.names if name not in TECHNICAL]


def target_schema(events_schema: StructType, flow: AutoCdcFlow) -> StructType:
    """The target's schema: its columns, then for SCD type 2 `__START_AT`, `__END_AT`.

    All are nullable: a NOT NULL is a constraint of the table, not of the flow.
    """
    fields = []
    for name in target_columns(events_schema):
        field = events_schema[name]
        comment = {k: v for k, v in field.metadata.items() if k == "comment"}
        fields.append(StructField(name, field.dataType, True, comment))
    if flow.scd_type == 2:
        kind = events_schema[SEQUENCE].dataType
        fields += [StructField(name, kind, True) for name in (START_AT, END_AT)]
    return StructType(fields)


def _target_columns(present: list[str], flow: AutoCdcFlow) -> list[str]:
    for argument in ("keys", *NAME_LISTS):
        for name in getattr(flow, argument) or ():
            if not among(name, present):
                raise FlowError(
                    f"{argument} of the AUTO CDC flow {flow.name} names {name}, which "
                    f"{flow.source} does not have{did_you_mean(name, present)}"
                )
    columns = [
        name
        for name in present
        if (flow.column_list is None or among(name, flow.column_list))
        and not among(name, flow.except_column_list or ())
    ]
    for argument in _OF_THE_TARGET:
        for name in getattr(flow, argument) or ():
            if not among(name, columns):
                raise FlowError(
                    f"{argument} of the AUTO CDC flow {flow.name} names {name}, which "
                    f"is not one of the columns of {flow.target}"
                )
    reserved = TECHNICAL + ((START_AT, END_AT) if flow.scd_type == 2 else ())
    for name in columns:
        if among(name, reserved):
            raise FlowError(
                f"{flow.source} has a column {name}, a name that the AUTO CDC flow "
                f"{flow.name} needs itself: rename it, or put it in except_column_list"
            )
    return columns
