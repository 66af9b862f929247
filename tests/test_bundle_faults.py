"""Faults that the CLI does not find: none is in what is emitted, each is found."""

import json
import re
import shutil

import bundle_faults
import pytest
from projects import CONFIGS

from workspace import FakeWorkspace


@pytest.fixture(scope="module")
def workspace(tmp_path_factory):
    with FakeWorkspace(tmp_path_factory.mktemp("workspace")) as workspace:
        yield workspace


def resolved(workspace, project, target: str = "dev") -> dict:
    """The bundle with its variables; it is the CLI that finds no fault in it."""
    command = ["bundle", "validate", "--strict", "--output", "json", "-t", target]
    return json.loads(workspace.databricks(*command, cwd=project))


@pytest.mark.parametrize("target", ["dev", "prod"])
@pytest.mark.parametrize("config", CONFIGS)
def test_what_is_emitted_has_no_such_fault(
    rendered, workspace, tmp_path, config, target
):
    project = shutil.copytree(rendered(config), tmp_path / config)

    assert bundle_faults.find(project, resolved(workspace, project, target)) == []


PIPELINE, REFRESH = "resources/medallion.pipeline.yml", "resources/refresh.job.yml"
QUALITY, BOARD = "resources/quality.alert.yml", "dashboards/data_quality.lvdash.json"
# What is planted: the file, what is replaced by what, and what is said of it.
PLANTED = {
    "a glob that matches nothing": (
        (PIPELINE, "transformations/**", "validation/**"),
        "medallion: pipeline/validation/** matches no file",
    ),
    "a channel that there is not": (
        (PIPELINE, "channel: CURRENT", "channel: STABLE"),
        "there is no channel STABLE",
    ),
    "a pipeline without a catalog": (
        (
            PIPELINE,
            "catalog: ${resources.schemas.tables.catalog_name}\n      schema",
            "schema",
        ),
        "pipeline medallion: it has no catalog",
    ),
    "clusters of a serverless pipeline": (
        (
            PIPELINE,
            "serverless: true",
            "serverless: true\n      clusters: [{num_workers: 1}]",
        ),
        "it is serverless and has clusters",
    ),
    "a task that depends on none": (
        (
            REFRESH,
            "- task_key: grants\n          environment",
            "- task_key: grant\n          environment",
        ),
        "task validation: it depends on grant, which is no task",
    ),
    "a dependency on a condition without an outcome": (
        (REFRESH, 'pipeline_alone\n              outcome: "true"', "pipeline_alone"),
        "task grants: it depends on the condition leave_pipeline_alone without an "
        "outcome",
    ),
    "a dependency on another task with an outcome": (
        (
            REFRESH,
            "- task_key: pipeline\n          run_if",
            '- task_key: pipeline\n              outcome: "true"\n          run_if',
        ),
        "task grants: it depends on an outcome of pipeline, which is no condition",
    ),
    "an environment that there is not": (
        (
            REFRESH,
            "          environment_key: validation\n          spark",
            "          environment_key: valid\n          spark",
        ),
        "task validation: there is no environment valid",
    ),
    "a schedule of crontab's": (
        (QUALITY, "0 15 * * * ?", "15 * * * *"),
        "15 * * * * is no Quartz schedule",
    ),
    "a job's schedule of crontab's": (
        (
            REFRESH,
            "trigger: ${var.refresh_trigger}",
            "schedule: {quartz_cron_expression: 0 6 * * 1-5, timezone_id: UTC}",
        ),
        "jobs refresh: 0 6 * * 1-5 is no Quartz schedule",
    ),
    "a schedule of an hour that there is not": (
        (QUALITY, "0 15 * * * ?", "0 15 25 * * ?"),
        "0 15 25 * * ? is no Quartz schedule",
    ),
    "a dashboard that is no JSON": (
        (BOARD, '"datasets": [', '"datasets": '),
        "data_quality.lvdash.json: Expecting",
    ),
    "a widget of no dataset": (
        (BOARD, '"datasetName": "last_update"', '"datasetName": "last_updates"'),
        "widget state: there is no dataset last_updates",
    ),
    "a widget of no field": (
        (BOARD, '"fieldName": "state_value"', '"fieldName": "state"'),
        "widget state: it shows state, which its query has not",
    ),
    "widgets that overlap": (
        (BOARD, '"x": 2,\n            "y": 1', '"x": 1,\n            "y": 1'),
        "widgets state and arrived overlap",
    ),
    "SQL that does not parse": (
        ("sql/monitoring/row_counts.sql", "GROUP BY", "GROUP"),
        "row_counts.sql, statement 1: line",
    ),
    "SQL of an alert that does not parse": (
        (QUALITY, "FROM written", "FROM FROM written"),
        "alert quality: line",
    ),
    "SQL of a dashboard that does not parse": (
        (
            BOARD,
            "\"WHERE event_type = 'update_progress'",
            "\"WHERE event_type == = 'x'",
        ),
        "dataset last_update: line",
    ),
    "a privilege that a volume does not take": (
        ("sql/setup.sql", "GRANT READ VOLUME ON VOLUME", "GRANT SELECT ON VOLUME"),
        "sql/setup.sql, statement 2: SELECT is no privilege of a VOLUME",
    ),
    "a misspelt privilege": (
        ("sql/setup.sql", "USE SCHEMA, CREATE TABLE", "USE SCHEMAS, CREATE TABLE"),
        "USE SCHEMAS is no privilege of a SCHEMA",
    ),
    "a name without quotes": (
        ("sql/grants.sql", "`{{readers}}`", "{{readers}}"),
        "sql/grants.sql, statement 3: it is no GRANT",
    ),
    "a key twice": (
        (PIPELINE, "channel: CURRENT", "channel: CURRENT\n      channel: CURRENT"),
        'duplication of key "channel"',
    ),
}


@pytest.mark.parametrize("planted", PLANTED)
def test_the_cli_lets_it_pass_and_the_tests_do_not(
    rendered, workspace, tmp_path, planted
):
    (file, old, new), said = PLANTED[planted]
    project = shutil.copytree(rendered("retail"), tmp_path / "project")
    path = project / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))

    found = bundle_faults.find(project, resolved(workspace, project))
    assert any(said in fault for fault in found), found
    for command in ("plan", "deploy"):
        workspace.databricks("bundle", command, cwd=project)


@pytest.mark.parametrize("wrong", ["medalion.id", "medallion.identity"])
def test_a_reference_to_nothing_is_found_by_the_plan_alone(
    rendered, workspace, tmp_path, wrong
):
    """Of what is emitted, test_bundle.py makes a plan."""
    project = shutil.copytree(rendered("retail"), tmp_path / "project")
    path = project / REFRESH
    right = "${resources.pipelines.medallion.id}"
    assert right in path.read_text()
    reference = f"${{resources.pipelines.{wrong}}}"
    path.write_text(path.read_text().replace(right, reference))

    resolved(workspace, project)
    said = workspace.databricks("bundle", "plan", cwd=project, exit_code=1)
    assert reference in said


def test_one_statement_at_a_time_may_be_run_again(rendered):
    """Every statement of a job is one that does nothing where it was run before."""
    harmless = ("GRANT ", "CREATE CATALOG IF NOT EXISTS ", "CREATE VIEW IF NOT EXISTS ")
    for path in (rendered("retail") / "sql").glob("*.sql"):
        text = re.sub(r"^--.*$", "", path.read_text(), flags=re.MULTILINE)
        for statement in filter(None, map(str.strip, text.split(";"))):
            assert statement.startswith(harmless)


@pytest.mark.parametrize(
    ("cron", "is_one"),
    [
        ("0 15 * * * ?", True),
        ("0 0/15 8-18 ? * MON-FRI", True),
        ("0 0 6 ? * MON,WED 2027", True),
        ("0 0 6 LW * ?", True),
        ("0 0 6 ? JAN,JUL 6#3", True),
        ("0 0 6 15W * ?", True),
        ("0 0 12 ? * FOO", False),
        ("0 0 12 0 * ?", False),
        ("ABC 0 12 * * ?", False),
        ("? 0 12 * * ?", False),
        ("L L L * L ?", False),
        ("0 0 6 ? * 8", False),
        ("0 60 6 * * ?", False),
    ],
)
def test_what_a_quartz_schedule_is(cron, is_one):
    assert bundle_faults.is_quartz(cron) == is_one
