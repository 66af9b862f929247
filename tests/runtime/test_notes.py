"""What an update says at its end though nothing failed."""

from contextlib import redirect_stdout
from io import StringIO

import pytest

from localrun import cli
from localrun.extension import Note

CODE = """
@dp.table
def orders():
    return landed("orders", "id INT")

@dp.table
def numbers():
    return spark.readStream.table("orders").select("id")

@dp.table
def empty():
    reader = spark.readStream.format("cloudFiles").option("cloudFiles.format", "json")
    return reader.schema("id INT").load(f"{LANDING}/empty")
"""
REMOVED = """
@dp.materialized_view
def days():
    return spark.range(3)
"""
RULED = CODE.replace(
    "@dp.table\ndef numbers", "@dp.table\n@dp.expect('low', 'id < 9')\ndef numbers"
)
INACTIVE = (
    "no source file defines it any more: it stays as it is, can be queried, and keeps "
    "its grants, until it is dropped (here: until its folder in the warehouse is "
    "deleted)"
)


@pytest.fixture(scope="module")
def noted(shared_bundle):
    """A bundle with what was noted in each of its updates.

    `first` all is well; then a file is overwritten, four are gone, a rule is added,
    and a table is not defined any more; `again` nothing has happened; then a row is
    deleted.
    """
    bundle = shared_bundle.write(CODE + REMOVED)
    folder = bundle.landing / "orders"
    (bundle.landing / "empty").mkdir(parents=True)
    for number in range(1, 7):
        bundle.land("orders", {"id": number})
    bundle.notes = {"first": bundle.run().notes}
    (folder / "0002.json").write_text('{"id": 2}\n{"id": 7}\n')
    for number in (1, 4, 5, 6):
        (folder / f"000{number}.json").unlink()
    bundle.write(RULED)
    with redirect_stdout(StringIO()) as out:
        assert cli.main(["run", "--root", str(bundle.root)]) == 0
    bundle.printed = out.getvalue().splitlines()
    bundle.notes["again"] = bundle.run().notes
    bundle.pipeline.sql("DELETE FROM orders WHERE id = 3")
    bundle.deleted = bundle.run()
    return bundle


def test_a_folder_without_files_is_noted(noted):
    said = Note("empty", f"{noted.landing / 'empty'} holds no files yet")
    assert noted.notes["first"] == [said]


def test_a_file_that_was_overwritten_is_named_and_not_read_again(noted):
    assert (
        "NOTE orders: files that changed since they were read are not read again: "
        f"{noted.landing}/orders/0002.json; deliver what is new under another name "
        "(cloudFiles.allowOverwrites would read all of the file again)"
    ) in noted.printed
    assert noted.rows("numbers") == [(number,) for number in range(1, 7)]


def test_files_that_are_gone_are_named_and_counted(noted):
    names = [f"{noted.landing}/orders/000{number}.json" for number in (1, 4, 5)]
    assert (
        f"NOTE orders: files are gone since they were read: {', '.join(names)} and 1 "
        "more; their rows stay, and reading the source again would lose them"
    ) in noted.printed


def test_a_table_that_is_not_defined_any_more_is_noted_at_each_update_and_stays(noted):
    assert noted.printed[-1] == f"NOTE days: {INACTIVE}"
    assert Note("days", INACTIVE) in noted.notes["again"]
    assert noted.rows("days") == [(0,), (1,), (2,)]


def test_changed_rules_are_noted(noted):
    said = "NOTE numbers: its rules changed, and rows that came before keep their"
    assert [line for line in noted.printed if line.startswith(said)]


def test_a_changed_file_is_noted_once(noted):
    assert {note.table for note in noted.notes["again"]} == {"empty", "days"}


def test_the_event_log_keeps_the_notes(noted):
    log = noted.pipeline.table("event_log").where("event_type = 'note'")
    tables = [row.name for row in log.selectExpr("origin.dataset_name name").collect()]
    assert {name: tables.count(name) for name in tables} == {
        "orders": 2,
        "numbers": 1,
        "empty": 4,
        "days": 3,
    }


def test_a_stream_fails_that_reads_a_table_from_which_rows_were_deleted(noted):
    """https://docs.databricks.com/aws/en/structured-streaming/delta-lake"""
    assert noted.deleted.flows["orders"].status == "COMPLETED"
    error = noted.deleted.flows["numbers"].error
    assert "changed or deleted rows" in error
    assert 'option("skipChangeCommits", "true")' in error
