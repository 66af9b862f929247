"""How tests run an AUTO CDC flow: its replay alone, or as a stream like `localrun`."""

import json
from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from localrun import auto_cdc
from localrun.auto_cdc import apply, replay
from localrun.auto_cdc.source import target_columns

DEFAULTS = {
    "target": "target",
    "source": "source",
    "keys": ["id"],
    "sequence_by": "seq",
    "except_column_list": ["op", "seq"],
}


def flow_of(**arguments) -> auto_cdc.AutoCdcFlow:
    return auto_cdc.flow_from_arguments(**{**DEFAULTS, **arguments})


def replayed(spark, schema: str, rows: list, **arguments) -> list[tuple]:
    """The target that one batch of these rows gives, sorted."""
    flow = flow_of(**arguments)
    events = auto_cdc.events(spark.createDataFrame(rows, schema), flow)
    columns = target_columns(events.schema)
    target = replay.replay(events, flow, columns).collect()
    return sorted(map(tuple, target), key=str)


class CdcStream:
    """Every `land` is one file and one micro-batch of the next `run`."""

    def __init__(self, spark: SparkSession, root: Path, schema: str, **arguments):
        self.spark, self.root, self.schema = spark, root, schema
        self.flow = flow_of(**arguments)
        self.properties: dict[str, str] = {}
        self.cluster_by: list[str] = []
        self.declared: str | None = None  # the target's schema, as a user gives it
        self._files = 0
        (root / "landing").mkdir(parents=True)

    def land(self, *rows: dict) -> None:
        self._files += 1
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (self.root / f"landing/{self._files:04}.json").write_text(lines)

    def run(self, apply=apply.apply_batch) -> list[apply.Applied]:
        """Bring the target up to date; what each micro-batch did."""
        reader = self.spark.readStream.schema(self.schema)
        source = reader.option("maxFilesPerTrigger", 1).json(f"{self.root}/landing")
        events = auto_cdc.events(source, self.flow)
        self._create_target(events)
        applied = []

        def batch(rows: DataFrame, batch_id: int) -> None:
            paths = {"events_path": self._events, "target_path": self.path}
            applied.append(apply(rows, batch_id, self.flow, **paths, app_id="test"))

        writer = events.writeStream.foreachBatch(batch).trigger(availableNow=True)
        query = writer.option("checkpointLocation", f"{self.root}/checkpoint").start()
        query.awaitTermination()
        return applied

    @property
    def path(self) -> str:
        return f"{self.root}/target"

    @property
    def _events(self) -> str:
        return f"{self.root}/events"

    def _create_target(self, events: DataFrame) -> None:
        schema = self.declared or auto_cdc.target_schema(events.schema, self.flow)
        table = DeltaTable.createIfNotExists(self.spark).location(self.path)
        for key, value in self.properties.items():
            table = table.property(key, value)
        if self.cluster_by:
            table = table.clusterBy(*self.cluster_by)
        if isinstance(schema, str):
            schema = StructType.fromDDL(schema)
        table.addColumns(schema).execute()

    def events(self) -> int:
        return self.spark.read.parquet(f"{self._events}/[bu]*").count()

    def target(self) -> DataFrame:
        return self.spark.read.format("delta").load(self.path)

    def rows(self, *columns: str) -> list[tuple]:
        """The target's rows, structs as dicts."""
        rows = self.target().select(*(columns or "*")).collect()
        return [tuple(row.asDict(recursive=True).values()) for row in rows]
