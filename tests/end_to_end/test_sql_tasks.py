"""What the fake workspace runs for a job: SQL on the tables of a deployed pipeline."""

import pytest
from runner import local_bundle, sql_task
from runner.api import Workspace

from localrun import Pipeline

CODE = """
from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()

@dp.materialized_view
def numbers():
    return spark.read.json(spark.conf.get("pipeline.landing"))
"""
FILES = "/Workspace/Users/a/.bundle/p/dev/files"
DEPLOYED = {"kind": "BUNDLE", "metadata_file_path": "/Workspace/p/metadata.json"}


@pytest.fixture
def workspace(tmp_path, spark) -> Workspace:
    """With one deployed pipeline, `p`, whose table `numbers` has been made."""
    spec = {
        "name": "[dev a] p",
        "catalog": "main-eu",
        "schema": "dev_a_p",
        "root_path": f"{FILES}/pipeline",
        "libraries": [{"glob": {"include": f"{FILES}/pipeline/**"}}],
        "configuration": {"pipeline.landing": "/Volumes/main-eu/dev_a_p/landing"},
        "serverless": True,
        "deployment": DEPLOYED,
    }
    source = tmp_path / f"{FILES.lstrip('/')}/pipeline/numbers.py"
    source.parent.mkdir(parents=True)
    source.write_text(CODE)
    landing = tmp_path / "Volumes/main-eu/dev_a_p/landing"
    landing.mkdir(parents=True, exist_ok=True)
    (landing / "1.json").write_text('{"id": 0}\n{"id": 1}\n')
    other = {**spec, "deployment": {**DEPLOYED, "metadata_file_path": "elsewhere"}}
    workspace = Workspace(
        "", "", tmp_path, {"1-2": {**other, "schema": "x"}, "3": spec}
    )
    assert Pipeline(local_bundle.write(workspace, "3"), key="3").update().ok
    return workspace


JOB = {"name": "refresh", "deployment": DEPLOYED}


def test_a_statement_of_a_job_may_write(workspace):
    text = "INSERT INTO numbers VALUES ({{number}})"
    sql_task.run(workspace, JOB, text, {"number": "7"})

    # As a user looks at them.
    root = workspace.mirror / "Tables/main-eu.dev_a_p"
    rows = Pipeline(root).query("SELECT id FROM numbers ORDER BY id").collect()
    assert [row.id for row in rows] == [0, 1, 7]


def test_a_statement_that_is_refused_says_why(workspace):
    with pytest.raises(sql_task.StatementFailed, match="no table is named others"):
        sql_task.run(workspace, JOB, "INSERT INTO others VALUES (7)", {})


def test_a_job_that_no_bundle_deployed_has_no_tables(workspace):
    with pytest.raises(FileNotFoundError, match="no pipeline was deployed with"):
        sql_task.run(workspace, {"name": "refresh"}, "SELECT 1", {})
