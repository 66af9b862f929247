"""What Databricks finds while it puts the graph together: columns that nothing tells.

A flow whose columns are to be inferred needs files. Where there are none, the *update*
fails, before any table is made or written, and names the flows: a source whose folder
is empty stops all others. A flow whose columns are given runs with an empty folder.
Follows CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE and UNABLE_TO_INFER_SCHEMA of
https://docs.databricks.com/aws/en/error-messages/error-classes.
"""

from collections.abc import Callable, Iterable
from contextlib import suppress
from pathlib import Path

from pyspark.sql import SparkSession

from localrun.auto_cdc import AutoCdcFlow, SnapshotFlow
from localrun.engine.definitions import AnyFlow
from localrun.engine.reads import Engine, Reading, reading
from localrun.engine.serverless import Compute, evaluate
from localrun.errors import FilesFound, NoFilesError, Unresolved


def without_files(
    engine: Engine,
    flows: Iterable[AnyFlow],
    compute: Compute,
    schema_folder: Callable[[AnyFlow], Path],
) -> dict[str, str]:
    """By name, the flows that would infer columns from nothing, each with a sentence.

    Of a flow that reads several folders the first counts. `schema_folder` is where Auto
    Loader keeps what a flow has inferred. All other faults show when the flow runs.
    """
    found = {}
    for flow in flows:
        current = Reading(engine, schema_folder(flow), only_files=True)
        with suppress(Exception, FilesFound, Unresolved):
            try:
                with reading(current):
                    _evaluate(flow, compute)
            except NoFilesError as error:
                found[flow.name] = str(error)
    return found


def told(flows: list[str]) -> str:
    """Why none of the other flows ran."""
    others = len(flows) - 1
    more = f" and {others} other flow{'s' * (others > 1)}" if others else ""
    has = "have" if others else "has"
    return (
        f"the update failed while its graph was analysed: {flows[0]}{more} {has} no "
        "files to infer columns from"
    )


def _evaluate(flow: AnyFlow, compute: Compute) -> None:
    if isinstance(flow, AutoCdcFlow):
        SparkSession.active().readStream.table(flow.source)
    elif isinstance(flow, SnapshotFlow):
        # A function that returns snapshots is not called while the graph is made.
        if isinstance(flow.source, str):
            SparkSession.active().read.table(flow.source)
    else:
        evaluate(flow.func, compute)
