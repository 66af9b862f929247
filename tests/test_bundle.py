"""The emitted bundle, deployed by the real CLI to the fake workspace."""

import json
import shutil
import subprocess
from collections import Counter
from pathlib import PurePosixPath

import pytest
import yaml
from projects import CONFIGS, SAMPLES, answers

from toolchain import find_cli
from workspace import FakeWorkspace

TARGETS = ("dev", "prod")
IDENTITIES = ("user", "service principal")
PRINCIPAL = "00000000-0000-0000-0000-000000000000"
FILES = "/api/2.0/workspace-files/import-file"
# Of these and what lies under them, Databricks needs every file.
DEPLOYED = ("contract", "dashboards", "pipeline", "resources", "sql", "validation")
LOCAL = ("contract_tools", "vendor", "tests", ".github", ".template", ".local", ".venv")


@pytest.fixture
def workspace(tmp_path):
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        yield workspace


@pytest.fixture
def bundle(rendered, tmp_path):
    """A project of one's own: what the CLI remembers of a deployment lies in it."""

    def copy(config: str):
        return shutil.copytree(rendered(config), tmp_path / config)

    return copy


def env_of(workspace, identity: str) -> dict[str, str]:
    return workspace.env if identity == "user" else workspace.service_principal_env


def plan(workspace, bundle, target, env=None) -> dict[str, str]:
    printed = workspace.databricks(
        *("bundle", "plan", "-t", target, "-o", "json"), cwd=bundle, env=env
    )
    return {name: step["action"] for name, step in json.loads(printed)["plan"].items()}


def deploy(workspace, bundle, target, env=None):
    command = ("bundle", "deploy", "-t", target, "--auto-approve")
    workspace.databricks(*command, cwd=bundle, env=env)


def changes(workspace) -> list[dict]:
    """Requests that make, change or delete a resource, not files or locks."""
    resources = ("/api/2.0/pipelines", "/api/2.2/jobs", "/api/2.0/alerts")
    resources += ("/api/2.1/unity-catalog", "/api/2.0/lakeview")
    return [
        request
        for request in workspace.requests()
        if request["method"] != "GET" and request["path"].startswith(resources)
    ]


def created(workspace, path: str) -> dict:
    (request,) = workspace.requests("POST", path)
    return request["body"]


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("config", CONFIGS)
def test_validation_has_nothing_to_say(bundle, workspace, config, target, identity):
    printed = workspace.databricks(
        *("bundle", "validate", "--strict", "-t", target),
        cwd=bundle(config),
        env=env_of(workspace, identity),
    )

    assert printed.endswith("Validation OK!\n")


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("config", CONFIGS)
def test_a_deployment_leaves_nothing_to_plan_or_to_deploy(
    bundle, workspace, config, target, identity
):
    project = bundle(config)
    env = env_of(workspace, identity)
    assert set(plan(workspace, project, target, env).values()) == {"create"}
    deploy(workspace, project, target, env)

    planned = plan(workspace, project, target, env)
    assert set(planned.values()) == {"skip"}
    before = len(changes(workspace))
    deploy(workspace, project, target, env)
    assert len(changes(workspace)) == before
    kinds = Counter(name.split(".")[1] for name in planned)
    is_sample = answers(config).get("sources", "retail") in SAMPLES
    per_layer = answers(config).get("schema_per_layer") == "yes"
    assert kinds == {
        "schemas": 3 if per_layer else 1,
        "volumes": 1,
        "pipelines": 1,
        "alerts": 3,
        "jobs": 4,
        "dashboards": 2 if is_sample else 1,
    }
    assert {r["identity"] for r in workspace.requests("POST", "/api/2.2")} == {identity}


@pytest.mark.parametrize("target", TARGETS)
def test_a_deployment_that_failed_half_way_is_healed_by_the_next(
    bundle, workspace, target
):
    project = bundle("retail")
    workspace.fail("POST /api/2.2/jobs/create", 403, "no right to make jobs")
    printed = workspace.databricks(
        *("bundle", "deploy", "-t", target), cwd=project, exit_code=1
    )
    assert "no right to make jobs" in printed

    deploy(workspace, project, target)
    assert set(plan(workspace, project, target).values()) == {"skip"}
    assert len(workspace.requests("POST", "/api/2.1/unity-catalog/schemas")) == 1


def test_an_update_that_is_refused_is_healed_by_the_next(bundle, workspace):
    project = bundle("retail")
    deploy(workspace, project, "dev")
    path = project / "resources/medallion.pipeline.yml"
    path.write_text(path.read_text().replace("CURRENT", "PREVIEW"))
    workspace.fail("PUT /api/2.0/pipelines/*", 403, "no right to edit the pipeline")
    printed = workspace.databricks(
        *("bundle", "deploy", "-t", "dev"), cwd=project, exit_code=1
    )
    assert "no right to edit the pipeline" in printed

    planned = plan(workspace, project, "dev")
    assert planned["resources.pipelines.medallion"] == "update"
    deploy(workspace, project, "dev")
    assert set(plan(workspace, project, "dev").values()) == {"skip"}


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("config", CONFIGS)
def test_the_summary_has_a_link_to_all_that_was_deployed(
    bundle, workspace, config, target
):
    project = bundle(config)
    deploy(workspace, project, target)
    printed = workspace.databricks("bundle", "summary", "-t", target, cwd=project)

    assert printed.count("URL: ") == len(plan(workspace, project, target))
    assert "(not deployed)" not in printed


def test_what_runs_on_databricks_is_deployed_and_nothing_else_runs(bundle, workspace):
    project = bundle("retail")
    (project / ".local/landing").mkdir(parents=True, exist_ok=True)
    (project / ".local/landing/sales.json").write_text("{}")
    (project / ".venv").mkdir()
    (project / ".venv/pyvenv.cfg").write_text("")
    deploy(workspace, project, "dev")

    root = "/dev/files/"
    paths = [request["path"] for request in workspace.requests("POST", FILES)]
    deployed = {path.partition(root)[2] for path in paths if root in path}
    wanted = {
        path.relative_to(project).as_posix()
        for folder in DEPLOYED
        for path in (project / folder).rglob("*")
        if path.is_file()
    }
    assert len(wanted) > 15
    assert wanted <= deployed
    assert not {PurePosixPath(path).parts[0] for path in deployed} & set(LOCAL)


def test_each_developer_has_a_schema_a_landing_volume_and_a_pipeline_of_their_own(
    bundle, workspace
):
    deploy(workspace, bundle("dashes"), "dev")

    schema = created(workspace, "/api/2.1/unity-catalog/schemas")
    assert (schema["catalog_name"], schema["name"]) == (
        "main-eu",
        "dev_tester_retail-sales",
    )
    volume = created(workspace, "/api/2.1/unity-catalog/volumes")
    assert volume["schema_name"] == schema["name"]
    assert volume["volume_type"] == "MANAGED"
    pipeline = created(workspace, "/api/2.0/pipelines")
    assert pipeline["name"] == "[dev tester] apparel-retail"
    assert pipeline["development"] is True
    assert (pipeline["catalog"], pipeline["schema"]) == ("main-eu", schema["name"])


def test_the_pipeline_is_serverless_and_finds_contract_and_landing(bundle, workspace):
    deploy(workspace, bundle("dashes"), "dev")
    pipeline = created(workspace, "/api/2.0/pipelines")

    files = "/Workspace/Users/tester@databricks.com/.bundle/apparel-retail/dev/files"
    assert pipeline["serverless"] is True
    assert pipeline["channel"] == "CURRENT"
    assert "continuous" not in pipeline  # deprecated: a job does that
    assert pipeline["root_path"] == f"{files}/pipeline"
    assert pipeline["libraries"] == [
        {"glob": {"include": f"{files}/pipeline/transformations/**"}}
    ]
    assert pipeline["configuration"] == {
        "pipeline.contract": f"{files}/contract/apparel-retail.odcs.yaml",
        "pipeline.landing": "/Volumes/main-eu/dev_tester_retail-sales/landing",
        "pipeline.reread": "",
        "pipeline.strict_rules": "false",
    }
    assert pipeline["event_log"] == {
        "catalog": "main-eu",
        "schema": "dev_tester_retail-sales",
        "name": "event_log",
    }
    assert pipeline["tags"]["project"] == "apparel-retail"
    # Refused on serverless, or obsolete.
    for key in ("clusters", "photon", "storage", "target"):
        assert key not in pipeline


def test_production_runs_as_a_service_principal_from_its_own_folder(bundle, workspace):
    deploy(workspace, bundle("retail"), "prod")
    pipeline = created(workspace, "/api/2.0/pipelines")

    assert pipeline["name"] == "retail_medallion"
    assert pipeline["run_as"] == {"service_principal_name": PRINCIPAL}
    assert pipeline["root_path"].startswith(f"/Workspace/Users/{PRINCIPAL}/.bundle/")
    assert "development" not in pipeline
    assert (pipeline["catalog"], pipeline["schema"]) == ("main", "retail_medallion")


def test_production_can_have_a_catalog_and_a_schema_of_its_own(bundle, workspace):
    project = bundle("retail")
    path = project / "databricks.yml"
    document = yaml.safe_load(path.read_text())
    variables = document["targets"]["prod"]["variables"]
    variables |= {"catalog": "prod", "schema": "shop"}
    alert = {"email_recipients": ["a@example.com"], "alerts": ["on-flow-failure"]}
    variables["notifications"] = [alert]
    path.write_text(yaml.safe_dump(document))
    deploy(workspace, project, "prod")

    pipeline = created(workspace, "/api/2.0/pipelines")
    assert (pipeline["catalog"], pipeline["schema"]) == ("prod", "shop")
    assert pipeline["configuration"]["pipeline.landing"] == "/Volumes/prod/shop/landing"
    assert pipeline["notifications"] == [alert]
    assert set(plan(workspace, project, "prod").values()) == {"skip"}


@pytest.mark.parametrize("target", TARGETS)
def test_refresh_leaves_a_pipeline_alone_only_where_that_runs_all_the_time(
    bundle, workspace, target
):
    """That of development does not, whatever is the default."""
    project = bundle("retail")
    path = project / "databricks.yml"
    document = yaml.safe_load(path.read_text())
    document["variables"]["continuous"]["default"] = "UNPAUSED"
    path.write_text(yaml.safe_dump(document))
    workspace.databricks("bundle", "deploy", "-t", target, cwd=project)

    jobs = [r["body"] for r in workspace.requests("POST", "/api/2.2/jobs/create")]
    (job,) = (job for job in jobs if "continuous" in job)
    runs = job["continuous"]["pause_status"] == "UNPAUSED"
    assert runs == (target == "prod")
    assert [list(task) for task in job["tasks"]] == [["pipeline_task", "task_key"]]
    (condition,) = (
        task["condition_task"]
        for job in jobs
        for task in job["tasks"]
        if task["task_key"] == "is_continuous"
    )
    assert condition["op"] == "EQUAL_TO"
    assert (condition["left"] == condition["right"]) == runs


@pytest.mark.parametrize("identity", IDENTITIES)
@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("config", CONFIGS)
def test_a_destroy_leaves_nothing(bundle, workspace, config, target, identity):
    """In production as soon as nothing prevents it any more."""
    project, env = bundle(config), env_of(workspace, identity)
    path = project / "databricks.yml"
    text = path.read_text()
    assert text.count("prevent_destroy: true") == 2
    path.write_text(text.replace("prevent_destroy: true", "prevent_destroy: false"))
    deploy(workspace, project, target, env)
    count = len(plan(workspace, project, target, env))
    destroy = ("bundle", "destroy", "-t", target, "--auto-approve")
    workspace.databricks(*destroy, cwd=project, env=env)

    planned = plan(workspace, project, target, env)
    assert list(planned.values()) == ["create"] * count
    deleted = [
        request
        for request in changes(workspace)
        if request["method"] == "DELETE" or request["path"].endswith("/delete")
    ]
    assert len(deleted) == count


def test_data_of_production_survives_a_destroy(bundle, workspace):
    project = bundle("retail")
    deploy(workspace, project, "prod")
    destroy = ("bundle", "destroy", "-t", "prod", "--auto-approve")
    printed = workspace.databricks(*destroy, cwd=project, exit_code=1)

    assert "resources.schemas.tables has lifecycle.prevent_destroy" in printed
    assert "resources.volumes.landing has lifecycle.prevent_destroy" in printed
    assert set(plan(workspace, project, "prod").values()) == {"skip"}


def test_files_are_delivered_by_the_command_of_the_readme(bundle, workspace):
    project = bundle("dashes")
    deploy(workspace, project, "dev")
    (project / ".local/landing/sales").mkdir(parents=True, exist_ok=True)
    (project / ".local/landing/sales/1.json").write_text("{}")
    readme = (project / "README.md").read_text().replace("<you>", "tester")
    (command,) = (line for line in readme.splitlines() if "fs cp" in line)
    _, *words = command.replace("--profile work.eu", "").split()
    workspace.databricks(*words, cwd=project)

    landing = "dbfs:/Volumes/main-eu/dev_tester_retail-sales/landing"
    listed = workspace.databricks("fs", "ls", f"{landing}/sales", cwd=project)
    assert listed.split() == ["1.json"]


def test_make_validates_and_deploys(bundle, workspace, tmp_path):
    (tmp_path / "bin").mkdir()
    (tmp_path / "bin/databricks").symlink_to(find_cli()[0])
    env = workspace.env
    env["PATH"] = f"{tmp_path / 'bin'}:{env['PATH']}"
    command = ["make", "validate", "deploy", "TARGET=prod", "PROFILE="]
    project = bundle("retail")
    done = subprocess.run(command, cwd=project, env=env, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout + done.stderr
    assert set(plan(workspace, project, "prod").values()) == {"skip"}
