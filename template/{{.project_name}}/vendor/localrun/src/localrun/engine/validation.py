"""The graph and every schema, without data: what `localrun dry-run` and `graph` do.

Each function is evaluated against empty DataFrames that have the schemas of what it
reads, so that a misspelt column, an unknown table or a predicate that does not parse is
found in seconds and nothing is written.
"""

import tempfile
from collections.abc import Collection, Mapping
from contextlib import suppress
from pathlib import Path

from pyspark.pipelines.flow import Flow
from pyspark.pipelines.output import Table, TemporaryView
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType

from localrun import auto_cdc
from localrun.auto_cdc import AutoCdcFlow, SnapshotFlow
from localrun.autoloader.files import NO_FILES
from localrun.engine import change_feed, schemas
from localrun.engine.catalog import Catalog
from localrun.engine.definitions import AnyFlow, Definitions, OnceFlow
from localrun.engine.explanations import explain
from localrun.engine.flow_checks import (
    check_is_batch,
    check_types,
    first_snapshot,
)
from localrun.engine.graph import Dataset, Graph
from localrun.engine.reads import Engine, Reading, reading
from localrun.engine.running import declared_schema
from localrun.engine.serverless import evaluate
from localrun.errors import FlowError
from localrun.spark.messages import first_sentence
from localrun.storage import resets, statistics
from localrun.storage.names import split
from localrun.storage.paths import Paths


def validate(
    spark: SparkSession,
    definitions: Definitions,
    catalog: Catalog,
    paths: Paths,
    expected: Mapping[str, Collection[str]] | None = None,
    elsewhere: Mapping[str, str] | None = None,
) -> Graph:
    """Evaluate every dataset; all problems are in the graph, none is raised.

    `expected` are columns of text that a dataset is taken to have as long as its source
    has no files, which would tell. `elsewhere` are columns, as DDL, of tables of others
    that need not be there.
    """
    known = {definitions.names.short(n): c for n, c in (expected or {}).items()}
    others = {definitions.names.full(n): ddl for n, ddl in (elsewhere or {}).items()}
    with tempfile.TemporaryDirectory() as scratch:
        base = (spark, definitions, catalog, paths, Path(scratch))
        validator = _Validator(*base, known, others)
        for name in definitions.outputs:
            with suppress(Exception):  # what it raises is in the graph
                validator.schema(name)
    return validator.graph


class _BrokenInput(Exception):
    """A dataset that reads a faulty one has no fault of its own."""


class _Validator(Engine):
    """Answers reads by empty DataFrames (reads.Engine)."""

    validating = True

    def __init__(
        self,
        spark: SparkSession,
        definitions: Definitions,
        catalog: Catalog,
        paths: Paths,
        scratch: Path,
        expected: Mapping[str, Collection[str]],
        elsewhere: Mapping[tuple[str, str, str], str],
    ):
        self.graph = Graph()
        self.paths = paths
        self._spark, self._definitions = spark, definitions
        self._catalog, self._scratch = catalog, scratch
        self._expected, self._elsewhere = expected, elsewhere
        self._open: list[str] = []
        self._broken: set[str] = set()
        # What each dataset reads as a stream, itself or through views.
        self._streams: dict[str, set[str]] = {}
        (scratch / "empty").mkdir()
        for name, output in definitions.outputs.items():
            self.graph.datasets[name] = Dataset(
                name, definitions.kind(name), output.comment or ""
            )

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
                outputs = self._definitions.outputs
                problem = explain(error, dataset, outputs, lambda *_: None)
                self.graph.problems[dataset] = problem
            raise _BrokenInput(dataset) from error
        finally:
            self._open.pop()
        self.graph.schemas[dataset] = schema
        if stated := schemas.stated(self._definitions.outputs[dataset]):
            self.graph.keys[dataset] = (stated.primary_key, stated.foreign_keys)
        return schema

    def _evaluate(self, dataset: str) -> StructType:
        output = self._definitions.outputs[dataset]
        declared = declared_schema(output) if isinstance(output, Table) else None
        merged = declared
        flows = self._definitions.flows_into(dataset)
        for flow in flows:
            found = self._of_flow(flow)
            if isinstance(output, Table):
                is_stream = self.graph.datasets[dataset].kind == "streaming table"
                is_cdc = isinstance(flow, AutoCdcFlow | SnapshotFlow)
                whole = len(flows) == 1 and (is_cdc or not is_stream)
                schemas.check_fits(output, found, whole)
            if merged is not None and declared is None:
                check_types(dataset, merged, found, flow.name)
            merged = found if merged is None else _merge(merged, found)
        if merged is None:
            raise FlowError("it has neither a flow nor a schema")
        for column in getattr(output, "cluster_by", None) or []:
            if column not in merged.fieldNames():
                raise FlowError(f"cluster_by names {column}, which it does not have")
        if isinstance(output, Table):
            statistics.check(output, merged)
        return merged

    def _of_flow(self, flow: AnyFlow) -> StructType:
        current = Reading(self, self._scratch / "inferred", self._scratch / "empty")
        if isinstance(flow, SnapshotFlow):
            return self._of_snapshots(flow, current)
        with reading(current):
            if isinstance(flow, AutoCdcFlow):
                df = self._spark.readStream.table(flow.source)
            else:
                df = evaluate(flow.func, self._definitions.compute)
        self._check_streams(flow, current)
        if isinstance(flow, AutoCdcFlow):
            events = auto_cdc.events(df, flow)
            return auto_cdc.target_schema(events.schema, flow)
        if isinstance(flow, OnceFlow):
            check_is_batch(flow, df)
        self._note(flow, df, current)
        for rule in self._definitions.expectations_of(flow):
            try:
                _ = df.select(rule.holds()).schema
            except Exception as error:
                raise FlowError(
                    f"expectation {rule.name} ({rule.predicate}) does not fit the "
                    f"table: {first_sentence(error)}"
                ) from error
        if any(token != NO_FILES for token in current.files.values()):
            return df.schema
        names = self._expected.get(flow.target, ())
        text = [StructField(name, StringType()) for name in names]
        return _merge(df.schema, StructType(text))

    def _check_streams(self, flow: AnyFlow, current: Reading) -> None:
        self._streams.setdefault(flow.target, set()).update(current.streams)
        outputs = self._definitions.outputs
        read = [outputs[name] for name in sorted(current.streams) if name in outputs]
        resets.check_sources(outputs[flow.target], read)

    def _of_snapshots(self, flow: SnapshotFlow, current: Reading) -> StructType:
        with reading(current):
            found = first_snapshot(flow, self._spark, self._definitions.compute)
        self.graph.datasets[flow.target].read(*current.sources)
        if found is not None:
            snapshot, version = found
            auto_cdc.check_columns(snapshot.schema, flow)
            return auto_cdc.snapshot_target_schema(
                self._spark, snapshot.schema, flow, version
            )
        # What the function would find here, it would find by looking at data.
        tables = self._catalog.tables
        if tables.exists(flow.target):
            return tables.schema(flow.target)
        return StructType([StructField(key, StringType()) for key in flow.keys])

    def _note(self, flow: Flow, df: DataFrame, current: Reading) -> None:
        """What only the evaluation tells: files, and whether it streams."""
        dataset = self.graph.datasets[flow.target]
        dataset.read(*current.sources)
        once = isinstance(flow, OnceFlow)
        if dataset.kind == "streaming table" and not df.isStreaming and not once:
            # `dlt.table` makes either, depending on what its function returns.
            dataset.kind = "materialized view"

    # -- what a dataset function sees

    def resolve(
        self, name: str, streaming: bool, reading: Reading
    ) -> DataFrame | str | None:
        dataset = self._definitions.dataset(name)
        reader = self.graph.datasets[self._open[-1]]
        if dataset is None:
            answer = self._of_others(name, streaming, reading)
            if answer is not None:
                reader.read(self._catalog.tables.naming.short(name))
            return answer
        reader.read(dataset)
        schema = self.schema(dataset)
        if isinstance(self._definitions.outputs[dataset], TemporaryView):
            reading.streams |= dict.fromkeys(self._streams.get(dataset, ()), 0)
        elif streaming:
            reading.streams[dataset] = 0
        if streaming:
            return self._no_rows(schema, streaming).alias(split(dataset)[-1])
        return self._spark.createDataFrame([], schema).alias(split(dataset)[-1])

    def _of_others(
        self, name: str, streaming: bool, reading: Reading
    ) -> DataFrame | str | None:
        try:
            return self._catalog.resolve(name, reading)
        except FlowError:
            known = self._elsewhere.get(self._catalog.tables.naming.full(name))
            if known is None:
                raise
            return self._no_rows(known, streaming).alias(split(name)[-1])

    def _no_rows(self, schema: StructType | str, streaming: bool) -> DataFrame:
        """As of files, so that there is their metadata, too."""
        reader = self._spark.readStream if streaming else self._spark.read
        files = reader.schema(schema).format("parquet")
        return files.load(str(self._scratch / "empty"))

    def feed(self, name: str, rows: DataFrame | None) -> DataFrame | None:
        change_feed.check(self._definitions, name)
        return None if rows is None else change_feed.with_added_columns(rows)


def _merge(first: StructType, second: StructType) -> StructType:
    known = {field.name.lower() for field in first}
    return StructType(
        [*first.fields, *[f for f in second if f.name.lower() not in known]]
    )
