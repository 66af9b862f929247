"""What dataset functions read: who answers them, and reads of tables by name.

While patches are applied, Spark's methods ask the engine that is at work (an update,
the validation of schemas, the loading of source files) what a name means. Without an
engine they do what they always do. `sql_reads` and `file_reads` do the same for SQL and
for files.
"""

from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, Observation, SparkSession
from pyspark.sql.catalog import Catalog
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.streaming.readwriter import DataStreamReader

from localrun.engine.expectations import Expectation
from localrun.engine.patch import Patch
from localrun.engine.serverless import guarded, in_own_code, own_code, users_code
from localrun.errors import FlowError
from localrun.storage.names import split
from localrun.storage.paths import Paths


class Engine(ABC):
    """Whoever evaluates dataset functions, or runs a program on the tables."""

    validating: bool = False
    # Whether a flow to which files bring new columns stops, and starts again with them.
    restarts: bool = False
    # Whether one did: what has not begun to write leaves it to the next update.
    stopped: bool = False
    paths: Paths

    @abstractmethod
    def resolve(
        self, name: str, streaming: bool, reading: "Reading"
    ) -> DataFrame | str | None:
        """What a name stands for: a DataFrame, or the name by which Spark knows it.

        None where Spark itself should read the name.
        """

    def feed(self, name: str, rows: DataFrame | None) -> DataFrame | None:
        """The change feed of a table in place of its `rows`, where those stand in.

        None where Spark itself reads it. Raises FlowError where there is none.
        """
        return rows

    def statement(self, query: str) -> DataFrame | None:
        """The result of a statement that is not Spark's business; None for others."""
        return None


@dataclass
class Reading:
    """One evaluation of a flow's function: what it read, what is counted on the way.

    `batches` and `streams` are versions of datasets, `files` the state of what comes
    from outside of the pipeline, `sources` the paths among it as they were written;
    `notes` are sentences for the end of the run. With `only_files` the first read of
    files ends it (see `analysis`).
    """

    engine: Engine
    schema_folder: Path
    empty_folder: Path | None = None
    only_files: bool = False
    batches: dict[str, int] = field(default_factory=dict)
    streams: dict[str, int] = field(default_factory=dict)
    files: dict[str, str] = field(default_factory=dict)
    sources: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    expectations: dict[str, list[Expectation]] = field(default_factory=dict)
    observations: dict[str, Observation] = field(default_factory=dict)


_reading: ContextVar[Reading | None] = ContextVar("reading", default=None)
# Of the whole process, for code that starts threads of its own, as tests of a job do.
_outside: list[Reading] = []
# What a path may follow in a name, as in delta.`/Volumes/main/raw/orders`.
FILE_FORMATS = (
    "avro",
    "binaryfile",
    "csv",
    "delta",
    "json",
    "orc",
    "parquet",
    "text",
    "xml",
)


# The attribute of a reader that holds the options which it was given.
GIVEN = "_localrun_given"


def wants_feed(options: Mapping[str, object]) -> bool:
    """Whether the options of a reader ask for the change feed, by either of its names.

    Follows https://docs.databricks.com/aws/en/delta/delta-change-data-feed.
    """
    given = {key.lower(): str(value).lower() for key, value in options.items()}
    return "true" in (given.get("readchangefeed"), given.get("readchangedata"))


@contextmanager
def reading(current: Reading) -> Iterator[Reading]:
    """Answer the reads of this thread by `current.engine` for the time of the block."""
    token = _reading.set(current)
    try:
        with users_code():
            yield current
    finally:
        _reading.reset(token)


@contextmanager
def reading_outside(current: Reading) -> Iterator[Reading]:
    """Answer the reads of all threads that evaluate no dataset function."""
    _outside.append(current)
    try:
        yield current
    finally:
        _outside.remove(current)


def current_reading() -> Reading | None:
    """The evaluation that a read is part of; None where no pipeline is at work."""
    if in_own_code():
        return None
    return _reading.get() or (_outside[-1] if _outside else None)


def _table(owner: type, streaming: bool) -> Callable[..., DataFrame]:
    original: Callable[..., DataFrame] = owner.__dict__["table"]

    def table(self: Any, tableName: str) -> DataFrame:
        current = current_reading()
        if current is None:
            return original(self, tableName)
        if path := path_in_name(split(tableName)):
            reader = self if owner is not SparkSession else self.read
            df: DataFrame = reader.format(path[0]).load(path[1])
            return df
        with own_code():
            answer = current.engine.resolve(tableName, streaming, current)
            if wants_feed(self.__dict__.get(GIVEN, {})):
                rows = answer if isinstance(answer, DataFrame) else None
                feed = current.engine.feed(tableName, rows)
                answer = answer if feed is None else feed
        if isinstance(answer, DataFrame):
            return answer
        if answer is None:
            return original(self, tableName)
        return _named(original(self, answer), tableName)

    return table


def _named(df: DataFrame, name: str) -> DataFrame:
    """The table under the name that it was read by, for columns such as `orders.id`."""
    return df.alias(split(name)[-1])


def path_in_name(parts: list[str] | tuple[str, ...]) -> tuple[str, str] | None:
    """Format and path of a name such as delta.`/Volumes/main/raw/orders`."""
    if len(parts) == 2 and parts[0].lower() in FILE_FORMATS and "/" in parts[1]:
        return parts[0].lower(), parts[1]
    return None


_exists_as_it_is = Catalog.tableExists


def _table_exists(self: Any, tableName: str, dbName: str | None = None) -> bool:
    """Whether a read by that name finds a table, for a program on the tables."""
    current = current_reading()
    if current is not None:
        name = tableName if dbName is None else f"{dbName}.{tableName}"
        try:
            with own_code():
                answer = current.engine.resolve(name, False, current)
        except FlowError:  # a name of several parts cannot be anything else
            return False
        if answer is not None:
            return True
    return _exists_as_it_is(self, tableName, dbName)


PATCHES = (
    Patch(
        Catalog,
        "tableExists",
        guarded(
            _table_exists,
            "tableExists",
            "what it describes must not depend on which tables there are",
        ),
    ),
    Patch(SparkSession, "table", _table(SparkSession, streaming=False)),
    Patch(DataFrameReader, "table", _table(DataFrameReader, streaming=False)),
    Patch(DataStreamReader, "table", _table(DataStreamReader, streaming=True)),
)
