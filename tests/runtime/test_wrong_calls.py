"""What keeps a command from starting is said in one sentence, with exit code 2."""

import pytest

from localrun import cli

CODE = """
@dp.materialized_view
def one():
    return spark.range(1)
"""


def refusal(capsys, *arguments: object) -> str:
    """What a command says that is not possible as it was called."""
    assert cli.main([*map(str, arguments)]) == 2
    (sentence,) = capsys.readouterr().err.strip().splitlines()
    return sentence


BUNDLES = {
    "not YAML": (
        "resources: {pipelines\n  small: [\n",
        "databricks.yml, line 2: the file is not YAML",
    ),
    "no resources": ("bundle: {name: small}\n", "the bundle defines no pipeline: "),
    "nothing": ("", "databricks.yml, line 1: the bundle has no name: write "),
    "a list of pipelines": (
        "resources: {pipelines: [small]}\n",
        "databricks.yml, line 1: pipelines is a list and must be a mapping",
    ),
    "an empty pipeline": (
        "bundle: {name: s}\nresources: {pipelines: {small: }}\n",
        "databricks.yml, line 2: pipeline small is empty: write at least its",
    ),
}


@pytest.mark.parametrize(("text", "words"), BUNDLES.values(), ids=BUNDLES)
def test_a_bundle_without_a_pipeline_is_told_what_it_lacks(bundle, capsys, text, words):
    (bundle.root / "databricks.yml").write_text(text)
    assert words in refusal(capsys, "run", "--root", bundle.root)


def test_a_folder_without_a_bundle_is_named(tmp_path, capsys):
    said = refusal(capsys, "run", "--root", tmp_path)
    assert str(tmp_path) in said
    assert "databricks.yml" in said


@pytest.mark.parametrize("option", ["--conf", "--var"])
def test_a_pair_without_its_value_is_refused(bundle, capsys, option):
    said = refusal(capsys, "run", "--root", bundle.root, option, "colour")
    assert said == f"localrun: {option} colour: write it as name=value"


def test_tables_of_an_older_localrun_are_not_taken_for_its_own(bundle, capsys):
    (bundle.root / ".local/warehouse/tables/orders/_delta_log").mkdir(parents=True)
    said = refusal(capsys, "run", "--root", bundle.root)
    assert "was made by an older localrun, which kept tables in another way" in said


@pytest.mark.parametrize("below", ["", "tables"])
@pytest.mark.parametrize("command", [["run"], ["sql", "SELECT 1"]], ids=["run", "sql"])
def test_a_file_cannot_be_the_warehouse(bundle, capsys, command, below):
    bundle.write(CODE)
    file = bundle.root / "file"
    file.touch()
    place = file / below
    said = refusal(capsys, *command, "--root", bundle.root, "--warehouse", place)
    words = f"{place} cannot hold tables ({file} is a file): choose another --warehouse"
    assert said == f"localrun: {words}"


def test_a_folder_with_a_name_too_long_cannot_be_the_warehouse(bundle, capsys):
    bundle.write(CODE)
    place = bundle.root / ("long" * 99)
    said = refusal(capsys, "run", "--root", bundle.root, "--warehouse", place)
    assert "cannot hold tables (File name too long)" in said


def test_a_folder_that_cannot_be_locked_cannot_be_the_warehouse(bundle, capsys):
    bundle.write(CODE)
    (bundle.root / ".local/warehouse/.lock").mkdir(parents=True)
    said = refusal(capsys, "run", "--root", bundle.root)
    assert f"{bundle.root / '.local/warehouse'} cannot hold tables (" in said


@pytest.mark.parametrize("format_", ["table", "json", "csv"])
@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT 1/0", "[DIVIDE_BY_ZERO]"),
        ("SELECT CAST('x' AS INT) FROM range(2)", "[CAST_INVALID_INPUT]"),
        ("SELECT raise_error('no such luck')", "no such luck"),
    ],
)
def test_a_query_that_fails_while_it_runs_is_refused(
    bundle, capsys, query, words, format_
):
    said = refusal(capsys, "sql", "--root", bundle.root, query, "--format", format_)
    assert words in said
