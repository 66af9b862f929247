"""What a name means that is not one of the pipeline's own datasets."""

from dataclasses import dataclass

from pyspark.sql import DataFrame

from localrun.engine.reads import Engine, Reading
from localrun.errors import FlowError
from localrun.storage.names import split
from localrun.storage.other_tables import OtherTables
from localrun.storage.paths import Paths
from localrun.storage.state import State
from localrun.storage.tables import Tables


@dataclass(frozen=True)
class Catalog:
    """The stored tables of other pipelines, and tables that lie in a local folder."""

    tables: Tables
    others: OtherTables
    state: State
    pipeline: str

    def resolve(
        self, name: str, reading: Reading, with_own: bool = False
    ) -> str | None:
        """The name by which Spark knows the table; None where there is no such table.

        Tables of the pipeline itself are among them only where `with_own`. What the
        table holds now is noted in `reading`. Raises FlowError where a name with a
        catalog or a schema stands for nothing: it cannot be anything else.
        """
        short = self.tables.naming.short(name)
        if self.tables.exists(short) and (with_own or self._is_of_another(short)):
            reading.files[short] = str(self.tables.version(short))
            return self.tables.register(short)
        full = self.tables.naming.full(name)
        if other := self.others.find(full):
            reading.files[".".join(full)] = other.token()
            return self.tables.register_other(full, other)
        if len(split(name)) > 1:
            raise FlowError(self.others.absent(full))
        self.tables.unregister(full)
        return None

    def _is_of_another(self, table: str) -> bool:
        """Whether another pipeline stores it: what this one no longer defines is not
        there on Databricks either, once it is deployed elsewhere."""
        return self.state.table(table).get("pipeline") != self.pipeline


@dataclass
class Stored(Engine):
    """Answers reads outside of an update by the tables that are there (reads.Engine).

    For queries, for scripts on the tables, and while source files are loaded.
    """

    catalog: Catalog
    paths: Paths

    def resolve(
        self, name: str, streaming: bool, reading: Reading
    ) -> DataFrame | str | None:
        return self.catalog.resolve(name, reading, with_own=True)
