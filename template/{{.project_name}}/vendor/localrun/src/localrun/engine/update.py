"""An update: all flows of the pipeline, each as soon as what it reads is up to date.

Dependencies are found by evaluating the functions: one that reads a dataset which is
not ready is put aside and evaluated again when that dataset is. Flows run in a few
threads, since a small flow spends most of its time planning and committing.
"""

import time
import uuid
from collections.abc import Iterable
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait

from pyspark.pipelines.output import TemporaryView
from pyspark.sql import DataFrame, Observation, SparkSession

from localrun.engine import expectations
from localrun.engine.catalog import Catalog
from localrun.engine.definitions import AnyFlow, Definitions
from localrun.engine.explanations import Explain, explain
from localrun.engine.flows import FlowRunner, declared_schema
from localrun.engine.listener import Listener
from localrun.engine.reads import Engine, Reading
from localrun.engine.results import FlowResult, UpdateResult
from localrun.engine.selection import Selection
from localrun.engine.serverless import evaluate
from localrun.errors import FlowError, Unresolved, UsageError
from localrun.storage.names import split
from localrun.storage.paths import Paths

THREADS = 3


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
    ):
        self.id = str(uuid.uuid4())
        self.selection = selection
        self.definitions = definitions
        self.paths = paths
        self._spark, self._catalog = spark, catalog
        self._tables, self._state = catalog.tables, catalog.state
        self._listeners = list(listeners)
        self._own_explanation = own_explanation
        self._runner = FlowRunner(definitions, self._tables, self._state, self._report)
        self._ready: set[str] = set()
        self._failed: set[str] = set()

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
        started = time.monotonic()
        result = UpdateResult(self.id)
        self._tell("update_started", self)
        self._state.begin_reset(self.selection.full)
        self._prepare_tables_without_flows()
        parked: dict[str, list] = {}
        remaining: dict[str, int] = {}
        jobs = []
        for flow in self._stored_flows():
            if flow.target in self.selection.tables:
                jobs.append(flow)
                remaining[flow.target] = remaining.get(flow.target, 0) + 1
            else:
                result.flows[flow.name] = FlowResult(flow.name, flow.target, "EXCLUDED")
                if self._tables.exists(flow.target):
                    self._ready.add(flow.target)
        with ThreadPoolExecutor(THREADS) as pool:
            running: dict[Future, object] = {pool.submit(self._try, f): f for f in jobs}

            def settle(flow, ended: FlowResult) -> None:
                result.flows[flow.name] = ended
                self._tell("flow_ended", ended)
                remaining[flow.target] -= 1
                if ended.status != "COMPLETED":
                    self._failed.add(flow.target)
                elif remaining[flow.target] == 0 and flow.target not in self._failed:
                    self._ready.add(flow.target)
                else:
                    return
                for waiting in parked.pop(flow.target, []):
                    running[pool.submit(self._try, waiting)] = waiting

            while running:
                finished, _ = wait(running, return_when=FIRST_COMPLETED)
                for future in finished:
                    flow = running.pop(future)
                    ended = future.result()
                    if isinstance(ended, FlowResult):
                        settle(flow, ended)
                    elif ended in self._ready:
                        running[pool.submit(self._try, flow)] = flow
                    elif ended in self._failed or ended not in remaining:
                        settle(flow, self._without_input(flow, ended))
                    else:
                        parked.setdefault(ended, []).append(flow)
            for missing, flows in list(parked.items()):
                for flow in flows:
                    ended = FlowResult(flow.name, flow.target, "FAILED")
                    ended.error = (
                        f"{flow.target} and {missing} read each other: a cycle"
                    )
                    result.flows[flow.name] = ended
                    self._tell("flow_ended", ended)
        result.seconds = time.monotonic() - started
        self._tell("update_ended", result)
        return result

    def _try(self, flow: AnyFlow) -> FlowResult | str:
        """The flow's result, or the name of the dataset that it has to wait for."""
        started = time.monotonic()
        current = Reading(self, self._state.inferred(flow.name))
        try:
            # Before anything of it can fail: a full refresh forgets what was started.
            self._state.start(flow.name, flow.target)
            self._tell("flow_started", flow.name, flow.target)
            outcome = self._runner.run(flow, current)
            ended = FlowResult(flow.name, flow.target, "COMPLETED", outcome)
        except Unresolved as unresolved:
            return unresolved.dataset
        except Exception as error:
            ended = FlowResult(flow.name, flow.target, "FAILED")
            ended.error = explain(
                error, flow.target, self.definitions.outputs, self._own_explanation
            )
        ended.seconds = time.monotonic() - started
        return ended

    def _without_input(self, flow: AnyFlow, dataset: str) -> FlowResult:
        if dataset in self._failed:
            why, status = f"its input {dataset} failed", "SKIPPED"
        else:
            why = f"its input {dataset} has no data yet: refresh {dataset} as well"
            status = "FAILED"
        return FlowResult(flow.name, flow.target, status, error=why)

    def _stored_flows(self) -> list[AnyFlow]:
        outputs = self.definitions.outputs
        return [
            f
            for f in self.definitions.flows
            if not isinstance(outputs[f.target], TemporaryView)
        ]

    def _prepare_tables_without_flows(self) -> None:
        for name in self.definitions.tables:
            output = self.definitions.outputs[name]
            if not self.definitions.flows_into(name):
                schema = declared_schema(output)
                if schema is None:
                    raise UsageError(
                        f"streaming table {name} has neither a flow nor a schema: "
                        "add a flow with dp.append_flow or dp.create_auto_cdc_flow"
                    )
                try:
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
