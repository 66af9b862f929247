"""Streams from tables that change: their change feeds, and changes left out.

Follows https://docs.databricks.com/aws/en/delta/delta-change-data-feed and, unless a
test names another page, https://docs.databricks.com/aws/en/structured-streaming/delta-lake.
"""

import shutil

import pytest

FEED = 'spark.readStream.option("readChangeFeed", "true")'
CUSTOMERS = """
@dp.temporary_view
def changes():
    rows = landed("changes", "id INT, name STRING, at INT, op STRING")
    return rows.select("id", "name", "at", "op")

dp.create_streaming_table("customers", table_properties=PROPERTIES)
dp.create_auto_cdc_flow(
    "customers", "changes", ["id"], "at", apply_as_deletes="op = 'D'",
    except_column_list=["op", "at"], stored_as_scd_type=2,
)
"""
ENABLED = 'PROPERTIES = {"delta.enableChangeDataFeed": "true"}\n' + CUSTOMERS
READER = f"""
@dp.table
def customer_changes():
    return {FEED}.table("customers")
"""


def change(id: int, name: str | None, at: int, op: str = "U") -> dict:
    return {"id": id, "name": name, "at": at, "op": op}


def test_the_feed_of_an_auto_cdc_target_tells_the_changes_of_its_rows(bundle):
    """docs: ldp/cdc-advanced. Rows that did not change are never in it."""
    bundle.write(ENABLED + READER)
    graph = bundle.pipeline.validate()
    assert graph.problems == {}
    added = ["_change_type", "_commit_version", "_commit_timestamp"]
    assert graph.schemas["customer_changes"].names[-3:] == added

    bundle.land("changes", change(1, "Ada", 1), change(2, "Bo", 1), change(3, "Cy", 1))
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    bundle.land("changes", change(1, "Al", 2), change(2, None, 2, "D"))
    assert bundle.run().ok
    table = bundle.pipeline.table("customer_changes")
    assert table.schema.names[-3:] == added
    rows = table.selectExpr("_change_type", "id", "name", "__START_AT", "__END_AT")
    assert sorted(map(tuple, rows.collect()), key=str) == [
        ("insert", 1, "Ada", 1, None),
        ("insert", 1, "Al", 2, None),
        ("insert", 2, "Bo", 1, None),
        ("insert", 3, "Cy", 1, None),
        ("update_postimage", 1, "Ada", 1, 2),
        ("update_postimage", 2, "Bo", 1, 2),
        ("update_preimage", 1, "Ada", 1, None),
        ("update_preimage", 2, "Bo", 1, None),
    ]
    before = bundle.versions()
    assert bundle.run().ok
    assert bundle.versions() == before


def test_a_table_that_gains_a_feed_and_a_reader_of_it_needs_no_new_rows(bundle):
    """The table's property is set when it is declared, also where nothing is new.

    The first that a reader gets is the table as it then is, as inserts.
    """
    bundle.write("PROPERTIES = {}\n" + CUSTOMERS).land("changes", change(1, "Ada", 1))
    assert bundle.run().ok
    bundle.write(ENABLED + READER)
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    path = bundle.pipeline.tables.path("customers")
    (detail,) = bundle.pipeline.spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()
    assert detail["properties"]["delta.enableChangeDataFeed"] == "true"
    rows = bundle.rows("customer_changes", "_change_type", "name")
    assert rows == [("insert", "Ada")]


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (
            "PROPERTIES = {}\n" + CUSTOMERS + READER,
            "customers has no change feed: define it with table_properties={",
        ),
        (
            ENABLED + READER.replace('table("customers")', 'table("changes")'),
            "changes is a view, and only a table has a change feed",
        ),
    ],
    ids=["not enabled", "view"],
)
def test_a_feed_that_is_not_there_is_refused(bundle, code, words):
    bundle.write(code).land("changes", change(1, "Ada", 1))
    assert words in bundle.pipeline.validate().problems["customer_changes"]
    assert words in bundle.run().flows["customer_changes"].error


FOLLOWER = """
@dp.temporary_view
def changes():
    feed = spark.readStream.option("readChangeFeed", "true").table("shop.crm.members")
    return feed.where("_change_type <> 'update_preimage'")

dp.create_streaming_table("members")
dp.create_auto_cdc_flow(
    "members", "changes", ["id"], "_commit_version",
    apply_as_deletes="_change_type = 'delete'",
    except_column_list=["_change_type", "_commit_version", "_commit_timestamp"],
)

@dp.table
def kept():
    reader = spark.readStream.option("skipChangeCommits", "true")
    return reader.table("shop.crm.members")

@dp.table
def strict():
    return spark.readStream.table("shop.crm.members")

@dp.table
def since():
    reader = spark.readStream.option("readChangeFeed", "true")
    return reader.option("startingVersion", 1).table("shop.crm.members").select("id")
"""


class OtherTable:
    """A Delta table that no pipeline makes, found by the name of its folder."""

    def __init__(self, bundle):
        self.spark = bundle.pipeline.spark
        self.path = bundle.root / ".local/tables/shop/crm/members"
        self.create("Ada", "Bo")

    def create(self, *names: str) -> None:
        shutil.rmtree(self.path, ignore_errors=True)
        self.write(*enumerate(names, 1))

    def write(self, *rows: tuple) -> None:
        df = self.spark.createDataFrame(rows, "id int, name string").coalesce(1)
        writer = df.write.format("delta").mode("append")
        writer.option("delta.enableChangeDataFeed", "true").save(str(self.path))

    def sql(self, statement: str) -> None:
        self.spark.sql(statement.format(f"delta.`{self.path}`"))


def test_a_table_of_others_is_followed_by_its_feed_and_by_what_is_appended(bundle):
    """Deletes are followed by AUTO CDC from the feed; ldp/cdc names this source."""
    bundle.write(FOLLOWER)
    members = OtherTable(bundle)
    members.write((3, "Cy"))
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    assert bundle.rows("since") == [(3,)]
    members.sql("DELETE FROM {} WHERE id = 2")
    members.sql("UPDATE {} SET name = 'Al' WHERE id = 1")
    members.write((4, "Di"))
    flows = bundle.run().flows
    assert bundle.rows("members") == [(1, "Al"), (3, "Cy"), (4, "Di")]
    assert bundle.rows("kept", "id", "name") == [
        (1, "Ada"),
        (2, "Bo"),
        (3, "Cy"),
        (4, "Di"),
    ]
    # The option counts at the first run only: what followed it is all there
    assert bundle.rows("since") == [(1,), (1,), (2,), (3,), (4,)]
    assert flows["strict"].status == "FAILED"
    assert flows["strict"].error == (
        f"strict reads file:{members.path} as a stream, and version 2 of that table "
        'changed or deleted rows: read its change feed, option("readChangeFeed", '
        '"true"), or leave such changes out with option("skipChangeCommits", "true")'
    )

    members.create("Eva")
    error = bundle.run().flows["kept"].error
    assert error == (
        "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE kept: a table that it reads as "
        "a stream was dropped and made again: read all of it with --full-refresh kept+"
    )
    assert bundle.run(full_refresh=["kept"]).flows["kept"].error == ""
    assert bundle.rows("kept") == [(1, "Eva")]
