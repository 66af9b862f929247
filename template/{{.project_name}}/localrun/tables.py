"""The stored tables: Delta at fixed paths, known to Spark's in-memory catalog by name.

No metastore is kept: a table is registered when it is first read, and its folder is
all that there is to it.
"""

import json
import re
import shutil
import threading
from pathlib import Path
from urllib.parse import quote

from delta.tables import DeltaTable
from pyspark.pipelines.output import Table
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StructType

from localrun import column_types
from localrun.auto_cdc_values import quoted
from localrun.errors import FlowError
from localrun.state import State

_NOT_IN_NAMES = " ,;{}()\n\t="
_catalog: dict[str, str] = {}
_catalog_lock = threading.Lock()


class Tables:
    """The tables of one warehouse folder."""

    def __init__(self, spark: SparkSession, warehouse: Path, state: State):
        self._spark = spark
        self._folder = warehouse / "tables"
        self._state = state
        self._lock = threading.Lock()

    def path(self, name: str) -> str:
        return str(self._folder / quote(name, safe=""))

    def names(self) -> list[str]:
        logs = self._folder.glob("*/_delta_log")
        return sorted(log.parent.name for log in logs)

    def version(self, name: str) -> int:
        """The newest Delta version, or -1 where there is no table."""
        log = Path(self.path(name)) / "_delta_log"
        commits = [int(f.stem) for f in log.glob("*.json") if f.stem.isdigit()]
        return max(commits, default=-1)

    def exists(self, name: str) -> bool:
        return self.version(name) >= 0

    def read(self, name: str) -> DataFrame:
        return self._spark.read.format("delta").load(self.path(name))

    def schema(self, name: str) -> StructType:
        return self.read(name).schema

    def register(self, name: str) -> None:
        """Make `spark.read.table(name)` and SQL find the table.

        The catalog is the session's: a table of that name in another warehouse, which
        this process used before, gives way.
        """
        sql = self._spark._jsparkSession.sql
        with _catalog_lock:
            if _catalog.get(name) != self.path(name):
                sql(f"DROP TABLE IF EXISTS `{name}`")
                sql(f"CREATE TABLE `{name}` USING delta LOCATION '{self.path(name)}'")
                _catalog[name] = self.path(name)

    def prepare(self, output: Table, schema: StructType, recompute=False) -> None:
        """Have the table there with its layout and properties before a flow writes.

        A table that is being refreshed in full, or recomputed with other columns,
        starts over empty with the new schema and in the same history; an existing one
        takes over a changed definition. Raises FlowError where a column of an existing
        one would have to change its type.
        """
        schema = nullable(schema)
        if "delta.columnMapping.mode" not in _properties(output):
            _check_names(schema, output.name)
        with self._lock:
            resetting = self._state.is_resetting(output.name)
            known = self._state.table(output.name).get("layout")
            if not self.exists(output.name):
                # A log without a commit, left by a killed run, is no table to Delta and
                # yet keeps it from making one.
                shutil.rmtree(self.path(output.name), ignore_errors=True)
                self._define(DeltaTable.createIfNotExists(self._spark), output, schema)
            else:
                self._change(output, schema, known, resetting, recompute)
            if known != _layout(output):
                self._state.remember_table(output.name, {"layout": _layout(output)})
            if resetting:
                self._state.end_reset(output.name)

    def _define(self, builder, output: Table, schema: StructType) -> None:
        builder = builder.location(self.path(output.name)).addColumns(schema)
        for key, value in _properties(output).items():
            builder = builder.property(key, value)
        if output.comment:
            builder = builder.comment(output.comment)
        if output.partition_cols:
            builder = builder.partitionedBy(*output.partition_cols)
        if output.cluster_by:
            builder = builder.clusterBy(*map(quoted, output.cluster_by))
        builder.execute()

    def _change(
        self,
        output: Table,
        schema: StructType,
        known: dict | None,
        resetting: bool,
        recompute: bool,
    ) -> None:
        """Bring a table that is there to a definition: anew, or as it stands."""
        stored = self.schema(output.name)
        anew = resetting or (recompute and stored != schema)
        if not anew:
            column_types.check_kept(output.name, stored, schema)
        for feature in column_types.added_features(stored, schema):
            self._set_properties(output.name, {f"delta.feature.{feature}": "supported"})
        if anew:
            self._define(DeltaTable.replace(self._spark), output, schema)
        elif known not in (None, _layout(output)):
            self._alter(output, schema)

    def _set_properties(self, name: str, properties: dict[str, str]) -> None:
        pairs = ", ".join(f"{_text(k)} = {_text(v)}" for k, v in properties.items())
        self._alter_table(name, f"SET TBLPROPERTIES ({pairs})")

    def _alter_table(self, name: str, change: str) -> None:
        sql = self._spark._jsparkSession.sql
        sql(f"ALTER TABLE delta.`{self.path(name)}` {change}")

    def _alter(self, output: Table, schema: StructType) -> None:
        # It may be clustered by columns that the next write would only add.
        nothing = self._spark.createDataFrame([], schema).write.format("delta")
        nothing.mode("append").option("mergeSchema", True).save(self.path(output.name))
        changes = {"comment": output.comment or "", **_properties(output)}
        self._set_properties(output.name, changes)
        if not output.partition_cols:
            columns = ", ".join(map(quoted, output.cluster_by or []))
            clustering = f"({columns})" if columns else "NONE"
            self._alter_table(output.name, f"CLUSTER BY {clustering}")

    def rows_written(self, name: str, since: int) -> int:
        """Rows that the commits after version `since` say to have written."""
        log = Path(self.path(name)) / "_delta_log"
        total = 0
        for version in range(since + 1, self.version(name) + 1):
            with open(log / f"{version:020d}.json", encoding="utf-8") as commit:
                for line in commit:
                    if line.startswith('{"commitInfo"'):
                        metrics = json.loads(line)["commitInfo"]["operationMetrics"]
                        total += int(metrics.get("numOutputRows", 0))
        return total

    def row_count(self, name: str) -> int:
        """Rows of the table, by the statistics in its log: a count by Spark, for each
        of thirty small tables, would take longer than the flow that wrote it."""
        log = Path(self.path(name)) / "_delta_log"
        files: dict[tuple, int] = {}
        try:
            for version in range(self.version(name) + 1):
                with open(log / f"{version:020d}.json", encoding="utf-8") as commit:
                    for line in commit:
                        _apply_action(json.loads(line), files)
        except (FileNotFoundError, KeyError):  # only in a checkpoint, or not counted
            return self.read(name).count()
        return sum(files.values())


def _check_names(schema: StructType, table: str) -> None:
    for name in schema.fieldNames():
        if set(name) & set(_NOT_IN_NAMES):
            raise FlowError(
                f"the column {name!r} cannot be stored, since Delta allows no space, "
                "line break or any of ,;{}()= in a name: rename it where the files are "
                "made, or, where it is a whole line of CSV, name the separator in the "
                "contract (readerOptions: {sep: ';'}); then run with --full-refresh "
                f"{table}+, since columns that were seen once are remembered"
            )


def nullable(schema: StructType) -> StructType:
    """The same columns, all of them nullable at every depth, as tables store them."""
    text = re.sub(
        r'"(nullable|containsNull|valueContainsNull)":false',
        r'"\1":true',
        schema.json(),
    )
    return StructType.fromJson(json.loads(text))


def _apply_action(action: dict, files: dict[tuple, int]) -> None:
    """Keep `files`, the rows of each live file, as one action of the log says.

    Follows https://github.com/delta-io/delta/blob/master/PROTOCOL.md (add, remove).
    """
    for kind in action.keys() & {"add", "remove"}:
        file = action[kind]
        deleted = file.get("deletionVector") or {}
        key = file["path"], deleted.get("pathOrInlineDv"), deleted.get("offset")
        if kind == "add":
            stats = json.loads(file.get("stats") or "{}")
            files[key] = stats["numRecords"] - deleted.get("cardinality", 0)
        else:
            files.pop(key, None)


def _properties(output: Table) -> dict[str, str]:
    """The properties that the table is declared with, and fewer statistics.

    To find the least and the greatest value of every column takes longer than to read
    files as small as these; only the columns that cluster a table must have them.
    """
    if output.cluster_by:
        columns = ",".join(map(quoted, output.cluster_by))
        fewer = {"delta.dataSkippingStatsColumns": columns}
    else:
        fewer = {"delta.dataSkippingNumIndexedCols": "0"}
    declared = {k: str(v) for k, v in (output.table_properties or {}).items()}
    return {**fewer, **declared}


def _layout(output: Table) -> dict:
    return {
        "comment": output.comment,
        "properties": dict(output.table_properties or {}),
        "cluster_by": list(output.cluster_by or []),
    }


def _text(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
