"""Reads inside a dataset function: `spark.read.table`, `readStream.table`, SQL, files.

Spark's own methods are wrapped once. Outside of a dataset function they do what they
always do; inside, a name that the pipeline defines is answered by the engine that is
evaluating the function (an update, or the validation of schemas), and Auto Loader's
format by its stand-in.
"""

import re
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from threading import Lock
from typing import Protocol

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.streaming.readwriter import DataStreamReader
from pyspark.sql.types import StructType

from localrun.autoloader import CloudFilesReader, LoadContext, signature
from localrun.errors import FlowError
from localrun.expectations import Expectation
from localrun.serverless import evaluating


class Engine(Protocol):
    """Whoever evaluates dataset functions."""

    validating: bool

    def resolve(
        self, name: str, streaming: bool, reading: "Reading"
    ) -> DataFrame | None:
        """The dataset as a DataFrame; None where Spark itself should read the name."""


@dataclass
class Reading:
    """One evaluation of a flow's function: what it read, what is counted on the way."""

    engine: Engine
    schema_folder: Path
    empty_folder: Path | None = None
    batches: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    expectations: dict[str, list[Expectation]] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)


_views = Lock()
_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
_original = {
    "read": DataFrameReader.table,
    "session": SparkSession.table,
    "stream": DataStreamReader.table,
    "sql": SparkSession.sql,
    "format": DataStreamReader.format,
    "load": DataFrameReader.load,
}


@contextmanager
def reading(current: Reading):
    """Answer the reads of this thread by `current.engine` for the time of the block."""
    token = _reading.set(current)
    try:
        yield current
    finally:
        _reading.reset(token)


def install() -> None:
    DataFrameReader.table = _table("read", streaming=False)
    SparkSession.table = _table("session", streaming=False)
    DataStreamReader.table = _table("stream", streaming=True)
    SparkSession.sql = _sql
    DataStreamReader.format = _format
    DataFrameReader.load = _load


def _table(key: str, streaming: bool):
    def table(self, tableName: str) -> DataFrame:
        current = _reading.get()
        if current is not None:
            with evaluating(False):
                answer = current.engine.resolve(tableName, streaming, current)
            if answer is not None:
                return answer
        return _original[key](self, tableName)

    return table


_RELATION = re.compile(r"'UnresolvedRelation \[([^\]]*)\], \[[^\]]*\], (true|false)")


def _sql(self, sqlQuery: str, *args, **kwargs) -> DataFrame:
    current = _reading.get()
    if current is None:
        return _original["sql"](self, sqlQuery, *args, **kwargs)
    with evaluating(False):
        parser = self._jsparkSession.sessionState().sqlParser()
        plan = parser.parsePlan(sqlQuery).toString()
        answers = {}
        for parts, streaming in _RELATION.findall(plan):
            name = parts.replace(", ", ".")
            answers[name] = current.engine.resolve(name, streaming == "true", current)
        return _sql_over(self, sqlQuery, answers, *args, **kwargs)


def _sql_over(spark, query: str, answers: dict, *args, **kwargs) -> DataFrame:
    """Analyse the query while the answers are temporary views, and no longer."""
    views = [name for name, answer in answers.items() if answer is not None]
    with _views:
        for name in views:
            answers[name].createOrReplaceTempView(name)
        try:
            return _original["sql"](spark, query, *args, **kwargs)
        finally:
            for name in views:
                spark.catalog.dropTempView(name)


def _format(self, source: str):
    current = _reading.get()
    if source.lower() != "cloudfiles" or current is None:
        return _original["format"](self, source)
    context = LoadContext(
        schema_folder=current.schema_folder,
        validating=current.engine.validating,
        note_source=current.files.__setitem__,
    )
    return _FilesReader(self._spark, context)


class _FilesReader(CloudFilesReader):
    """Looks into files when it infers columns, which the function itself must not."""

    def load(self, *args, **kwargs) -> DataFrame:
        with evaluating(False):
            return super().load(*args, **kwargs)


def _load(self, path=None, format=None, schema=None, **options) -> DataFrame:
    """A batch read of files, which says in one sentence that there are none."""
    current = _reading.get()
    if current is None or not isinstance(path, str) or "://" in path:
        return _original["load"](self, path, format, schema, **options)
    folder = Path(path.removeprefix("file:"))
    if _has_files(folder):
        current.files[path] = signature(path, {})
        return _original["load"](self, path, format, schema, **options)
    if current.engine.validating:
        nothing = self._spark.read.format("parquet").schema(StructType([]))
        return _original["load"](nothing, str(current.empty_folder))
    raise FlowError(
        f"{folder} holds no files: put the source's files there, or name another "
        "folder with --landing"
    )


def _has_files(folder: Path) -> bool:
    if folder.is_file():
        return True
    return any(f.is_file() and f.name[0] not in "._" for f in folder.rglob("*"))
