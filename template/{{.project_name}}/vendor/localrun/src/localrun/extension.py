"""What a project may add to localrun, which knows nothing of any project.

A project names its subclass of `Extension` in its pyproject.toml:

    [tool.localrun]
    extension = "package.module:Class"

The module is imported with the bundle's folder first on `sys.path`.
"""

from collections.abc import Callable, Collection, Iterable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from localrun.engine.expectations import DataQuality
from localrun.engine.listener import Listener
from localrun.engine.results import FlowResult, Note, UpdateResult

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

__all__ = [
    "DataQuality",
    "Extension",
    "FlowResult",
    "Listener",
    "Note",
    "UpdateResult",
]


class Extension:
    """Adds nothing: a subclass overrides what it needs.

    `configuration` is what the pipeline's code sees as its configuration, and `table`
    reads a table by its name, or the `event_log`; it raises UsageError where there is
    none of that name. Both are set before any method but `settings` is called.
    """

    configuration: Mapping[str, str]
    table: "Callable[[str], DataFrame]"

    def __init__(self, root: Path):
        """`root` is the folder of the bundle."""
        self.root = root
        self.configuration = {}

    def settings(self, landing: Path) -> Mapping[str, str]:
        """Configuration for this machine, over the pipeline's own and under `--conf`.

        `landing` is the folder of the files that the pipeline reads.
        """
        return {}

    def columns(self) -> Mapping[str, Collection[str]]:
        """Columns of text, by dataset, that are known only from files not there yet.

        A dataset is called by any of its names, with or without catalog and schema. A
        dry run takes the columns for granted where it finds no files.
        """
        return {}

    def tables(self) -> Mapping[str, str]:
        """Tables that others make, by name, each with its columns as DDL.

        A dry run takes them for granted where they are not on this machine.
        """
        return {}

    def views(self) -> Mapping[str, str]:
        """Views that a job makes beside the tables, by name, each with its query.

        `sql` and scripts find them; the query may read any table, and `event_log`.
        """
        return {}

    def explain(self, table: str, message: str) -> str | None:
        """A better sentence for the failure of the flow into `table`, if there is one.

        `message` is what Spark said of it.
        """
        return None

    def listeners(self) -> Iterable[Listener]:
        """Who else is told of the steps of an update."""
        return ()

    def notes(self, result: UpdateResult) -> Iterable[Note]:
        """What deserves attention though nothing failed, at the end of an update.

        The terminal shows it last, and the event log keeps it. `result` has the notes
        of localrun itself already.
        """
        return ()

    def made_by(self) -> Mapping[str, Mapping[str, str]]:
        """What makes the rows of a table, by its name and then by the name of each
        part, as a sentence calls it: a column, a rule, the key.

        Where a part is another than before, a run says how many rows are older, until
        their table is rebuilt.
        """
        return {}

    def lost(self, table: str, read: "Callable[[str], DataFrame]") -> str:
        """What rebuilding a table would lose: a clause with "would be lost", or "".

        `read` reads a table by its name. It is asked before anything is touched.
        """
        return ""

    def summary_columns(
        self, result: UpdateResult
    ) -> Mapping[str, Mapping[str, int | None]]:
        """More columns of the summary of a run: a number for each table, by title."""
        return {}
