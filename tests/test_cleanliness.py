"""What is emitted looks as a careful person writes, whatever was answered."""

import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from projects import files, is_templated

from cli import tool
from versions import ROOT

HOSTILE = re.compile(r'[<>:"|?*\\]|[. ]$|^(con|prn|aux|nul|com\d|lpt\d)(\.|$)', re.I)


def texts(project: Path) -> list[tuple[str, str]]:
    """(path in the project, text) of every file."""
    return [(file, (project / file).read_text("utf-8")) for file in files(project)]


def run(project: Path, *command: str) -> str:
    """What a linter complains of; empty where it does not."""
    done = subprocess.run(
        [sys.executable, "-m", *command], cwd=project, capture_output=True, text=True
    )
    return done.stdout + done.stderr if done.returncode else ""


@pytest.mark.parametrize(
    "command",
    [
        "ruff check --no-cache",
        "ruff check --no-cache --line-length 120",
        "ruff format --no-cache --check",
        "yamllint --strict .",
    ],
)
def test_linters_find_nothing(project, command):
    assert run(project, *command.split()) == ""


@pytest.mark.parametrize("command", ["ruff check", "ruff format --check"])
def test_the_laptop_runtime_is_clean_by_its_own_settings(rendered, command):
    runtime = rendered("retail") / "vendor/localrun"

    assert run(runtime, *command.split(), "--no-cache") == ""


@pytest.mark.parametrize(
    "folder", [".databricks", ".local", ".tools", ".venv", "vendor"]
)
def test_what_tools_leave_and_what_is_vendored_is_not_linted(
    rendered, tmp_path, folder
):
    project = shutil.copytree(rendered("retail"), tmp_path / "project")
    (project / folder / "uv").mkdir(parents=True)
    (project / folder / "uv/bad.py").write_text("import os,  sys\n")
    (project / folder / "uv/bad.yml").write_text("a:   [b\n")
    recipe = (project / "Makefile").read_text().partition("\nlint:")[2]
    commands = re.findall(r"^\t@\$\(BIN\)/(.+)$", recipe.split("\n\n")[0], re.MULTILINE)

    assert len(commands) == 3
    assert [run(project, *command.split()) for command in commands] == [""] * 3


def test_no_template_syntax_is_left_over(project):
    for file, text in texts(project):
        assert "<no value>" not in text, file
        if is_templated(project, file):
            # Expressions of GitHub, and parameters of SQL tasks between backticks.
            rest = re.sub(r"\$\{\{ (github|vars|inputs)(\.\w+)+ \}\}", "", text)
            rest = re.sub(r"`\{\{(catalog|schema|readers|operators)\}\}`", "", rest)
            assert not re.search(r"\{\{|\}\}", rest), file


def test_files_end_with_one_newline_and_lines_with_none_of_space(project):
    for file, text in texts(project):
        assert not re.search(r"[ \t\r]$", text, re.MULTILINE), file
        assert "\n\n\n" not in text or file.endswith(".py"), file
        assert not text.startswith("\n"), file
        assert text == "" or re.search(r"[^\n]\n\Z", text), file


def test_no_workspace_is_named(project):
    address = r"https?://(?!docs\.)[\w.-]*(databricks|azuredatabricks|127\.0\.0\.1)"
    for file, text in texts(project):
        assert not re.search(address, text), file


def test_no_registry_and_no_folder_of_a_machine_is_named(project):
    for file, text in texts(project):
        assert not re.search(r"index-url|pypi\.org", text), file
        assert str(ROOT) not in text, file
        assert f"{Path.home()}/" not in text, file


def test_windows_can_check_out_every_file(project):
    for file in files(project):
        assert not any(HOSTILE.search(part) for part in file.split("/")), file
        assert len(file) < 120
    assert len({file.lower() for file in files(project)}) == len(files(project))


def test_sqlfluff_finds_nothing_in_the_files_as_they_are(rendered):
    done = tool("sqlfluff", "sqlfluff", "lint", "sql", cwd=rendered("retail"))

    assert done.returncode == 0, done.stdout
