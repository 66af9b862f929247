"""Every format in every role that it can have: fifty sources in one project.

Each gets the same few rows, in two deliveries with an update after each. What must be
in the tables then, DuckDB computes from the rows as they were delivered.
"""

import time

import duckdb
import pytest
from end_to_end.project import Project, errors, versions
from projects import answers

from generator.from_contract import formats
from localrun import Pipeline
from medallion import contract

pytestmark = [pytest.mark.nightly, pytest.mark.slow]
NAMES = [entry.split(":")[0] for entry in answers("fifty")["sources"].split(", ")]
DAYS = [f"2026-01-0{day}T00:00:00" for day in range(1, 7)]
# id, at, name of each row; a NULL id breaks a rule.
FIRST = [(1, DAYS[0], "Ann"), (2, DAYS[1], "Bob"), (None, DAYS[1], "nobody")]
SECOND = [(3, DAYS[3], "Cy"), (1, DAYS[4], "Anna"), (2, DAYS[1], "Bob")]
# Whole copies: the second one has lost a row, and changed one.
WHOLE = [(1, DAYS[4], "Anna"), (3, DAYS[3], "Cy"), (None, DAYS[1], "nobody")]
COLUMNS = ("id", "at", "name")
IS_WHOLE = ("snapshot", "reference")

# What the rows come to in silver, by role: `delivered` has all rows of one source, with
# `delivery` 1 or 2, and `place`, their place in it.
ACCEPTED = "SELECT * FROM delivered WHERE id IS NOT NULL"
SILVER = {
    "fact": f"SELECT DISTINCT ON (id) id, name FROM ({ACCEPTED}) ORDER BY delivery",
    "scd1": f"""SELECT id, name FROM ({ACCEPTED})
        QUALIFY row_number() OVER (PARTITION BY id ORDER BY "at" DESC) = 1""",
    "scd2": f"SELECT DISTINCT id, name FROM ({ACCEPTED})",
    "snapshot": f"SELECT DISTINCT id, name FROM ({ACCEPTED})",
    "reference": f"SELECT id, name FROM ({ACCEPTED}) WHERE delivery = 2",
}
CURRENT = {
    "scd2": SILVER["scd1"],
    # Whose the row without an id is nobody knows: so its dump deletes nobody.
    "snapshot": f"""SELECT DISTINCT ON (id) id, name FROM ({ACCEPTED})
        ORDER BY delivery DESC""",
}


def second(table: contract.Table) -> list[tuple]:
    return WHOLE if table.role in IS_WHOLE else SECOND


class Fifty:
    """The project of fifty sources, and how rows are delivered to each of them."""

    def __init__(self, project: Project, broker, spark, folder):
        self.project, self.broker, self.spark = project, broker, spark
        self.folder, self.landing = folder, folder / "landing"
        (path,) = (project.root / "contract").glob("*.odcs.yaml")
        self.tables = {table.name: table for table in contract.load(path)}
        conf = {"pipeline.kafka.bootstrap_servers": broker.servers}
        self.pipeline = Pipeline(
            *(project.root, folder / "warehouse", self.landing, conf),
            tables=folder / "tables",
        )

    def deliver(self, number: int) -> None:
        for table in self.tables.values():
            rows = second(table) if number == 2 else FIRST
            if table.format in ("kafka", "eventhubs"):
                values = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
                self.broker.send(table.name, *values)
            elif table.format == "delta":
                self.commit(table, rows, number)
            else:
                self.land(table, rows, number)

    def land(self, table, rows: list[tuple], number: int) -> None:
        folder = self.landing / table.name
        folder.mkdir(parents=True, exist_ok=True)
        # The file of a reference takes the place of the one before it.
        name = "all" if table.role == "reference" else f"{number:03}"
        path = folder / f"{name}.{table.format}"
        if table.format == "text":
            path.write_text("".join(f"{row[2]}\n" for row in rows))
            return
        values = [dict(zip(COLUMNS, row, strict=True)) for row in rows]
        formats.of(table).write(path, table, COLUMNS, values)

    def commit(self, table, rows: list[tuple], number: int) -> None:
        """Another team's table: appended to, or changed row by row."""
        path = str(self.folder / "tables" / table.location.replace(".", "/"))
        frame = self.spark.createDataFrame(rows, "id INT, at STRING, name STRING")
        if number == 1 or table.role in ("fact", "reference"):
            mode = "overwrite" if table.role == "reference" else "append"
            writer = frame.coalesce(1).write.format("delta").mode(mode)
            writer.option("delta.enableChangeDataFeed", "true").save(path)
            return
        frame.createOrReplaceTempView("changes")
        self.spark.sql(
            f"MERGE INTO delta.`{path}` AS t USING changes AS c ON t.id = c.id "
            "WHEN MATCHED AND t.name <> c.name THEN UPDATE SET * "
            "WHEN NOT MATCHED THEN INSERT *"
        )

    def rows(self, query: str) -> list[tuple]:
        found = self.pipeline.sql(query).collect()
        return sorted(((str(i), name) for i, name in found), key=str)


@pytest.fixture(scope="module")
def fifty(rendered, broker, spark, tmp_path_factory):
    made = Fifty(
        *(Project(rendered("fifty")), broker, spark, tmp_path_factory.mktemp("fifty"))
    )
    for number in (1, 2):
        made.deliver(number)
        began = time.monotonic()
        result = made.pipeline.update()
        print(f"update {number}: {len(result.flows)} flows, ", end="")
        print(f"{time.monotonic() - began:.0f} seconds")
        assert not errors(result)
    return made


def columns_of(table: contract.Table) -> str:
    """Id and name: of a message without `properties`, the payload stays whole."""
    name = "get_json_object(payload, '$.name')" if table.topic else "name"
    return f"id, {name}"


def expected(table: contract.Table, query: str) -> list[tuple]:
    """What DuckDB makes of the rows as they were delivered."""
    database = duckdb.connect()
    database.execute(
        'CREATE TABLE delivered (delivery INT, place INT, id INT, "at" TEXT, name TEXT)'
    )
    for delivery, rows in ((1, FIRST), (2, second(table))):
        values = [(delivery, place, *row) for place, row in enumerate(rows)]
        database.executemany("INSERT INTO delivered VALUES (?, ?, ?, ?, ?)", values)
    found = database.execute(query).fetchall()
    return sorted(((str(i), name) for i, name in found), key=str)


@pytest.mark.parametrize("name", NAMES)
def test_silver_holds_what_duckdb_makes_of_the_rows(fifty, name):
    table = fifty.tables[name]
    columns, query = columns_of(table), SILVER[table.role]
    if table.format == "text":
        columns, query = "value, value", "SELECT DISTINCT name, name FROM delivered"
        query += " WHERE delivery = 2" if table.role == "reference" else ""
    found = fifty.rows(f"SELECT {columns} FROM silver_{name}")
    assert found == expected(table, query)


@pytest.mark.parametrize("name", [n for n in NAMES if n.endswith(tuple(CURRENT))])
def test_the_current_versions_are_those_of_the_last_delivery(fifty, name):
    table = fifty.tables[name]
    columns = columns_of(table)
    found = fifty.rows(f"SELECT {columns} FROM silver_{name}_current")
    assert found == expected(table, CURRENT[table.role])


@pytest.mark.parametrize("name", NAMES)
def test_bronze_is_what_was_delivered_and_the_bad_row_is_quarantined(fifty, name):
    table = fifty.tables[name]
    bad = 0 if table.format == "text" else 1 + (table.role == "snapshot")
    all_rows = len(WHOLE) if table.role == "reference" else len(FIRST + SECOND)
    if table.reads_changes:  # a merge that leaves a row as it is changes nothing
        all_rows -= 1
    (found,) = fifty.pipeline.sql(
        f"SELECT (SELECT count(*) FROM quarantine_{name}), "
        f"(SELECT count(*) FROM bronze_{name})"
    ).collect()
    assert tuple(found) == (bad, all_rows)


def test_an_update_without_new_data_changes_nothing(fifty):
    before = versions(fifty.pipeline)
    assert not errors(fifty.pipeline.update())
    assert versions(fifty.pipeline) == before


def test_the_graph_of_fifty_sources_is_sound(fifty):
    began = time.monotonic()
    graph = fifty.pipeline.validate()
    print(f"dry run: {time.monotonic() - began:.0f} seconds")
    assert not graph.problems
    assert len(graph.datasets) > 300
