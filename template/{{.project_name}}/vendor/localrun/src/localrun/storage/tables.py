"""The stored tables: Delta at fixed paths, known to Spark's in-memory catalog by name.

`tables/<catalog>/<schema>/<table>` in the warehouse is a table. No metastore is kept: a
table is registered when it is first read, and its folder is all that there is to it.
"""

import json
import re
import shutil
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote, unquote

from delta.tables import DeltaTable
from pyspark.pipelines.output import Table
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

from localrun.errors import FlowError
from localrun.spark import jvm
from localrun.spark.quoting import quoted
from localrun.storage import column_types, delta_log, resets, statistics
from localrun.storage.names import Names
from localrun.storage.other_tables import OtherTable
from localrun.storage.state import State

_NOT_IN_NAMES = " ,;{}()\n\t="
_SPARK_NAME = re.compile(r"[a-z0-9_]+")
# What the session's catalog holds: the definition of each table, by Spark's name.
_catalog: dict[str, str] = {}
_catalog_lock = threading.Lock()


class Tables:
    """The tables of one warehouse folder, by the short names of one pipeline."""

    def __init__(
        self,
        spark: SparkSession,
        warehouse: Path,
        state: State,
        names: Names,
        pipeline: str,
    ):
        self._spark = spark
        self._folder = warehouse / "tables"
        self._state = state
        self._lock = threading.Lock()
        self._pipeline = pipeline
        self.naming = names

    def path(self, name: str) -> str:
        parts = [quote(part, safe="") for part in self.naming.full(name)]
        return str(self._folder.joinpath(*parts))

    def names(self) -> list[str]:
        """The short names of all tables that are there, other pipelines' included."""
        logs = sorted(self._folder.glob("*/*/*/_delta_log"))
        found = [log.parent.relative_to(self._folder).parts for log in logs]
        full = [[f"`{unquote(part)}`" for part in parts] for parts in found]
        names = sorted(self.naming.short(".".join(parts)) for parts in full)
        # A run that was killed may have left a log without a commit.
        return [name for name in names if self.exists(name)]

    def of_this_pipeline(self) -> list[str]:
        """Those that this pipeline, for this target, has made, whenever that was."""
        owner = self._pipeline
        return [
            n for n in self.names() if self._state.table(n).get("pipeline") == owner
        ]

    def version(self, name: str) -> int:
        """The newest Delta version, or -1 where there is no table."""
        return delta_log.version(Path(self.path(name)))

    def exists(self, name: str) -> bool:
        return self.version(name) >= 0

    def read(self, name: str) -> DataFrame:
        return self._spark.read.format("delta").load(self.path(name))

    def schema(self, name: str) -> StructType:
        return self.read(name).schema

    def register(self, name: str) -> str:
        """Make Spark know the table; returns the name by which it does.

        In the default schema that is the table's own name, so that SQL finds it, too.
        """
        full = self.naming.full(name)
        defaults = self.naming.full("x")[:2]
        plain = full[:2] == defaults and _SPARK_NAME.fullmatch(full[2])
        return self._register(
            full[2] if plain else _other_name(full), "delta", self.path(name), {}
        )

    def register_other(self, name: tuple[str, str, str], table: OtherTable) -> str:
        """Make Spark know a table that no pipeline made; returns the name for it."""
        path = str(table.path)
        return self._register(
            _other_name(name), table.format, path, table.options, table.token()
        )

    def unregister(self, name: tuple[str, str, str]) -> None:
        """Make Spark forget a table of that name, which is not this pipeline's."""
        with _catalog_lock:
            if _catalog.pop(name[2], None) is not None:
                jvm.execute(self._spark, f"DROP TABLE IF EXISTS `{name[2]}`")

    def _register(
        self,
        name: str,
        format_: str,
        path: str,
        options: dict[str, str],
        token: str = "",
    ) -> str:
        """The catalog is the session's: a table of that name in another warehouse,
        which this process used before, gives way."""
        definition = f"CREATE TABLE `{name}` USING {format_}"
        if options:
            pairs = ", ".join(f"{_text(k)} = {_text(v)}" for k, v in options.items())
            definition += f" OPTIONS ({pairs})"
        definition += f" LOCATION {_text(path)}"
        with _catalog_lock:
            if _catalog.get(name) != definition + token:
                jvm.execute(self._spark, f"DROP TABLE IF EXISTS `{name}`")
                jvm.execute(self._spark, definition)
                _catalog[name] = definition + token
        return f"spark_catalog.default.{name}"

    def check_owner(self, name: str) -> None:
        """Raises FlowError where another pipeline, or target, writes the table."""
        owner = self._state.table(name).get("pipeline", self._pipeline)
        if owner != self._pipeline and not self._state.is_resetting(name):
            raise FlowError(
                f"{name} is a table of pipeline {owner}, and a table has one: give it "
                f"another name here, or take it over with --full-refresh {name}"
            )

    def prepare(self, output: Table, schema: StructType, kind: str = "") -> None:
        """Have the table there with its layout and properties before a flow writes.

        `kind` is what the flow makes of it, such as a materialized view, and stays what
        it is until the table is rebuilt.

        A table that is being refreshed in full, or recomputed with other columns,
        starts over empty with the new schema and in the same history; an existing one
        takes over a changed definition. Raises FlowError where a column of an existing
        one would have to change its type.
        """
        required = [f.name for f in schema if not f.nullable and output.schema]
        schema = nullable(schema, required)
        statistics.check(output, schema)
        if "delta.columnMapping.mode" not in _properties(output):
            _check_names(schema, output.name)
        with self._lock:
            resetting = self._state.is_resetting(output.name)
            facts = self._state.table(output.name)
            known = facts.get("layout")
            before = facts.get("kind") or kind
            if kind and kind != before and not resetting and self.exists(output.name):
                raise FlowError(
                    f"{output.name} was made as {before} and is {kind} now, which its "
                    f"rows cannot become: {resets.remedy(output)}"
                )
            if not self.exists(output.name):
                # A log without a commit, left by a killed run, is not a table to Delta,
                # and yet keeps it from making one.
                shutil.rmtree(self.path(output.name), ignore_errors=True)
                self._define(DeltaTable.createIfNotExists(self._spark), output, schema)
            else:
                recompute = kind == "a materialized view"
                self._change(output, schema, known, resetting, recompute)
            now = {
                "layout": _layout(output),
                "pipeline": self._pipeline,
                "kind": kind or facts.get("kind", ""),
            }
            if facts != now:
                self._state.remember_table(output.name, now)
            if resetting:
                self._state.end_reset(output.name)

    def adopt(self, output: Table) -> None:
        """Give a table, for which nothing else changed, a layout that did.

        A reader may need it at once: the change feed is a property of the table.
        """
        with self._lock:
            facts = self._state.table(output.name)
            if facts.get("layout") not in (None, _layout(output)):
                self._alter(output, self.schema(output.name))
                facts["layout"] = _layout(output)
                self._state.remember_table(output.name, facts)

    def _define(self, builder: Any, output: Table, schema: StructType) -> None:
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
        known: dict[str, Any] | None,
        resetting: bool,
        recompute: bool,
    ) -> None:
        """Bring a table that is there to a definition: rebuilt, or as it stands."""
        stored = self.schema(output.name)
        rebuilt = resetting or (recompute and stored != schema)
        if not rebuilt:
            column_types.check_kept(output, stored, schema)
            column_types.check_required(output, stored, schema)
        for feature in column_types.added_features(stored, schema):
            self._set_properties(output.name, {f"delta.feature.{feature}": "supported"})
        if rebuilt:
            self._define(DeltaTable.replace(self._spark), output, schema)
        elif known not in (None, _layout(output)):
            self._alter(output, schema)

    def _set_properties(self, name: str, properties: dict[str, str]) -> None:
        pairs = ", ".join(f"{_text(k)} = {_text(v)}" for k, v in properties.items())
        self._alter_table(name, f"SET TBLPROPERTIES ({pairs})")

    def _alter_table(self, name: str, change: str) -> None:
        jvm.execute(self._spark, f"ALTER TABLE delta.`{self.path(name)}` {change}")

    def _alter(self, output: Table, schema: StructType) -> None:
        # It may be clustered by columns that the next write would only add.
        nothing = self._spark.createDataFrame([], schema).write.format("delta")
        nothing.mode("append").option("mergeSchema", True).save(self.path(output.name))
        statistics.check(output, self.schema(output.name))
        changes = {"comment": output.comment or "", **_properties(output)}
        self._set_properties(output.name, changes)
        if unset := [
            name
            for name in (statistics.INDEXED, statistics.NAMED)
            if name not in changes
        ]:
            # As an earlier version of this runtime, or one without clustering, set them
            names = ", ".join(map(_text, unset))
            self._alter_table(output.name, f"UNSET TBLPROPERTIES IF EXISTS ({names})")
        if not output.partition_cols:
            columns = ", ".join(map(quoted, output.cluster_by or []))
            clustering = f"({columns})" if columns else "NONE"
            self._alter_table(output.name, f"CLUSTER BY {clustering}")

    def rows_written(self, name: str, since: int) -> int:
        """Rows that the commits after version `since` say to have written."""
        return delta_log.rows_written(Path(self.path(name)), since)

    def row_count(self, name: str) -> int:
        """Rows of the table, by the statistics in its log: a count by Spark, for each
        of thirty small tables, would take longer than the flow that wrote it."""
        counted = delta_log.row_count(Path(self.path(name)))
        return self.read(name).count() if counted is None else counted


def _other_name(full: tuple[str, str, str]) -> str:
    """A name for Spark's one schema; the sum keeps those apart that it maps to one."""
    plain = re.sub(r"\W", "_", "__".join(full), flags=re.ASCII)
    return f"{plain}__{zlib.crc32('.'.join(full).encode()):08x}"


def _check_names(schema: StructType, table: str) -> None:
    for name in _names(schema):
        if set(name) & set(_NOT_IN_NAMES):
            raise FlowError(
                f"the column {name!r} cannot be stored, since Delta allows no space, "
                "line break or any of ,;{}()= in a name: rename it in the query, give "
                "the table the property delta.columnMapping.mode, or, where it is a "
                "whole line of CSV, name the separator (the reader's option sep); then "
                f"run with --full-refresh {table}+, since "
                "columns that were seen once are remembered"
            )


def _names(data_type: DataType) -> Iterator[str]:
    """The names of columns, and of the fields within them."""
    if isinstance(data_type, StructType):
        for column in data_type:
            yield column.name
            yield from _names(column.dataType)
    elif isinstance(data_type, ArrayType):
        yield from _names(data_type.elementType)
    elif isinstance(data_type, MapType):
        yield from _names(data_type.keyType)
        yield from _names(data_type.valueType)


def nullable(schema: StructType, required: Sequence[str] = ()) -> StructType:
    """The same columns, nullable at every depth, as tables store them, but those."""
    text = re.sub(
        r'"(nullable|containsNull|valueContainsNull)":false',
        r'"\1":true',
        schema.json(),
    )
    same = StructType.fromJson(json.loads(text))
    return StructType(
        [
            StructField(f.name, f.dataType, f.name not in required, f.metadata)
            for f in same
        ]
    )


def _properties(output: Table) -> dict[str, str]:
    """The properties that the table is declared with, and at times no statistics.

    To find the least and the greatest value of every column takes longer than to read
    files as small as these. A table that is clustered has the statistics that it would
    have on Databricks: it cannot be clustered by a column without.
    """
    fewer = {} if output.cluster_by else {statistics.INDEXED: "0"}
    declared = {k: str(v) for k, v in (output.table_properties or {}).items()}
    return {**fewer, **declared}


def _layout(output: Table) -> dict[str, Any]:
    return {
        "comment": output.comment,
        "properties": dict(output.table_properties or {}),
        "cluster_by": list(output.cluster_by or []),
    }


def _text(value: object) -> str:
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    return f"'{escaped}'"
