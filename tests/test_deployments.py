"""The steps of deploy.yml and rollback.yml, run in clones as on a runner."""

import json
import subprocess
from pathlib import Path

import pytest
import yaml

from toolchain import find_cli
from workspace import FakeWorkspace


class Repository:
    """A project with a history, and what GitHub's runners do with it."""

    def __init__(self, project: Path, folder: Path, workspace: FakeWorkspace):
        self.folder, self.workspace = folder, workspace
        self.origin = folder / "origin"
        subprocess.run(["cp", "-r", project, self.origin], check=True)
        self._git("init", "-q", "-b", "main")
        self.release("v1.0.0")

    def release(self, tag: str) -> None:
        self._git("add", ".")
        self._git("commit", "-q", "--allow-empty", "-m", tag)
        self._git("tag", tag)

    def change(self, file: str, old: str, new: str) -> None:
        path = self.origin / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))

    def checkout(self, ref: str) -> Path:
        """A fresh clone: nothing that the CLI remembers of a deployment is in it."""
        clone = self.folder / f"clone-{len(list(self.folder.glob('clone-*')))}"
        subprocess.run(["git", "clone", "-q", self.origin, clone], check=True)
        subprocess.run(["git", "switch", "-q", "--detach", ref], cwd=clone, check=True)
        return clone

    def run(self, workflow: str, job: str, ref: str) -> list[str]:
        """The commands of a job of a workflow, run one after the other."""
        clone = self.clone = self.checkout(ref)
        document = yaml.safe_load(
            (clone / f".github/workflows/{workflow}.yml").read_text()
        )
        env = self.workspace.service_principal_env | {
            "TARGET": document["jobs"][job]["env"]["TARGET"],
            "PROFILE": "",
            "PULL_REQUEST": "7",
            "GITHUB_REPOSITORY": "shop/retail",
            "GITHUB_SHA": subprocess.run(
                ["git", "rev-parse", "HEAD"], cwd=clone, capture_output=True, text=True
            ).stdout.strip(),
        }
        bin_ = self.folder / "bin"
        bin_.mkdir(exist_ok=True)
        (bin_ / "databricks").unlink(missing_ok=True)
        (bin_ / "databricks").symlink_to(find_cli()[0])
        (bin_ / "gh").write_text(f'#!/bin/sh\necho "$@" > {self.folder}/gh\n')
        (bin_ / "gh").chmod(0o755)
        env["PATH"] = f"{bin_}:{env['PATH']}"
        steps = document["jobs"][job]["steps"]
        is_tag = ref.startswith("v")
        commands = [
            step["run"]
            for step in steps
            if "run" in step and (is_tag or "tag" not in step.get("if", ""))
        ]
        for command in commands:
            done = subprocess.run(
                ["bash", "-e", "-c", command],
                cwd=clone,
                env=env,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
            )
            if done.returncode:
                raise AssertionError(f"{command}: {done.stdout}{done.stderr}")
        return commands

    def plan(self, ref: str, target: str) -> dict[str, str]:
        words = ("bundle", "plan", "-t", target, "-o", "json")
        env = self.workspace.service_principal_env
        printed = self.workspace.databricks(*words, cwd=self.checkout(ref), env=env)
        steps = json.loads(printed)["plan"].items()
        return {name: step["action"] for name, step in steps}

    def _git(self, *words: str) -> None:
        git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com", *words]
        subprocess.run(git, cwd=self.origin, check=True)


@pytest.fixture
def repository(rendered, tmp_path):
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        yield Repository(rendered("retail"), tmp_path, workspace)


def runs(repository) -> int:
    return len(repository.workspace.requests("POST", "/api/2.2/jobs/run-now"))


def test_main_goes_to_dev_and_is_refreshed(repository):
    repository.run("deploy", "dev", "main")

    assert set(repository.plan("main", "dev").values()) == {"skip"}
    assert set(repository.plan("main", "prod").values()) == {"create"}
    assert runs(repository) == 3  # setup, generate, refresh


def test_a_tag_goes_to_production(repository):
    commands = repository.run("deploy", "prod", "v1.0.0")

    assert "make refresh" in commands[-1]
    assert set(repository.plan("v1.0.0", "prod").values()) == {"skip"}


def test_a_tag_that_is_not_on_main_does_not_go_to_production(repository):
    repository._git("switch", "-q", "-c", "feature")
    repository.release("v9.0.0")
    repository._git("switch", "-q", "main")

    for workflow, job in (("deploy", "dev"), ("rollback", "prod")):
        with pytest.raises(AssertionError, match="merge-base"):
            repository.run(workflow, job, "v9.0.0")
    assert not repository.workspace.requests("POST", "/api/2.0/pipelines")


def test_production_is_rolled_back_to_a_tag(repository):
    repository.run("deploy", "prod", "v1.0.0")
    repository.change("resources/refresh.job.yml", "value: 7200", "value: 3600")
    repository.change("resources/medallion.pipeline.yml", "CURRENT", "PREVIEW")
    repository.release("v1.1.0")
    repository.run("deploy", "prod", "v1.1.0")
    assert repository.plan("v1.0.0", "prod")["resources.jobs.refresh"] == "update"

    repository.run("rollback", "prod", "v1.0.0")

    assert set(repository.plan("v1.0.0", "prod").values()) == {"skip"}
    made = repository.workspace.requests("POST", "/api/2.1/unity-catalog/schemas")
    assert len(made) == 1  # the tables are those that were there


def test_what_would_replace_data_of_production_needs_a_person(repository):
    repository.run("deploy", "prod", "v1.0.0")
    schema = '      schema: "retail_medallion"'
    repository.change("databricks.yml", schema, schema.replace("retail", "other"))
    repository.release("v2.0.0")

    with pytest.raises(AssertionError, match="prevent_destroy"):
        repository.run("deploy", "prod", "v2.0.0")


def test_a_pull_request_is_told_what_would_change_and_nothing_does(repository):
    repository.run("ci", "plan", "main")

    told = (repository.folder / "gh").read_text().split()
    assert told[:3] == ["pr", "comment", "7"]
    assert told[-1] == "comment.md"
    comment = (repository.clone / "comment.md").read_text()
    resources = repository.plan("main", "dev")
    assert len(resources) > 10
    for name in resources:
        assert f"create {name.removeprefix('resources.')}\n" in comment
    assert not repository.workspace.requests("POST", "/api/2.0/pipelines")
