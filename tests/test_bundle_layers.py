"""A schema for each layer, as the workspace gets it: who refers to which of them."""

import json
import shutil

import pytest

from workspace import FakeWorkspace

LAYERS = ("bronze", "silver", "gold")


class Deployed:
    """What was made of the project of per_layer.json in one target."""

    def __init__(self, workspace: FakeWorkspace, prefix: str):
        self._workspace = workspace
        self.schema = {layer: f"{prefix}shop-data_{layer}" for layer in LAYERS}

    def made(self, path: str) -> list[dict]:
        """The bodies of the requests that made something of a kind."""
        return [request["body"] for request in self._workspace.requests("POST", path)]

    def dashboards(self) -> dict[str, dict]:
        """What was asked for beside the body of each dashboard, by its name."""
        return {
            request["body"]["display_name"].partition("layered ")[2]: request["query"]
            for request in self._workspace.requests("POST", "/api/2.0/lakeview")
            if "display_name" in (request["body"] or {})
        }

    def task(self, key: str, job: str = "") -> dict:
        (task,) = (
            task
            for made in self.made("/api/2.2/jobs/create")
            for task in made["tasks"]
            if task["task_key"] == key and job in made["name"]
        )
        return task


@pytest.fixture(scope="module", params=["dev", "prod"])
def deployed(rendered, tmp_path_factory, request) -> Deployed:
    folder = tmp_path_factory.mktemp(request.param)
    project = shutil.copytree(rendered("per_layer"), folder / "project")
    with FakeWorkspace(folder / "workspace") as workspace:
        words = ("bundle", "deploy", "--auto-approve", "-t", request.param)
        workspace.databricks(*words, cwd=project)
    return Deployed(workspace, "dev_tester_" if request.param == "dev" else "")


def test_there_are_three_schemas_and_files_land_in_that_of_bronze(deployed):
    schemas = deployed.made("/api/2.1/unity-catalog/schemas")

    assert {schema["name"] for schema in schemas} == {*deployed.schema.values()}
    assert {schema["catalog_name"] for schema in schemas} == {"main-eu"}
    (volume,) = deployed.made("/api/2.1/unity-catalog/volumes")
    assert volume["schema_name"] == deployed.schema["bronze"]


def test_the_pipelines_own_schema_is_silvers_and_knows_the_others(deployed):
    (pipeline,) = deployed.made("/api/2.0/pipelines")

    assert pipeline["schema"] == deployed.schema["silver"]
    assert pipeline["event_log"]["schema"] == deployed.schema["silver"]
    configuration = pipeline["configuration"]
    for layer in ("bronze", "gold"):
        schema = f"main-eu.{deployed.schema[layer]}"
        assert configuration[f"pipeline.schema.{layer}"] == schema
    landing = f"/Volumes/main-eu/{deployed.schema['bronze']}/landing"
    assert configuration["pipeline.landing"] == landing


def test_alerts_read_the_event_log_and_dashboards_what_they_show(deployed):
    log = f"`main-eu`.`{deployed.schema['silver']}`.`pipeline_events`"
    alerts = deployed.made("/api/2.0/alerts")
    assert len(alerts) == 3
    assert all(log in alert["query_text"] for alert in alerts)

    asked = deployed.dashboards()
    assert asked["business"]["dataset_schema"] == [deployed.schema["gold"]]
    assert asked["data quality"]["dataset_schema"] == [deployed.schema["silver"]]


@pytest.mark.parametrize(
    ("key", "job", "file"),
    [
        ("grants", "setup", "setup_layers.sql"),
        ("broad_grants", "setup", "setup_layers_broad.sql"),
        ("grants", "refresh", "grants.sql"),
    ],
)
def test_sql_tasks_have_the_parameters_of_their_files(
    deployed, rendered, key, job, file
):
    sql = deployed.task(key, job)["sql_task"]
    text = (rendered("per_layer") / "sql" / file).read_text()

    assert sql["file"]["path"].endswith(f"/sql/{file}")
    for name in sql["parameters"]:
        assert f"{{{{{name}}}}}" in text or file == "setup_layers_broad.sql"
        text = text.replace(f"{{{{{name}}}}}", "")
    assert "{{" not in text
    schemas = {n: s for n, s in sql["parameters"].items() if n in (*LAYERS, "schema")}
    own = {"schema": deployed.schema["silver"]}
    assert schemas == (own if job == "refresh" else deployed.schema)


def test_validation_is_told_of_all_schemas(deployed):
    python = deployed.task("validation")["spark_python_task"]
    values = dict(zip(*[iter(python["parameters"])] * 2, strict=True))

    assert values["--schema"] == deployed.schema["silver"]
    assert values["--bronze"] == f"main-eu.{deployed.schema['bronze']}"
    assert values["--gold"] == f"main-eu.{deployed.schema['gold']}"


def test_none_of_productions_schemas_can_be_destroyed(rendered, tmp_path):
    project = shutil.copytree(rendered("per_layer"), tmp_path / "project")
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        deploy = ("bundle", "deploy", "-t", "prod", "--auto-approve")
        workspace.databricks(*deploy, cwd=project)
        destroy = ("bundle", "destroy", "-t", "prod", "--auto-approve")
        printed = workspace.databricks(*destroy, cwd=project, exit_code=1)
        words = ("bundle", "plan", "-t", "prod", "-o", "json")
        planned = json.loads(workspace.databricks(*words, cwd=project))["plan"]

    for layer in LAYERS:
        assert f"resources.schemas.{layer} has lifecycle.prevent_destroy" in printed
    assert {step["action"] for step in planned.values()} == {"skip"}
