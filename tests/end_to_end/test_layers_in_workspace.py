"""A schema for each layer in the local workspace: rights, tables, validation."""

import json

import pytest
from end_to_end import validation

from render import render
from workspace import FakeWorkspace

ANSWERS = {
    "project_name": "p1",
    "schema_per_layer": "yes",
    "sources": "events:json:fact:event_id",
}
SCHEMA = "main.dev_tester_p1_"
LANDING = "dbfs:/Volumes/main/dev_tester_p1_bronze/landing/events"
# A right on one table of gold, for those who are to read no other.
GRANT = "GRANT SELECT ON TABLE `main`.`dev_tester_p1_gold`.`gold_fact_events` TO `one`;"


@pytest.mark.slow
def test_setup_and_refresh_grant_on_gold_as_a_whole_and_validate(tmp_path):
    project = render(ANSWERS, tmp_path)
    (project / "1.json").write_text(json.dumps({"event_id": "a"}))
    with (project / "sql/grants.sql").open("a") as grants:
        grants.write(f"{GRANT}\n")
    with FakeWorkspace(tmp_path / "workspace", runs=True) as workspace:

        def run(*words: str) -> str:
            return workspace.databricks(*words, cwd=project)

        def rights(securable: str) -> list[tuple[str, list[str]]]:
            path = f"/api/2.1/unity-catalog/permissions/{securable}"
            found = workspace.call("GET", path)["privilege_assignments"]
            return [(one["principal"], sorted(one["privileges"])) for one in found]

        run("bundle", "deploy", "--var", "readers=data-readers")
        run("bundle", "run", "setup")
        run("fs", "mkdir", LANDING)
        run("fs", "cp", "1.json", f"{LANDING}/1.json")
        printed = run("bundle", "run", "refresh")

        assert printed.count("\npassed  ") == validation.ASSERTIONS
        readers = ("data-readers", ["SELECT", "USE_SCHEMA"])
        assert readers in rights(f"schema/{SCHEMA}gold")
        for layer in ("bronze", "silver"):
            granted = rights(f"schema/{SCHEMA}{layer}")
            assert [who for who, _ in granted] == ["tester@databricks.com"]
        log = rights(f"table/{SCHEMA}silver.pipeline_events")
        assert log == [("tester@databricks.com", ["SELECT"])]
        assert rights(f"table/{SCHEMA}gold.gold_fact_events") == [("one", ["SELECT"])]
    tables = workspace.mirror / f"Tables/{SCHEMA}silver/tables/main"
    assert (tables / "dev_tester_p1_gold/gold_fact_events/_delta_log").is_dir()
