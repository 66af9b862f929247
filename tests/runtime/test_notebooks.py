"""Notebooks in Python's source format, cell by cell."""

import textwrap

import pytest

from localrun.engine import notebooks

HEAD = "# Databricks notebook source\n"
CELL = "\n\n# COMMAND ----------\n\n"


@pytest.fixture
def run(tmp_path):
    """Run cells; returns what they define, and what is said not to run here."""

    def run(*cells, **others):
        for name, text in others.items():
            (tmp_path / f"{name}.py").write_text(HEAD + textwrap.dedent(text))
        file = tmp_path / "main.py"
        file.write_text(HEAD + CELL.join(textwrap.dedent(cell) for cell in cells))
        scope, notes = {}, []
        notebooks.run(
            file, scope, lambda path, line, text: notes.append((path.name, line, text))
        )
        return scope, notes

    return run


def test_cells_of_code_run_in_order_in_one_scope(run):
    scope, notes = run("a = 1", "b = a + 1", "# MAGIC %python\n# MAGIC c = b + 1")
    assert (scope["a"], scope["b"], scope["c"]) == (1, 2, 3)
    assert notes == []


def test_text_is_left_out(run):
    assert (
        run("# MAGIC %md\n# MAGIC # Title", "# MAGIC %md-sandbox\n# MAGIC <b>")[1] == []
    )


def test_titles_and_comments_stand_before_magics(run):
    scope, notes = run(
        "# DBTITLE 1,Setup\n# MAGIC %run ./helpers",
        "# DBTITLE 1,Text\n# MAGIC %md\n# MAGIC Hello",
        "# A comment\nb = a + 1",
        helpers="a = 1",
    )
    assert scope["b"] == 2
    assert notes == []


def test_a_magic_of_one_line_leaves_the_rest_of_its_cell_to_python(run):
    scope, notes = run(
        "# MAGIC %pip install pyyaml\n# MAGIC a = 1",
        "# MAGIC %load_ext autoreload\n# MAGIC %autoreload 2\nb = 2",
        "# MAGIC %python c = 3",
    )
    assert (scope["a"], scope["b"], scope["c"]) == (1, 2, 3)
    assert notes == []


def test_a_file_may_begin_with_a_byte_order_mark(tmp_path):
    (tmp_path / "a.py").write_text("\ufeff" + HEAD + "a = 1\n", encoding="utf-8")
    scope = {}
    notebooks.run(tmp_path / "a.py", scope, None)
    assert scope["a"] == 1


def test_another_notebook_runs_in_the_same_scope(run):
    scope, _ = run("# MAGIC %run ./helpers", "b = a + 1", helpers="a = 1")
    assert scope["b"] == 2


@pytest.mark.parametrize(
    ("cell", "said"),
    [
        ("# MAGIC %sql\n# MAGIC SELECT 1", "a cell in %sql does not run on the laptop"),
        ("# MAGIC %sh ls", "a cell in %sh does not run on the laptop"),
        ("# MAGIC %run ./gone", "%run ./gone: there is no notebook"),
        ("# MAGIC %run ./main", "%run ./main: that notebook runs this one"),
        (
            "# MAGIC %pip install no-such-package==1 pyyaml -q",
            "%pip install no-such-package==1 pyyaml -q: install no-such-package into",
        ),
        ("# MAGIC %pip install pyyaml==1.0", "%pip install pyyaml==1.0: pyyaml is in"),
        ("# MAGIC %run ./main $a=1", "%run ./main: arguments do not run on the laptop"),
    ],
)
def test_what_does_not_run_is_noted_with_its_line(run, cell, said):
    _, [(file, line, text)] = run("a = 1", cell)
    assert (file, line) == ("main.py", 6)
    assert text.startswith(said)


def test_commands_beside_each_other_are_all_seen(run):
    _, notes = run("# MAGIC %pip install no-such-a\n# MAGIC %pip install no-such-b")
    assert [line for _, line, _ in notes] == [2, 3]


def test_an_error_names_the_line_of_the_file(run, tmp_path):
    with pytest.raises(ZeroDivisionError) as caught:
        run("a = 1", "b = 2\n1 / 0")
    frames = [entry for entry in caught.traceback if "main.py" in str(entry.path)]
    assert frames[-1].lineno + 1 == 7
