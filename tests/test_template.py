"""What each answer leaves in the project, or keeps out of it."""

import json
import re

import pytest
import yaml
from projects import SAMPLES, SOURCE, answers, contents, files, is_templated

from medallion import contract
from render import RenderError, render
from versions import ROOT, version


def read(project, file: str) -> dict:
    return yaml.safe_load((project / file).read_text())


def pins(project) -> list[str]:
    """`name==version` of each package that the project and its runtime ask for."""
    files = ("pyproject.toml", "vendor/localrun/pyproject.toml")
    text = "".join((project / file).read_text() for file in files)
    return re.findall(r'^    "([\w-]+==[\w.]+)[";]', text, re.MULTILINE)


def test_the_answers_are_recorded_with_the_version_of_the_template(project, config):
    schema = json.loads((ROOT / "databricks_template_schema.json").read_text())
    asked = schema["properties"].keys()
    recorded = json.loads((project / ".template/answers.json").read_text())

    assert recorded.pop("template_version") == version("template")
    assert recorded.keys() == asked
    assert recorded.items() >= answers(config).items()


def test_the_recorded_answers_make_the_same_project_again(project, tmp_path):
    recorded = json.loads((project / ".template/answers.json").read_text())
    again = render(recorded, tmp_path)

    assert contents(again) == contents(project)


def test_files_that_are_no_templates_are_copied_as_they_are(project):
    copied = [file for file in files(project) if not is_templated(project, file)]

    assert len(copied) > 20
    for file in copied:
        assert (project / file).read_bytes() == (SOURCE / file).read_bytes()


def test_the_contract_of_every_project_is_sound(project, config):
    (path,) = (project / "contract").iterdir()
    tables = contract.load(path)

    assert path.name == f"{project.name}.odcs.yaml"
    sources = answers(config).get("sources", "retail")
    names = [entry.partition(":")[0].strip() for entry in sources.split(",")]
    assert [t.name for t in tables] == SAMPLES.get(sources, names)


def test_the_sample_is_all_there_with_retail(rendered):
    emitted = set(files(rendered("retail")))

    assert {
        "generator/__main__.py",
        "generator/retail/world.py",
        "pipeline/medallion/retail.py",
        "pipeline/transformations/silver_retail.py",
        "pipeline/transformations/gold_retail.py",
    } <= emitted


@pytest.mark.parametrize("config", ["one_source", "three_sources", "all_roles"])
def test_sources_of_ones_own_leave_no_trace_of_the_sample(rendered, config):
    project = rendered(config)

    for file in files(project):
        assert "retail" not in file
        if is_templated(project, file) or file.startswith("generator/"):
            text = (project / file).read_text()
            assert not re.search(r"\bretail", text), file


def test_each_sample_has_one_maker_of_data_and_its_settings(rendered):
    for config, maker in (("retail", "retail"), ("three_sources", "from_contract")):
        project = rendered(config)
        folders = {
            f.split("/")[1] for f in files(project) if f.startswith("generator/")
        }
        settings = read(project, "generator/settings.yml")

        assert {"retail", "from_contract"} & folders == {maker}
        assert ("requirements.lock" in folders) == (maker == "from_contract")
        assert ("tables" in settings) == (maker == "from_contract")


def test_the_lock_of_the_generator_holds_what_it_asks_for(rendered):
    folder = rendered("three_sources") / "generator"
    asked = re.findall(r"^[\w-]+==.+$", (folder / "requirements.in").read_text(), re.M)
    lock = (folder / "requirements.lock").read_text()

    assert len(asked) == 6
    assert all(f"\n{pin} \\\n" in lock for pin in asked)
    assert "://" not in lock


@pytest.mark.parametrize("config", ["retail", "orders", "all_roles"])
def test_one_schema_for_all_leaves_no_trace_of_others(rendered, config):
    project = rendered(config)

    for file in files(project):
        assert not re.search(r"setup_layers|(bronze|silver|gold)\.schema", file)
        if is_templated(project, file) and not file.startswith("."):
            text = (project / file).read_text()
            assert not re.search(r"schemas\.(bronze|gold)|in_layer|_layer", text), file


def test_a_schema_per_layer_leaves_no_trace_of_one_for_all(rendered):
    project = rendered("per_layer")

    for file in files(project):
        assert file not in ("resources/tables.schema.yml", "sql/setup.sql")
        if is_templated(project, file):
            text = (project / file).read_text()
            assert not re.search(r"schemas\.tables|in one schema:", text), file


@pytest.mark.parametrize("config", ["one_source", "no_github_actions"])
def test_without_github_actions_nothing_is_said_of_them(rendered, config):
    project = rendered(config)

    assert not (project / ".github").exists()
    for file in ("README.md", "Makefile", "databricks.yml", ".yamllint"):
        text = (project / file).read_text()
        assert not re.search(r"\.github/|GitHub|[Ww]orkflow", text), file


@pytest.mark.parametrize(
    ("config", "variable"),
    [
        ("all_roles", {"default": "0123456789abcdef"}),
        ("warehouse_by_name", {"lookup": {"warehouse": "DEFAULT Test SQL Warehouse"}}),
        ("retail", {"lookup": {"warehouse": "Serverless Starter Warehouse"}}),
    ],
)
def test_a_warehouse_is_an_id_or_looked_up_by_its_name(rendered, config, variable):
    found = read(rendered(config), "databricks.yml")["variables"]["warehouse_id"]

    del found["description"]
    assert found == variable


@pytest.mark.parametrize("config", ["dashes", "all_roles"])
def test_names_that_yaml_would_take_for_something_else_stay_names(rendered, config):
    given = answers(config)
    bundle = read(rendered(config), "databricks.yml")

    assert bundle["bundle"]["name"] == given["project_name"]
    assert bundle["targets"]["prod"]["variables"]["schema"] == given["schema"]
    assert bundle["variables"]["schema"]["default"] == given["schema"]
    assert bundle["variables"]["catalog"]["default"] == given.get("catalog", "main")


def test_the_profile_is_in_commands_and_in_no_target(rendered):
    project = rendered("dashes")

    assert "PROFILE ?= work.eu" in (project / "Makefile").read_text()
    assert "--profile work.eu" in (project / "README.md").read_text()
    assert "work.eu" not in (project / "databricks.yml").read_text()


# -- the emitted pins


def test_the_lock_holds_what_the_project_asks_for(rendered):
    project = rendered("retail")
    asked = pins(project)
    lock = (project / "requirements.lock").read_text()

    assert len(asked) > 8
    for pin in asked:
        assert re.search(rf"^{re.escape(pin)} (;.* )?\\$", lock, re.MULTILINE), pin
    assert "://" not in lock
    assert "databricks" not in lock


def test_no_project_has_the_name_of_a_package_that_it_installs(rendered, tmp_path):
    names = [pin.partition("==")[0] for pin in pins(rendered("retail"))]
    for name in ("localrun", *names):
        with pytest.raises(RenderError, match="is the name of a Python package"):
            render({"project_name": name}, tmp_path)


@pytest.mark.parametrize(
    ("config", "resource"),
    [
        ("retail", "refresh.job"),
        ("retail", "generate.job"),
        ("three_sources", "generate.job"),
    ],
)
def test_resources_install_the_versions_that_are_pinned(rendered, config, resource):
    text = (rendered(config) / f"resources/{resource}.yml").read_text()
    asked = re.findall(r"- ([\w-]+)==([\w.]+)", text)

    assert asked
    for name, release in asked:
        assert release == version(name.replace("-", "_"))
