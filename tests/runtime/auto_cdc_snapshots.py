"""How tests take snapshots into a table of their own, without a pipeline around it."""

from pathlib import Path

from delta.tables import DeltaTable
from pyspark.sql import SparkSession
from pyspark.sql.types import StructType

from localrun import auto_cdc
from localrun.auto_cdc import Applied

DEFAULTS = {"target": "target", "source": "source", "keys": ["id"]}


class SnapshotTarget:
    """`take(version, rows)` applies a snapshot of these rows to the table."""

    def __init__(self, spark: SparkSession, root: Path, schema: str, **arguments):
        self.spark, self.schema = spark, schema
        self.path, self._kept = str(root / "target"), str(root / "kept")
        self.flow = auto_cdc.snapshot_flow_from_arguments(**{**DEFAULTS, **arguments})
        self.properties: dict[str, str] = {}
        self.declared: str | None = None  # the target's schema, as a user gives it

    def take(self, version: object, *rows: tuple | dict) -> Applied:
        snapshot = self.spark.createDataFrame(rows, self.schema)
        auto_cdc.check_columns(snapshot.schema, self.flow)
        snapshot = auto_cdc.keep(snapshot, self._kept)
        schema = auto_cdc.snapshot_target_schema(
            self.spark, snapshot.schema, self.flow, version
        )
        if self.declared:
            schema = StructType.fromDDL(self.declared)
        table = DeltaTable.createIfNotExists(self.spark).location(self.path)
        for key, value in self.properties.items():
            table = table.property(key, value)
        table.addColumns(schema).execute()
        return auto_cdc.apply_snapshot(
            snapshot, version, self.flow, self.path, app_id="test"
        )

    def rows(self, *columns: str) -> list[tuple]:
        """The target's rows, structs as dicts, sorted."""
        df = self.spark.read.format("delta").load(self.path).select(*(columns or "*"))
        rows = [tuple(row.asDict(recursive=True).values()) for row in df.collect()]
        return sorted(rows, key=str)

    def commits(self) -> int:
        return len([*Path(self.path, "_delta_log").glob("*.json")])

    def feed(self, since: int) -> list[tuple]:
        """(change type, row…) of the change feed from a version of the table on."""
        reader = self.spark.read.format("delta").option("readChangeFeed", True)
        df = reader.option("startingVersion", since).load(self.path)
        df = df.drop("_commit_version", "_commit_timestamp")
        return sorted(
            (tuple(r[-1:]) + tuple(r[:-1]) for r in df.collect()),
            key=str,
        )
