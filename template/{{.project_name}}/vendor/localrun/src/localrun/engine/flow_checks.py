"""What an update and a dry run both ask of what a flow returns."""

from datetime import datetime, timezone
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from localrun.auto_cdc import SnapshotFlow, read_answer
from localrun.engine.definitions import OnceFlow
from localrun.engine.serverless import Compute, look
from localrun.errors import FlowError


def check_is_batch(flow: OnceFlow, df: DataFrame) -> None:
    """Raises FlowError where a flow that runs once returns a stream.

    Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-append-flow.
    """
    if df.isStreaming:
        raise FlowError(
            f"flow {flow.name} runs once and must return a batch DataFrame: use "
            "spark.read in it, or leave once=True out"
        )


def check_is_no_stream(flow: SnapshotFlow, df: DataFrame) -> None:
    """Raises FlowError where the source of a flow of snapshots is a stream."""
    if df.isStreaming:
        raise FlowError(
            f"a snapshot is what {flow.described_source} holds at one moment, and that "
            "is a stream: read with spark.read instead of spark.readStream"
        )


def check_types(table: str, known: StructType, found: StructType, flow: str) -> None:
    """Raises FlowError where a flow's column has another type than the table's."""
    types = {field.name.lower(): field.dataType.simpleString() for field in known}
    for field in found:
        now, before = field.dataType.simpleString(), types.get(field.name.lower())
        if before not in (None, now) and "void" not in (now, before):
            raise FlowError(
                f"{field.name} of {table} is {before}, and {now} in what its flow "
                f"{flow} returns: cast it to one type"
            )


def first_snapshot(
    flow: SnapshotFlow, spark: SparkSession, compute: Compute
) -> tuple[DataFrame, Any] | None:
    """The first snapshot of a flow, for its columns, and its version.

    None where the source function finds none: a dry run calls it on empty tables.
    """
    if isinstance(flow.source, str):
        df = spark.read.table(flow.source)
        check_is_no_stream(flow, df)
        return df, datetime.now(timezone.utc)
    try:
        answer = look(flow.source, None, compute)
    except (FlowError, AnalysisException):
        raise
    except Exception:  # it may count on rows being there
        return None
    return None if answer is None else read_answer(answer, None, flow)
