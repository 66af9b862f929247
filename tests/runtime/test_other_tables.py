"""Tables that the pipeline does not define, in a folder of this machine."""

import pytest

from localrun.errors import FlowError
from localrun.storage.other_tables import OtherTables

NAME = ("samples", "nyctaxi", "trips")


@pytest.fixture
def tables(tmp_path) -> OtherTables:
    return OtherTables(tmp_path / "tables")


def put(tables, path, text="x"):
    file = tables.folder / path
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text(text)


@pytest.mark.parametrize(
    ("files", "format_"),
    [
        (["samples/nyctaxi/trips.csv"], "csv"),
        (["Samples/NYCtaxi/Trips.CSV"], "csv"),
        (["samples/nyctaxi/trips.csv.gz"], "csv"),
        (["samples/nyctaxi/trips/a.csv", "samples/nyctaxi/trips/b.csv.gz"], "csv"),
        (["samples/nyctaxi/trips/part=1/a.parquet"], "parquet"),
        (["samples/nyctaxi/trips/a.jsonl"], "json"),
        (["samples/nyctaxi/trips/_delta_log/00.json"], "delta"),
        (
            ["samples/nyctaxi/trips/a.parquet", "samples/nyctaxi/trips/_SUCCESS"],
            "parquet",
        ),
    ],
)
def test_a_table_is_found_by_its_name(tables, files, format_):
    for file in files:
        put(tables, file)
    assert tables.find(NAME).format == format_


def test_a_table_that_is_not_there_is_none_and_the_sentence_says_what_to_put_where(
    tables,
):
    assert tables.find(NAME) is None
    said = tables.absent(NAME)
    assert said.startswith(
        "samples.nyctaxi.trips is not a table of this pipeline, and "
    )
    assert f"{tables.folder}/samples/nyctaxi/trips does not exist" in said
    assert (
        "as a Delta table or as files of Parquet, CSV (with a header) or JSON" in said
    )


@pytest.mark.parametrize(
    ("files", "what"),
    [
        (["a.csv", "b.json"], "csv and json files"),
        (["a.txt"], "no files"),
        ([".hidden.csv"], "no files"),
    ],
)
def test_a_folder_that_is_not_one_table_is_refused(tables, files, what):
    for file in files:
        put(tables, f"samples/nyctaxi/trips/{file}")
    with pytest.raises(
        FlowError, match=f"holds {what}, so samples.nyctaxi.trips cannot"
    ):
        tables.find(NAME)


def test_its_state_changes_with_its_files(tables):
    put(tables, "samples/nyctaxi/trips/a.csv")
    before = tables.find(NAME).token()
    assert tables.find(NAME).token() == before
    put(tables, "samples/nyctaxi/trips/b.csv")
    assert tables.find(NAME).token() != before


def test_two_files_that_could_be_the_table_are_refused(tables):
    put(tables, "samples/nyctaxi/trips.csv")
    put(tables, "samples/nyctaxi/trips.json")
    with pytest.raises(FlowError, match=r"could both be samples\.nyctaxi\.trips: keep"):
        tables.find(NAME)
