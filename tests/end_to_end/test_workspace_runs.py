"""`bundle run` in the local workspace: what happens, and what the CLI says of it."""

import json
import shutil

import pytest

from workspace import FakeWorkspace

SCHEMA = "main.dev_tester_p1"
LANDING = "dbfs:/Volumes/main/dev_tester_p1/landing"


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with FakeWorkspace(tmp_path_factory.mktemp("workspace"), runs=True) as workspace:
        yield workspace


@pytest.fixture(scope="module")
def bundle(rendered, workspace, tmp_path_factory):
    """One JSON source, deployed; nothing has arrived yet."""
    project = tmp_path_factory.mktemp("bundle") / "p1"
    shutil.copytree(rendered("one_source"), project)
    workspace.databricks("bundle", "deploy", cwd=project)
    return project


def run(workspace, bundle, *arguments, exit_code=0) -> str:
    return workspace.databricks(
        "bundle", "run", *arguments, cwd=bundle, exit_code=exit_code
    )


def deliver(workspace, bundle, name: str, *rows: dict) -> None:
    (bundle / name).write_text("".join(f"{json.dumps(row)}\n" for row in rows))
    workspace.databricks("fs", "mkdir", f"{LANDING}/events", cwd=bundle)
    workspace.databricks("fs", "cp", name, f"{LANDING}/events/{name}", cwd=bundle)


def rows(workspace, table: str) -> int:
    """Of a table, by the statistics of its last commit."""
    tables = workspace.mirror / f"Tables/{SCHEMA}/tables"
    log = tables / f"{SCHEMA.replace('.', '/')}/{table}/_delta_log"
    return sum(
        json.loads(json.loads(line)["add"]["stats"])["numRecords"]
        for commit in sorted(log.glob("*.json"))
        for line in commit.read_text().splitlines()
        if "add" in json.loads(line)
    )


@pytest.mark.slow
def test_a_pipelines_life(workspace, bundle):
    """In order: nothing to read, an update of one table, a job, wrong calls."""
    run(workspace, bundle, "medallion")
    assert rows(workspace, "bronze_events") == 0

    deliver(workspace, bundle, "0.json")
    broken = workspace.mirror / LANDING.removeprefix("dbfs:/") / "events/0.json.gz"
    broken.write_bytes(b"\x1f\x8b")
    printed = run(workspace, bundle, "medallion", exit_code=1)
    assert "Flow bronze_events is FAILED. /Volumes/main/" in printed
    assert str(workspace.mirror) not in printed
    assert printed.rstrip().endswith("Error: update failed")

    printed = run(workspace, bundle, "refresh", exit_code=1)
    assert "Task pipeline FAILED:" in printed
    assert "Task pipeline failed with message" in printed
    broken.unlink()

    deliver(workspace, bundle, "1.json", {"event_id": "a"}, {"event_id": None})
    run(workspace, bundle, "medallion", "--refresh", "bronze_events")
    assert rows(workspace, "bronze_events") == 2

    deliver(workspace, bundle, "2.json", *({"event_id": f"b{i}"} for i in range(9)))
    printed = run(workspace, bundle, "refresh")
    assert rows(workspace, "bronze_events") == 11
    assert rows(workspace, "silver_events") == 10
    assert "Task validation:\npassed  RowCounts.bronze_is_not_empty" in printed
    granted = workspace.call(
        "GET", f"/api/2.1/unity-catalog/permissions/table/{SCHEMA}.gold_fact_events"
    )
    assert granted["privilege_assignments"] == [
        {"principal": "tester@databricks.com", "privileges": ["SELECT"]}
    ]

    printed = run(workspace, bundle, "medallion", "--refresh", "no_table", exit_code=1)
    assert "no table is named no_table" in printed


@pytest.mark.slow
def test_rights_are_least_by_default_and_broad_by_choice(workspace, bundle):
    def rights(securable: str) -> set[str]:
        path = f"/api/2.1/unity-catalog/permissions/{securable}"
        found = workspace.call("GET", path)["privilege_assignments"]
        return {right for one in found for right in one["privileges"]}

    run(workspace, bundle, "setup")
    assert rights(f"schema/{SCHEMA}") == {
        "USE_SCHEMA",
        "CREATE_TABLE",
        "CREATE_MATERIALIZED_VIEW",
    }
    assert rights(f"volume/{SCHEMA}.landing") == {"READ_VOLUME", "WRITE_VOLUME"}

    deploy = ("bundle", "deploy", "--var", "broad_grants=true")
    workspace.databricks(*deploy, cwd=bundle)
    run(workspace, bundle, "setup")
    broad = {"ALL_PRIVILEGES", "CREATE_FUNCTION", "CREATE_VOLUME", "SELECT", "EXECUTE"}
    assert broad <= rights(f"schema/{SCHEMA}")
