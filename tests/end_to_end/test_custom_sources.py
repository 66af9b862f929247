"""Three sources known by name, format, role and key only: they run at once."""

import json

import pytest
from end_to_end.project import Project, contents, errors, versions


@pytest.fixture(scope="module")
def landing(tmp_path_factory):
    return tmp_path_factory.mktemp("landing")


def deliver(landing, source: str, file: str, text: str) -> None:
    folder = landing / source
    folder.mkdir(exist_ok=True)
    (folder / file).write_text(text)


def lines(*rows: dict) -> str:
    return "".join(json.dumps(row) + "\n" for row in rows)


@pytest.fixture(scope="module")
def shop(rendered, landing, tmp_path_factory, spark):
    """orders:json:fact:order_id:ordered_at, clients:csv:scd2:client_id:changed_at,
    regions:csv:reference:region_id; two updates, the second with new columns."""
    project = Project(rendered("three_sources"), landing)
    deliver(
        landing,
        "orders",
        "1.json",
        lines(
            {"order_id": 1, "ordered_at": "2026-01-05T10:00:00", "client_id": "a"},
            {"order_id": 2, "ordered_at": "2026-01-06T10:00:00", "colour": "red"}
            | {"record": "a", "Date_Key": "b", "_ingested_at": "c", "valid_from": "d"},
            {"order_id": None, "ordered_at": "2026-01-06T10:00:00", "client_id": "b"},
        )
        + "{broken\n",
    )
    deliver(
        landing,
        "clients",
        "1.csv",
        "client_id,name,changed_at\na,Ann,2026-01-01T00:00:00\n"
        ',nobody,2026-01-01T00:00:00\nb,"Bo\nby",2026-01-01T00:00:00\n',
    )
    deliver(landing, "regions", "1.csv", "region_id,label\nn,North\n,Nowhere\n")
    pipeline = project.pipeline(tmp_path_factory.mktemp("warehouse"))
    result = pipeline.update()
    assert not errors(result)
    # Records, not the lines or the files that they stand in.
    assert result.flows["bronze_orders"].outcome.rows_in == 4
    assert result.flows["bronze_clients"].outcome.rows_in == 3
    deliver(
        landing,
        "clients",
        "2.csv",  # the columns in another order, and one more
        "changed_at,client_id,name,tier,valid_from,is_current,clients_key,record\n"
        "2026-02-01T00:00:00,a,Anna,gold,today,yes,7,old\n",
    )
    deliver(landing, "regions", "1.csv", "region_id,label\nn,North\ns,South\n,None\n")
    deliver(
        landing,
        "orders",
        "2.json",
        lines({"order_id": 3, "ordered_at": "2026-02-05T10:00:00", "new": {"x": 1}}),
    )
    assert not errors(pipeline.update())
    return pipeline


def rows(pipeline, query: str) -> list[tuple]:
    return sorted((tuple(row) for row in pipeline.sql(query).collect()), key=str)


def test_all_columns_pass_through_as_text(shop):
    assert rows(shop, "SELECT order_id, client_id, colour, new FROM silver_orders") == [
        ("1", "a", None, None),
        ("2", None, "red", None),
        ("3", None, None, '{"x": 1}'),
    ]


def test_a_column_with_a_name_that_the_pipeline_needs_is_kept_under_another(shop):
    order = "SELECT source_record, source_Date_Key, source_ingested_at, valid_from"
    assert rows(shop, f"{order} FROM gold_fact_orders WHERE order_id = 2") == [
        ("a", "b", "c", "d")
    ]
    assert rows(shop, "SELECT count(*) FROM gold_fact_orders WHERE date_key < 0") == [
        (0,)
    ]
    client = "source_valid_from, source_is_current, source_clients_key, source_record"
    assert rows(
        shop, f"SELECT {client}, name FROM gold_dim_clients WHERE tier = 'gold'"
    ) == [("today", "yes", "7", "old", "Anna")]


def test_rows_without_a_key_or_unreadable_are_quarantined(shop):
    assert rows(shop, "SELECT failed_rules.name FROM quarantine_orders") == [
        (["line_is_readable"],),
        (["order_id_is_present"],),
    ]
    assert rows(shop, "SELECT name FROM quarantine_clients") == [("nobody",)]


def test_csv_is_read_by_header_and_its_history_is_kept(shop):
    assert rows(
        shop,
        "SELECT client_id, name, tier, __END_AT IS NULL FROM silver_clients",
    ) == [
        ("a", "Ann", None, False),
        ("a", "Anna", "gold", True),
        ("b", "Bo\nby", None, True),
    ]


def test_a_reference_is_reloaded_whole(shop):
    assert rows(shop, "SELECT region_id, label FROM silver_regions") == [
        ("n", "North"),
        ("s", "South"),
    ]
    assert rows(shop, "SELECT label FROM quarantine_regions") == [("None",)]


def test_dimensions_and_facts_stand_in_gold(shop):
    assert rows(shop, "SELECT count(*) FROM gold_dim_clients WHERE is_current") == [
        (3,)  # two clients and the unknown one
    ]
    assert rows(shop, "SELECT count(*) FROM gold_fact_orders") == [(3,)]


def test_an_update_without_new_files_changes_nothing(shop):
    before = versions(shop)
    result = shop.update()
    assert not errors(result)
    assert versions(shop) == before
    assert result.flows["bronze_clients"].outcome.note == "no new data"


def test_a_full_refresh_gives_the_same_contents(shop):
    before = contents(shop)
    assert not errors(shop.update(full_refresh=[]))
    assert contents(shop) == before
