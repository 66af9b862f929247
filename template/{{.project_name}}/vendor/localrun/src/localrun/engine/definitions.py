"""What the pipeline's source files define: datasets, flows and their expectations."""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pyspark.pipelines.flow import Flow
from pyspark.pipelines.graph_element_registry import GraphElementRegistry
from pyspark.pipelines.output import MaterializedView, Output, Sink, TemporaryView

from localrun.auto_cdc import AutoCdcFlow, SnapshotFlow, differences
from localrun.engine import schemas
from localrun.engine.expectations import ON_FUNCTION, Expectation
from localrun.engine.serverless import Compute
from localrun.errors import UsageError
from localrun.storage.names import Names

CdcFlow = AutoCdcFlow | SnapshotFlow
AnyFlow = Flow | CdcFlow


@dataclass(frozen=True)
class OnceFlow(Flow):
    """A flow that appends the rows of a batch, once until its table is rebuilt."""


@dataclass(frozen=True)
class Fault:
    """What is wrong with the source, and where. `line` is 0 where none is to blame."""

    file: Path
    line: int
    text: str


@dataclass
class Definitions(GraphElementRegistry):
    """The datasets and flows of a pipeline, in the order of their definition.

    Datasets go by their short names (see `storage.names`), however they were written.
    """

    names: Names
    compute: Compute = Compute.SERVERLESS
    # A text that changes when the code or the configuration does.
    source: str = ""
    outputs: dict[str, Output] = field(default_factory=dict)
    flows: list[AnyFlow] = field(default_factory=list)
    target_expectations: dict[str, list[Expectation]] = field(default_factory=dict)
    # What was read while the files were loaded, and in which state it was.
    files: dict[str, str] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)

    # -- what the decorators register

    def register_output(self, output: Output) -> None:
        name = self.names.short(output.name)
        if name in self.outputs:
            raise UsageError(
                f"dataset {name} is defined twice: give one of them another name"
            )
        self.outputs[name] = replace(output, name=name)

    def register_flow(self, flow: Flow) -> None:
        target = self.names.short(flow.target)
        # A flow that was not named has the name of its dataset.
        name = target if flow.name == flow.target else flow.name
        self.flows.append(replace(flow, name=name, target=target))

    def run_last_flow_once(self) -> None:
        """Make the flow that was registered last one that runs once."""
        flow = self.flows[-1]
        assert isinstance(flow, Flow)
        self.flows[-1] = OnceFlow(**vars(flow))

    def register_cdc(self, flow: CdcFlow) -> None:
        target = self.names.short(flow.target)
        name = target if flow.name == flow.target else flow.name
        self.flows.append(replace(flow, name=name, target=target))

    def register_auto_cdc_flow(self, flow: Any) -> None:
        raise UsageError("AUTO CDC flows register through localrun's own function")

    def register_sql(self, sql_text: str, file_path: Path) -> None:
        self.note(file_path, 1, "SQL files do not run on the laptop")

    def expect_of_target(self, name: str, expectations: list[Expectation]) -> None:
        self.target_expectations[self.names.short(name)] = expectations

    def note(self, file: Path, line: int, text: str) -> None:
        """Note what cannot be run, to be told with all else."""
        self.faults.append(Fault(file, line, text))

    # -- what an update asks

    @property
    def tables(self) -> list[str]:
        """Streaming tables and materialized views: what is stored."""
        return [
            name
            for name, output in self.outputs.items()
            if not isinstance(output, TemporaryView | Sink)
        ]

    def dataset(self, name: str) -> str | None:
        """The short name of the dataset that a name stands for, if it is one."""
        short = self.names.short(name)
        return short if short in self.outputs else None

    def flows_into(self, dataset: str) -> list[AnyFlow]:
        return [flow for flow in self.flows if flow.target == dataset]

    def view_function(self, view: str) -> Callable[[], Any]:
        (flow,) = self.flows_into(view)
        assert isinstance(flow, Flow)
        return flow.func

    def expectations_of(self, flow: AnyFlow) -> list[Expectation]:
        """Those of the flow's function and those of the table that it writes."""
        own: list[Expectation] = []
        if isinstance(flow, Flow):
            own = list(getattr(flow.func, ON_FUNCTION, []))
        return self.target_expectations.get(flow.target, []) + own

    def kind(self, dataset: str) -> str:
        """As its definition says; `dp.table` over a batch is seen when it is run."""
        output = self.outputs[dataset]
        if isinstance(output, MaterializedView):
            return "materialized view"
        return "view" if isinstance(output, TemporaryView) else "streaming table"

    def check(self) -> list[str]:
        """What does not go together: a sentence each."""
        found = []
        for number, flow in enumerate(self.flows):
            before = self.flows[:number]
            if flow.target not in self.outputs:
                found.append(
                    f"flow {flow.name} writes to {flow.target}, which no file defines: "
                    "create it with dp.create_streaming_table"
                )
            if any(flow.name == other.name for other in before):
                found.append(f"flow {flow.name} is defined twice: name one of them")
            for other in before:
                if other.target == flow.target:
                    found += _clash(flow, other)
            if isinstance(flow, SnapshotFlow):
                for rule in self.target_expectations.get(flow.target, []):
                    found.append(
                        f"the expectation {rule.name} is on {flow.target}, the target "
                        "of a flow of snapshots, where it does not run on the laptop: "
                        "put it on the view that the flow reads"
                    )
        found += schemas.faults(self.outputs, self.names)
        return list(dict.fromkeys(found))


def _clash(flow: AnyFlow, other: AnyFlow) -> list[str]:
    """What keeps two flows from writing to the same table: a sentence, if anything.

    Follows https://docs.databricks.com/aws/en/error-messages/apply-changes-from-snapshot-error-error-class
    and https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes-from-snapshot
    for flows of snapshots.
    """
    target = flow.target
    if isinstance(flow, SnapshotFlow) or isinstance(other, SnapshotFlow):
        return [
            f"{target} has a flow of snapshots and another flow, and a table has one "
            "flow of snapshots alone: give the other one a table of its own"
        ]
    if isinstance(flow, AutoCdcFlow) and isinstance(other, AutoCdcFlow):
        return [
            f"the AUTO CDC flows {other.name} and {flow.name} into {target} have "
            f"different {argument}: give both the same"
            for argument in differences(other, flow)
        ]
    if isinstance(flow, AutoCdcFlow) or isinstance(other, AutoCdcFlow):
        return [
            f"{target} has an AUTO CDC flow and a flow that appends, which does not "
            "run on the laptop: make both AUTO CDC flows, or give each its own table"
        ]
    return []
