"""Lines and their headers, and days beside a fact's own, on rows of odd shapes."""

from datetime import date, datetime

import pytest
import yaml

from medallion import contract, integrity, star

CONTRACT = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: shop
version: "1.0.0"
status: active
schema:
  - name: orders
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: ordered_at}
    properties:
      - {name: order_id, physicalType: INT, primaryKey: true}
      - {name: ordered_at, physicalType: TIMESTAMP}
      - {name: shipped_at, physicalType: TIMESTAMP, relationships: [{to: date.date}]}
      - {name: paid_date, physicalType: DATE, relationships: [{to: date.date}]}
      - {name: buyer_id, physicalType: INT, relationships: [{to: people.id}]}
      - {name: payer_id, physicalType: INT, relationships: [{to: people.id}]}
  - name: lines
    customProperties: [{property: role, value: fact}, {property: format, value: json}]
    properties:
      - {name: line_id, physicalType: INT, primaryKey: true}
      - name: order_id
        physicalType: INT
        relationships:
          - to: orders.order_id
            customProperties: [{property: inheritKeys, value: [payer_key]}]
      - {name: product_id, physicalType: INT, relationships: [{to: products.id}]}
      - {name: packer_id, physicalType: INT, relationships: [{to: people.id}]}
  - name: people
    customProperties: [{property: role, value: scd1}, {property: format, value: json}]
    properties:
      - {name: id, physicalType: INT, primaryKey: true}
  - name: products
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: json}
      - {property: sequenceBy, value: at}
    properties:
      - {name: id, physicalType: INT, primaryKey: true}
      - {name: at, physicalType: TIMESTAMP}
""")
MARCH, MAY = datetime(2026, 3, 10, 12), datetime(2026, 5, 1)
ORDERS = [
    (1, MARCH, MAY, date(2026, 3, 12), 7, 8),
    (1, MAY, None, None, 8, 7),  # delivered again, after the window of deduplication
    (2, MAY, datetime(2199, 1, 1), None, 7, None),
]
LINES = [(1, 1, 5, 7), (2, 2, 5, 7), (3, 3, 5, 7), (4, None, 6, 9)]


@pytest.fixture(scope="module")
def gold(spark, tmp_path_factory):
    """The tables, their members, and the facts in gold."""
    path = tmp_path_factory.mktemp("lines") / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(CONTRACT), encoding="utf-8")
    tables = {table.name: table for table in contract.load(path)}
    versions = [(5, MARCH, MARCH, MAY), (5, MAY, MAY, None), (6, MARCH, MARCH, None)]
    bounds = "__START_AT TIMESTAMP, __END_AT TIMESTAMP"
    stored = {
        "people": spark.createDataFrame([(7,), (8,)], "id INT"),
        "products": spark.createDataFrame(versions, f"id INT, at TIMESTAMP, {bounds}"),
    }
    members = {n: (tables[n], star.members(df, tables[n])) for n, df in stored.items()}
    times = "ordered_at TIMESTAMP, shipped_at TIMESTAMP, paid_date DATE"
    orders = spark.createDataFrame(
        ORDERS, f"order_id INT, {times}, buyer_id INT, payer_id INT"
    )
    lines = spark.createDataFrame(
        LINES, "line_id INT, order_id INT, product_id INT, packer_id INT"
    )
    orders = star.with_dimension_keys(orders, tables["orders"], members)
    headers = {"orders": (tables["orders"], orders)}
    lines = star.with_dimension_keys(lines, tables["lines"], members, headers)
    return tables, members, headers, lines.cache()


def test_a_header_that_is_there_twice_doubles_no_line(gold):
    *_, lines = gold
    found = lines.orderBy("line_id").collect()
    assert [row.line_id for row in found] == [1, 2, 3, 4]
    # Of the two the one that happened first
    assert found[0].orders_time == MARCH


def test_a_line_has_the_keys_that_it_asks_for_and_its_own(gold):
    *_, headers, lines = gold
    keys = ["date_key", "products_key", "people_key", "payer_key"]
    columns = ["orders_time", "line_id", "order_id", "product_id", "packer_id"]
    assert lines.columns == [*keys, *columns]
    payers = {row.line_id: row.payer_key for row in lines.collect()}
    paid = headers["orders"][1].where("ordered_at = '2026-03-10 12:00:00'").first()
    assert payers[1] == paid.payer_key != -1
    # One whose payer is not known, and two without an order
    assert (payers[2], payers[3], payers[4]) == (-1, -1, -1)


def test_a_line_without_a_time_finds_no_version_but_a_member_without_versions(gold):
    *_, lines = gold
    found = {row.line_id: row for row in lines.collect()}
    assert found[1].products_key not in (-1, found[2].products_key)
    assert (found[3].date_key, found[3].products_key) == (-1, -1)
    assert found[4].products_key == -1
    assert found[3].people_key == found[1].people_key != -1


def test_the_check_counts_lines_without_a_header(gold):
    tables, members, headers, lines = gold
    (row,) = integrity.of_facts(lines, tables["lines"], members, headers).collect()
    assert row.rows == row.distinct_keys == 4
    assert row.orders_missing == 2
    assert row.payer_key_unknown == 3
    assert (row.payer_key_unresolved, row.payer_key_ambiguous) == (0, 0)


def test_other_days_have_keys_named_after_their_columns(gold):
    _, _, headers, _ = gold
    orders = headers["orders"][1]
    keys = ["date_key", "shipped_at_date_key", "paid_date_key", "people_key"]
    assert orders.columns[:5] == [*keys, "payer_key"]
    days = orders.orderBy("order_id", "ordered_at").select(*keys[:3]).collect()
    assert [tuple(row) for row in days] == [
        (20260310, 20260501, 20260312),
        (20260501, -1, -1),
        (20260501, -1, -1),
    ]


def test_a_day_is_reported_where_the_calendar_does_not_have_it(gold):
    tables, members, headers, _ = gold
    orders = headers["orders"][1]
    (row,) = integrity.of_facts(orders, tables["orders"], members).collect()
    assert (row.shipped_at_date_key_unknown, row.paid_date_key_unknown) == (1, 0)
