"""The pipeline on this machine, for tests: land rows, run updates, look at tables."""

import json
from pathlib import Path

import pytest
import yaml

from localrun import Pipeline

ROOT = Path(__file__).parent.parent
(CONTRACT,) = (ROOT / "contract").glob("*.odcs.yaml")


class Laptop:
    """This bundle's pipeline with a landing folder and a warehouse of its own."""

    def __init__(self, folder: Path):
        self.landing = folder / "landing"
        self.warehouse = folder / "warehouse"
        self.pipeline = Pipeline(ROOT, self.warehouse, self.landing)
        self._files = 0

    def leave_out_all_but(self, *sources: str) -> None:
        """Run with these tables of the contract only: others have no rows in a test."""
        document = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
        document["schema"] = [t for t in document["schema"] if t["name"] in sources]
        path = self.landing.parent / CONTRACT.name
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        conf = {"pipeline.contract": str(path)}
        self.pipeline = Pipeline(ROOT, self.warehouse, self.landing, conf)

    def another(self, warehouse: Path, conf: dict[str, str], **more) -> Pipeline:
        """The pipeline over the same files, with another warehouse or configuration.

        `more` are further arguments of `localrun.Pipeline`.
        """
        return Pipeline(ROOT, warehouse, self.landing, conf, **more)

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
