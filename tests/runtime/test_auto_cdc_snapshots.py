"""What a flow of snapshots makes of its target, each with the page that says so."""

import random
from dataclasses import dataclass
from datetime import date, datetime, timezone

import pytest
from runtime.auto_cdc_feeds import VALUES, by_key
from runtime.auto_cdc_oracle import (
    Options,
    expected_of_snapshots,
    random_snapshots,
)
from runtime.auto_cdc_snapshots import SnapshotTarget

from localrun.auto_cdc import Applied, snapshot_flow_from_arguments, versions
from localrun.errors import FlowError

CDC = "https://docs.databricks.com/aws/en/ldp/cdc"
REFERENCE = (
    "https://docs.databricks.com/aws/en/ldp/developer/"
    "ldp-python-ref-apply-changes-from-snapshot"
)
ERRORS = (
    "https://docs.databricks.com/aws/en/error-messages/"
    "apply-changes-from-snapshot-error-error-class"
)
OURS = "not stated by Databricks: decided here"
SCHEMA = "id int, name string, city string"
SCD1, SCD2 = {"stored_as_scd_type": 1}, {"stored_as_scd_type": "2"}


@dataclass
class Behaviour:
    """Snapshots by version, each of rows (id, name, city), and the target."""

    says: str
    page: str
    arguments: dict
    snapshots: dict[int, list[tuple]]
    target: list[tuple]


ADA, BO = (1, "Ada", "Rome"), (2, "Bo", "Oslo")
MOVED = (1, "Ada", "Bari")
BEHAVIOURS = [
    Behaviour(
        "type 1 holds what the last snapshot does: new, changed and deleted rows",
        REFERENCE,
        SCD1,
        {1: [ADA, BO], 2: [MOVED, (3, "Cy", "Nice")]},
        [MOVED, (3, "Cy", "Nice")],
    ),
    Behaviour(
        "type 2 opens a version for a change and closes one for a delete",
        CDC,
        SCD2,
        {1: [ADA, BO], 2: [MOVED]},
        [(*ADA, 1, 2), (*MOVED, 2, None), (*BO, 1, 2)],
    ),
    Behaviour(
        "a row that did not change opens no version",
        CDC,
        SCD2,
        {1: [ADA], 2: [ADA], 5: [ADA]},
        [(*ADA, 1, None)],
    ),
    Behaviour(
        "a row that comes back is a version of its own",
        CDC,
        SCD2,
        {1: [ADA], 2: [], 3: [ADA]},
        [(*ADA, 1, 2), (*ADA, 3, None)],
    ),
    Behaviour(
        "an empty snapshot deletes all rows",
        CDC,
        SCD1,
        {1: [ADA, BO], 2: []},
        [],
    ),
    Behaviour(
        "only the tracked columns open versions, the others change in place",
        REFERENCE,
        {**SCD2, "track_history_column_list": ["name"]},
        {1: [ADA], 2: [MOVED], 3: [(1, "Al", "Nice")]},
        [(*MOVED, 1, 3), (1, "Al", "Nice", 3, None)],
    ),
    Behaviour(
        "a column that is excepted from the history changes in place",
        REFERENCE,
        {**SCD2, "track_history_except_column_list": ["city"]},
        {1: [ADA], 2: [MOVED]},
        [(*MOVED, 1, None)],
    ),
    Behaviour(
        "a NULL is a value like others",
        OURS,
        SCD2,
        {1: [(1, None, None)], 2: [(1, None, None)], 3: [(1, "Ada", None)]},
        [(1, None, None, 1, 3), (1, "Ada", None, 3, None)],
    ),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.says)
def test_documented_behaviour(spark, tmp_path, behaviour):
    target = SnapshotTarget(spark, tmp_path, SCHEMA, **behaviour.arguments)
    for version, rows in behaviour.snapshots.items():
        target.take(version, *rows)
    assert target.rows() == sorted(behaviour.target, key=str), behaviour.page


# -- random snapshots

FEEDS = {
    "type 1": (Options(VALUES), {}),
    "type 2 that does not track b": (
        Options(VALUES, 2, untracked=frozenset("b")),
        {"track_history_except_column_list": ["b"]},
    ),
    "type 2 with a change feed": (Options(VALUES, 2), {}),
}


@pytest.mark.parametrize("name", FEEDS)
def test_any_snapshots_give_what_the_oracle_says(spark, tmp_path, name):
    options, arguments = FEEDS[name]
    schema = "id int, a string, b string, home struct<city: string, zip: int>"
    target = SnapshotTarget(
        spark, tmp_path, schema, **arguments, stored_as_scd_type=options.scd_type
    )
    if "change feed" in name:
        target.properties = {"delta.enableChangeDataFeed": "true"}
    snapshots = random_snapshots(random.Random(name), 40, options)
    for snapshot in snapshots:
        rows = [{"id": key, **values} for key, values in snapshot.rows.items()]
        target.take(snapshot.version, *rows)
    found = by_key(target.rows())
    oracle = by_key(expected_of_snapshots(snapshots, options))
    for key in range(40):
        rows = [(s.version, s.rows.get(key)) for s in snapshots]
        assert found.get(key) == oracle.get(key), rows


# -- what is written


def test_a_snapshot_that_changes_nothing_writes_no_version(spark, tmp_path):
    """OURS: an update without changes changes no table."""
    target = SnapshotTarget(spark, tmp_path, SCHEMA, **SCD2)
    assert target.take(1, ADA, BO) == Applied(2, 0)
    before = target.commits()
    assert target.take(2, BO, ADA) == Applied(0, 0)
    assert target.commits() == before


def test_a_snapshot_that_is_taken_twice_counts_once(spark, tmp_path):
    """OURS: a run that was killed after its write takes the snapshot again."""
    target = SnapshotTarget(spark, tmp_path, SCHEMA, **SCD2)
    target.take(1, ADA, BO)
    target.take(2, MOVED)
    held, before = target.rows(), target.commits()
    assert target.take(2, MOVED) == Applied(0, 0)
    assert (target.rows(), target.commits()) == (held, before)


def test_the_change_feed_tells_only_the_rows_that_changed(spark, tmp_path):
    """docs: ldp/cdc-advanced, the change feed of a target of AUTO CDC FROM SNAPSHOT."""
    target = SnapshotTarget(spark, tmp_path, SCHEMA, **SCD2)
    target.properties = {"delta.enableChangeDataFeed": "true"}
    target.take(1, ADA, BO, (3, "Cy", "Nice"))
    target.take(2, MOVED, BO)
    assert target.feed(since=target.commits() - 1) == [
        ("insert", *MOVED, 2, None),
        ("update_postimage", *ADA, 1, 2),
        ("update_postimage", 3, "Cy", "Nice", 1, 2),
        ("update_preimage", *ADA, 1, None),
        ("update_preimage", 3, "Cy", "Nice", 1, None),
    ]


def test_a_column_that_a_snapshot_gains_opens_versions(spark, tmp_path):
    """OURS: the rows of before have a NULL in it."""
    target = SnapshotTarget(spark, tmp_path, "id int, name string", **SCD2)
    target.take(1, (1, "Ada"), (2, "Bo"))
    target.schema = "id int, age int, name string"
    target.take(2, (1, 36, "Ada"), (2, None, "Bo"))
    assert target.rows("id", "age", "__START_AT", "__END_AT") == [
        (1, 36, 2, None),
        (1, None, 1, 2),
        (2, None, 1, None),
    ]


def test_composite_keys_and_awkward_names(spark, tmp_path):
    """Reference page: keys are a combination of columns."""
    schema = "`my id` int, `a.b` string, `na, me` string"
    keys = {"keys": ["MY ID", "`a.b`"]}
    target = SnapshotTarget(spark, tmp_path, schema, **keys, **SCD2)
    target.properties = {
        "delta.columnMapping.mode": "name",
        "delta.enableChangeDataFeed": "true",
    }
    target.take(1, (1, "x", "old"), (1, "y", "old"))
    target.take(2, (1, "x", "new"), (1, "y", "old"))
    assert target.rows() == [
        (1, "x", "new", 2, None),
        (1, "x", "old", 1, 2),
        (1, "y", "old", 1, None),
    ]


def test_a_declared_schema_gives_the_types(spark, tmp_path):
    """Reference page of AUTO CDC: the target's columns and types may be stated."""
    target = SnapshotTarget(spark, tmp_path, "id int, name string", **SCD2)
    target.declared = "__END_AT string, __START_AT string, id bigint, name string"
    target.take(1, (1, "Ada"))
    target.take(2, (1, "Al"))
    assert target.rows() == [("2", "1", 1, "Ada"), (None, "2", 1, "Al")]


# -- versions


@pytest.mark.parametrize(
    ("version", "type_"),
    [
        (7, "bigint"),
        (1.5, "double"),
        ("2026-11-21", "string"),
        (date(2026, 11, 21), "date"),
        (datetime(2026, 11, 21, 10, 0, 0, 5), "timestamp"),
        (datetime(2026, 11, 21, 10, tzinfo=timezone.utc), "timestamp"),
    ],
    ids=str,
)
def test_start_and_end_have_the_type_of_the_version(spark, version, type_):
    """Reference page: the types of __START_AT and __END_AT are that of the version."""
    row = spark.range(1).select(versions.literal(version).alias("v"))
    assert row.schema["v"].dataType.simpleString() == type_
    assert versions.from_text(versions.to_text(version)) == version
    utc = row.selectExpr("cast(v AS string)").first()[0]
    assert utc.startswith(str(version).replace("+00:00", ""))


@pytest.mark.parametrize(
    ("version", "latest", "words"),
    [
        (None, None, "INVALID_TUPLE_NULL_SNAPSHOT_VERSION target: "),
        (True, None, "INVALID_SNAPSHOT_VERSION_TYPE target: the version True"),
        ([1], None, "INVALID_SNAPSHOT_VERSION_TYPE target: the version [1]"),
        ("2", 1, "SNAPSHOT_VERSION_NOT_SORTABLE target: the version '2' comes after 1"),
        (3, 3, "the version 3 after 3, and snapshots must come in the ascending order"),
        ("a", "b", "the version a after b"),
        (float("nan"), 1.0, "the version nan after 1.0"),
    ],
    ids=str,
)
def test_a_version_that_is_none_or_out_of_order_is_refused(version, latest, words):
    """https://docs.databricks.com/aws/en/error-messages/apply-changes-from-snapshot-error-error-class

    The order: https://docs.databricks.com/aws/en/ldp/cdc
    """
    with pytest.raises(FlowError) as refusal:
        versions.check(version, latest, "target")
    assert words in str(refusal.value)


# -- what is refused


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (
            [ADA, MOVED, BO],
            "DUPLICATE_KEY_VIOLATION target: 2 rows of source, version 2, have the key "
            "id = 1: keep one of them",
        ),
        (
            [ADA, (None, "Bo", "Oslo")],
            "NULL_KEY target: a row of source, version 2, has no key (id = None)",
        ),
    ],
    ids=["twice", "none"],
)
def test_a_key_that_is_there_twice_or_not_at_all_is_refused(
    spark, tmp_path, rows, words
):
    """https://docs.databricks.com/aws/en/error-messages/apply-changes-from-snapshot-error-error-class

    A NULL key is refused by us alone.
    """
    target = SnapshotTarget(spark, tmp_path, SCHEMA, **SCD1)
    target.take(1, ADA, BO)
    with pytest.raises(FlowError) as refusal:
        target.take(2, *rows)
    assert words in str(refusal.value)
    assert target.rows() == [ADA, BO]


@pytest.mark.parametrize(
    ("schema", "arguments", "words"),
    [
        ("idd int", {}, "keys of the flow of snapshots target names id, which source"),
        (
            "id int",
            {**SCD2, "track_history_column_list": ["nam"]},
            "track_history_column_list of the flow of snapshots target names nam",
        ),
        ("id int, __end_at int", SCD2, "source has a column __end_at, a name that the"),
    ],
    ids=str,
)
def test_what_does_not_fit_the_source_is_named(
    spark, tmp_path, schema, arguments, words
):
    target = SnapshotTarget(spark, tmp_path, schema, **arguments)
    with pytest.raises(FlowError) as refusal:
        target.take(1)
    assert words in str(refusal.value)


GOOD = {"target": "t", "source": "s", "keys": ["id"]}


@pytest.mark.parametrize(
    ("arguments", "error", "words"),
    [
        ({"source": 7}, TypeError, "source must be the name of a table or view, or a"),
        ({"source": None}, TypeError, "the argument source is missing"),
        ({"keys": []}, ValueError, "at least one"),
        ({"sequence_by": "at"}, TypeError, "there is no argument sequence_by"),
        ({"stored_as_scd_type": 3}, ValueError, "1 or 2, not 3"),
        ({"stored_as_scd_type": "bitemporal"}, NotImplementedError, "bitemporal"),
        ({"track_history_column_list": ["a"]}, ValueError, "needs stored_as_scd_type"),
        (
            {
                **SCD2,
                "track_history_column_list": ["a"],
                "track_history_except_column_list": ["b"],
            },
            ValueError,
            "not both",
        ),
    ],
    ids=str,
)
def test_wrong_arguments_are_refused_by_one_sentence(spark, arguments, error, words):
    """The reference page has the arguments."""
    with pytest.raises(error) as refusal:
        snapshot_flow_from_arguments(**{**GOOD, **arguments})
    said = str(refusal.value)
    assert said.startswith("create_auto_cdc_from_snapshot_flow into t: ")
    assert words in said
