"""A Python file run on the tables of a warehouse, as a Python task of a job runs it."""

import re
import runpy
import sys
from collections.abc import Sequence
from pathlib import Path

from pyspark.sql import SparkSession

from localrun.errors import UsageError
from localrun.pipeline import Pipeline

_USE = re.compile(r"\s*USE\s+(CATALOG|SCHEMA)\s+`((?:[^`]|``)*)`\s*", re.IGNORECASE)


def run(
    pipeline: Pipeline, file: Path, arguments: Sequence[str], schema: str = ""
) -> None:
    """Run the file as `__main__`; the session that it gets knows all tables by name.

    A warehouse is one schema of one catalog. `schema` is its name, catalog.schema:
    `USE CATALOG` and `USE SCHEMA` of another one fail, as they would where it does not
    exist; without it, any name is taken. Raises what the file raises.
    """
    if not file.is_file():
        raise UsageError(f"there is no file {file}")
    pipeline.register_tables()
    kinds = ("CATALOG", "SCHEMA")
    names = dict(zip(kinds, schema.split(".", 1), strict=True)) if schema else {}
    plain = SparkSession.sql

    def sql(self, query, *args, **kwargs):
        use = _USE.fullmatch(query) if isinstance(query, str) else None
        if use is None:
            return plain(self, query, *args, **kwargs)
        kind, name = use[1].upper(), use[2].replace("``", "`")
        if names.get(kind, name) != name:
            raise UsageError(f"there is no {kind.lower()} {name}, only {names[kind]}")
        return self.createDataFrame([], "none STRING")

    before = sys.argv
    sys.argv = [str(file), *arguments]
    SparkSession.sql = sql
    try:
        runpy.run_path(str(file), run_name="__main__")
    finally:
        SparkSession.sql, sys.argv = plain, before
