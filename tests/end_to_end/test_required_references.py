"""What a row points to must be there: judged as it comes, and again when asked."""

import json
import shutil

import pytest
from end_to_end.project import Project, contents, errors, versions
from end_to_end.validation import validate
from projects import CONTRACTS

from render import render

ANSWERS = {"project_name": "must", "sources": "sales:json:fact:sale_id"}
CONTRACT = CONTRACTS / "required_references.odcs.yaml"
AT = "2026-02-05T10:00:00"


def deliver(project: Project, source: str, file: str, *rows: dict) -> None:
    folder = project.landing / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))


def sale(number: int, store: int | None, clerk: str = "Ann") -> dict:
    return {"sale_id": number, "sold_at": AT, "store_id": store, "clerk": clerk}


def store(number: int, region: str = "north") -> dict:
    return {"store_id": number, "opened_at": AT, "region": region}


def values(pipeline, query: str) -> list:
    found = [tuple(row) for row in pipeline.sql(query).collect()]
    return sorted(row[0] if len(row) == 1 else row for row in found)


def sold(pipeline) -> tuple[list, list]:
    """The sales in silver, and those in quarantine."""
    return (
        values(pipeline, "SELECT sale_id FROM silver_sales"),
        values(pipeline, "SELECT sale_id FROM quarantine_sales"),
    )


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(render(ANSWERS, tmp_path_factory.mktemp("must")))
    (contract,) = (project.root / "contract").iterdir()
    shutil.copy(CONTRACT, contract)
    return project


@pytest.fixture(scope="module")
def states(project, tmp_path_factory, spark):
    """The pipeline, and what it said after each update.

    Store 2 arrives with the second update, after its sale; store 3 lies in no region.
    """
    deliver(project, "regions", "1.json", {"region": "north"})
    deliver(project, "stores", "1.json", store(1), store(3, "nowhere"))
    deliver(project, "clerks", "1.json", {"clerk": "Ann"})
    sales = [sale(1, 1), sale(2, 2), sale(3, 3), sale(4, None), sale(5, 1, "Bob")]
    deliver(project, "sales", "1.json", *sales)
    deliver(project, "payments", "1.json", {"payment_id": 1, "sale_id": 1})
    warehouse = tmp_path_factory.mktemp("warehouse")
    pipeline = project.pipeline(warehouse)
    states = {"warehouse": warehouse}

    def update(name: str, **how) -> None:
        result = pipeline.update(**how)
        states[name] = (sold(pipeline), errors(result), contents(pipeline))

    update("first")
    states["rules"] = values(
        pipeline,
        "SELECT sale_id, failed_rules.name FROM quarantine_sales",
    )
    states["expectations"] = values(
        pipeline,
        """
        SELECT DISTINCT e.name, e.failed_records FROM (
          SELECT explode(from_json(get_json_object(details,
            '$.flow_progress.data_quality.expectations'),
            'array<struct<name:string,dataset:string,failed_records:bigint>>')) AS e
          FROM event_log WHERE event_type = 'flow_progress')
        WHERE e.name LIKE '%_exists'
        """,
    )
    deliver(project, "stores", "2.json", store(2))
    deliver(project, "sales", "2.json", sale(6, 2))
    deliver(project, "payments", "2.json", {"payment_id": 2, "sale_id": 7})
    update("second")
    deliver(project, "sales", "3.json", sale(7, 1))
    update("third")
    states["versions"] = versions(pipeline)
    update("fourth")
    states["same versions"] = versions(pipeline)
    update("again", full_refresh=["resolved_sales+"])
    return pipeline, states


def test_a_row_whose_member_is_not_there_is_in_quarantine_and_not_in_silver(states):
    _, found = states
    assert found["first"][0] == ([1, 4, 5], [2, 3])
    assert found["rules"] == [(2, ["store_id_exists"]), (3, ["store_id_exists"])]


def test_a_dimension_can_need_a_member_of_another(states):
    pipeline, _ = states
    query = "SELECT store_id, failed_rules.name FROM quarantine_stores"
    assert values(pipeline, query) == [(3, ["region_exists"])]


def test_the_event_log_counts_what_quarantine_took_and_what_was_warned_of(states):
    _, found = states
    assert ("store_id_exists", 2) in found["expectations"]
    assert ("clerk_exists", 1) in found["expectations"]
    assert ("region_exists", 1) in found["expectations"]


def test_a_member_that_comes_with_its_row_is_there(states):
    _, found = states
    assert found["second"][0] == ([1, 4, 5, 6], [2, 3])


def test_a_rule_that_fails_an_update_judges_again_when_the_member_is_there(states):
    _, found = states
    assert not found["first"][1]
    assert all(name.endswith("_payments") for name in found["second"][1])
    assert "sale_id_exists" in found["second"][1]["resolved_payments"]
    assert not found["third"][1]
    assert len(found["third"][2]["silver_payments"]) == 2


def test_an_update_without_new_rows_changes_nothing(states):
    _, found = states
    assert found["versions"] == found["same versions"]


def test_a_full_refresh_judges_by_the_members_that_are_there_by_now(states):
    _, found = states
    assert not found["again"][1]
    assert found["again"][0] == ([1, 2, 4, 5, 6, 7], [3])


def test_silver_keeps_nothing_of_the_verdict(states):
    pipeline, _ = states
    columns = ["sale_id", "sold_at", "store_id", "clerk"]
    assert pipeline.table("silver_sales").columns == columns
    assert "_missing" not in pipeline.table("quarantine_sales").columns


def test_the_fixtures_of_the_validation_hold(project, states):
    _, found = states
    done = validate(project, found["warehouse"])
    assert done.returncode == 0, done.stdout + done.stderr


def test_make_check_accepts_such_a_contract(project, spark):
    done = project.check()
    assert (done.returncode, done.stderr) == (0, "")
