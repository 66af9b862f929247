"""Bundles that this template did not make, run by localrun installed alone.

An empty environment gets the distribution as it lies in `vendor/localrun`, with its own
pins and nothing of this repository; bundles of common shapes are in `tests/bundles`.
"""

import json
import os
import shutil
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path

import pytest

from pypi import find_uv
from versions import ROOT

DISTRIBUTION = ROOT / "template/{{.project_name}}/vendor/localrun"
LEFT_OUT = shutil.ignore_patterns("__pycache__", "*.egg-info", "build", ".mypy_cache")
# Runs commands of localrun, one after the other, in one process: Spark starts once.
COMMANDS = """
import contextlib, io, json, sys
from localrun.cli import main
done = []
for words in json.load(sys.stdin):
    out, err = io.StringIO(), io.StringIO()
    with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
        code = main(words)
    done.append([code, out.getvalue(), err.getvalue()])
json.dump(done, open(sys.argv[1], "w"))
"""


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def rows(self) -> list[dict]:
        """Of a query with `--format json`."""
        assert self.code == 0, self.err
        return [json.loads(line) for line in self.out.splitlines()]


@pytest.fixture(scope="module")
def environment(tmp_path_factory) -> Path:
    """An environment that holds the distribution and what it needs."""
    folder = tmp_path_factory.mktemp("alone")
    shutil.copytree(DISTRIBUTION, folder / "localrun", ignore=LEFT_OUT)
    for words in (
        ["venv", "--quiet", "--python", sys.executable, "environment"],
        ["pip", "install", "--quiet", "--python", "environment", "./localrun"],
    ):
        subprocess.run([find_uv()[0], *words], cwd=folder, check=True)
    return folder / "environment"


class OtherBundle:
    """A copy of a bundle of tests/bundles, its data where localrun looks for them."""

    def __init__(self, environment: Path, name: str, folder: Path):
        self._environment = environment
        self.root = folder / name
        shutil.copytree(ROOT / "tests/bundles" / name, self.root)
        (self.root / "data").rename(self.root / ".local")

    def calls(self, *commands: list[str], below: str = ".") -> list[Done]:
        """How commands ended that were called in the bundle, or in a folder below."""
        told = self.root / "told.json"
        subprocess.run(
            [self._environment / "bin/python", "-c", COMMANDS, told],
            cwd=self.root / below,
            env={k: v for k, v in os.environ.items() if k != "PYTHONPATH"},
            input=json.dumps(commands),
            text=True,
            check=True,
        )
        return [Done(*one) for one in json.loads(told.read_text())]


def query(text: str, *words: str) -> list[str]:
    return ["sql", text, "--format", "json", *words]


@pytest.fixture
def other(environment, tmp_path):
    return lambda name: OtherBundle(environment, name, tmp_path)


def test_the_command_is_there_and_answers_without_spark(environment):
    done = subprocess.run(
        [environment / "bin/localrun", "--help"], capture_output=True, text=True
    )
    assert done.returncode == 0
    assert "run|dry-run|graph|sql|script" in done.stdout


def test_two_pipelines_with_a_variable_in_their_schemas(other):
    bundle = other("two_pipelines")
    serve = ("--pipeline", "serve")
    choose, early, ingest, run, served, coverage = bundle.calls(
        ["run"],
        ["run", "serve"],
        ["run", "ingest"],
        ["run", "serve"],
        query("SELECT * FROM orders_by_region ORDER BY region", *serve),
        query("SELECT * FROM main.shop_dev_gold.coverage", "--pipeline", "ingest"),
    )
    assert choose.code == 2
    assert "the bundle has the pipelines ingest and serve: choose one" in choose.err
    assert early.code == 1
    assert "main.shop_dev_bronze.orders is not a table of this pipeline" in early.out
    assert (ingest.code, run.code) == (0, 0)
    assert served.rows == [
        {"region": "north", "amount": "10.50"},
        {"region": "south", "amount": "4.00"},
    ]
    assert coverage.rows == [{"served": 2, "delivered": 3}]


def test_another_target_has_tables_of_its_own_beside(other):
    bundle = other("two_pipelines")
    files = bundle.root / ".local/landing/Volumes/shop_prod/shop_raw/files/orders"
    files.mkdir(parents=True)
    (files / "1.json").write_text('{"id": 9, "region": "east", "amount": "1"}\n')
    ingest, serve = ["run", "ingest"], ["run", "serve"]
    prod = ["--target", "prod"]
    ids = "SELECT id FROM orders ORDER BY id"
    *runs, in_dev, in_prod, elsewhere = bundle.calls(
        ingest,
        serve,
        ingest + prod,
        serve + prod,
        query(ids, "--pipeline", "serve"),
        query(ids, "--pipeline", "serve", *prod),
        ["run", "serve", "--var", "schema=shop_other"],
    )
    assert [run.code for run in runs] == [0, 0, 0, 0]
    assert in_dev.rows == [{"id": "1"}, {"id": "2"}]
    assert in_prod.rows == [{"id": "9"}]
    assert elsewhere.code == 1
    assert "main.shop_other_bronze.orders is not a table" in elsewhere.out


def test_a_notebook_project_in_older_names_with_files_and_tables_of_others(other):
    bundle = other("dlt_notebook")
    run, fares, trips, log = bundle.calls(
        ["run"],
        query("SELECT * FROM fares ORDER BY zone"),
        query("SELECT count(*) AS n FROM samples.nyctaxi.trips"),
        query("SELECT count(*) AS n FROM main.taxi.zone_log"),
    )
    assert run.code == 0, run.out + run.err
    assert fares.rows == [
        {"zone": "Chelsea", "cents": 1375},
        {"zone": "Lower East Side", "cents": 800},
    ]
    assert trips.rows == [{"n": 4}]
    assert log.rows == [{"n": 3}]
    shutil.rmtree(bundle.root / ".local/tables")
    (dry_run,) = bundle.calls(["dry-run"])
    assert dry_run.code == 2
    assert dry_run.err.startswith(
        "localrun: trips: samples.nyctaxi.trips is not a table of this pipeline, and "
        f"{bundle.root}/.local/tables/samples/nyctaxi/trips does not exist: "
    )


def test_datasets_named_in_full_and_read_by_other_forms_of_their_names(other):
    bundle = other("three_part_names")
    run, report, silver = bundle.calls(
        ["run"],
        query("SELECT * FROM Main.gold.REPORT"),
        query("SELECT count(*) AS n FROM silver.orders"),
    )
    assert run.code == 0, run.out + run.err
    assert report.rows == [
        {"rows": 2, "amount": 6.5, "delivered": 3, "source": "main.bronze.orders"}
    ]
    assert silver.rows == [{"n": 2}]
    tables = bundle.root / ".local/warehouse/tables/main"
    assert sorted(p.relative_to(tables).as_posix() for p in tables.glob("*/*")) == [
        *("bronze/orders", "gold/report", "gold/totals", "silver/orders")
    ]


def test_a_pipeline_inside_databricks_yml_on_classic_compute(other):
    bundle = other("one_file")
    run, customers, graph = bundle.calls(
        ["run"],
        query("SELECT * FROM events_by_customer ORDER BY name"),
        ["graph", "--format", "json"],
        below="etl",  # localrun finds the bundle above
    )
    assert run.code == 0, run.out + run.err
    assert customers.rows == [
        {"name": "Ada", "count": 2},
        {"name": "Grace", "count": 1},
    ]
    assert [one["reads"] for one in json.loads(graph.out)] == [
        ["dbfs:/mnt/events"],
        ["events"],
    ]
