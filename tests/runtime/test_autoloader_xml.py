"""XML by Auto Loader: query/formats/xml, auto-loader/schema."""

import json

import pytest
from autoloading import Source, rows
from pyspark.sql import functions as F

from localrun.errors import FlowError

HINTS = "cloudFiles.schemaHints"


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "xml", rowTag="order")


def orders(*inner: str) -> str:
    return "<orders>" + "".join(inner) + "</orders>"


def rescued(row: dict) -> dict:
    found = json.loads(row["_rescued_data"])
    assert found.pop("_file_path").endswith(".xml")
    return found


def test_elements_and_attributes_are_text_as_they_are_written(source):
    source.put(
        "a.xml",
        orders(
            '<order id="007"><total>3.10</total><note>&lt;é&gt;</note></order>',
            "<order><item>a</item><item>b</item><to><city>X</city></to></order>",
        ),
    )
    df = source.load()
    assert df.columns == ["_id", "item", "note", "to", "total", "_rescued_data"]
    df = df.withColumn("file", F.col("_metadata.file_name"))
    assert rows(source.write(df)) == [
        {"_id": "007", "total": "3.10", "note": "<é>", "file": "a.xml"},
        {"item": '["a","b"]', "to": '{"city":"X"}', "file": "a.xml"},
    ]


def test_new_elements_are_columns_of_the_next_load_and_rescued_before(source):
    source.put("a.xml", orders("<order><id>1</id></order>"))
    df = source.load()
    source.put("late.xml", orders("<order><id>2</id><new>x</new></order>"))
    one, two = sorted(rows(source.write(df)), key=lambda row: row["id"])
    assert (one, rescued(two)) == ({"id": "1"}, {"new": "x"})
    source.put("b.xml", orders("<order><new>y</new></order>"), age=1)
    assert {"new": "y"} in source.run()


def test_typed_hints_and_what_does_not_fit_them(source):
    source.put(
        "a.xml",
        orders(
            "<order><n>3.10</n><item>1</item><to><zip>01</zip></to></order>",
            "<order><n>x</n><item>1</item><item>2</item></order>",
        ),
    )
    hints = "n DECIMAL(5,2), item ARRAY<INT>, to STRUCT<zip: INT>"
    one, two = source.run(**{HINTS: hints})
    assert (str(one["n"]), one["item"], one["to"]) == ("3.10", [1], {"zip": 1})
    assert (two["item"], rescued(two)) == ([1, 2], {"n": "x"})


def test_a_file_that_is_not_well_formed_is_kept_as_text(source):
    broken = orders("<order><id>1</id></order>", "<order><id>2</order>")
    source.put("a.xml", broken)
    assert source.run(**{HINTS: "_corrupt_record STRING"}) == [
        {"id": "1"},
        {"_corrupt_record": broken},
    ]


def test_inferred_types(source):
    source.put("a.xml", orders('<order id="1"><total>3.5</total></order>'))
    df = source.load(**{"cloudFiles.inferColumnTypes": True})
    assert df.dtypes[:2] == [("_id", "bigint"), ("total", "double")]
    assert rows(source.write(df)) == [{"_id": 1, "total": 3.5}]


def test_xml_without_a_row_tag_is_refused(spark, tmp_path):
    with pytest.raises(FlowError, match="XML files need the option rowTag: the name"):
        Source(spark, tmp_path, "xml").load()
