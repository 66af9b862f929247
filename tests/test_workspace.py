"""The fake workspace keeps apart what a test does, and hides nothing from it."""

import json
import subprocess
import sys
import urllib.error
import urllib.request

import pytest

from toolchain import fake_workspace
from versions import ROOT
from workspace import FakeWorkspace

BUNDLE = """\
bundle: {name: small}
targets: {dev: {default: true}}
resources:
  schemas:
    landing: {catalog_name: main, name: landing}
"""


@pytest.fixture
def bundle(tmp_path):
    (tmp_path / "databricks.yml").write_text(BUNDLE)
    return tmp_path


@pytest.fixture
def workspace(tmp_path):
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        yield workspace


def test_what_is_deployed_is_in_the_request_log_with_its_body(workspace, bundle):
    workspace.databricks("bundle", "deploy", cwd=bundle)

    (created,) = workspace.requests("POST", "/api/2.1/unity-catalog/schemas")
    assert created["body"] == {"catalog_name": "main", "name": "landing"}
    assert created["identity"] == "user"
    assert created["status"] == 200


def test_a_deployment_leaves_nothing_for_the_plan_to_do(workspace, bundle):
    workspace.databricks("bundle", "deploy", cwd=bundle)

    plan = json.loads(workspace.databricks("bundle", "plan", "-o", "json", cwd=bundle))
    assert [step["action"] for step in plan["plan"].values()] == ["skip"]


def test_a_call_that_was_made_to_fail_fails_the_deployment(workspace, bundle):
    schemas = "POST /api/2.1/unity-catalog/schemas"
    workspace.fail(schemas, 403, "no CREATE SCHEMA on catalog main")

    printed = workspace.databricks("bundle", "deploy", cwd=bundle, exit_code=1)
    assert "no CREATE SCHEMA on catalog main" in printed
    workspace.databricks("bundle", "deploy", cwd=bundle)


def test_a_service_principal_is_another_identity_in_the_same_workspace(
    workspace, bundle
):
    workspace.databricks("bundle", "deploy", cwd=bundle)
    env = workspace.service_principal_env

    workspace.databricks("schemas", "get", "main.landing", cwd=bundle, env=env)
    read = workspace.requests("GET", "/api/2.1/unity-catalog/schemas/main.landing")
    assert read[-1]["identity"] == "service principal"


def test_an_endpoint_that_the_fake_does_not_have_fails_the_test_by_name(tmp_path):
    with (
        pytest.raises(AssertionError, match="unknown endpoint: GET /api/9"),
        FakeWorkspace(tmp_path) as workspace,
    ):
        with pytest.raises(urllib.error.HTTPError, match="501"):
            urllib.request.urlopen(f"{workspace.url}/api/9.9/none")
        assert [c["status"] for c in workspace.requests("GET", "/api/9")] == [501]


def test_an_error_in_the_test_is_not_hidden_behind_an_unknown_endpoint(tmp_path):
    with pytest.raises(ZeroDivisionError), FakeWorkspace(tmp_path) as workspace:
        with pytest.raises(urllib.error.HTTPError):
            urllib.request.urlopen(f"{workspace.url}/api/9.9/none")
        raise ZeroDivisionError


def test_nothing_of_the_developers_own_databricks_reaches_the_cli(
    workspace, monkeypatch
):
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "production")
    monkeypatch.setenv("BUNDLE_VAR_catalog", "production")
    monkeypatch.setenv("ARM_CLIENT_ID", "0000")

    assert workspace.env["HOME"].startswith(str(workspace.folder))
    theirs = {"DATABRICKS_CONFIG_PROFILE", "BUNDLE_VAR_catalog", "ARM_CLIENT_ID"}
    assert not theirs & workspace.env.keys()


def test_the_workspace_ends_with_its_standard_input_so_that_no_killed_test_leaves_it():
    program = [fake_workspace(), "-stdin"]

    ended = subprocess.run(program, input="", capture_output=True, text=True)

    assert ended.returncode == 0
    assert ended.stdout.startswith("http://127.0.0.1:")


def test_what_make_workspace_prints_is_what_its_user_types(bundle, rendered, tmp_path):
    words = [sys.executable, ROOT / "tools/workspace.py", bundle]
    serving = subprocess.Popen(
        [*words, "--folder", tmp_path / "local"], stdout=subprocess.PIPE, text=True
    )
    printed = ""
    while "Files and tables lie in" not in printed:
        line = serving.stdout.readline()
        assert line, printed
        printed += line
    typed = [line.strip() for line in printed.splitlines() if line.startswith("  ")]
    deploying = [line for line in typed if "bundle run" not in line]
    done = subprocess.run(
        ["sh", "-ec", "\n".join(deploying)], capture_output=True, text=True, cwd=ROOT
    )
    serving.terminate()
    rest, _ = serving.communicate()

    assert done.returncode == 0, done.stderr
    assert "Deployment complete!" in done.stderr
    assert rest == "\nThe workspace is gone.\n"
    # The rest is of the retail sample, whose jobs other tests run.
    jobs = [line.split()[3] for line in typed if "bundle run" in line]
    assert jobs == ["setup", "generate", "refresh"]
    for job in jobs:
        assert (rendered("retail") / f"resources/{job}.job.yml").exists()
