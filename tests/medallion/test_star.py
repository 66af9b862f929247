"""Keys of facts and what checks them, on rows that the sample does not have."""

from datetime import datetime

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
  - name: parcels
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: sent_at}
    properties:
      - {name: parcel_id, physicalType: INT, primaryKey: true}
      - {name: sent_at, physicalType: TIMESTAMP}
      - {name: sender_id, physicalType: INT, relationships: [{to: people.person_id}]}
      - {name: receiver_id, physicalType: INT, relationships: [{to: people.person_id}]}
      - {name: country, physicalType: STRING}
      - {name: zip, physicalType: STRING}
    relationships:
      - {from: [parcels.country, parcels.zip], to: [places.country, places.zip]}
  - name: people
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: json}
      - {property: sequenceBy, value: revision}
    properties:
      - {name: person_id, physicalType: INT, primaryKey: true}
      - {name: name, physicalType: STRING}
      - {name: revision, physicalType: INT}
  - name: places
    customProperties:
      - {property: role, value: reference}
      - {property: format, value: json}
    properties:
      - {name: country, physicalType: STRING, primaryKey: true, primaryKeyPosition: 1}
      - {name: zip, physicalType: STRING, primaryKey: true, primaryKeyPosition: 2}
      - {name: town, physicalType: STRING}
""")
# Ann was renamed; Bob's last version has ended: he was deleted.
PEOPLE = [
    (1, "Ann", 1, 1, 2),
    (1, "Anna", 2, 2, None),
    (2, "Bob", 1, 1, 3),
    (3, "Cid", 9, 9, None),
]
PLACES = [("DE", "10115", "Berlin"), ("US", "10115", "New York")]
SENT = datetime(2026, 3, 10, 12)
PARCELS = [
    (1, SENT, 1, 3, "DE", "10115"),
    (2, SENT, 3, 1, "US", "10115"),
    (3, SENT, 2, None, "US", "99999"),
    (4, SENT, 4, 3, None, "10115"),
]


@pytest.fixture(scope="module")
def tables(tmp_path_factory):
    path = tmp_path_factory.mktemp("star") / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(CONTRACT), encoding="utf-8")
    return {table.name: table for table in contract.load(path)}


@pytest.fixture(scope="module")
def dimensions(spark, tables):
    people = "person_id INT, name STRING, revision INT, __START_AT INT, __END_AT INT"
    places = "country STRING, zip STRING, town STRING"
    rows = {
        "people": spark.createDataFrame(PEOPLE, people),
        "places": spark.createDataFrame(PLACES, places),
    }
    return {n: (tables[n], star.members(df, tables[n])) for n, df in rows.items()}


def parcels(spark, rows):
    columns = "parcel_id INT, sent_at TIMESTAMP, sender_id INT, receiver_id INT"
    return spark.createDataFrame(rows, f"{columns}, country STRING, zip STRING")


@pytest.fixture(scope="module")
def facts(spark, tables, dimensions):
    return star.with_dimension_keys(
        parcels(spark, PARCELS), tables["parcels"], dimensions
    ).cache()


def joined(facts, dimensions, key: str, dimension: str, column: str) -> dict:
    """What each parcel's key leads to."""
    members = dimensions[dimension][1].select(f"{dimension}_key", column)
    found = facts.join(members, facts[key] == members[f"{dimension}_key"])
    return {row.parcel_id: row[column] for row in found.collect()}


def test_each_of_two_references_to_one_dimension_has_a_key_of_its_own(
    facts, dimensions
):
    assert facts.columns[:4] == ["date_key", "people_key", "receiver_key", "places_key"]
    sender = joined(facts, dimensions, "people_key", "people", "name")
    receiver = joined(facts, dimensions, "receiver_key", "people", "name")
    assert (sender[1], receiver[1]) == ("Anna", "Cid")
    assert (sender[2], receiver[2]) == ("Cid", "Anna")


def test_a_reference_of_two_columns_needs_both(facts, dimensions):
    town = joined(facts, dimensions, "places_key", "places", "town")
    assert town == {1: "Berlin", 2: "New York", 3: None, 4: None}


def test_versions_that_no_time_orders_are_joined_while_they_are_current(
    facts, dimensions
):
    """A deleted member has none, and is as unknown as one that never was."""
    keys = {row.parcel_id: row.people_key for row in facts.collect()}
    assert (keys[3], keys[4]) == (-1, -1)
    versions = dimensions["people"][1].where("person_id = 1").orderBy("revision")
    assert [(row.is_current, row.valid_to) for row in versions.collect()] == [
        (False, None),
        (True, None),
    ]


def test_no_fact_is_lost_or_doubled(facts):
    assert sorted(row.parcel_id for row in facts.collect()) == [1, 2, 3, 4]


def test_sound_facts_pass_their_check(facts, tables, dimensions):
    (row,) = integrity.of_facts(facts, tables["parcels"], dimensions).collect()
    assert row.asDict() == {
        "rows": 4,
        "distinct_keys": 4,
        "date_key_unknown": 0,
        "people_key_unknown": 2,
        "people_key_unresolved": 0,
        "people_key_ambiguous": 0,
        "receiver_key_unknown": 1,
        "receiver_key_unresolved": 0,
        "receiver_key_ambiguous": 0,
        "places_key_unknown": 2,
        "places_key_unresolved": 0,
        "places_key_ambiguous": 0,
    }


def test_a_key_that_is_there_twice_or_leads_nowhere_is_counted(
    spark, facts, tables, dimensions
):
    twice = facts.where("parcel_id = 1")
    astray = facts.where("parcel_id = 2").selectExpr(
        "* EXCEPT (people_key)", "42L AS people_key"
    )
    kept = facts.where("parcel_id <> 2")
    broken = kept.unionByName(twice).unionByName(astray)
    (row,) = integrity.of_facts(broken, tables["parcels"], dimensions).collect()
    assert (row.rows, row.distinct_keys) == (5, 4)
    assert (row.people_key_unresolved, row.receiver_key_unresolved) == (1, 0)


def test_a_member_that_is_there_twice_is_counted_and_so_are_its_facts(
    spark, tables, dimensions
):
    """A reference whose files name a key twice: nothing before gold can tell which."""
    table, _ = dimensions["places"]
    twice = spark.createDataFrame(
        [*PLACES, PLACES[0]], "country STRING, zip STRING, t STRING"
    )
    twice = {**dimensions, "places": (table, star.members(twice, table))}
    parcel = tables["parcels"]
    facts = star.with_dimension_keys(parcels(spark, PARCELS), parcel, twice)
    (row,) = integrity.of_facts(facts, parcel, twice).collect()
    assert (row.rows, row.distinct_keys) == (5, 4)
    assert (row.places_key_ambiguous, row.people_key_ambiguous) == (2, 0)


def test_sound_dimensions_pass_their_check(dimensions):
    assert [
        tuple(r) for r in integrity.of_dimensions(dimensions.values()).collect()
    ] == [
        # Of the versions of three people, one is the deleted Bob's; one is unknown.
        ("people", 5, 5, 3, 3, 1),
        ("places", 3, 3, 3, 3, 1),
    ]


@pytest.mark.parametrize(
    ("added", "counts"),
    [
        ((1, "Anna", 2, 2, None), (6, 5, 4, 3, 1)),
        ((1, "Anne", 3, 3, None), (6, 6, 4, 3, 1)),
        ((3, "Cyd", 8, 8, 9), (6, 6, 3, 3, 1)),
    ],
    ids=["a version twice", "a second current version", "one more version"],
)
def test_a_key_of_a_member_that_is_there_twice_is_counted(spark, tables, added, counts):
    columns = "person_id INT, name STRING, revision INT, __START_AT INT, __END_AT INT"
    versions = spark.createDataFrame([*PEOPLE, added], columns)
    members = star.members(versions, tables["people"])
    (row,) = integrity.of_dimensions([(tables["people"], members)]).collect()
    assert tuple(row) == ("people", *counts)


def test_of_all_members_the_unknown_one_alone_has_no_key(spark, tables):
    columns = "places_key BIGINT, country STRING, zip STRING"
    rows = [(-1, None, None), (7, "DE", "1"), (-1, "DE", "1"), (7, "DE", None)]
    places = spark.createDataFrame(rows, columns)
    found = places.selectExpr(star.identified(tables["places"])).collect()
    assert [row[0] for row in found] == [True, True, False, False]
