"""Several sources into one table, a backfill, and rows that truncate."""

import pytest
import yaml
from end_to_end.project import Project, contents, errors, versions
from end_to_end.test_custom_sources import deliver, lines
from end_to_end.validation import validate

from render import render

SOURCES = (
    "orders:json:fact:id:at,web:json:fact:id:at,old:json:fact:id:at,"
    "stock:json:scd1:id:at,recount:json:scd1:id:at,former:json:scd1:id:at,"
    "returns:json:fact:id:at,mail:json:fact:id:at"
)
ADDED = {
    "web": {"into": "orders"},
    "old": {"into": "orders", "once": True},
    "recount": {"into": "stock"},
    "former": {"into": "stock", "once": True},
    "stock": {"truncateWhen": "op = 'T'"},
    "mail": {"into": "returns"},
}
OF_RETURNS = {
    "from": ["returns.item"],
    "to": ["stock.id"],
    "customProperties": [{"property": "onMissing", "value": "quarantine"}],
}


def order(id: int | None, day: int) -> dict:
    return {"id": id, "at": f"2026-01-{day:02}"}


def count(id: str | None, n: str | None, day: int, op: str = "U") -> dict:
    return {"id": id, "n": n, "at": f"2026-01-{day:02}", "op": op}


class Shop:
    def __init__(self, folder):
        root = render({"project_name": "shop", "sources": SOURCES}, folder)
        self.contract = root / "contract/shop.odcs.yaml"
        document = yaml.safe_load(self.contract.read_text())
        for entry in document["schema"]:
            for name, value in ADDED.get(entry["name"], {}).items():
                custom = {"property": name, "value": value}
                entry["customProperties"].append(custom)
            if entry["name"] == "returns":
                entry["relationships"] = [OF_RETURNS]
        self.contract.write_text(yaml.safe_dump(document))
        self.project = Project(root, folder / "landing")
        self.project.landing.mkdir()
        self.pipeline = self.project.pipeline(folder / "warehouse")

    def deliver(self, source: str, file: str, *rows: dict) -> None:
        deliver(self.project.landing, source, file, lines(*rows))

    def run(self, **arguments) -> None:
        assert not errors(self.pipeline.update(**arguments))

    def rows(self, query: str) -> list[tuple]:
        return sorted(map(tuple, self.pipeline.sql(query).collect()), key=str)


@pytest.fixture(scope="module")
def shop(spark, tmp_path_factory) -> Shop:
    """Two updates; the second brings late rows, and more to the backfill."""
    shop = Shop(tmp_path_factory.mktemp("shop"))
    shop.deliver("orders", "1.json", order(1, 5))
    shop.deliver("web", "1.json", order(2, 6), order(None, 6), order(2, 6))
    shop.deliver("old", "1.json", order(-1, 1), order(-1, 1))
    shop.deliver("stock", "1.json", count("a", "1", 1), count("b", "1", 1))
    shop.deliver("recount", "1.json", count("a", "5", 5), count("c", "5", 5))
    shop.deliver("former", "1.json", count("a", "0", 1), count("e", "1", 1))
    shop.deliver("returns", "1.json", {**order(1, 6), "item": "a"})
    known, unknown = (
        {**order(id, 7), "item": item} for id, item in ((2, "c"), (3, "z"))
    )
    shop.deliver("mail", "1.json", known, unknown)
    shop.checked = shop.project.check()
    shop.run()
    shop.stock = shop.rows("SELECT id, n FROM silver_stock")
    shop.deliver("old", "2.json", order(-2, 1))
    shop.deliver("orders", "2.json", order(3, 7))
    truncate = count(None, None, 4, "T")
    shop.deliver("stock", "2.json", count("a", "3", 3), truncate, count("d", "9", 9))
    shop.run()
    return shop


def test_the_accepted_rows_of_all_sources_are_in_one_table(shop):
    assert shop.checked.returncode == 0, shop.checked.stderr
    assert shop.rows("SELECT id FROM silver_orders") == [
        ("-1",),
        ("1",),
        ("2",),
        ("3",),
    ]


def test_each_source_keeps_its_own_bronze_and_quarantine(shop):
    tables = shop.pipeline.tables.names()
    assert {"bronze_web", "quarantine_web", "bronze_old"} <= {*tables}
    own = {"silver_web", "silver_old", "silver_recount", "gold_fact_web"}
    assert not own & {*tables}
    assert shop.rows("SELECT failed_rules.name FROM quarantine_web") == [
        (["id_is_present"],)
    ]


def test_the_changes_of_all_sources_are_ordered_together(shop):
    assert shop.stock == [("a", "5"), ("b", "1"), ("c", "5"), ("e", "1")]


def test_rows_of_a_source_must_point_to_members_that_its_table_knows(shop):
    assert shop.rows("SELECT id, item FROM silver_returns") == [("1", "a"), ("2", "c")]
    assert shop.rows("SELECT id, failed_rules.name FROM quarantine_mail") == [
        ("3", ["item_exists"])
    ]


def test_a_truncate_removes_what_came_before_it_whichever_source_brought_it(shop):
    """It needs no key; what is older than it, and comes later, is nothing new."""
    assert shop.rows("SELECT id, n FROM silver_stock") == [
        ("a", "5"),
        ("c", "5"),
        ("d", "9"),
    ]
    assert shop.rows("SELECT * FROM quarantine_stock") == []


def test_an_update_without_new_rows_changes_nothing(shop):
    before = versions(shop.pipeline)
    shop.run()
    assert versions(shop.pipeline) == before


def test_a_full_refresh_of_the_table_takes_all_sources_and_the_backfill_again(shop):
    before = contents(shop.pipeline)
    shop.run(full_refresh=["silver_orders", "silver_stock"])
    after = contents(shop.pipeline)
    assert after["silver_stock"] == before["silver_stock"]
    ids = shop.rows("SELECT id FROM silver_orders")
    assert ids == [("-1",), ("-2",), ("1",), ("2",), ("3",)]


def test_validation_knows_where_the_rows_of_each_source_are(shop):
    share = ("--max-quarantine-share", "0.5")
    done = validate(shop.project, shop.pipeline.warehouse, *share)
    assert done.returncode == 0, done.stdout + done.stderr
