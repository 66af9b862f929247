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


RESOURCES = {
    "no YAML": (
        "resources: {pipelines\n  small: [\n",
        "resources/small.pipeline.yml, line 2: this is not YAML, ",
    ),
    "no resources": ("name: small\n", "resources/small.pipeline.yml has no pipeline"),
    "nothing": ("", "resources/small.pipeline.yml has no pipeline"),
    "no pipelines": ("resources: {jobs: {}}\n", "small.pipeline.yml has no pipeline"),
    "a list of pipelines": (
        "resources: {pipelines: [small]}\n",
        "resources/small.pipeline.yml has no pipeline: write one under resources, ",
    ),
    "an empty pipeline": (
        "resources: {pipelines: {small: }}\n",
        "resources/small.pipeline.yml: a pipeline in it is no mapping",
    ),
}


@pytest.mark.parametrize(("text", "words"), RESOURCES.values(), ids=RESOURCES)
def test_a_resource_that_is_no_pipeline_is_named(bundle, capsys, text, words):
    (bundle.root / "resources/small.pipeline.yml").write_text(text)
    assert words in refusal(capsys, "run", "--root", bundle.root)


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
