"""One flow of an update: evaluate its function, and write what it returns.

A streaming flow reads what is new and appends it (`availableNow`, exactly once by its
checkpoint); a materialized view is computed again when its definition or an input
changed; a flow that runs once appends a batch; for AUTO CDC see `cdc_flows`. A flow for
which nothing changed writes nothing, so that an update without new data changes no
table version.
"""

import threading
from dataclasses import dataclass, field

from pyspark.pipelines.flow import Flow
from pyspark.pipelines.output import MaterializedView
from pyspark.sql import DataFrame, Observation

from localrun.auto_cdc import AutoCdcFlow, SnapshotFlow
from localrun.engine import expectations, plans, schemas
from localrun.engine.cdc_flows import CdcRunner
from localrun.engine.definitions import AnyFlow, OnceFlow
from localrun.engine.flow_checks import check_is_batch
from localrun.engine.reads import Reading, reading
from localrun.engine.results import Outcome
from localrun.engine.running import Running, declared_schema
from localrun.engine.serverless import evaluate
from localrun.errors import FlowError


@dataclass
class FlowRunner(Running):
    """Runs the flows of one update."""

    # Flows into one table take turns: what they write must not overlap.
    _turns: dict[str, threading.Lock] = field(default_factory=dict)

    def run(self, flow: AnyFlow, current: Reading) -> Outcome:
        """Bring the flow's target up to date.

        Raises FlowError where the definition does not work, `errors.Unresolved` where
        an input is not up to date yet, and Spark's own exceptions.
        """
        with self._turns.setdefault(flow.target, threading.Lock()):
            if isinstance(flow, AutoCdcFlow | SnapshotFlow):
                base = (self.definitions, self.tables, self.state, self.report)
                return CdcRunner(*base).run(flow, current)
            if isinstance(flow, OnceFlow) and self._has_run(flow):
                return Outcome(note="ran once")
            return self._run(flow, current)

    def _run(self, flow: Flow, current: Reading) -> Outcome:
        with reading(current):
            df = evaluate(flow.func, self.definitions.compute)
        if isinstance(flow, OnceFlow):
            return self._once(flow, df, current)
        output = self._output(flow)
        if df.isStreaming and isinstance(output, MaterializedView):
            raise FlowError(
                "a materialized view must return a batch DataFrame: use "
                "spark.read in it, or make it a dp.table"
            )
        return (self._stream if df.isStreaming else self._batch)(flow, df, current)

    # -- append

    def _stream(self, flow: Flow, df: DataFrame, current: Reading) -> Outcome:
        output = self._output(flow)
        schemas.check_fits(output, df.schema, whole=False)
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

    # -- recompute

    def _batch(self, flow: Flow, df: DataFrame, current: Reading) -> Outcome:
        output = self._output(flow)
        if len(self.definitions.flows_into(flow.target)) > 1:
            raise FlowError("a flow that appends must return a streaming DataFrame")
        schemas.check_fits(output, df.schema, whole=True)
        record = self._record(flow, df, current)
        if self._is_up_to_date(flow, record) and not plans.reads_the_clock(df):
            return Outcome(note="nothing changed")
        counted = self._with_rules(flow, df, current)
        schema = declared_schema(output) or df.schema
        self.tables.prepare(output, schema, "a materialized view")
        before = self.tables.version(flow.target)
        # Without a condition Delta would forget the columns that cluster the table.
        writer = counted.write.format("delta").mode("overwrite")
        writer = writer.option("replaceWhere", "true")
        writer.save(self.tables.path(flow.target))
        outcome = Outcome(rows_out=self.tables.rows_written(flow.target, before))
        outcome.quality = self._observed(current)
        self._state(flow).remember(record)
        return outcome

    # -- once

    def _once(self, flow: OnceFlow, df: DataFrame, current: Reading) -> Outcome:
        """Append a batch, exactly once: Delta's log knows the write by its name.

        Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-append-flow.
        """
        check_is_batch(flow, df)
        output = self._output(flow)
        schemas.check_fits(output, df.schema, whole=False)
        record = self._record(flow, df, current)
        counted = self._with_rules(flow, df, current)
        schema = declared_schema(output) or df.schema
        self.tables.prepare(output, schema, "a streaming table")
        before = self.tables.version(flow.target)
        writer = counted.write.format("delta").mode("append")
        writer = writer.option("mergeSchema", "true").option("txnVersion", "0")
        writer = writer.option("txnAppId", self._state(flow).start())
        writer.save(self.tables.path(flow.target))
        outcome = Outcome(rows_out=self.tables.rows_written(flow.target, before))
        if self.tables.version(flow.target) > before:  # else a killed run wrote it
            outcome.quality = self._observed(current)
        self._state(flow).remember(record)
        return outcome

    def _with_rules(self, flow: Flow, df: DataFrame, current: Reading) -> DataFrame:
        """A batch with its expectations, which are counted when it is written."""
        rules = self.definitions.expectations_of(flow)
        current.expectations[flow.target] = rules
        observation = None
        if rules:
            observation = current.observations[flow.target] = Observation(flow.target)
        return expectations.apply(df, rules, flow.target, observation)
