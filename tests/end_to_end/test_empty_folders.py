"""The first day: no source has a file yet. Then files come, with a new column.

Pages: ingestion/cloud-object-storage/auto-loader/schema (a stream with a given schema
cannot add columns), error-messages (CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE).
"""

import pytest
import yaml
from end_to_end.project import Project, errors

from generator.from_contract import formats
from medallion import contract
from render import render

pytestmark = [pytest.mark.nightly, pytest.mark.slow]
# Every format and every role; `raw` alone is without properties.
SOURCES = (
    "events:json:fact:id:at,former:parquet:fact:id:at,raw:csv:fact:id:at,"
    "people:csv:scd2:id:at,items:xml:scd1:id:at,devices:avro:fact:id:at,"
    "dumps:csv:snapshot:id,rates:orc:reference:id,lines:text:fact:value"
)
PROPERTIES = [
    {"name": "id", "physicalType": "BIGINT", "primaryKey": True},
    {"name": "at", "logicalType": "timestamp", "physicalType": "TIMESTAMP"},
    {"name": "name", "logicalType": "string", "physicalType": "STRING"},
]
UNTYPED = ("raw", "lines")
COLUMNS = ("id", "at", "name", "colour")
ROWS = [(1, "2026-01-01T00:00:00", "Ann", "red"), (2, "2026-01-02T00:00:00", "Bo", "")]


class FirstDay:
    def __init__(self, folder):
        root = render({"project_name": "first_day", "sources": SOURCES}, folder)
        path = root / "contract/first_day.odcs.yaml"
        document = yaml.safe_load(path.read_text())
        for entry in document["schema"]:
            custom = entry["customProperties"]
            if entry["name"] not in UNTYPED:
                entry["properties"] = PROPERTIES
                custom[:] = [one for one in custom if one["property"] != "keys"]
            if entry["name"] == "former":
                into = {"into": "events", "once": True}
                custom += [{"property": k, "value": v} for k, v in into.items()]
        path.write_text(yaml.safe_dump(document))
        self.tables = {table.name: table for table in contract.load(path)}
        self.project = Project(root, folder / "landing")
        self.pipeline = self.project.pipeline(folder / "warehouse")

    def deliver(self) -> None:
        for table in self.tables.values():
            path = self.project.landing / table.name / f"1.{table.format}"
            if table.format == "text":
                path.write_text("Ann\nBo\n")
                continue
            values = [dict(zip(COLUMNS, row, strict=True)) for row in ROWS]
            formats.of(table).write(path, table, COLUMNS, values)

    def rows(self, query: str) -> list[tuple]:
        return sorted(map(tuple, self.pipeline.sql(query).collect()))


@pytest.fixture(scope="module")
def first_day(spark, tmp_path_factory):
    made = FirstDay(tmp_path_factory.mktemp("first_day"))
    made.empty = made.pipeline.update()
    made.counts = made.pipeline.row_counts()
    made.deliver()
    made.full = made.pipeline.update()
    return made


def test_an_update_without_any_file_makes_every_table_without_rows(first_day):
    assert not errors(first_day.empty)
    shown = {name: n for name, n in first_day.counts.items() if n}
    # The calendar, the unknown members, and a row a table that says all is well
    assert not [n for n in shown if n.startswith(("bronze", "quarantine", "silver"))]
    for table in first_day.tables.values():
        assert f"bronze_{table.name}" in first_day.counts
        assert table.into or f"silver_{table.name}" in first_day.counts


@pytest.mark.parametrize("name", [s.split(":")[0] for s in SOURCES.split(",")])
def test_files_that_come_later_are_read_with_their_new_columns(first_day, name):
    assert not errors(first_day.full)
    if name == "lines":
        found = first_day.rows("SELECT value FROM silver_lines")
        assert found == [("Ann",), ("Bo",)]
        return
    query = f"SELECT CAST(id AS INT), name, nullif(colour, '') FROM bronze_{name}"
    assert first_day.rows(query) == [(1, "Ann", "red"), (2, "Bo", None)]
    target = first_day.tables[name].into or name
    found = first_day.rows(
        f"SELECT DISTINCT CAST(id AS INT), name FROM silver_{target}"
    )
    assert found == [(1, "Ann"), (2, "Bo")]


def test_a_backfill_waits_for_its_files(first_day):
    flow = "former_into_events"
    assert flow not in first_day.empty.flows
    assert first_day.full.flows[flow].status == "COMPLETED"


def test_a_reference_whose_file_is_replaced_right_now_stops_nothing(first_day):
    (file,) = (first_day.project.landing / "rates").iterdir()
    file.unlink()
    again = ["bronze_rates", "quarantine_rates", "silver_rates"]
    assert not errors(first_day.pipeline.update(refresh=again))
    assert first_day.rows("SELECT id FROM silver_rates") == []
