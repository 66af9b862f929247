"""A bundle's pipeline on this machine, as an object that commands and tests use."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

from pyspark.errors import PySparkException
from pyspark.sql import DataFrame

from localrun import bundle, project
from localrun.engine import (
    dbutils,
    loading,
    patches,
    queries,
    script,
    validation,
)
from localrun.engine.catalog import Catalog, Stored
from localrun.engine.definitions import Definitions
from localrun.engine.graph import Graph
from localrun.engine.listener import Listener
from localrun.engine.outdated import MadeBy
from localrun.engine.reads import Reading, reading_outside
from localrun.engine.results import Note, UpdateResult
from localrun.engine.selection import Selection, select, unknown
from localrun.engine.update import Update
from localrun.errors import UsageError
from localrun.secrets import Secrets
from localrun.spark import session
from localrun.spark.messages import first_sentence
from localrun.storage import event_log
from localrun.storage.names import Names
from localrun.storage.other_tables import OtherTables
from localrun.storage.paths import Paths
from localrun.storage.state import State
from localrun.storage.tables import Tables
from localrun.storage.warehouse import Alone, check_is_folder

# Up to here, compiling what a plan does takes longer than doing it row by row.
_FEW_BYTES = 32 * 2**20
# Configuration: false lets new columns of files pass without stopping the flow.
_RESTARTS = "localrun.restartOnNewColumns"


class Pipeline:
    """A pipeline of the bundle in folder `root`, its tables in folder `warehouse`.

    `landing` holds the files that it reads (see `storage.paths`), `tables` the tables
    of others (see `storage.other_tables`). `conf` adds to the pipeline's configuration
    (`spark.conf.get`). `key` names the pipeline where the bundle has several; `target`
    and `variables` are those of the bundle.

    Raises UsageError where the bundle, or what it says of the pipeline, is not sound.
    """

    def __init__(
        self,
        root: Path | str = ".",
        warehouse: Path | str | None = None,
        landing: Path | str | None = None,
        conf: Mapping[str, str] | None = None,
        *,
        key: str | None = None,
        target: str | None = None,
        variables: Mapping[str, str] | None = None,
        tables: Path | str | None = None,
    ):
        self.root = bundle.find(Path(root).resolve())
        stated = project.read(self.root)
        self.warehouse = Path(warehouse or self.root / stated.warehouse).resolve()
        self.landing = Path(landing or self.root / stated.landing).resolve()
        check_is_folder(self.warehouse)
        self.extension = project.extension(stated, self.root)
        local = {**self.extension.settings(self.landing), **(conf or {})}
        loaded = bundle.load(self.root, target, variables or {})
        self.spec = loaded.pipeline(key, local)
        self.conf = {**self.spec.configuration, **local}
        self.extension.configuration = self.conf
        self.extension.table = self.table
        # Keys of the configuration that Spark does not take here, and why.
        self.without_effect: dict[str, str] = {}
        self.paths = Paths(self.landing, stated.paths, self.root)
        self.names = Names(self.spec.catalog, self.spec.schema)
        self.state = State(self.warehouse, self.names)
        self.spark = session.start()
        self._secrets = Secrets(self.root)
        self._dbutils = dbutils.Dbutils(self._secrets, self.paths)
        owner = f"{self.spec.key} of target {loaded.target}"
        self.tables = Tables(self.spark, self.warehouse, self.state, self.names, owner)
        others = OtherTables(Path(tables or self.root / stated.tables).resolve())
        self._catalog = Catalog(self.tables, others, self.state, owner)

    # -- the definition

    def definitions(self) -> Definitions:
        """What the source files define. Raises UsageError with all that is wrong."""
        with self._at_work():
            return self._definitions()

    def _definitions(self) -> Definitions:
        stored = Stored(self._catalog, self.paths)
        while_loading = Reading(stored, self.state.folder / "loading")
        with reading_outside(while_loading):
            definitions = loading.load(
                self.spec, self.root, self.spark, self.conf, self._dbutils
            )
        definitions.files = while_loading.files
        return definitions

    @contextmanager
    def _at_work(self) -> Iterator[None]:
        """pyspark patched, the configuration set, the source's modules importable."""
        before: dict[str, str | None] = {}
        own = dbutils.importable(self._dbutils, self.spark)
        with patches.applied(), own, loading.importable(self.spec):
            try:
                for key, value in self.conf.items():
                    known = self.spark.conf.get(key, None)
                    if self._set(key, value):
                        before[key] = known
                yield
            finally:
                for key, known in before.items():
                    if known is None:
                        self.spark.conf.unset(key)
                    else:
                        self.spark.conf.set(key, known)

    def _set(self, key: str, value: str) -> bool:
        """Configuration of Spark itself may be what this Spark does not take, such as
        its memory, or a value that only Databricks knows: it has no effect here."""
        try:
            self.spark.conf.set(key, value)
        except PySparkException as error:
            self.without_effect[key] = first_sentence(error)
        return key not in self.without_effect

    # -- what it does

    def update(
        self,
        refresh: Iterable[str] = (),
        full_refresh: Iterable[str] | None = None,
        listeners: Iterable[Listener] = (),
        *,
        accept_loss: bool = False,
    ) -> UpdateResult:
        """Run the pipeline: all tables, or those named.

        `full_refresh=[]` rebuilds everything, `full_refresh=["orders+"]` one table and
        its streaming readers. Where new files bring new columns, the update stops, and
        another one goes on, whose result this is. Raises UsageError for an unknown
        name, when a table would be rebuilt under a reader that goes on, or that must
        not be rebuilt, and when rows would be lost, unless that is accepted.
        """
        with self._alone(), self._at_work():
            session.interpret(self.spark, _size(self.landing) < _FEW_BYTES)
            definitions = self._definitions()
            self.state.forget_flows()
            told = [
                event_log.EventLog(self.warehouse / "event_log", self.spec.name),
                *self.extension.listeners(),
                *listeners,
            ]
            selection = self._select(definitions, refresh, full_refresh)
            if not accept_loss:
                self._check_nothing_is_lost(selection)
            result: UpdateResult | None = None
            while result is None or result.stopped:
                result = Update(
                    self.spark,
                    definitions,
                    self._catalog,
                    self.paths,
                    selection,
                    told,
                    self.extension.explain,
                    self.extension.notes,
                    self._made_by(definitions),
                    self.conf.get(_RESTARTS, "true").lower() != "false",
                    after=result,
                ).run()
                # What was to be rebuilt is noted on disk.
                selection = Selection(selection.tables, kept=selection.kept)
            return result

    def _select(
        self,
        definitions: Definitions,
        refresh: Iterable[str],
        full_refresh: Iterable[str] | None,
    ) -> Selection:
        full = None if full_refresh is None else [*full_refresh]
        names = [*refresh], full
        own = self.extension.explain
        return select(definitions, self.state, *names, self._lost, own)

    def _lost(self, table: str) -> str:
        if not self.tables.exists(table):
            return ""
        return self.extension.lost(table, self.table)

    def _check_nothing_is_lost(self, selection: Selection) -> None:
        found = {table: self._lost(table) for table in sorted(selection.full)}
        if words := [f"{table}: {loss}" for table, loss in found.items() if loss]:
            raise UsageError(
                f"{'; '.join(words)}: bring back what is gone, or add --accept-loss"
            )

    def _made_by(self, definitions: Definitions) -> MadeBy:
        stated = self.extension.made_by()
        return MadeBy(stated, definitions, self.tables, self.state)

    def outdated(self) -> list[Note]:
        """What the next update will say of rows that were made before it."""
        with self._at_work():
            made_by = self._made_by(self._definitions())
            return made_by.notes(self.extension.explain)

    def validate(self) -> Graph:
        """The graph and every schema, without data and without writing anything."""
        with self._at_work(), self._secrets.not_needed():
            return validation.validate(
                self.spark,
                self._definitions(),
                self._catalog,
                self.paths,
                self.extension.columns(),
                self.extension.tables(),
            )

    def table(self, name: str) -> DataFrame:
        """A table, or `event_log`. Raises UsageError where it does not exist."""
        if name == "event_log":
            return event_log.read(self.spark, self.warehouse / "event_log")
        if not self.tables.exists(name):
            raise UsageError(unknown("table", name, self.tables.names()))
        return self.tables.read(name)

    def register_tables(self) -> None:
        """Make the session know all tables, `event_log` and the project's views."""
        small = _size(self.warehouse / "tables") < _FEW_BYTES
        session.interpret(self.spark, small)
        for name in self.tables.names():
            self.tables.register(name)
        self.table("event_log").createOrReplaceTempView("event_log")
        for name, query in self.extension.views().items():
            self.spark.sql(query).createOrReplaceTempView(name)

    def sql(self, query: str) -> DataFrame:
        """Any statement over the tables. Raises UsageError where Spark refuses it."""
        self.register_tables()
        stored = Reading(Stored(self._catalog, self.paths), self.state.folder / "sql")
        try:
            with patches.applied(), reading_outside(stored):
                return self.spark.sql(query)
        except PySparkException as error:
            text = str(error)
            if "TABLE_OR_VIEW_NOT_FOUND" in text and "`" in text:
                name = text.split("`")[1]
                raise UsageError(unknown("table", name, self.tables.names())) from None
            raise UsageError(first_sentence(error)) from None

    def query(self, query: str) -> DataFrame:
        """As `sql`, but a statement that is not a query is refused, too."""
        queries.check(self.spark, query)
        return self.sql(query)

    def run_script(self, file: Path, arguments: Iterable[str] = ()) -> None:
        """Run a Python file as a task of a job; its session knows the tables by name.

        `USE CATALOG` and `USE SCHEMA` take the pipeline's own. Raises what it raises.
        """
        self.register_tables()
        tables = script.ScriptTables(self._catalog, self.paths)
        stored = Reading(tables, self.state.folder / "script")
        own = dbutils.importable(self._dbutils, self.spark)
        with patches.applied(), own, reading_outside(stored):
            script.run(file, [*arguments])

    def row_counts(self) -> dict[str, int]:
        """Rows of every table."""
        return {name: self.tables.row_count(name) for name in self.tables.names()}

    def _alone(self) -> Alone:
        return Alone(self.warehouse, session.jvm_pid(self.spark))


def _size(folder: Path) -> int:
    """Bytes of all files below a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())
