"""tools/render.py: the real `bundle init`, without a workspace, without surprises."""

import json
import subprocess

import pytest

from render import RenderError, main, render, render_files

SCHEMA = {
    "welcome_message": "Welcome.",
    "properties": {
        "project_name": {
            "type": "string",
            "default": "retail",
            "description": "Name",
            "pattern": "^[a-z]+$",
            "pattern_match_failure_message": "Write lower-case letters.",
        }
    },
}
EMITTED = "template/{{.project_name}}"


@pytest.fixture
def template(tmp_path):
    """A template of two files, in a checkout of its own."""
    root = tmp_path / "template_repository"
    (root / EMITTED / "src").mkdir(parents=True)
    (root / EMITTED / "databricks.yml.tmpl").write_text("name: {{.project_name}}\n")
    (root / EMITTED / "src/a.py").write_text("x = 1\n")
    (root / "databricks_template_schema.json").write_text(json.dumps(SCHEMA))
    subprocess.run(["git", "init", "--quiet", root], check=True)
    return root


def test_the_project_is_written_and_its_folder_returned(template, tmp_path):
    project, written = render_files(
        {"project_name": "shop"}, tmp_path / "out", template
    )

    assert project == tmp_path / "out/shop"
    assert (project / "databricks.yml").read_text() == "name: shop\n"
    assert written == ["shop/databricks.yml", "shop/src/a.py"]


def test_answers_left_out_take_their_defaults(template, tmp_path):
    assert render({}, tmp_path, template).name == "retail"


def test_a_refused_answer_is_the_clis_own_sentence_and_nothing_is_written(
    template, tmp_path
):
    with pytest.raises(RenderError) as refused:
        render({"project_name": "Shop"}, tmp_path / "out", template)

    assert str(refused.value) == (
        'invalid value for project_name: "Shop". Write lower-case letters.'
    )
    assert not (tmp_path / "out").exists()


def test_an_existing_project_is_not_overwritten(template, tmp_path):
    project = render({}, tmp_path, template)
    (project / "databricks.yml").write_text("mine\n")

    with pytest.raises(RenderError, match=r"already exist: retail/databricks\.yml"):
        render({}, tmp_path, template)
    assert (project / "databricks.yml").read_text() == "mine\n"


def test_an_answer_that_nobody_asked_for_is_refused_with_what_was_meant(
    template, tmp_path
):
    with pytest.raises(
        RenderError, match="no 'projectname'; did you mean project_name"
    ):
        render({"projectname": "shop"}, tmp_path, template)


def test_what_git_ignores_is_not_rendered(template, tmp_path):
    (template / ".gitignore").write_text("__pycache__/\n")
    (template / EMITTED / "src/__pycache__").mkdir()
    (template / EMITTED / "src/__pycache__/a.pyc").write_bytes(b"\0")

    project = render({}, tmp_path, template)
    assert [path.name for path in (project / "src").iterdir()] == ["a.py"]


def test_a_template_that_is_no_checkout_renders_too(template, tmp_path):
    (template / ".git").rename(tmp_path / "git")

    assert (render({}, tmp_path, template) / "src/a.py").exists()


def test_a_template_in_a_folder_that_another_checkout_ignores_renders_too(
    template, tmp_path
):
    (template / ".git").rename(tmp_path / ".git")
    (tmp_path / ".gitignore").write_text("*\n")

    assert (render({}, tmp_path / "out", template) / "src/a.py").exists()


def test_the_developers_own_settings_do_not_matter(template, tmp_path, monkeypatch):
    monkeypatch.setenv("DATABRICKS_CONFIG_PROFILE", "no-such-profile")
    monkeypatch.setenv("DATABRICKS_CLIENT_ID", "two ways to log in are an error")

    assert render({}, tmp_path, template).exists()


def test_a_broken_bundle_around_does_not_matter(template, tmp_path, monkeypatch):
    (tmp_path / "databricks.yml").write_text("bundle: [broken")
    monkeypatch.chdir(tmp_path)

    assert render({}, tmp_path / "out", template).exists()


def test_the_command_prints_the_files_and_passes_the_exit_code_on(
    tmp_path, monkeypatch, capsys
):
    answers = tmp_path / "answers.json"
    answers.write_text('{"sources": "x"}')
    command = ["render.py", "--config", str(answers), "--out", str(tmp_path / "out")]
    monkeypatch.setattr("sys.argv", command)
    assert main() == 1
    assert capsys.readouterr().err.startswith("Error: ")

    answers.write_text('{"project_name": "shop"}')
    assert main() == 0
    assert f"{tmp_path}/out/shop/databricks.yml\n" in capsys.readouterr().out
