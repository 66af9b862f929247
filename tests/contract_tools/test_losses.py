"""What would be lost, were a source read again."""

import pytest

from contract_tools.losses import lost
from medallion.model import Table, Topic

FILES = Table("orders", "", "fact", "json")


@pytest.fixture(scope="module")
def rows(spark):
    """rows({file: n}): bronze with so many rows of each file."""

    def made(counts: dict):
        return spark.createDataFrame(
            [(str(file),) for file, count in counts.items() for _ in range(count)],
            "_source_file STRING",
        )

    return made


def test_rows_are_lost_whose_files_are_gone(rows, tmp_path):
    there = tmp_path / "a b.json"
    there.write_text("{}")
    assert lost(FILES, rows({there.as_uri(): 2})) == ""
    gone = {f"file:///gone/{name}.json": 3 for name in "abcd"}
    assert lost(FILES, rows({there.as_uri(): 2, **gone})) == (
        "12 of its 14 rows, whose files are gone (a.json, b.json, c.json and 1 more), "
        "would be lost"
    )


def test_what_a_topic_or_a_table_of_others_still_has_is_not_known(rows):
    topic = Table("orders", "", "fact", "kafka", topic=Topic("shop.orders"))
    table = Table("orders", "", "scd1", "delta", location="main.crm.orders")
    bronze = rows({"kafka://shop.orders/0@1": 1, "kafka://shop.orders/0@2": 1})
    words = "2 of its 2 rows would be lost, but for those that {} still has"
    assert lost(topic, bronze) == words.format("the topic shop.orders")
    assert lost(table, bronze) == words.format("main.crm.orders")


def test_bronze_without_rows_has_none_to_lose(rows):
    assert lost(Table("o", "", "fact", "kafka", topic=Topic("o")), rows({})) == ""
