"""A Python file run on the tables of a pipeline, as a Python task of a job runs it."""

import re
import runpy
import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from localrun.engine.catalog import Stored
from localrun.errors import UsageError
from localrun.storage.names import split

_USE = re.compile(
    r"\s*USE\s+(?:(CATALOG|SCHEMA|DATABASE)\s+)?([^;]+?)\s*;?\s*", re.IGNORECASE
)


@dataclass
class ScriptTables(Stored):
    """The tables, in the one schema of one catalog that a script may use."""

    def statement(self, query: str) -> DataFrame | None:
        """Nothing, for `USE` of the pipeline's own catalog and schema.

        Raises UsageError for `USE` of another one, as where it does not exist.
        """
        use = _USE.fullmatch(query)
        if use is None:
            return None
        naming = self.catalog.tables.naming
        own = {"catalog": naming.catalog, "schema": naming.schema}
        parts = split(use[2])
        kinds = (
            ["catalog"]
            if (use[1] or "").upper() == "CATALOG"
            else [*own][-len(parts) :]
        )
        for kind, name in zip(kinds, parts, strict=True):
            if name.lower() != own[kind].lower():
                raise UsageError(f"there is no {kind} {name}, only {own[kind]}")
        return SparkSession.active().createDataFrame([], "none STRING")


def run(file: Path, arguments: Sequence[str]) -> None:
    """Run the file as `__main__`. Raises what it raises, or UsageError."""
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    before = sys.argv
    sys.argv = [str(file), *arguments]
    try:
        runpy.run_path(str(file), run_name="__main__")
    finally:
        sys.argv = before
