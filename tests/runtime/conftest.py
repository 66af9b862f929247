"""Pipelines of a few lines, run by the laptop runtime on real Spark and Delta."""

import json
import textwrap
from pathlib import Path

import pytest

from localrun import Pipeline

BUNDLE = """\
bundle:
  name: small
resources:
  pipelines:
    small:
      name: small
      catalog: main
      schema: small
      root_path: ./pipeline
      libraries:
        - glob:
            include: ./pipeline/transformations/**
      configuration:
        pipeline.colour: blue
        pipeline.landing: /Volumes/main/small/landing
"""
HEADER = """\
from pyspark import pipelines as dp
from pyspark.sql import SparkSession, functions as F, types as T
spark = SparkSession.active()
LANDING = spark.conf.get("pipeline.landing")

def landed(source, hints):
    return (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "json")
        .option("cloudFiles.schemaHints", hints)
        .load(f"{LANDING}/{source}")
    )
"""


class SmallBundle:
    """A bundle of one source file: `write` its code, `land` rows, `run` updates."""

    def __init__(self, root: Path):
        self.root = root
        (root / "databricks.yml").write_text(BUNDLE)
        (root / "pipeline/transformations").mkdir(parents=True)
        self.landing = root / ".local/landing/Volumes/main/small/landing"
        self._files = 0
        self.write("")

    def write(self, code: str) -> "SmallBundle":
        path = self.root / "pipeline/transformations/small.py"
        path.write_text(HEADER + textwrap.dedent(code))
        return self

    def land(self, source: str, *rows: dict) -> None:
        folder = self.landing / source
        folder.mkdir(parents=True, exist_ok=True)
        self._files += 1
        lines = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / f"{self._files:04}.json").write_text(lines)

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.root)

    def run(self, **arguments):
        return self.pipeline.update(**arguments)

    def rows(self, table: str, *columns: str) -> list[tuple]:
        df = self.pipeline.table(table)
        return sorted(
            map(tuple, df.select(*(columns or df.columns)).collect()), key=str
        )

    def versions(self) -> dict[str, int]:
        tables = self.pipeline.tables
        return {name: tables.version(name) for name in tables.names()}


@pytest.fixture
def bundle(spark, tmp_path) -> SmallBundle:
    return SmallBundle(tmp_path)


@pytest.fixture(scope="module")
def shared_bundle(spark, tmp_path_factory) -> SmallBundle:
    """For a module whose tests leave the tables' contents as they found them."""
    return SmallBundle(tmp_path_factory.mktemp("shared"))
