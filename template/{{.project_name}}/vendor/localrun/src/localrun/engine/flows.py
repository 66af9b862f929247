"""One flow of an update: evaluate its function, and write what it returns.

A streaming flow reads what is new and appends it (`availableNow`, exactly once by its
checkpoint); a materialized view is computed again when its definition or an input
changed; an AUTO CDC flow applies the new events to its target. A flow for which nothing
changed writes nothing, so that an update without new data changes no table version.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from pyspark.errors import StreamingQueryException
from pyspark.pipelines.flow import Flow
from pyspark.pipelines.output import MaterializedView, Table
from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql.streaming.query import StreamingQuery
from pyspark.sql.streaming.readwriter import DataStreamWriter
from pyspark.sql.types import StructType

from localrun import auto_cdc
from localrun.auto_cdc import AutoCdcFlow
from localrun.autoloader.reader import RECORDS
from localrun.engine import expectations, kafka_reads, plans
from localrun.engine.definitions import AnyFlow, Definitions
from localrun.engine.expectations import DataQuality, Expectation
from localrun.engine.reads import Reading, reading
from localrun.engine.results import Outcome
from localrun.engine.serverless import evaluate
from localrun.errors import FlowError
from localrun.storage.state import FlowState, State
from localrun.storage.tables import Tables

# How often progress is told, in seconds; pyspark takes fractions, its types do not.
_TICK = cast(int, 0.3)


@dataclass
class FlowRunner:
    """Runs the flows of one update. `report(flow, rows so far)` is called meanwhile."""

    definitions: Definitions
    tables: Tables
    state: State
    report: Callable[[str, int], None]

    def run(self, flow: AnyFlow, current: Reading) -> Outcome:
        """Bring the flow's target up to date.

        Raises FlowError where the definition does not work, `errors.Unresolved` where
        an input is not up to date yet, and Spark's own exceptions.
        """
        if isinstance(flow, AutoCdcFlow):
            return self._auto_cdc(flow, current)
        with reading(current):
            df = evaluate(flow.func, self.definitions.compute)
        output = self._output(flow)
        if df.isStreaming and isinstance(output, MaterializedView):
            raise FlowError(
                "a materialized view must return a batch DataFrame: use "
                "spark.read in it, or make it a dp.table"
            )
        return (self._stream if df.isStreaming else self._batch)(flow, df, current)

    def _state(self, flow: AnyFlow) -> FlowState:
        return self.state.flow(flow.name, flow.target)

    def _output(self, flow: AnyFlow) -> Table:
        output = self.definitions.outputs[flow.target]
        assert isinstance(output, Table)
        return output

    # -- append

    def _stream(self, flow: Flow, df: DataFrame, current: Reading) -> Outcome:
        output = self._output(flow)
        record = self._record(flow, df, current)
        if self._is_up_to_date(flow, record):
            return Outcome(note="no new data")
        rules = self.definitions.expectations_of(flow)
        current.expectations[flow.target] = rules
        counted = expectations.apply(df, rules, flow.target)
        self.tables.prepare(
            output, declared_schema(output) or df.schema, "a streaming table"
        )
        writer = counted.writeStream.format("delta").option("mergeSchema", "true")
        return self._drain(flow, writer, record, current, self.tables.path(flow.target))

    def _drain(
        self,
        flow: AnyFlow,
        writer: DataStreamWriter,
        record: dict[str, Any],
        current: Reading,
        path: str | None = None,
    ) -> Outcome:
        """Run the stream until it has read all that is there now."""
        warning = self._warning(flow, record)
        known = self._state(flow).record().get("files", {})
        kafka_reads.check_same_topics(known, record["files"], flow.target)
        before = self.tables.version(flow.target)
        writer = writer.option("checkpointLocation", self._state(flow).checkpoint)
        writer = writer.trigger(availableNow=True).outputMode("append")
        query = writer.queryName(flow.name).start(path)
        self._await(query, flow.name)
        quality = {name: DataQuality(rules) for name, rules in _counted(current)}
        outcome = Outcome(quality=quality, warning=warning)
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

    # -- recompute

    def _batch(self, flow: Flow, df: DataFrame, current: Reading) -> Outcome:
        output = self._output(flow)
        if len(self.definitions.flows_into(flow.target)) > 1:
            raise FlowError("a flow that appends must return a streaming DataFrame")
        record = self._record(flow, df, current)
        if self._is_up_to_date(flow, record) and not plans.reads_the_clock(df):
            return Outcome(note="nothing changed")
        rules = self.definitions.expectations_of(flow)
        current.expectations[flow.target] = rules
        observation = None
        if rules:
            observation = current.observations[flow.target] = Observation(flow.target)
        counted = expectations.apply(df, rules, flow.target, observation)
        schema = declared_schema(output) or df.schema
        self.tables.prepare(output, schema, "a materialized view")
        before = self.tables.version(flow.target)
        # Without a condition Delta would forget the columns that cluster the table.
        writer = counted.write.format("delta").mode("overwrite")
        writer = writer.option("replaceWhere", "true")
        writer.save(self.tables.path(flow.target))
        outcome = Outcome(rows_out=self.tables.rows_written(flow.target, before))
        for dataset, known in _counted(current):
            outcome.quality[dataset] = DataQuality(known)
            outcome.quality[dataset].add(current.observations[dataset].get)
        self._state(flow).remember(record)
        return outcome

    # -- change data capture

    def _auto_cdc(self, flow: AutoCdcFlow, current: Reading) -> Outcome:
        with reading(current):
            source = SparkSession.active().readStream.table(flow.source)
        if not source.isStreaming:
            raise FlowError(
                f"AUTO CDC reads {flow.source} as a stream, which it is not"
            )
        events = auto_cdc.events(source, flow)
        record = self._record(flow, events, current)
        if self._is_up_to_date(flow, record):
            return Outcome(note="no new data", rows_deleted=0)
        output = self._output(flow)
        schema = declared_schema(output) or auto_cdc.target_schema(events.schema, flow)
        self.tables.prepare(output, schema, "an AUTO CDC target")
        identity = self._state(flow).start()
        applied: list[auto_cdc.Applied] = []

        def apply(batch: DataFrame, batch_id: int) -> None:
            changes = auto_cdc.apply_batch(
                batch,
                batch_id,
                flow,
                events_path=self._state(flow).events,
                target_path=self.tables.path(flow.target),
                app_id=identity,
            )
            applied.append(changes)

        writer = events.writeStream.foreachBatch(apply)
        outcome = self._drain(flow, writer, record, current)
        outcome.rows_out = sum(changes.upserted for changes in applied)
        outcome.rows_deleted = sum(changes.deleted for changes in applied)
        return outcome

    # -- what a flow ran on

    def _record(self, flow: AnyFlow, df: DataFrame, current: Reading) -> dict[str, Any]:
        rules = [self.definitions.expectations_of(flow), current.expectations]
        # A canonical plan has no names: those of the columns are in the schema.
        text = f"{plans.canonical(df)}{df.schema.json()}{rules}"
        text += str(flow) if isinstance(flow, AutoCdcFlow) else ""
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

    def _warning(self, flow: AnyFlow, record: dict[str, Any]) -> str:
        known = self._state(flow).record().get("rules", record["rules"])
        if known == record["rules"]:
            return ""
        return (
            "its rules changed, and rows that came before keep their verdict: "
            "--full-refresh judges all rows again"
        )

    def _is_up_to_date(self, flow: AnyFlow, record: dict[str, Any]) -> bool:
        return (
            self._state(flow).record() == record
            and not self.state.is_resetting(flow.target)
            and self.tables.exists(flow.target)
        )


def declared_schema(output: Table) -> StructType | None:
    """The schema that the dataset's decorator states, if it states one."""
    if not isinstance(output.schema, str):
        return output.schema
    return cast(StructType, StructType.fromDDL(output.schema))


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


def _counted(current: Reading) -> list[tuple[str, list[Expectation]]]:
    return [(name, rules) for name, rules in current.expectations.items() if rules]
