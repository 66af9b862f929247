"""AUTO CDC flows of an update: new events, or the next snapshots, into their target."""

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from localrun import auto_cdc
from localrun.auto_cdc import Applied, AutoCdcFlow, SnapshotFlow, versions
from localrun.engine import plans, schemas
from localrun.engine.definitions import CdcFlow
from localrun.engine.flow_checks import check_is_no_stream
from localrun.engine.reads import Reading, reading
from localrun.engine.results import Outcome
from localrun.engine.running import Running, declared_schema
from localrun.engine.serverless import look
from localrun.errors import FlowError

_KIND = "an AUTO CDC target"


class CdcRunner(Running):
    """Runs AUTO CDC flows and flows of snapshots."""

    def run(self, flow: CdcFlow, current: Reading) -> Outcome:
        """Bring the flow's target up to date; raises what `FlowRunner.run` does."""
        if flow.once and self._has_run(flow):
            return Outcome(note="ran once", rows_deleted=0)
        if isinstance(flow, AutoCdcFlow):
            return self._events(flow, current)
        if isinstance(flow.source, str):
            return self._current_contents(flow, current)
        return self._next_snapshots(flow, current)

    # -- events

    def _events(self, flow: AutoCdcFlow, current: Reading) -> Outcome:
        with reading(current):
            spark = SparkSession.active()
            reader = spark.read if flow.once else spark.readStream
            source = reader.table(flow.source)
        if not source.isStreaming and not flow.once:
            raise FlowError(
                f"AUTO CDC reads {flow.source} as a stream, which it is not"
            )
        events = auto_cdc.events(source, flow)
        record = self._record(flow, events, current)
        if self._is_up_to_date(flow, record):
            return Outcome(note="no new data", rows_deleted=0)
        output = self._output(flow)
        found = auto_cdc.target_schema(events.schema, flow)
        schemas.check_fits(output, found, whole=not self._is_one_of_several(flow))
        self.tables.prepare(output, declared_schema(output) or found, _KIND)
        state = self._state(flow)
        identity = state.start()
        applied: list[Applied] = []

        def apply(batch: DataFrame, batch_id: int) -> None:
            others = set(self.state.events(flow.target)) - {state.events}
            changes = auto_cdc.apply_batch(
                batch,
                batch_id,
                flow,
                events_path=state.events,
                target_path=self.tables.path(flow.target),
                app_id=identity,
                other_events=sorted(others),
            )
            applied.append(changes)

        if source.isStreaming:
            writer = events.writeStream.foreachBatch(apply)
            outcome = self._drain(flow, writer, record, current)
        else:
            apply(events, 0)
            outcome = Outcome(quality=self._observed(current))
            state.remember(record)
        return _with_changes(outcome, applied)

    def _is_one_of_several(self, flow: AutoCdcFlow) -> bool:
        return len(self.definitions.flows_into(flow.target)) > 1

    # -- snapshots

    def _current_contents(self, flow: SnapshotFlow, current: Reading) -> Outcome:
        """A snapshot of a table or view as it is now; its version is the time."""
        with reading(current):
            df = SparkSession.active().read.table(str(flow.source))
        check_is_no_stream(flow, df)
        record = self._record(flow, df, current)
        if self._is_up_to_date(flow, record) and not plans.reads_the_clock(df):
            return Outcome(note="nothing changed", rows_deleted=0)
        latest, now = self._latest(flow), datetime.now(timezone.utc)
        if isinstance(latest, datetime):  # a clock may go backwards
            now = max(now, latest + timedelta(microseconds=1))
        versions.check(now, latest, flow.target)
        applied = self._apply(flow, df, now)
        outcome = Outcome(quality=self._observed(current))
        self._state(flow).remember(record)
        return _with_changes(outcome, [applied])

    def _next_snapshots(self, flow: SnapshotFlow, current: Reading) -> Outcome:
        """All snapshots after the last one, as the source function has them."""
        applied: list[Applied] = []
        while (found := self._next(flow, current)) is not None:
            applied.append(self._apply(flow, *found))
        outcome = Outcome(note="" if applied else "no new snapshot")
        outcome.batches = len(applied)
        read = {"streams": {}, "batches": dict(sorted(current.batches.items()))}
        self._state(flow).remember({"target": flow.target, **read})
        return _with_changes(outcome, applied)

    def _next(
        self, flow: SnapshotFlow, current: Reading
    ) -> tuple[DataFrame, Any] | None:
        assert not isinstance(flow.source, str)
        latest = self._latest(flow)
        with reading(current):
            answer = look(flow.source, latest, self.definitions.compute)
        found = auto_cdc.read_answer(answer, latest, flow)
        if found is not None:
            check_is_no_stream(flow, found[0])
        return found

    def _apply(self, flow: SnapshotFlow, df: DataFrame, version: object) -> Applied:
        auto_cdc.check_columns(df.schema, flow)
        state, output = self._state(flow), self._output(flow)
        identity = state.start()
        snapshot = auto_cdc.keep(df, state.snapshot)
        schema = auto_cdc.snapshot_target_schema(
            df.sparkSession, snapshot.schema, flow, version
        )
        schemas.check_fits(output, schema, whole=True)
        self.tables.prepare(output, declared_schema(output) or schema, _KIND)
        applied = auto_cdc.apply_snapshot(
            snapshot, version, flow, self.tables.path(flow.target), identity
        )
        state.remember_latest(versions.to_text(version))
        return applied

    def _latest(self, flow: SnapshotFlow) -> Any:
        text = self._state(flow).latest()
        return None if text is None else versions.from_text(text)


def _with_changes(outcome: Outcome, applied: list[Applied]) -> Outcome:
    return replace(
        outcome,
        rows_out=sum(changes.upserted for changes in applied),
        rows_deleted=sum(changes.deleted for changes in applied),
    )
