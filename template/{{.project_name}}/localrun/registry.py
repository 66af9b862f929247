"""What the pipeline's source files define: datasets, flows and their expectations."""

import runpy
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.pipelines.flow import Flow
from pyspark.pipelines.graph_element_registry import (
    GraphElementRegistry,
    graph_element_registration_context,
)
from pyspark.pipelines.output import MaterializedView, Output, Sink, TemporaryView

from localrun import shim
from localrun.auto_cdc import AutoCdcFlow
from localrun.errors import UsageError
from localrun.expectations import Expectation


@dataclass
class Definitions(GraphElementRegistry):
    """The datasets and flows of a pipeline, in the order of their definition."""

    outputs: dict[str, Output] = field(default_factory=dict)
    flows: list[Flow | AutoCdcFlow] = field(default_factory=list)
    target_expectations: dict[str, list[Expectation]] = field(default_factory=dict)

    def register_output(self, output: Output) -> None:
        if output.name in self.outputs:
            raise UsageError(
                f"dataset {output.name} is defined twice: give one of them another name"
            )
        self.outputs[output.name] = output

    def register_flow(self, flow: Flow) -> None:
        self.flows.append(flow)

    def register_auto_cdc_flow(self, flow) -> None:
        raise UsageError("AUTO CDC flows register through localrun's own function")

    def register_sql(self, sql_text: str, file_path: Path) -> None:
        raise UsageError(f"{file_path}: SQL datasets do not run on the laptop")

    @property
    def tables(self) -> list[str]:
        """Streaming tables and materialized views: what is stored."""
        return [
            name
            for name, output in self.outputs.items()
            if not isinstance(output, TemporaryView | Sink)
        ]

    def flows_into(self, dataset: str) -> list[Flow | AutoCdcFlow]:
        return [flow for flow in self.flows if flow.target == dataset]

    def view_function(self, view: str) -> Callable:
        return self.flows_into(view)[0].func

    def expectations_of(self, flow: Flow | AutoCdcFlow) -> list[Expectation]:
        """Those of the flow's function and those of the table that it writes."""
        own = shim.expectations_on(flow.func) if isinstance(flow, Flow) else []
        return self.target_expectations.get(flow.target, []) + own

    def kind(self, dataset: str) -> str:
        output = self.outputs[dataset]
        if isinstance(output, MaterializedView):
            return "materialized view"
        if isinstance(output, TemporaryView):
            return "temporary view"
        return "sink" if isinstance(output, Sink) else "streaming table"


def load(files: list[Path], root: Path, spark) -> Definitions:
    """Run the source files and collect what they define.

    Raises UsageError when there is nothing to run, when a flow writes to a dataset that
    no file defines, or when two datasets or flows share a name.
    """
    if not files:
        raise UsageError(f"no Python files under {root}: the pipeline has no source")
    shim.install()
    definitions = Definitions()
    _forget_modules_of(root)
    sys.path.insert(0, str(root))
    try:
        with (
            graph_element_registration_context(definitions),
            shim.collecting(definitions),
        ):
            for file in files:
                runpy.run_path(str(file), init_globals={"spark": spark})
    finally:
        sys.path.remove(str(root))
    _check(definitions)
    return definitions


def _forget_modules_of(root: Path) -> None:
    """Import this folder's modules anew: they may have been edited since, or another
    pipeline of this process may have modules of the same names."""
    own = {path.stem for path in root.iterdir()}
    for name in list(sys.modules):
        if name.partition(".")[0] in own:
            del sys.modules[name]


def _check(definitions: Definitions) -> None:
    names = set()
    for flow in definitions.flows:
        if flow.target not in definitions.outputs:
            raise UsageError(
                f"flow {flow.name} writes to {flow.target}, which no file defines: "
                "create it with dp.create_streaming_table"
            )
        if flow.name in names:
            raise UsageError(f"flow {flow.name} is defined twice: name one of them")
        names.add(flow.name)
