"""The workflows of what is emitted, and of this repository: sound, safe, and true."""

import re
import shutil
import subprocess
from pathlib import Path

import pytest
import yaml

from cli import tool
from toolchain import actionlint
from versions import ROOT

CONFIG = "retail"
EMITTED = ("ci", "deploy", "rollback")
OWN = sorted(path.stem for path in (ROOT / ".github/workflows").glob("*.yml"))
# Without sample data there is a step less.
ALL = [(whose, name) for whose in ("emitted", "without sample") for name in EMITTED]
ALL += [("own", name) for name in OWN]


@pytest.fixture
def folders(rendered) -> dict[str, Path]:
    return {
        "emitted": rendered(CONFIG) / ".github/workflows",
        "without sample": rendered("three_sources") / ".github/workflows",
        "own": ROOT / ".github/workflows",
    }


@pytest.fixture(params=ALL, ids="-".join)
def path(request, folders) -> Path:
    whose, name = request.param
    return folders[whose] / f"{name}.yml"


def jobs(path: Path) -> dict[str, dict]:
    return yaml.safe_load(path.read_text())["jobs"]


def test_there_are_no_others(folders):
    assert {path.stem for path in folders["emitted"].iterdir()} == set(EMITTED)
    assert OWN == ["ci", "nightly", "release"]


def test_actionlint_and_shellcheck_find_nothing(path, tmp_path):
    """In a repository of its own, where actionlint finds its configuration, too."""
    shutil.copytree(path.parent.parent, tmp_path / ".github")
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    shellcheck = ROOT / ".venv/bin/shellcheck"
    command = [actionlint(), "-no-color", "-shellcheck", shellcheck]
    command += [f".github/workflows/{path.name}"]
    done = subprocess.run(command, cwd=tmp_path, capture_output=True, text=True)

    assert done.returncode == 0, done.stdout


@pytest.mark.parametrize("whose", ["emitted", "without sample", "own"])
def test_zizmor_finds_nothing(folders, whose):
    flags = ("--offline", "--no-progress", "--color", "never")
    done = tool("zizmor", "zizmor", *flags, folders[whose])

    assert done.returncode == 0, done.stdout


def test_actions_are_pinned_by_commit_with_their_version_beside_it(path):
    used = re.findall(r"uses: (.*)", path.read_text())

    assert used
    for action in used:
        assert re.fullmatch(r"[\w-]+/[\w-]+@[0-9a-f]{40} # v\d+\.\d+\.\d+", action)


def test_no_job_has_more_rights_than_it_uses(path):
    document = yaml.safe_load(path.read_text())

    assert document["permissions"] == {"contents": "read"}
    for name, job in document["jobs"].items():
        text = yaml.safe_dump(job)
        rights = job.get("permissions", {})
        assert ("id-token" in rights) == ("DATABRICKS_AUTH_TYPE" in text), name
        assert ("pull-requests" in rights) == ("gh pr comment" in text), name
        assert (rights.get("contents") == "write") == ("gh release" in text), name
        assert "secrets." not in text


@pytest.mark.parametrize("name", EMITTED)
def test_whoever_has_credentials_has_them_by_openid_from_an_environment(folders, name):
    for job in jobs(folders["emitted"] / f"{name}.yml").values():
        env = job.get("env", {})
        if "DATABRICKS_HOST" in env:
            assert env["DATABRICKS_AUTH_TYPE"] == "github-oidc"
            assert env["PROFILE"] == ""
            assert job["environment"] == env["TARGET"]
        else:
            assert "databricks" not in str(job)


def test_a_forks_pull_request_needs_no_credentials(folders):
    ci = jobs(folders["emitted"] / "ci.yml")

    condition = ci["plan"]["if"]
    assert "pull_request.head.repo.full_name == github.repository" in condition
    assert "vars.DATABRICKS_HOST != ''" in condition
    assert "env" not in ci["test"]
    assert "needs" not in ci["test"]


def test_production_follows_dev_with_the_same_commit(folders):
    deploy = jobs(folders["emitted"] / "deploy.yml")

    assert deploy["prod"]["needs"] == "dev"
    assert deploy["prod"]["if"] == "github.ref_type == 'tag'"
    for job in deploy.values():
        checkout = job["steps"][0]["with"]
        assert "ref" not in checkout  # the commit that started the workflow


def test_deployments_wait_for_each_other(folders):
    def queue(holder: dict) -> str:
        concurrency = holder["concurrency"]
        assert concurrency["cancel-in-progress"] is False
        # Else the one that waits is cancelled when another comes: a promotion, say.
        assert concurrency["queue"] == "max"
        return concurrency["group"]

    deploy = jobs(folders["emitted"] / "deploy.yml")
    rollback = yaml.safe_load((folders["emitted"] / "rollback.yml").read_text())
    assert queue(deploy["prod"]) == queue(rollback) == "deploy-prod"
    assert queue(deploy["dev"]) == "deploy-dev"


def test_production_replaces_nothing_without_a_person(folders):
    for name in ("deploy", "rollback"):
        job = jobs(folders["emitted"] / f"{name}.yml")["prod"]
        assert "--auto-approve" not in yaml.safe_dump(job["steps"])


def test_a_pipe_fails_with_any_of_its_commands(folders):
    for name in EMITTED:
        text = (folders["emitted"] / f"{name}.yml").read_text()
        if " | " in text:
            assert yaml.safe_load(text)["defaults"] == {"run": {"shell": "bash"}}


def test_steps_are_targets_of_the_makefile(folders, rendered):
    makefile = (rendered(CONFIG) / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    named = set()
    for name in EMITTED:
        for job in jobs(folders["emitted"] / f"{name}.yml").values():
            for step in job["steps"]:
                run = step.get("run", "")
                assert "databricks bundle" not in run.replace("What \\`databricks", "")
                named |= set(re.findall(r"\bmake (?:--[\w-]+ )?([a-z-]+)", run))

    assert named >= {"lint", "check", "test", "validate", "plan", "deploy", "refresh"}
    assert named <= targets
