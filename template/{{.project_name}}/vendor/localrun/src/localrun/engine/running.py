"""What running any flow takes: its state, its record, and draining a stream."""

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any, cast

from pyspark.errors import StreamingQueryException
from pyspark.pipelines.output import Table
from pyspark.sql import DataFrame
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter
from pyspark.sql.types import StructType

from localrun.auto_cdc import AutoCdcFlow, SnapshotFlow
from localrun.autoloader import changed_files
from localrun.autoloader.files import NO_FILES
from localrun.autoloader.reader import RECORDS
from localrun.engine import kafka_reads, plans, schemas
from localrun.engine.definitions import AnyFlow, Definitions
from localrun.engine.expectations import DataQuality, Expectation
from localrun.engine.reads import Reading
from localrun.engine.results import Outcome
from localrun.errors import SchemaChanged
from localrun.storage import resets
from localrun.storage.state import FlowState, State
from localrun.storage.tables import Tables

# How often progress is told, in seconds; pyspark takes fractions, its types do not.
_TICK = cast(int, 0.3)


@dataclass
class Running:
    """Base of those who run flows. `report(flow, rows so far)` is called meanwhile."""

    definitions: Definitions
    tables: Tables
    state: State
    report: Callable[[str, int], None]

    def _state(self, flow: AnyFlow) -> FlowState:
        return self.state.flow(flow.name, flow.target)

    def _output(self, flow: AnyFlow) -> Table:
        output = self.definitions.outputs[flow.target]
        assert isinstance(output, Table)
        return output

    def _drain(
        self,
        flow: AnyFlow,
        writer: DataStreamWriter,
        record: dict[str, Any],
        current: Reading,
        path: str | None = None,
    ) -> Outcome:
        """Run the stream until it has read all that is there now."""
        self._note_changed_rules(flow, record, current)
        current.notes += changed_files.notes(
            Path(self._state(flow).checkpoint), self._state(flow).told
        )
        known = self._state(flow).record().get("files", {})
        kafka_reads.check_same_topics(known, record["files"], flow.target)
        before = self.tables.version(flow.target)
        writer = writer.option("checkpointLocation", self._state(flow).checkpoint)
        writer = writer.trigger(availableNow=True).outputMode("append")
        query = writer.queryName(flow.name).start(path)
        self._await(query, flow.name)
        quality = {name: DataQuality(rules) for name, rules in counted(current)}
        outcome = Outcome(quality=quality)
        for progress in query.recentProgress:
            outcome.batches += progress.numInputRows > 0
            for dataset, metrics in (progress.observedMetrics or {}).items():
                if dataset in outcome.quality:
                    outcome.quality[dataset].add(metrics.asDict())
        outcome.rows_in = _rows_in(query)
        if path:
            outcome.rows_out = self.tables.rows_written(flow.target, before)
        self._state(flow).remember(record)
        return outcome

    def _await(self, query: StreamingQuery, flow: str) -> None:
        try:
            while not query.awaitTermination(_TICK):
                self.report(flow, _rows_in(query))
        except StreamingQueryException:
            raise
        except BaseException:
            query.stop()
            raise

    # -- what a flow ran on

    def _record(self, flow: AnyFlow, df: DataFrame, current: Reading) -> dict[str, Any]:
        if current.engine.stopped:  # and what its own files bring is noted by now
            raise SchemaChanged
        outputs = self.definitions.outputs
        read = [outputs[name] for name in current.streams if name in outputs]
        resets.check_sources(self._output(flow), read)
        rules = [self.definitions.expectations_of(flow), current.expectations]
        # A canonical plan has no names: those of the columns are in the schema.
        text = f"{plans.canonical(df)}{df.schema.json()}{rules}"
        text += str(flow) if isinstance(flow, AutoCdcFlow | SnapshotFlow) else ""
        self._note_empty_folders(flow, current)
        return {
            "target": flow.target,
            "streams": dict(sorted(current.streams.items())),
            "batches": {} if df.isStreaming else dict(sorted(current.batches.items())),
            "files": dict(sorted({**self.definitions.files, **current.files}.items())),
            "rules": plans.digest(str(rules)),
            "definition": plans.digest(plans.stable(text)),
            # A plan does not tell all: what is in a UDF, in rows that the code makes.
            # What a stream has read stays as it is, whatever has changed since.
            "source": "" if df.isStreaming else self.definitions.source,
        }

    def _note_empty_folders(self, flow: AnyFlow, current: Reading) -> None:
        empty = [path for path, token in current.files.items() if token == NO_FILES]
        if empty and not changed_files.read_files(Path(self._state(flow).checkpoint)):
            current.notes += [f"{path} holds no files yet" for path in empty]

    def _note_changed_rules(
        self, flow: AnyFlow, record: dict[str, Any], current: Reading
    ) -> None:
        known = self._state(flow).record().get("rules", record["rules"])
        if self.state.made(flow.target):
            return  # what makes the table is told by name (see `outdated`)
        if known != record["rules"]:
            current.notes.append(
                "its rules changed, and rows that came before keep their verdict: "
                "--full-refresh judges all rows again"
            )

    def _is_up_to_date(self, flow: AnyFlow, record: dict[str, Any]) -> bool:
        if (
            self._state(flow).record() != record
            or self.state.is_resetting(flow.target)
            or not self.tables.exists(flow.target)
        ):
            return False
        self.tables.adopt(self._output(flow))
        return True

    def _has_run(self, flow: AnyFlow) -> bool:
        """Whether a flow that runs once has, since its table was last rebuilt."""
        return bool(self._state(flow).record()) and not self.state.is_resetting(
            flow.target
        )

    def _observed(self, current: Reading) -> dict[str, DataQuality]:
        """What the expectations of a batch query that was run have counted."""
        quality = {}
        for dataset, rules in counted(current):
            quality[dataset] = DataQuality(rules)
            quality[dataset].add(current.observations[dataset].get)
        return quality


def declared_schema(output: Table) -> StructType | None:
    """The schema that the dataset's decorator states, if it states one."""
    schema = schemas.stated(output)
    return None if schema is None else schema.columns


def _rows_in(query: StreamingQuery) -> int:
    """Rows of tables, and records of Auto Loader's files, read so far."""
    rows = 0
    for progress in query.recentProgress:
        observed = (progress.observedMetrics or {}).items()
        records = [row["records"] for name, row in observed if name.startswith(RECORDS)]
        rows += sum(records) + sum(
            source.numInputRows
            for source in progress.sources
            if not (records and source.description.startswith("FileStreamSource"))
        )
    return rows


def counted(current: Reading) -> list[tuple[str, list[Expectation]]]:
    return [(name, rules) for name, rules in current.expectations.items() if rules]
