"""A bundle's pipeline on this machine, as an object that commands and tests use."""

import difflib
from collections.abc import Iterable, Mapping
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from localrun import (
    bundle,
    event_log,
    queries,
    reads,
    registry,
    serverless,
    session,
    validation,
)
from localrun.errors import UsageError, first_sentence
from localrun.registry import Definitions
from localrun.state import State
from localrun.tables import Tables
from localrun.update import Selection, Update, UpdateResult
from localrun.warehouse import Alone, check_is_folder

# Up to here, compiling what a plan does takes longer than doing it row by row.
_FEW_BYTES = 32 * 2**20


class Pipeline:
    """The pipeline of the bundle in folder `root`, its tables in folder `warehouse`.

    `landing` holds one folder a source; `conf` adds to the pipeline's configuration
    (`spark.conf.get`). Raises UsageError where the definition does not load.
    """

    def __init__(
        self,
        root: Path | str = ".",
        warehouse: Path | str | None = None,
        landing: Path | str | None = None,
        conf: Mapping[str, str] | None = None,
    ):
        self.root = Path(root).resolve()
        self.warehouse = Path(warehouse or self.root / ".local/warehouse").resolve()
        check_is_folder(self.warehouse)
        self.landing = Path(landing or self.root / ".local/landing").resolve()
        self.settings = bundle.pipeline_resource(self.root)
        self.conf = {**self._configuration(), **(conf or {})}
        self.state = State(self.warehouse)
        self.spark = session.start()
        self.tables = Tables(self.spark, self.warehouse, self.state)
        reads.install()
        serverless.install()

    # -- the definition

    def _configuration(self) -> dict[str, str]:
        """The resource's own configuration, with this machine's folders in it."""
        declared = self.settings.get("configuration") or {}
        plain = {k: str(v) for k, v in declared.items() if "${" not in str(v)}
        local = {"pipeline.landing": str(self.landing)}
        for contract in sorted((self.root / "contract").glob("*.odcs.yaml"))[:1]:
            local["pipeline.contract"] = str(contract)
            # A source's location in the cloud is not to be had here
            for table in bundle.tables_of(contract):
                local[f"pipeline.location.{table}"] = str(self.landing / table)
        return {**plain, **local}

    @property
    def source(self) -> Path:
        return self.root / "pipeline"

    def definitions(self) -> Definitions:
        """What the source files define. Raises UsageError where one does not load."""
        for key, value in self.conf.items():
            self.spark.conf.set(key, value)
        files = sorted((self.source / "transformations").rglob("*.py"))
        try:
            return registry.load(files, self.source, self.spark)
        except UsageError:
            raise
        except Exception as error:
            raise UsageError(_where(error, self.source)) from error

    # -- what it does

    def update(
        self,
        refresh: Iterable[str] = (),
        full_refresh: Iterable[str] | None = None,
        listeners: Iterable = (),
    ) -> UpdateResult:
        """Run the pipeline: all tables, or those named.

        `full_refresh=[]` is everything anew, `full_refresh=["bronze_sales+"]` one table
        and its streaming readers. Raises UsageError for an unknown name, and when a
        table would start anew under a reader that goes on.
        """
        with self._alone():
            session.interpret(self.spark, _size(self.landing) < _FEW_BYTES)
            definitions = self.definitions()
            self.state.forget_flows()
            selection = self._select(definitions, list(refresh), full_refresh)
            log = event_log.EventLog(self.warehouse / "event_log", self.root.name)
            return Update(
                self.spark,
                definitions,
                self.tables,
                self.state,
                selection,
                [log, *listeners],
                bundle.tables_of(self.conf.get("pipeline.contract")),
            ).run()

    def validate(self) -> "validation.Graph":
        """The graph and every schema, without data and without writing anything."""
        definitions = self.definitions()
        expected = bundle.columns_in_rules(
            self.conf.get("pipeline.contract"), self.source
        )
        return validation.validate(self.spark, definitions, expected)

    def table(self, name: str) -> DataFrame:
        """A table, or `event_log`. Raises UsageError where it does not exist."""
        if name == "event_log":
            return event_log.read(self.spark, self.warehouse / "event_log")
        if not self.tables.exists(name):
            raise UsageError(_unknown("table", name, self.tables.names()))
        return self.tables.read(name)

    def register_tables(self) -> None:
        """Make the session know all tables, and `event_log`, by name."""
        small = _size(self.warehouse / "tables") < _FEW_BYTES
        session.interpret(self.spark, small)
        for name in self.tables.names():
            self.tables.register(name)
        self.table("event_log").createOrReplaceTempView("event_log")

    def sql(self, query: str) -> DataFrame:
        """Any statement over the tables. Raises UsageError where Spark refuses it."""
        self.register_tables()
        try:
            return self.spark.sql(query)
        except PySparkException as error:
            text = str(error)
            if "TABLE_OR_VIEW_NOT_FOUND" in text and "`" in text:
                name = text.split("`")[1]
                raise UsageError(_unknown("table", name, self.tables.names())) from None
            raise UsageError(first_sentence(error)) from None

    def query(self, query: str) -> DataFrame:
        """As `sql`, but a statement that does not only ask is refused, too."""
        queries.check(self.spark, query)
        return self.sql(query)

    def row_counts(self) -> dict[str, int]:
        """Rows of every table."""
        return {name: self.tables.row_count(name) for name in self.tables.names()}

    # -- what an update touches

    def _select(
        self,
        definitions: Definitions,
        refresh: list[str],
        full_refresh: Iterable[str] | None,
    ) -> Selection:
        tables = set(definitions.tables)
        readers = self._streaming_readers(tables)
        if full_refresh is None:
            return Selection(_expand(refresh, tables, readers) or tables)
        full = _expand(list(full_refresh), tables, readers)
        if not full:
            return Selection(tables, set(tables))
        chosen = full | _expand(refresh, tables, readers)
        for table in sorted(full):
            left = sorted(readers.get(table, set()) - full)
            if left:
                raise UsageError(
                    f"{table} is read as a stream by {', '.join(left)}, which cannot "
                    f"go on after its full refresh: use --full-refresh {table}+ to "
                    "take its readers along"
                )
        return Selection(chosen, full)

    def _streaming_readers(self, tables: set[str]) -> dict[str, set[str]]:
        """Which tables have read which as a stream, by what is on record."""
        readers: dict[str, set[str]] = {}
        for record in self.state.started().values():
            for read in record.get("streams", {}):
                if record["target"] in tables:
                    readers.setdefault(read, set()).add(record["target"])
        return readers

    def _alone(self):
        return Alone(self.warehouse, session.jvm_pid(self.spark))


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def _expand(
    names: list[str], known: set[str], readers: dict[str, set[str]]
) -> set[str]:
    """The tables named; `table+` stands for the table and all its streaming readers."""
    chosen: set[str] = set()
    for name in names:
        table = name.removesuffix("+")
        if table not in known:
            raise UsageError(_unknown("table", table, sorted(known)))
        waiting = [table]
        while waiting:
            one = waiting.pop()
            if one not in chosen:
                chosen.add(one)
                waiting += sorted(readers.get(one, ())) if name.endswith("+") else []
    return chosen


def _unknown(what: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"no {what} is named {name}: {hint if known else 'none exists yet'}"


def _where(error: Exception, source: Path) -> str:
    """The error with the place in the user's own files that raised it, if any did."""
    if hasattr(error, "problems"):  # a contract error names its own places
        return str(error)
    place, trace = "", error.__traceback__
    while trace is not None:
        file = trace.tb_frame.f_code.co_filename
        if file.startswith(str(source)):
            place = f"{Path(file).relative_to(source.parent)}, line {trace.tb_lineno}: "
        trace = trace.tb_next
    return f"{place}{type(error).__name__}: {error}"
