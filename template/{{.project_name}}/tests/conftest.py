"""The pipeline on this machine, for tests: land rows, run updates, look at tables."""

import json
from pathlib import Path

import pytest

from localrun import Pipeline

ROOT = Path(__file__).parent.parent


class Laptop:
    """This bundle's pipeline with a landing folder and a warehouse of its own."""

    def __init__(self, folder: Path):
        self.landing = folder / "landing"
        self.pipeline = Pipeline(ROOT, folder / "warehouse", self.landing)
        self._files = 0

    def land(self, source: str, *rows: dict | str) -> None:
        """Deliver one file of JSON lines; a text stands for a line as it is."""
        folder = self.landing / source
        folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        lines = [row if isinstance(row, str) else json.dumps(row) for row in rows]
        text = "".join(f"{line}\n" for line in lines)
        (folder / f"{self._files:06}.json").write_text(text, encoding="utf-8")

    def run(self, **arguments) -> None:
        """Run an update; a flow that fails fails the test with its own message."""
        result = self.pipeline.update(**arguments)
        errors = {
            flow.target: flow.error for flow in result.flows.values() if flow.error
        }
        assert not errors, errors

    def sql(self, query: str) -> list[tuple]:
        return [tuple(row) for row in self.pipeline.sql(query).collect()]

    def value(self, query: str):
        return self.sql(query)[0][0]

    def row_counts(self) -> dict[str, int]:
        return self.pipeline.row_counts()

    def versions(self) -> dict[str, int]:
        """The Delta version of each table: a write of any kind raises it."""
        tables = self.pipeline.tables
        return {name: tables.version(name) for name in tables.names()}


@pytest.fixture(scope="module")
def laptop(tmp_path_factory) -> Laptop:
    return Laptop(tmp_path_factory.mktemp("laptop"))
