"""References as rules: which rows point to nobody, however members come and go."""

import random
from datetime import datetime, timedelta
from itertools import pairwise

import pytest
import yaml
from pyspark.sql import functions as F

from medallion import contract, quality, references

CONTRACT = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: shop
version: "1.0.0"
status: active
schema:
  - name: sales
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: sold_at}
    properties:
      - {name: sale_id, physicalType: INT, primaryKey: true}
      - {name: sold_at, physicalType: TIMESTAMP}
      - name: store_id
        physicalType: INT
        relationships:
          - to: stores.id
            customProperties: [{property: onMissing, value: quarantine}]
      - {name: country, physicalType: STRING}
      - {name: zip, physicalType: STRING, transformLogic: trim(code)}
      - {name: code, physicalType: STRING}
    relationships:
      - from: [sales.country, sales.zip]
        to: [places.country, places.zip]
        customProperties: [{property: onMissing, value: warn}]
  - name: stores
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: json}
      - {property: sequenceBy, value: at}
      - {property: deleteWhen, value: closed}
    properties:
      - {name: id, physicalType: INT, primaryKey: true}
      - {name: at, physicalType: TIMESTAMP}
      - {name: closed, physicalType: BOOLEAN}
      - name: country
        physicalType: STRING
        relationships:
          - to: countries.code
            customProperties: [{property: onMissing, value: quarantine}]
  - name: places
    customProperties:
      - {property: role, value: reference}
      - {property: format, value: json}
    properties:
      - {name: country, physicalType: STRING, primaryKey: true}
      - {name: zip, physicalType: STRING, primaryKey: true}
  - name: countries
    customProperties:
      - {property: role, value: scd1}
      - {property: format, value: json}
    properties:
      - {name: code, physicalType: STRING, primaryKey: true}
""")
START = datetime(2026, 1, 1)
FILE = (
    "_misfits MAP<STRING, STRING>, _corrupt_record STRING, _source_file STRING, "
    "_source_modified_at TIMESTAMP, _ingested_at TIMESTAMP"
)
SALES = "sale_id INT, sold_at TIMESTAMP, store_id INT, country STRING, code STRING"
STORES = "id INT, at TIMESTAMP, closed BOOLEAN, country STRING"
VERSIONS = f"{STORES}, __START_AT TIMESTAMP, __END_AT TIMESTAMP"
PLACES = "country STRING, zip STRING"


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("references") / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(CONTRACT), encoding="utf-8")
    return {table.name: table for table in contract.load(path)}


def day(number: int) -> datetime:
    return START + timedelta(days=number)


def bronze(spark, rows: list[tuple], columns: str):
    added = (None, None, "a.json", START, START)
    return spark.createDataFrame([(*row, *added) for row in rows], f"{columns}, {FILE}")


@pytest.fixture(scope="module")
def judged(spark, tables):
    """judged(sales, versions of stores, places): the sales, each with its verdict."""

    def judge(sales, stores, places=()):
        targets = {
            "stores": (tables["stores"], spark.createDataFrame(stores, VERSIONS)),
            "places": (tables["places"], spark.createDataFrame(list(places), PLACES)),
        }
        rows = bronze(spark, sales, SALES)
        return quality.check(
            references.resolve(rows, tables["sales"], targets), tables["sales"]
        )

    return judge


def store(key: int, begin: int, end: int | None = None) -> tuple:
    until = None if end is None else day(end)
    return (key, day(begin), False, "DE", day(begin), until)


def failed(rows) -> dict[int, list[str]]:
    return {row.sale_id: [r.name for r in row.failed_rules] for row in rows.collect()}


def sale(key: int, at: int, store_id: int | None, *place: str | None) -> tuple:
    return (key, day(at), store_id, *(place or (None, None)))


def test_a_row_whose_member_is_not_known_breaks_a_rule_with_its_reason(judged):
    (row,) = judged([sale(1, 5, 8)], [store(7, 1)]).collect()
    assert [tuple(rule) for rule in row.failed_rules] == [
        ("store_id_exists", "store_id must be in stores")
    ]
    assert "_missing" not in row.record


def test_a_member_is_there_from_before_its_first_version_until_its_end(judged):
    """As in the star schema, whose keys these rows get."""
    stores = [store(7, 2, 4), store(7, 4, 6), store(7, 8)]
    sales = [sale(at, at, 7) for at in (1, 2, 3, 4, 5, 6, 7, 8, 9)]
    broken = [at for at, rules in failed(judged(sales, stores)).items() if rules]
    assert sorted(broken) == [6, 7]


def test_an_empty_key_points_to_nobody(judged):
    assert failed(judged([sale(1, 5, None)], [])) == {1: []}


def test_a_sale_without_a_time_is_not_said_to_be_without_a_store_as_well(judged):
    rows = judged([(1, None, 7, None, None)], [store(7, 1, 2), store(7, 2)])
    assert failed(rows) == {1: ["sold_at_is_present"]}


def test_a_key_of_two_columns_one_of_them_derived_needs_both(judged):
    places = [("DE", "1"), ("US", "2")]
    given = [("DE", " 1"), ("DE", "2"), ("FR", "1"), ("DE", None)]
    rows = judged([sale(i, 5, None, *p) for i, p in enumerate(given)], [], places)
    found = {row.sale_id: row._missing for row in rows.collect()}
    assert found == {0: [], 1: [RULE], 2: [RULE], 3: []}


RULE = "country_zip_exists"


def test_a_rule_that_warns_sends_no_row_to_quarantine(judged, tables):
    rows = judged([sale(1, 5, None, "DE", "9")], [], [("DE", "1")])
    assert failed(rows) == {1: []}
    assert list(tables["sales"].rules_with("warn")) == [RULE]
    holds = rows.selectExpr(tables["sales"].rules_with("warn")[RULE]).first()[0]
    assert holds is False


def test_a_key_that_a_reference_has_twice_doubles_no_row(judged):
    rows = judged([sale(1, 5, None, "DE", "1")], [], [("DE", "1"), ("DE", "1")])
    assert rows.count() == 1


def test_a_delete_needs_no_member(spark, tables):
    changes = [
        (1, day(1), False, "XX"),
        (2, day(1), True, "XX"),
        (3, day(1), None, "DE"),
    ]
    countries = tables["countries"], spark.createDataFrame([("DE",)], "code STRING")
    stores = tables["stores"]
    rows = bronze(spark, changes, STORES)
    rows = references.resolve(rows, stores, {"countries": countries})
    checked = quality.check(rows, stores).collect()
    broken = {row.id: [r.name for r in row.failed_rules] for row in checked}
    assert broken == {1: ["country_exists"], 2: [], 3: []}


@pytest.mark.parametrize("seed", range(3))
def test_accepted_and_quarantined_rows_are_all_rows_whatever_members_there_are(
    judged, seed
):
    """Each row once, and in quarantine exactly where no version held at its time."""
    chance = random.Random(seed)
    stores, spans = [], {}
    for key in range(8):
        bounds = sorted(chance.sample(range(40), chance.choice((2, 3, 4))))
        pairs = list(pairwise(bounds))
        if chance.random() < 0.5:
            pairs.append((bounds[-1], None))
        # A gap: the store was closed, and opened again
        pairs = [p for i, p in enumerate(pairs) if i != 1 or chance.random() < 0.5]
        spans[key] = [(None if i == 0 else a, b) for i, (a, b) in enumerate(pairs)]
        stores += [store(key, begin, end) for begin, end in pairs]
    sales = [
        sale(i, chance.randrange(45), chance.choice([*range(10), None]))
        for i in range(200)
    ]
    expected = {
        number: store_id is not None
        and not any(
            (begin is None or at >= day(begin)) and (end is None or at < day(end))
            for begin, end in spans.get(store_id, ())
        )
        for number, at, store_id, *_ in sales
    }
    rows = judged(sales, stores)
    rows = rows.select("sale_id", (F.size("failed_rules") > 0).alias("bad")).collect()
    assert len(rows) == len(sales)
    assert {row.sale_id: row.bad for row in rows} == expected
