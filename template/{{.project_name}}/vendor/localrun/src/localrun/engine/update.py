"""An update: all flows of the pipeline, each as soon as what it reads is up to date.

Dependencies are found by evaluating the functions: one that reads a dataset which is
not ready is put aside, and evaluated again when that dataset is (see `schedule`).
"""

import time
import uuid
from collections.abc import Callable, Iterable
from pathlib import Path

from pyspark.pipelines.output import Table, TemporaryView
from pyspark.sql import DataFrame, Observation, SparkSession

from localrun.engine import analysis, change_feed, expectations
from localrun.engine.catalog import Catalog
from localrun.engine.definitions import AnyFlow, Definitions
from localrun.engine.explanations import Explain, explain
from localrun.engine.flows import FlowRunner
from localrun.engine.listener import Listener
from localrun.engine.outdated import MadeBy
from localrun.engine.reads import Engine, Reading
from localrun.engine.results import FlowResult, Note, UpdateResult
from localrun.engine.running import declared_schema
from localrun.engine.schedule import Schedule
from localrun.engine.selection import Selection
from localrun.engine.serverless import evaluate
from localrun.errors import FlowError, SchemaChanged, Unresolved, UsageError
from localrun.secrets import hidden
from localrun.storage import resets
from localrun.storage.names import split
from localrun.storage.paths import Paths


class Update(Engine):
    """One run of the pipeline. Listeners are told of every step (see `event_log`)."""

    def __init__(
        self,
        spark: SparkSession,
        definitions: Definitions,
        catalog: Catalog,
        paths: Paths,
        selection: Selection,
        listeners: Iterable[Listener] = (),
        own_explanation: Explain = lambda table, message: None,
        own_notes: Callable[[UpdateResult], Iterable[Note]] = lambda result: (),
        made_by: MadeBy | None = None,
        restarts: bool = False,
        after: UpdateResult | None = None,
    ):
        """With `restarts`, new columns of files stop it: see `run`. It has the notes of
        the update that it comes `after`, which was stopped so."""
        self.id = str(uuid.uuid4())
        self.selection = selection
        self.definitions = definitions
        self.paths = paths
        self._spark, self._catalog = spark, catalog
        self._tables, self._state = catalog.tables, catalog.state
        self._listeners = list(listeners)
        self._own_explanation, self._own_notes = own_explanation, own_notes
        self._made_by = made_by or MadeBy({}, definitions, self._tables, self._state)
        self._runner = FlowRunner(definitions, self._tables, self._state, self._report)
        self._ready: set[str] = set()
        self.restarts = restarts
        self.cause = "SCHEMA_CHANGE" if after else "USER_ACTION"
        self.result = UpdateResult(self.id, notes=[*after.notes] if after else [])

    # -- what a dataset function sees (reads.Engine)

    def resolve(
        self, name: str, streaming: bool, reading: Reading
    ) -> DataFrame | str | None:
        dataset = self.definitions.dataset(name)
        if dataset is None:
            return self._catalog.resolve(name, reading)
        if isinstance(self.definitions.outputs[dataset], TemporaryView):
            return self._view(dataset, streaming, reading)
        if dataset not in self._ready:
            raise Unresolved(dataset)
        version = self._tables.version(dataset)
        (reading.streams if streaming else reading.batches)[dataset] = version
        return self._tables.register(dataset)

    def feed(self, name: str, rows: DataFrame | None) -> DataFrame | None:
        change_feed.check(self.definitions, name)
        return None

    def _view(self, view: str, streaming: bool, reading: Reading) -> DataFrame:
        df = evaluate(self.definitions.view_function(view), self.definitions.compute)
        if streaming and not df.isStreaming:
            raise FlowError(f"{view} is a batch view: read it with spark.read.table")
        rules = self.definitions.expectations_of(self.definitions.flows_into(view)[0])
        if rules:
            reading.expectations[view] = rules
            observation = None
            if not df.isStreaming:
                observation = reading.observations[view] = Observation(view)
            df = expectations.apply(df, rules, view, observation)
        return df.alias(split(view)[-1])

    # -- the order of things

    def run(self) -> UpdateResult:
        """Run all flows; where the result is `stopped`, another update has to go on.

        Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema:
        new columns stop a stream when Auto Loader has noted them. Of pipelines no page
        says more, but public reports do: the update is cancelled, and another one
        starts by itself (cause SCHEMA_CHANGE), also in development mode.
        """
        started = time.monotonic()
        self._tell("update_started", self)
        flows, compute = self._stored_flows(), self.definitions.compute
        without = analysis.without_files(
            self, [*flows[0], *flows[1]], compute, self._inferred
        )
        if without:
            self._fail(*flows, without)
            return self._ended(started)
        there = {name for name in self.selection.kept if self._tables.exists(name)}
        self.selection.kept = there
        self._state.begin_reset(self.selection.full)
        self._made_by.remember(self.selection.full)
        self._prepare_tables_without_flows()
        chosen, others = self._stored_flows()
        for flow in chosen:
            if not self._tables.exists(flow.target):
                # Somebody deleted it: what its flows have read is to be read again.
                self._state.forget(flow.target)
        for flow in others:
            ended = FlowResult(flow.name, flow.target, "EXCLUDED")
            self.result.flows[flow.name] = ended
            if self._tables.exists(flow.target):
                self._ready.add(flow.target)
        Schedule(self._try, self._settle, self._ready).run(chosen)
        self.result.seconds = time.monotonic() - started
        if not self.result.stopped:
            self._note(*self._kept(), *self._made_by.notes(self._own_explanation))
            self._note(*self._inactive(), *self._own_notes(self.result))
        return self._ended(started)

    def _ended(self, started: float) -> UpdateResult:
        self.result.seconds = time.monotonic() - started
        self._tell("update_ended", self.result)
        return self.result

    def _kept(self) -> list[Note]:
        said = f"its rows are kept, since its {resets.PROPERTY} is false"
        return [Note(name, said) for name in sorted(self.selection.kept)]

    def _inferred(self, flow: AnyFlow) -> Path:
        """Where the columns are that a flow knows; a rebuilt table's knows none."""
        folder = self._state.flow(flow.name, flow.target).inferred
        rebuilt = flow.target in self.selection.full
        if rebuilt or not self._tables.exists(flow.target):
            return folder / "none"
        return folder

    def _fail(
        self, chosen: list[AnyFlow], others: list[AnyFlow], without: dict[str, str]
    ) -> None:
        """End an update none of whose flows may run."""
        for flow in (*chosen, *others):
            ended = FlowResult(flow.name, flow.target, "SKIPPED")
            ended.error = analysis.told([*without])
            if flow.name in without:
                ended.status, ended.error = "FAILED", without[flow.name]
            elif flow in others:
                ended.status, ended.error = "EXCLUDED", ""
            self._settle(ended)

    def _settle(self, ended: FlowResult) -> None:
        if self.stopped and ended.status == "SKIPPED":
            ended = FlowResult(ended.name, ended.target, "STOPPED")
        if ended.status == "STOPPED" and ended.error:
            known = f"{self.result.stopped}; " if self.result.stopped else ""
            self.result.stopped = f"{known}{ended.label}: {ended.error}"
        self.result.flows[ended.name] = ended
        self._note(*ended.notes)
        self._tell("flow_ended", ended)

    def _inactive(self) -> list[Note]:
        """Of the tables that no source file defines any more.

        Follows https://docs.databricks.com/aws/en/ldp/unity-catalog.
        """
        said = (
            "no source file defines it any more: it stays as it is, can be queried, "
            "and keeps its grants, until it is dropped (here: until its folder in the "
            "warehouse is deleted)"
        )
        defined = set(self.definitions.tables)
        made = self._tables.of_this_pipeline()
        return [Note(name, said) for name in made if name not in defined]

    def _note(self, *notes: Note) -> None:
        """Each once: two flows may read the same files into one table."""
        safe = [Note(note.table, hidden(note.sentence)) for note in notes]
        self.result.notes = list(dict.fromkeys([*self.result.notes, *safe]))

    def _try(self, flow: AnyFlow) -> FlowResult | str:
        """The flow's result, or the name of the dataset that it has to wait for."""
        started = time.monotonic()
        state = self._state.flow(flow.name, flow.target)
        current = Reading(self, state.inferred)
        try:
            # Before anything of it can fail: a full refresh forgets what was started.
            self._tables.check_owner(flow.target)
            state.start()
            self._tell("flow_started", flow.name, flow.target)
            outcome = self._runner.run(flow, current)
            ended = FlowResult(flow.name, flow.target, "COMPLETED", outcome)
        except Unresolved as unresolved:
            return unresolved.dataset
        except SchemaChanged as changed:
            ended = FlowResult(flow.name, flow.target, "STOPPED", error=str(changed))
            self.stopped = True
        except Exception as error:
            ended = FlowResult(flow.name, flow.target, "FAILED")
            ended.error = explain(
                error, flow.target, self.definitions.outputs, self._own_explanation
            )
        ended.notes = [Note(flow.target, sentence) for sentence in current.notes]
        ended.seconds = time.monotonic() - started
        return ended

    def _stored_flows(self) -> tuple[list[AnyFlow], list[AnyFlow]]:
        """The flows into the tables of this update, and those into other tables."""
        chosen: list[AnyFlow] = []
        others: list[AnyFlow] = []
        for flow in self.definitions.flows:
            if isinstance(self.definitions.outputs[flow.target], Table):
                selected = flow.target in self.selection.tables
                (chosen if selected else others).append(flow)
        return chosen, others

    def _prepare_tables_without_flows(self) -> None:
        for name in self.definitions.tables:
            output = self.definitions.outputs[name]
            if isinstance(output, Table) and not self.definitions.flows_into(name):
                schema = declared_schema(output)
                if schema is None:
                    raise UsageError(
                        f"streaming table {name} has neither a flow nor a schema: "
                        "add a flow with dp.append_flow or dp.create_auto_cdc_flow"
                    )
                try:
                    self._tables.check_owner(name)
                    self._tables.prepare(output, schema)
                except FlowError as error:  # which no flow of its own can tell
                    raise UsageError(f"{name}: {error}") from error
                self._ready.add(name)

    # -- listeners

    def _tell(self, event: str, *arguments: object) -> None:
        for listener in self._listeners:
            getattr(listener, event)(*arguments)

    def _report(self, flow: str, rows: int) -> None:
        self._tell("flow_progressed", flow, rows)
