"""The parts of what runs jobs behind the fake workspace."""

import pytest
from runner import job_run, privileges, sql_task
from runner.pipeline_update import arguments_of


@pytest.mark.parametrize(
    ("request_", "arguments"),
    [
        ({}, ["run"]),
        ({"full_refresh": True}, ["run", "--full-refresh-all"]),
        ({"refresh_selection": ["a", "b"]}, ["run", "--refresh", "a", "b"]),
        ({"full_refresh_selection": ["a"]}, ["run", "--full-refresh", "a"]),
        ({"validate_only": True}, ["dry-run"]),
    ],
)
def test_a_request_for_an_update_is_a_command_of_the_runtime(request_, arguments):
    assert arguments_of(request_) == arguments


def test_statements_have_their_parameters_and_no_comments():
    text = "-- a; b\nGRANT SELECT ON SCHEMA `{{c}}`.`{{ s }}` TO `x`;\n\nSELECT 1\n"

    assert sql_task.statements(text, {"c": "main-eu", "s": "sales"}) == [
        "GRANT SELECT ON SCHEMA `main-eu`.`sales` TO `x`",
        "SELECT 1",
    ]


def test_a_parameter_without_a_value_fails():
    with pytest.raises(sql_task.StatementFailed, match="parameter readers has no"):
        sql_task.statements("GRANT SELECT ON TABLE t TO `{{readers}}`", {})


def test_a_grant_is_read_with_the_names_in_its_quotes():
    grant = privileges.parse(
        "GRANT READ VOLUME,  write volume ON VOLUME `a-b`.`c d`.`e``f` TO `o'brien`"
    )

    assert grant == privileges.Grant(
        ("READ VOLUME", "WRITE VOLUME"), "VOLUME", ("a-b", "c d", "e`f"), "o'brien"
    )
    assert grant.invalid == []


@pytest.mark.parametrize(
    ("kind", "privilege"),
    [
        ("TABLE", "USE SCHEMA"),
        ("VIEW", "MODIFY"),
        ("VOLUME", "SELECT"),
        ("SCHEMA", "USE CATALOG"),
        ("SCHEMA", "CREATE VIEW"),
        ("CATALOG", "OWN"),
    ],
)
def test_a_privilege_of_another_securable_is_told(kind, privilege):
    assert privileges.parse(f"GRANT {privilege} ON {kind} x TO y").invalid == [
        privilege
    ]


@pytest.mark.parametrize(
    "statement",
    [
        "GRANT SELECT ON a TO b",
        "GRANT SELECT ON TABLE main-eu.t TO b",
        "GRANT SELECT ON TABLE t TO o'brien",
        "GRANT ON TABLE t TO b",
        "REVOKE SELECT ON TABLE t FROM b",
    ],
)
def test_what_is_no_grant_is_none(statement):
    assert privileges.parse(statement) is None


NEEDED = [{"task_key": "good"}, {"task_key": "left_out"}]
FAILED = [{"task_key": "left_out"}, {"task_key": "bad"}]


@pytest.mark.parametrize(
    ("task", "result"),
    [
        ({}, ""),
        ({"depends_on": [{"task_key": "good"}]}, ""),
        ({"depends_on": [{"task_key": "yes", "outcome": "true"}]}, ""),
        ({"depends_on": [{"task_key": "yes", "outcome": "false"}]}, "EXCLUDED"),
        ({"depends_on": [{"task_key": "left_out"}]}, "EXCLUDED"),
        ({"depends_on": [{"task_key": "bad"}]}, "UPSTREAM_FAILED"),
        ({"depends_on": [{"task_key": "none"}]}, "UPSTREAM_FAILED"),
        ({"depends_on": [{"task_key": "bad"}], "run_if": "ALL_DONE"}, ""),
        ({"depends_on": NEEDED, "run_if": "NONE_FAILED"}, ""),
        ({"depends_on": NEEDED[1:], "run_if": "NONE_FAILED"}, "EXCLUDED"),
        ({"depends_on": NEEDED, "run_if": "AT_LEAST_ONE_SUCCESS"}, ""),
        ({"depends_on": NEEDED[1:], "run_if": "AT_LEAST_ONE_SUCCESS"}, "EXCLUDED"),
        ({"depends_on": FAILED, "run_if": "AT_LEAST_ONE_SUCCESS"}, "UPSTREAM_FAILED"),
    ],
)
def test_a_task_is_skipped_for_what_it_depends_on(task, result):
    outcomes = {
        "good": "SUCCESS",
        "bad": "FAILED",
        "yes": "true",
        "left_out": "EXCLUDED",
    }

    assert job_run.skipped_as(task, outcomes) == result
