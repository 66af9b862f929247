"""What a source without files is read with, and what must not be analysed."""

import re
from pathlib import Path
from types import SimpleNamespace

import pytest

import medallion
from localrun.engine import dbutils
from localrun.storage.paths import Paths
from medallion import landing
from medallion.contract import Column, Table

TYPED = (
    Column("id", "BIGINT"),
    Column("at", "TIMESTAMP"),
    Column("n", "INT", transform="1"),
)
CORRUPT = "`_corrupt_record_of_reader` STRING"
# Columns that only files know. Everything else must do without: see docs/fidelity.md.
ANALYSED = {
    "medallion/drift.py": ["rows.columns", "rows.columns"],
    "medallion/files.py": [*["rows.columns"] * 3, "rows.dtypes"],
    "medallion/sources.py": ["rows.schema"],
}


@pytest.fixture
def folder(tmp_path):
    """The landing folder, which a workspace has as a volume."""
    paths = Paths(tmp_path, {"/Volumes/*/*/landing": "."})
    with dbutils.importable(dbutils.Dbutils(None, paths), None):
        yield tmp_path


def table(name: str = "t", format: str = "json", **more) -> Table:
    return Table(name, "", more.pop("role", "fact"), format, keys=("id",), **more)


def awaited(table: Table) -> str | None:
    """Of the session only its configuration is asked."""
    known = {"pipeline.landing": "/Volumes/main/s/landing"}
    return landing.awaited(SimpleNamespace(conf=SimpleNamespace(get=known.get)), table)


@pytest.mark.parametrize(
    ("source", "columns"),
    [
        (
            table(columns=TYPED),
            "`id` STRING, `at` STRING, `_corrupt_record_of_reader` STRING",
        ),
        (table(format="parquet", columns=TYPED), "`id` BIGINT, `at` TIMESTAMP"),
        (
            table(format="orc", role="reference", columns=TYPED),
            "`id` BIGINT, `at` TIMESTAMP",
        ),
        (
            table(
                format="csv",
                role="scd1",
                delete_when="op = 'D' AND ID > 0",
                sequence_by=("v",),
            ),
            f"`id` STRING, `v` STRING, `op` STRING, {CORRUPT}",
        ),
        # Its types are those of the files: none is better than a wrong one.
        (table(format="parquet"), None),
        (table(format="parquet", role="reference"), None),
        # Read once: its other columns would be lost.
        (table(once=True, into="other"), None),
        (table(format="text"), None),
        (table(format="delta", location="a.b.c"), None),
    ],
)
def test_the_columns_of_a_source_without_files(folder, source, columns):
    assert awaited(source) == columns


def test_a_missing_folder_is_made(folder):
    awaited(table())
    assert (folder / "t").is_dir()


def test_a_folder_that_cannot_be_made_is_left_to_its_reader(folder):
    (folder / "t").write_text("a file")
    assert awaited(table()) is None


@pytest.mark.parametrize(
    ("file", "is_one"),
    [
        ("a.json", True),
        ("deep/er/a.json", True),
        ("_a.json", False),
        (".b/a.json", False),
    ],
)
def test_a_file_counts_at_any_depth_unless_it_is_hidden(folder, file, is_one):
    path = folder / "t" / file
    path.parent.mkdir(parents=True)
    path.write_text("{}")
    assert (awaited(table()) is None) == is_one


def test_a_file_without_content_tells_no_columns(folder):
    (folder / "t").mkdir()
    (folder / "t/a.csv").touch()
    assert awaited(table(format="csv"))


@pytest.mark.parametrize(
    "options", [{"pathGlobFilter": "*.json"}, {"fileNamePattern": "a*"}]
)
def test_a_choice_of_files_is_not_looked_for(folder, options):
    assert awaited(table(reader_options=options)) is None


def test_no_dataset_function_analyses_but_for_columns_that_only_files_know():
    """Attributes of what is called rows, facts, stream or members: see `ANALYSED`."""
    look = re.compile(
        r"\b(?:rows|facts|stream|versions|known|joined)\.(?:columns|schema|dtypes)\b(?!\()"
    )
    root = Path(medallion.__file__).parent
    files = [*root.glob("*.py"), *root.parent.glob("transformations/*.py")]
    found = {
        f"{file.parent.name}/{file.name}": look.findall(file.read_text())
        for file in files
    }
    assert {name: looks for name, looks in found.items() if looks} == ANALYSED
