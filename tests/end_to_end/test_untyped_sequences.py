"""Sources known by name only, ordered by a column that has no type in the contract."""

import pytest
from end_to_end.project import Project, errors

from render import render

SOURCES = (
    "orders:json:fact:order_id:ordered_at,"
    "clients:csv:scd2:client_id:changed_at,"
    "levels:parquet:scd2:level_id:version"
)
# With these the orders point to both; the other two keep passing through as text.
PROPERTIES = """\
    properties:
      - {name: order_id, logicalType: string, physicalType: STRING, primaryKey: true}
      - {name: ordered_at, logicalType: timestamp, physicalType: TIMESTAMP}
      - name: client
        logicalType: string
        physicalType: STRING
        relationships: [{to: clients.client_id}]
      - name: level
        logicalType: string
        physicalType: STRING
        relationships: [{to: levels.level_id}]
"""
ORDERS = """\
{"order_id": "1", "ordered_at": "2025-10-05", "client": "a", "level": "x"}
{"order_id": "2", "ordered_at": "2024-01-01 08:00:00Z", "client": "a", "level": "y"}
{"order_id": "3", "ordered_at": "2026-01-01T00:00:00", "client": "b", "level": "x"}
{"order_id": "4", "ordered_at": "2025-10-01", "client": "a"}
"""
# As text, the second of these dates comes after the third, and 9 after 10.
CLIENTS = """\
client_id;name;visits;changed_at
a;Ann;1;2025-9-29
a;Anna;2;2025-9-30
a;Annabel;3;2025-10-01T12:00:00
a;Annabel;4;2025-10-02
b;Bo;1;01.10.2025
b;Bob;1;
"""
# No file has a `tier` yet.
OPTIONS = """\
      - {property: readerOptions, value: {sep: ";"}}
      - {property: historyColumns, value: [name, tier]}
"""
LEVELS = "VALUES ('x', 'low', 9), ('x', 'high', 10), ('y', 'low', -1), ('z', '', NULL)"
CHANGED_AT = '      - {property: sequenceBy, value: "changed_at"}\n'


def change(project: Project, old: str, new: str) -> None:
    (contract,) = (project.root / "contract").iterdir()
    text = contract.read_text()
    assert old in text
    contract.write_text(text.replace(old, new))


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    answers = {"project_name": "untyped", "sources": SOURCES}
    project = Project(render(answers, tmp_path_factory.mktemp("untyped")))
    change(project, CHANGED_AT, CHANGED_AT + OPTIONS)
    return project


@pytest.fixture(scope="module")
def pipeline(project, tmp_path_factory, spark):
    for source in ("orders", "clients", "levels"):
        (project.landing / source).mkdir(parents=True, exist_ok=True)
    (project.landing / "orders/1.json").write_text(ORDERS)
    (project.landing / "clients/1.csv").write_text(CLIENTS)
    levels = spark.sql(f"SELECT * FROM {LEVELS} AS t(level_id, label, version)")
    levels.coalesce(1).write.mode("append").parquet(str(project.landing / "levels"))
    pipeline = project.pipeline(tmp_path_factory.mktemp("warehouse"))
    assert not errors(pipeline.update())
    return pipeline


def rows(pipeline, query: str) -> list[tuple]:
    return sorted(tuple(map(str, row)) for row in pipeline.sql(query).collect())


def test_times_are_ordered_as_times_and_numbers_as_numbers(pipeline):
    current = "SELECT {}, {} FROM silver_{}_current"
    assert rows(pipeline, current.format("client_id", "name", "clients")) == [
        ("a", "Annabel")
    ]
    assert rows(pipeline, current.format("level_id", "label", "levels")) == [
        ("x", "high"),
        ("y", "low"),
    ]


def test_what_is_neither_is_quarantined_with_the_remedy(pipeline):
    broken = "SELECT name, failed_rules.name, failed_rules.reason FROM quarantine_{}"
    assert rows(pipeline, broken.format("clients")) == [
        (
            "Bo",
            "['changed_at_is_ordered']",
            "['changed_at must be a number or a time such as 2026-11-21T10:00:00Z, or "
            "have a type in the contract']",
        ),
        ("Bob", "['changed_at_is_present']", "['changed_at must not be missing']"),
    ]
    broken = "SELECT level_id, failed_rules.name FROM quarantine_levels"
    assert rows(pipeline, broken) == [("z", "['version_is_present']")]


def test_versions_of_a_time_say_from_when_to_when(pipeline):
    """A change of what is no history changes the version that there is."""
    columns = "name, visits, valid_from, valid_to, is_current"
    versions = f"SELECT {columns} FROM gold_dim_clients WHERE client_id IS NOT NULL"
    assert rows(pipeline, versions) == [
        ("Ann", "1", "1900-01-01 00:00:00", "2025-09-30 00:00:00", "False"),
        ("Anna", "2", "2025-09-30 00:00:00", "2025-10-01 12:00:00", "False"),
        ("Annabel", "4", "2025-10-01 12:00:00", "None", "True"),
    ]


def test_a_fact_says_when_it_happened(pipeline):
    dates = "SELECT order_id, date_key FROM gold_fact_orders"
    happened = [
        ("1", "20251005"),
        ("2", "20240101"),
        ("3", "20260101"),
        ("4", "20251001"),
    ]
    assert rows(pipeline, dates) == happened
    lost = "gold_fact_orders ANTI JOIN gold_dim_date USING (date_key)"
    assert rows(pipeline, f"SELECT count(*) FROM {lost}") == [("0",)]


def test_facts_join_the_version_of_their_time_or_else_the_current_one(
    project, pipeline
):
    keys = '      - {property: keys, value: ["order_id"]}\n'
    sequence = '      - {property: sequenceBy, value: "ordered_at"}\n'
    with_tiebreaker = sequence.replace('"ordered_at"', "[ordered_at, order_id]")
    change(project, keys + sequence, with_tiebreaker + PROPERTIES)
    again = project.rereading(pipeline.warehouse, "orders")
    rebuilt = again.update(["gold_fact_orders"], full_refresh=["bronze_orders+"])
    assert not errors(rebuilt)

    assert rows(
        pipeline,
        "SELECT order_id, name, label FROM gold_fact_orders "
        "JOIN gold_dim_clients USING (clients_key) "
        "JOIN gold_dim_levels USING (levels_key)",
    ) == [
        ("1", "Annabel", "high"),
        ("2", "Ann", "low"),
        ("3", "None", "high"),
        ("4", "Anna", "None"),
    ]
