"""What a bundle's user runs from the first day passes in the bundle as it was made."""

import os
import shutil
import subprocess

import pytest
import yaml
from end_to_end.project import Project

from pypi import find_uv


@pytest.mark.slow
def test_every_step_of_its_ci_passes(rendered, tmp_path):
    """As on GitHub: a checkout with a base branch, and the workflow's own commands."""
    project = shutil.copytree(rendered("retail"), tmp_path / "retail")
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in ("init -q -b main", "add .", "commit -q -m first"):
        subprocess.run([*git, *command.split()], cwd=project, check=True)
    env = {**os.environ, "UV": str(find_uv()[0]), "GITHUB_BASE_REF": "main"}
    workflow = yaml.safe_load((project / ".github/workflows/ci.yml").read_text())
    steps = [step["run"] for step in workflow["jobs"]["test"]["steps"] if "run" in step]

    assert [step.split()[1] for step in steps] == [
        *("setup", "lint", "check", "contract-changes", "test")
    ]
    for step in steps:
        done = subprocess.run(
            # There is no remote here: the base branch is the local one.
            ["bash", "-e", "-c", step.replace("origin/", "")],
            cwd=project,
            env=env,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{step}\n{done.stdout[-3000:]}{done.stderr}"
        # What is set up needs no uv any more.
        env.pop("UV", None)
    assert " passed" in done.stdout


@pytest.mark.slow
def test_its_tests_of_the_pipeline_hold_for_all_roles_and_formats(rendered, tmp_path):
    project = Project(shutil.copytree(rendered("all_roles"), tmp_path / "all_roles"))
    assert project.localrun("check").returncode == 0
    done = project.call("pytest", "tests/test_pipeline.py")

    assert done.returncode == 0, done.stdout
    assert " passed" in done.stdout
