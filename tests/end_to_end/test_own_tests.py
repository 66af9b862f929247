"""What a bundle's user runs from the first day passes, with a source of their own."""

import os
import shutil
import subprocess

import pytest
import yaml

from pypi import find_uv


def add_source(project) -> None:
    """The README's example, at the end of the contract."""
    example = (project / "README.md").read_text().partition("```yaml\n")[2]
    (path,) = (project / "contract").iterdir()
    with path.open("a") as contract:
        contract.write(example.partition("```")[0])
    assert "- name: parcels" in path.read_text()


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize(
    ("config", "tests"),
    # Of another bundle, those that are not the same.
    [("retail", ""), ("all_roles", "-k 'test_pipeline or of_this_bundle'")],
)
def test_every_step_of_its_ci_passes_with_the_source_that_the_readme_adds(
    rendered, tmp_path, config, tests
):
    """As on GitHub: a checkout with a base branch, and the workflow's own commands."""
    project = shutil.copytree(rendered(config), tmp_path / config)
    git = ["git", "-c", "user.name=a", "-c", "user.email=a@example.com"]
    for command in ("init -q -b main", "add .", "commit -q -m first"):
        subprocess.run([*git, *command.split()], cwd=project, check=True)
    add_source(project)
    env = {**os.environ, "UV": str(find_uv()[0]), "GITHUB_BASE_REF": "main"}
    env["ARGS"] = tests
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
