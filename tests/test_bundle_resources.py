"""Jobs, alerts and dashboards as the workspace gets them: every variable resolved."""

import json
import shutil

import pytest
import yaml

from workspace import FakeWorkspace

PRINCIPAL = "00000000-0000-0000-0000-000000000000"
SCHEMA = {"dev": "dev_tester_retail_medallion", "prod": "retail_medallion"}
ROOT = {
    "dev": "/Workspace/Users/tester@databricks.com/.bundle/retail_medallion/dev",
    "prod": f"/Workspace/Users/{PRINCIPAL}/.bundle/retail_medallion/prod",
}


class Deployed:
    """The requests that made the resources of the retail sample in one target."""

    def __init__(self, workspace: FakeWorkspace, target: str):
        self.target, self.schema = target, SCHEMA[target]
        self.files = f"{ROOT[target]}/files"
        self._workspace = workspace
        (self.pipeline_id,) = {
            request["path"].rpartition("/")[2]
            for request in workspace.requests("GET", "/api/2.0/pipelines/")
        } or {None}

    def job(self, name: str) -> dict:
        return self._made("/api/2.2/jobs/create", "name", name)

    def alert(self, name: str) -> dict:
        return self._made("/api/2.0/alerts", "display_name", name)

    def dashboard(self, name: str) -> dict:
        return self._made("/api/2.0/lakeview/dashboards", "display_name", name)

    def query_of_dashboard(self, name: str) -> dict:
        path = "/api/2.0/lakeview/dashboards"
        return self._requested(path, "display_name", name)["query"]

    def publications(self) -> list[dict]:
        posted = self._workspace.requests("POST", "/api/2.0/lakeview/dashboards/")
        return [r["body"] for r in posted if r["path"].endswith("/published")]

    def task(self, job: str, key: str) -> dict:
        (task,) = (t for t in self.job(job)["tasks"] if t["task_key"] == key)
        return task

    def _made(self, path: str, key: str, name: str) -> dict:
        return self._requested(path, key, name)["body"]

    def _requested(self, path: str, key: str, name: str) -> dict:
        prefix = "[dev tester] " if self.target == "dev" else ""
        (found,) = (
            request
            for request in self._workspace.requests("POST", path)
            if (request["body"] or {}).get(key) == f"{prefix}retail_medallion {name}"
        )
        return found


@pytest.fixture(scope="module")
def deployments(rendered, tmp_path_factory):
    folder = tmp_path_factory.mktemp("resources")
    found = {}
    for target in ("dev", "prod"):
        project = shutil.copytree(rendered("retail"), folder / target / "project")
        with FakeWorkspace(folder / target / "workspace") as workspace:
            for command in ("deploy", "plan"):
                auto = ["--auto-approve"] if command == "deploy" else []
                words = ["bundle", command, *auto, "-t", target]
                workspace.databricks(*words, cwd=project)
        found[target] = Deployed(workspace, target)
    return found


@pytest.fixture(params=["dev", "prod"])
def deployed(deployments, request) -> Deployed:
    return deployments[request.param]


def test_refresh_runs_the_pipeline_then_grants_then_validation(deployed):
    job = deployed.job("refresh")

    needed = {
        task["task_key"]: {
            d["task_key"]: d.get("outcome") for d in task.get("depends_on", [])
        }
        for task in job["tasks"]
    }
    assert needed == {
        "is_continuous": {},
        "pipeline": {"is_continuous": "false"},
        "leave_pipeline_alone": {"is_continuous": "true"},
        "grants": {"leave_pipeline_alone": "true", "pipeline": None},
        "validation": {"grants": None},
    }
    assert deployed.task("refresh", "grants")["run_if"] == "AT_LEAST_ONE_SUCCESS"
    pipeline = deployed.task("refresh", "pipeline")["pipeline_task"]
    assert pipeline == {"pipeline_id": deployed.pipeline_id}


def test_refresh_starts_by_itself_in_production_only(deployed):
    trigger = deployed.job("refresh")["trigger"]

    assert trigger["periodic"] == {"interval": 1, "unit": "DAYS"}
    paused = trigger.get("pause_status") == "PAUSED"
    assert paused == (deployed.target == "dev")


@pytest.mark.parametrize("name", ["setup", "refresh"])
def test_a_job_that_hangs_or_fails_ends_and_is_told_of(deployed, name):
    job = deployed.job(name)

    assert job["timeout_seconds"] > max(
        task.get("timeout_seconds", 0) for task in job["tasks"]
    )
    (rule,) = job["health"]["rules"]
    assert rule["metric"] == "RUN_DURATION_SECONDS"
    assert rule["value"] < job["timeout_seconds"]
    assert deployed.task(name, "grants")["max_retries"] == 1


def test_runs_of_refresh_wait_for_each_other(deployed):
    """Two updates of one pipeline would refuse each other."""
    job = deployed.job("refresh")

    assert job["max_concurrent_runs"] == 1
    assert job["queue"] == {"enabled": True}
    assert job["performance_target"] == "STANDARD"


def test_validation_runs_the_deployed_file_with_its_packages(deployed):
    job, task = deployed.job("refresh"), deployed.task("refresh", "validation")

    python = task["spark_python_task"]
    assert python["python_file"] == f"{deployed.files}/validation/run.py"
    values = dict(zip(*[iter(python["parameters"])] * 2, strict=True))
    assert values == {
        "--root": deployed.files,
        "--catalog": "main",
        "--schema": deployed.schema,
        "--pipeline": "PAUSED",
        "--max-quarantine-share": "0.25",
        "--max-age-hours": "26" if deployed.target == "prod" else "87600",
    }
    (environment,) = job["environments"]
    assert environment["environment_key"] == task["environment_key"]
    assert environment["spec"]["dependencies"][0].startswith("nutter==")


@pytest.mark.parametrize(
    ("job", "task"), [("refresh", "validation"), ("generate", "generate")]
)
def test_what_is_wrong_twice_or_counts_twice_is_not_tried_again(deployed, job, task):
    found = deployed.task(job, task)

    assert found.get("max_retries", 0) == 0
    # Without this, serverless compute tries again all the same.
    assert found["disable_auto_optimization"] is True


@pytest.mark.parametrize(
    ("job", "task", "file"),
    [
        ("setup", "grants", "setup.sql"),
        ("setup", "broad_grants", "setup_broad.sql"),
        ("refresh", "grants", "grants.sql"),
    ],
)
def test_sql_tasks_have_all_the_parameters_of_their_files(
    deployed, rendered, job, task, file
):
    sql = deployed.task(job, task)["sql_task"]
    text = (rendered("retail") / "sql" / file).read_text()
    parameters = sql["parameters"]

    assert sql["file"]["path"] == f"{deployed.files}/sql/{file}"
    assert len(sql["warehouse_id"]) > 10
    for name in parameters:
        assert f"{{{{{name}}}}}" in text or file != "setup.sql"
        text = text.replace(f"{{{{{name}}}}}", "")
    assert "{{" not in text
    assert (parameters["catalog"], parameters["schema"]) == ("main", deployed.schema)


def test_nobody_but_who_deploys_is_granted_anything_by_default(deployed):
    parameters = deployed.task("setup", "grants")["sql_task"]["parameters"]

    who = "tester@databricks.com" if deployed.target == "dev" else PRINCIPAL
    parameters |= deployed.task("refresh", "grants")["sql_task"]["parameters"]
    principals = ("run_as", "readers", "writers", "operators")
    assert {parameters[name] for name in principals} == {who}
    condition = deployed.task("setup", "is_broad")["condition_task"]
    assert condition == {"left": "false", "op": "EQUAL_TO", "right": "true"}


@pytest.mark.parametrize("name", ["setup", "refresh", "generate"])
def test_jobs_run_as_the_service_principal_in_production(deployed, name):
    run_as = deployed.job(name).get("run_as")

    if deployed.target == "prod":
        assert run_as == {"service_principal_name": PRINCIPAL}
    else:
        assert run_as is None


def test_the_generator_writes_into_the_landing_volume(deployed):
    python = deployed.task("generate", "generate")["spark_python_task"]

    assert python["python_file"] == f"{deployed.files}/generator/job.py"
    volume = f"/Volumes/main/{deployed.schema}/landing"
    assert python["parameters"] == [deployed.files, "--landing", volume]


@pytest.mark.parametrize("name", ["quality", "freshness", "failure"])
def test_alerts_are_live_in_production_only_and_read_the_event_log(deployed, name):
    alert = deployed.alert(name)

    paused = "UNPAUSED" if deployed.target == "prod" else "PAUSED"
    assert alert["schedule"]["pause_status"] == paused
    events = f"`main`.`{deployed.schema}`.`pipeline_events`"
    assert events in alert["query_text"]
    assert f"AS {alert['evaluation']['source']['name']}" in alert["query_text"]
    assert len(alert["warehouse_id"]) > 10


@pytest.mark.parametrize(
    ("name", "operator", "empty"),
    [
        ("quality", "GREATER_THAN", "OK"),
        ("freshness", "GREATER_THAN", "TRIGGERED"),
        ("failure", "EQUAL", "OK"),
    ],
)
def test_alerts_trigger_on_what_is_wrong_and_tell_when_it_is_over(
    deployed, name, operator, empty
):
    evaluation = deployed.alert(name)["evaluation"]

    assert evaluation["comparison_operator"] == operator
    assert evaluation["empty_result_state"] == empty
    assert evaluation["notification"]["notify_on_ok"]


def test_thresholds_of_alerts_are_those_of_the_validation(deployed):
    thresholds = {
        name: deployed.alert(name)["evaluation"]["threshold"]["value"]["double_value"]
        for name in ("quality", "freshness")
    }
    hours = 26 if deployed.target == "prod" else 87600
    assert thresholds == {"quality": 0.25, "freshness": hours}


@pytest.mark.parametrize("name", ["business", "data quality"])
def test_dashboards_read_the_targets_schema_with_the_rights_of_who_looks(
    deployed, rendered, name
):
    dashboard = deployed.dashboard(name)
    file = rendered("retail") / f"dashboards/{name.replace(' ', '_')}.lvdash.json"

    assert json.loads(dashboard["serialized_dashboard"]) == json.loads(file.read_text())
    assert len(dashboard["warehouse_id"]) > 10
    query = deployed.query_of_dashboard(name)
    assert query["dataset_catalog"] == ["main"]
    assert query["dataset_schema"] == [deployed.schema]
    assert [one["embed_credentials"] for one in deployed.publications()] == [False] * 2


def test_variables_reach_jobs_and_alerts(rendered, tmp_path):
    project = shutil.copytree(rendered("retail"), tmp_path / "project")
    path = project / "databricks.yml"
    document = yaml.safe_load(path.read_text())
    # By reference, as the README has it: a literal path would not wait for the volume.
    arrival = {"url": "${resources.volumes.landing.volume_path}/"}
    arrival["wait_after_last_change_seconds"] = 60
    document["targets"]["prod"]["variables"] |= {
        "refresh_trigger": {"file_arrival": arrival},
        "notify_emails": ["team@example.com"],
        "notify_webhooks": [{"id": "hook"}],
        "alert_subscribers": [{"user_email": "team@example.com"}],
        "readers": "o'brien``s team",
        "broad_grants": "true",
        "max_quarantine_share": 0.1,
    }
    path.write_text(yaml.safe_dump(document))
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        for command in ("validate --strict", "deploy --auto-approve", "plan"):
            words = ["bundle", *command.split(), "-t", "prod"]
            workspace.databricks(*words, cwd=project)
    deployed = Deployed(workspace, "prod")

    job = deployed.job("refresh")
    arrival["url"] = "/Volumes/main/retail_medallion/landing/"
    assert job["trigger"] == {"file_arrival": arrival, "pause_status": "UNPAUSED"}
    assert job["email_notifications"]["on_failure"] == ["team@example.com"]
    assert job["webhook_notifications"]["on_failure"] == [{"id": "hook"}]
    alert = deployed.alert("quality")["evaluation"]
    assert alert["threshold"]["value"]["double_value"] == 0.1
    subscribers = alert["notification"]["subscriptions"]
    assert subscribers == [{"user_email": "team@example.com"}]
    parameters = deployed.task("setup", "broad_grants")["sql_task"]["parameters"]
    assert parameters["readers"] == "o'brien``s team"
    assert deployed.task("setup", "is_broad")["condition_task"]["left"] == "true"
