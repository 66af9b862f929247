"""Sources that are Delta tables of others: appended rows, changes, and whole tables."""

import pytest
from end_to_end.project import Project, contents, errors, versions

from localrun import Pipeline
from render import render

SOURCES = (
    "orders:delta:fact:id:at@main.shop.orders,"
    "buyers:delta:scd2:id@main-eu.crm.buyers,"
    "stock:delta:scd1:id@main.erp.stock,"
    "lands:delta:reference:id@reference.geo.lands"
)


class Shop:
    """A pipeline over tables of others, and the ways in which these change."""

    def __init__(self, spark, folder):
        self.spark, self.tables = spark, folder / "tables"
        project = render({"project_name": "shop", "sources": SOURCES}, folder)
        self.project = Project(project)
        self.pipeline = Pipeline(
            project, folder / "warehouse", folder / "landing", tables=self.tables
        )

    def path(self, name: str) -> str:
        return str(self.tables.joinpath(*name.split(".")))

    def write(self, name: str, rows: str) -> None:
        frame = self.spark.sql(f"SELECT * FROM VALUES {rows}")
        writer = frame.coalesce(1).write.format("delta").mode("append")
        writer.option("delta.enableChangeDataFeed", "true").save(self.path(name))

    def change(self, name: str, statement: str) -> None:
        self.spark.sql(statement.format(f"delta.`{self.path(name)}`"))

    def run(self) -> None:
        assert not errors(self.pipeline.update())

    def rows(self, query: str) -> list[tuple]:
        return sorted(map(tuple, self.pipeline.sql(query).collect()), key=str)


@pytest.fixture(scope="module")
def shop(spark, tmp_path_factory) -> Shop:
    """Two updates; before the second, rows came, changed and went."""
    shop = Shop(spark, tmp_path_factory.mktemp("shop"))
    orders = "(1, '2026-01-05', 1.50), (NULL, '2026-01-05', NULL)"
    shop.write("main.shop.orders", f"{orders} AS t(id, at, amount)")
    shop.write("main-eu.crm.buyers", "(1, 'Ann'), (2, 'Bob'), (3, 'Cy') AS t(id, name)")
    shop.write("main.erp.stock", "(1, 10), (2, 20) AS t(id, pieces)")
    shop.write("reference.geo.lands", "('de', 'Germany') AS t(id, label)")
    shop.run()
    shop.first = shop.rows("SELECT id, name FROM silver_buyers_current")
    shop.write("main.shop.orders", "(2, '2026-01-06', 2.25) AS t(id, at, amount)")
    shop.change("main-eu.crm.buyers", "UPDATE {} SET name = 'Anna' WHERE id = 1")
    shop.change("main-eu.crm.buyers", "DELETE FROM {} WHERE id = 2")
    shop.write("main-eu.crm.buyers", "(4, 'Dora') AS t(id, name)")
    shop.change("main.erp.stock", "UPDATE {} SET pieces = 11 WHERE id = 1")
    shop.change("main.erp.stock", "DELETE FROM {} WHERE id = 2")
    shop.write("reference.geo.lands", "('fr', 'France') AS t(id, label)")
    shop.run()
    return shop


def test_a_fact_gets_what_is_appended(shop):
    assert shop.rows("SELECT id, at, amount FROM silver_orders") == [
        (1, "2026-01-05", 1.5),
        (2, "2026-01-06", 2.25),
    ]
    assert shop.rows("SELECT failed_rules.name FROM quarantine_orders") == [
        (["id_is_present"],)
    ]


def test_the_history_of_a_dimension_follows_the_changes_of_its_table(shop):
    assert shop.first == [(1, "Ann"), (2, "Bob"), (3, "Cy")]
    ended = "__END_AT IS NOT NULL"
    assert shop.rows(f"SELECT id, name, {ended} FROM silver_buyers") == [
        (1, "Ann", True),
        (1, "Anna", False),
        (2, "Bob", True),
        (3, "Cy", False),
        (4, "Dora", False),
    ]


def test_a_version_is_valid_from_its_commit_on(shop):
    query = """
        SELECT count(*) FROM gold_dim_buyers AS old JOIN gold_dim_buyers AS new
        ON old.name = 'Ann' AND new.name = 'Anna' AND old.valid_to = new.valid_from
    """
    assert shop.rows(query) == [(1,)]


def test_the_latest_rows_follow_the_changes_of_their_table(shop):
    assert shop.rows("SELECT id, pieces FROM silver_stock") == [(1, 11)]


def test_a_reference_is_the_table_as_it_is(shop):
    assert shop.rows("SELECT id, label FROM silver_lands") == [
        ("de", "Germany"),
        ("fr", "France"),
    ]


def test_bronze_says_which_change_of_which_commit_a_row_is(shop):
    changes = "SELECT _change, _change_version FROM bronze_buyers WHERE id = 1"
    assert shop.rows(changes) == [("insert", 0), ("update_postimage", 1)]
    assert shop.rows("SELECT DISTINCT _source_file FROM bronze_buyers") == [
        ("main-eu.crm.buyers",)
    ]


def test_an_update_without_new_commits_changes_nothing(shop):
    before = versions(shop.pipeline)
    shop.run()
    assert versions(shop.pipeline) == before


def test_a_full_refresh_keeps_the_changes_that_the_feed_may_not_have_any_more(shop):
    """Read again, the feed would begin with the table as it is: bronze has them all."""
    before = contents(shop.pipeline)
    assert not errors(shop.pipeline.update(full_refresh=[]))
    assert contents(shop.pipeline) == before
