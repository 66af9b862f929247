"""The events that AUTO CDC flows have seen: Parquet segments in a folder of each flow.

`batch-<n>` holds what micro-batch n brought, `upto-<n>` all that counts of the batches
up to n. A segment is written whole under its final name (a batch that runs again
replaces its own) or renamed into place, so that a crash leaves nothing half-counted.
Parquet and not Delta: a commit to Delta takes a second, a segment a tenth of it, and
what compaction replaces is really gone.
"""

import json
import os
import shutil
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import AtomicType

from localrun.auto_cdc.flow import AutoCdcFlow
from localrun.auto_cdc.source import SEQUENCE, TRUNCATE, target_columns
from localrun.errors import FlowError

SEGMENTS = 16  # so many are read before they are made one
DEFINITION = "_definition.json"


class History:
    """The events of one flow in `folder`, which is created when it is first written.

    `others` are the folders of the other flows into its target, one that is no longer
    defined among them: what it has brought still counts.
    """

    def __init__(self, spark: SparkSession, folder: str, others: Iterable[str] = ()):
        self._spark = spark
        self._folder = Path(folder)
        self._others = [Path(other) for other in others]

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
        for what, before, now in _changes(_definition(self._folder), definition):
            raise FlowError(
                f"{what} of the AUTO CDC flow {flow.name} was {before} and is "
                f"{now}: such a change needs a full refresh of {flow.target}"
            )
        for other in self._others:
            for what, theirs, ours in _changes(_definition(other), definition):
                raise FlowError(
                    f"{what} of the AUTO CDC flow {flow.name} is {ours}, and {theirs} "
                    f"of another flow into {flow.target}: make them the same in the "
                    f"views that the flows read, and then run --full-refresh "
                    f"{flow.target}"
                )
        known = _definition(self._folder)
        if known != (definition := {**known, **definition}):
            self._folder.mkdir(parents=True, exist_ok=True)
            file = self._folder / DEFINITION
            scratch = file.with_suffix(".scratch")
            scratch.write_text(json.dumps(definition), encoding="utf-8")
            os.replace(scratch, file)

    def before(self, batch_id: int) -> DataFrame | None:
        """The events of earlier batches and of the other flows; None for no events."""
        segments = self._segments(batch_id)
        for other in self._others:
            found = History(self._spark, str(other))._segments(None)
            # What another flow was writing when it was killed it will write again.
            segments += [path for path in found if (path / "_SUCCESS").exists()]
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

    def _segments(self, batch_id: int | None) -> list[Path]:
        """The segments with the events before a batch, oldest first; None: with all."""
        compacted = max(self._folder.glob("upto-*"), default=None)
        start = -1 if compacted is None else _number(compacted)
        batches = [
            path
            for path in sorted(self._folder.glob("batch-*"))
            if start < _number(path) and (batch_id is None or _number(path) < batch_id)
        ]
        return batches if compacted is None else [compacted, *batches]

    def _read(self, segments: list[Path]) -> DataFrame:
        # A later segment may have more columns than an earlier one
        reader = self._spark.read.option("mergeSchema", len(segments) > 1)
        events = reader.parquet(*map(str, segments))
        if TRUNCATE not in events.columns:
            return events
        # Of a flow without truncates, or of before it had any
        return events.withColumn(TRUNCATE, F.coalesce(TRUNCATE, F.lit(False)))


def _definition(folder: Path) -> dict[str, Any]:
    file = folder / DEFINITION
    return dict(json.loads(file.read_text("utf-8"))) if file.exists() else {}


def _changes(
    before: dict[str, Any], now: dict[str, Any]
) -> Iterator[tuple[str, Any, Any]]:
    """(what, before, now) of what both know, and is not the same."""
    for what, known in before.items():
        if what in now and known != now[what]:
            yield what, known, now[what]


def _number(segment: Path) -> int:
    return int(segment.name.split("-")[1])
