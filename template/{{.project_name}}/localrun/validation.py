"""The graph and every schema, without data: what `--validate-only` and `check` do.

Each function is evaluated against empty DataFrames that have the schemas of what it
reads, so that a misspelt column, an unknown table or a predicate that does not parse is
found in seconds and nothing is written.
"""

import difflib
import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

from pyspark.pipelines.output import TemporaryView
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from localrun import auto_cdc
from localrun.auto_cdc import AutoCdcFlow
from localrun.autoloader.files import NO_FILES
from localrun.errors import FlowError, first_sentence
from localrun.flows import declared_schema
from localrun.reads import Reading, reading
from localrun.registry import Definitions
from localrun.serverless import evaluate


@dataclass
class Graph:
    """Schemas, edges `reader -> read`, and what is wrong with which dataset.

    `tables` are the datasets that are stored, as a run counts them; others are views.
    """

    tables: list[str] = field(default_factory=list)
    schemas: dict[str, StructType] = field(default_factory=dict)
    edges: dict[str, set[str]] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)


def validate(
    spark: SparkSession,
    definitions: Definitions,
    expected: Mapping[str, Collection[str]] | None = None,
) -> Graph:
    """Evaluate every dataset; all problems are in the graph, none is raised.

    `expected` are columns of text that a dataset is taken to have as long as its source
    has no files, which would tell.
    """
    with tempfile.TemporaryDirectory() as scratch:
        validator = _Validator(spark, definitions, Path(scratch), expected or {})
        for name in definitions.outputs:
            with suppress(Exception):  # what it raises is in the graph
                validator.schema(name)
    return validator.graph


class _BrokenInput(Exception):
    """A dataset that reads a faulty one has no fault of its own."""


class _Validator:
    """Answers reads by empty DataFrames (reads.Engine)."""

    validating = True

    def __init__(
        self,
        spark: SparkSession,
        definitions: Definitions,
        scratch: Path,
        expected: Mapping[str, Collection[str]],
    ):
        self.graph = Graph(definitions.tables)
        self._spark, self._definitions, self._scratch = spark, definitions, scratch
        self._expected = expected
        self._open: list[str] = []
        self._broken: set[str] = set()
        (scratch / "empty").mkdir()

    def schema(self, dataset: str) -> StructType:
        """The dataset's schema. Raises where it, or an input of it, has a fault."""
        if dataset in self.graph.schemas:
            return self.graph.schemas[dataset]
        if dataset in self._broken:
            raise _BrokenInput(dataset)
        if dataset in self._open:
            raise FlowError(f"{' reads '.join([*self._open, dataset])}: a cycle")
        self._open.append(dataset)
        try:
            schema = self._evaluate(dataset)
        except Exception as error:
            self._broken.add(dataset)
            if not isinstance(error, _BrokenInput):
                self.graph.problems[dataset] = first_sentence(error)
            raise _BrokenInput(dataset) from error
        finally:
            self._open.pop()
        self.graph.schemas[dataset] = schema
        return schema

    def _evaluate(self, dataset: str) -> StructType:
        output = self._definitions.outputs[dataset]
        declared = None
        if not isinstance(output, TemporaryView):
            declared = declared_schema(output) if hasattr(output, "schema") else None
        merged = declared
        for flow in self._definitions.flows_into(dataset):
            found = self._of_flow(flow)
            merged = found if merged is None else _merge(merged, found)
        if merged is None:
            raise FlowError("it has neither a flow nor a schema")
        for column in getattr(output, "cluster_by", None) or []:
            if column not in merged.fieldNames():
                raise FlowError(f"cluster_by names {column}, which it does not have")
        return merged

    def _of_flow(self, flow) -> StructType:
        current = Reading(self, self._scratch / "inferred", self._scratch / "empty")
        with reading(current):
            if isinstance(flow, AutoCdcFlow):
                source = self._spark.readStream.table(flow.source)
                events = auto_cdc.events(source, flow)
                return auto_cdc.target_schema(events.schema, flow)
            df = evaluate(flow.func)
            for rule in self._definitions.expectations_of(flow):
                try:
                    _ = df.select(rule.holds()).schema
                except Exception as error:
                    raise FlowError(
                        f"expectation {rule.name} ({rule.predicate}) does not fit the "
                        f"table: {first_sentence(error)}"
                    ) from error
            if any(digest != NO_FILES for digest in current.files.values()):
                return df.schema
            names = self._expected.get(flow.target, ())
            text = [StructField(name, StringType()) for name in names]
            return _merge(df.schema, StructType(text))

    # -- what a dataset function sees

    def resolve(self, name: str, streaming: bool, reading: Reading) -> DataFrame | None:
        dataset = name.replace("`", "").split(".")[-1]
        if dataset not in self._definitions.outputs:
            if "." in name or self._spark.catalog._jcatalog.tableExists(name):
                return None
            close = difflib.get_close_matches(dataset, self._definitions.outputs, 1)
            hint = f"; did you mean {close[0]}?" if close else ""
            raise FlowError(f"no dataset or table is named {name}{hint}")
        self.graph.edges.setdefault(self._open[-1], set()).add(dataset)
        schema = self.schema(dataset)
        if streaming:
            source = self._spark.readStream.schema(schema).format("parquet")
            return source.load(str(self._scratch / "empty")).alias(dataset)
        return self._spark.createDataFrame([], schema).alias(dataset)


def _merge(first: StructType, second: StructType) -> StructType:
    known = {field.name.lower() for field in first}
    return StructType(
        [*first.fields, *[f for f in second if f.name.lower() not in known]]
    )
