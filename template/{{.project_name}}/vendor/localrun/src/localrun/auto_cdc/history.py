"""The events that an AUTO CDC flow has seen: Parquet segments in the flow's folder.

`batch-<n>` holds what micro-batch n brought, `upto-<n>` all that counts of the batches
up to n. A segment is written whole under its final name (a batch that runs again
replaces its own) or renamed into place, so that a crash leaves nothing half-counted.
Parquet and not Delta: a commit to Delta takes a second, a segment a tenth of it, and
what compaction replaces is really gone.
"""

import json
import os
import shutil
from collections.abc import Callable
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import AtomicType

from localrun.auto_cdc.flow import AutoCdcFlow
from localrun.auto_cdc.source import SEQUENCE, target_columns
from localrun.errors import FlowError

SEGMENTS = 16  # so many are read before they are made one


class History:
    """The events of one flow in `folder`, which is created when it is first written."""

    def __init__(self, spark: SparkSession, folder: str):
        self._spark = spark
        self._folder = Path(folder)

    def check(self, events: DataFrame, flow: AutoCdcFlow) -> None:
        """Raises FlowError where earlier events do not go with what they are now."""
        definition = {
            "keys": sorted(key.lower() for key in flow.keys),
            "stored_as_scd_type": flow.scd_type,
            "type of sequence_by": events.schema[SEQUENCE].dataType.simpleString(),
        }
        for name in target_columns(events.schema):
            kind = events.schema[name].dataType
            if isinstance(kind, AtomicType):  # while a struct may gain fields
                definition[f"type of {name}"] = kind.simpleString()
        file = self._folder / "_definition.json"
        known = json.loads(file.read_text("utf-8")) if file.exists() else {}
        for what, before in known.items():
            if before != (now := definition.get(what, before)):
                raise FlowError(
                    f"{what} of the AUTO CDC flow {flow.name} was {before} and is "
                    f"{now}: such a change needs a full refresh of {flow.target}"
                )
        if known != (definition := {**known, **definition}):
            self._folder.mkdir(parents=True, exist_ok=True)
            scratch = file.with_suffix(".scratch")
            scratch.write_text(json.dumps(definition), encoding="utf-8")
            os.replace(scratch, file)

    def before(self, batch_id: int) -> DataFrame | None:
        """The events of all earlier batches; None where there are none."""
        segments = self._segments(batch_id)
        return self._read(segments) if segments else None

    def add(self, batch_id: int, events: DataFrame) -> DataFrame:
        """Write a batch's events and return them as they are stored."""
        segment = str(self._folder / f"batch-{batch_id:010}")
        events.write.mode("overwrite").parquet(segment)
        return self._spark.read.parquet(segment)

    def compact(
        self, batch_id: int, essential: Callable[[DataFrame], DataFrame]
    ) -> None:
        """Make the segments before `batch_id` one when they have become many.

        `essential(events)` leaves out the events that can no longer have an effect.
        """
        segments = self._segments(batch_id)
        if len(segments) < SEGMENTS:
            return
        scratch = self._folder / "_compacted"
        essential(self._read(segments)).write.mode("overwrite").parquet(str(scratch))
        compacted = self._folder / f"upto-{_number(segments[-1]):010}"
        os.replace(scratch, compacted)
        for segment in [*self._folder.glob("upto-*"), *self._folder.glob("batch-*")]:
            if segment != compacted and _number(segment) <= _number(compacted):
                shutil.rmtree(segment)

    def _segments(self, batch_id: int) -> list[Path]:
        """The segments with the events before a batch, oldest first."""
        compacted = max(self._folder.glob("upto-*"), default=None)
        start = -1 if compacted is None else _number(compacted)
        batches = [
            path
            for path in sorted(self._folder.glob("batch-*"))
            if start < _number(path) < batch_id
        ]
        return batches if compacted is None else [compacted, *batches]

    def _read(self, segments: list[Path]) -> DataFrame:
        # A later segment may have more columns than an earlier one
        reader = self._spark.read.option("mergeSchema", len(segments) > 1)
        return reader.parquet(*map(str, segments))


def _number(segment: Path) -> int:
    return int(segment.name.split("-")[1])
