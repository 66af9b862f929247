"""What a first deployment finds: schemas that are there, and no package index."""

import re
import shutil

import pytest

from workspace import FakeWorkspace

SCHEMAS = "/api/2.1/unity-catalog/schemas"
VOLUMES = "/api/2.1/unity-catalog/volumes"


@pytest.mark.parametrize("config", ["retail", "per_layer"])
def test_schemas_that_exist_are_taken_over_as_the_readme_says(
    rendered, tmp_path, config
):
    project = shutil.copytree(rendered(config), tmp_path / "project")
    readme = (project / "README.md").read_text()
    commands = re.findall(r"^databricks (bundle deployment bind \S+ \S+)", readme, re.M)
    resources = {line.split()[3]: line.split()[4] for line in commands}
    deploy = ["bundle", "deploy", "--auto-approve", "-t", "prod"]
    with FakeWorkspace(tmp_path / "workspace") as workspace:
        for key, name in resources.items():
            parts = name.split(".")
            if key == "landing":
                words = ["volumes", "create", *parts, "MANAGED"]
            else:
                words = ["schemas", "create", parts[1], parts[0]]
            workspace.databricks(*words, cwd=project)
        # As Unity Catalog does from now on; the fake would make them once more.
        workspace.fail(f"POST {SCHEMAS}", 400, "Schema already exists", 99)
        workspace.fail(f"POST {VOLUMES}", 400, "Volume already exists", 99)
        said = workspace.databricks(*deploy, cwd=project, exit_code=1)
        assert "Schema already exists" in said

        for key, name in resources.items():
            bind = ["bundle", "deployment", "bind", key, name, "--auto-approve"]
            workspace.databricks(*bind, "-t", "prod", cwd=project)
        workspace.databricks(*deploy, cwd=project)
        plan = workspace.databricks("bundle", "plan", "-t", "prod", cwd=project)

    schemas = {"tables"} if config == "retail" else {"bronze", "silver", "gold"}
    assert resources.keys() == {*schemas, "landing"}
    assert "0 to add, 0 to change, 0 to delete" in plan


def test_no_comment_of_a_sql_file_has_a_semicolon(project):
    """A task of a file splits it into statements, by what a page does not say."""
    files = [*project.glob("sql/**/*.sql")]
    lines = [(file, line) for file in files for line in file.read_text().splitlines()]

    assert files
    assert not [at for at in lines if re.search(r"--.*;", at[1])]
    assert not [file for file in files if "/*" in file.read_text()]


def test_no_package_of_the_pipeline_needs_an_index(project):
    """What serverless compute has is asked for without a version of our own."""
    text = (project / "resources/medallion.pipeline.yml").read_text()
    packages = re.findall(r"^ {10}- (\S+)$", text, re.M)

    assert packages == ["pyyaml>=6.0"]
