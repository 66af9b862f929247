"""AUTO CDC's replay: all types of values, ties, and what compaction may leave away."""

import itertools
import random

import pytest
from runtime.auto_cdc_feeds import FEEDS, SCHEMA, as_row, by_key, plain
from runtime.auto_cdc_oracle import expected, random_feed
from runtime.auto_cdc_runs import flow_of, replayed

from localrun import auto_cdc
from localrun.auto_cdc import replay
from localrun.auto_cdc.source import target_columns

SIMPLE = "id int, name string, seq int, op string"
SCD1, SCD2 = {"stored_as_scd_type": 1}, {"stored_as_scd_type": 2}
DELETES = {"apply_as_deletes": "op = 'D'"}


def test_ignored_nulls_within_a_struct_leave_its_values(spark):
    """Reference page: ignoring NULL updates applies to nested columns as well."""
    schema = "id int, home struct<city: string, geo: struct<x: int, y: int>>, seq int, "
    rows = [
        (1, ("Rome", (1, None)), 1, None),
        (1, (None, (None, 2)), 2, None),
        (1, None, 3, None),
        (2, None, 1, None),
        (2, (None, None), 2, None),
    ]
    target = replayed(spark, schema + "op string", rows, ignore_null_updates=True)
    assert target == [(1, ("Rome", (1, 2))), (2, (None, None))]


def test_events_are_ordered_by_a_struct_field_by_field(spark):
    """Reference page: `sequence_by` may be a struct; ties go to its next field."""
    schema = "id int, name string, seq struct<day: date, part: int>, op string"
    rows = [
        (1, f"{day}-{part}", (f"2024-01-0{day}", part), "U")
        for day, part in [(2, 1), (1, 9), (2, 2)]
    ]
    casted = spark.createDataFrame(
        rows, schema.replace("day: date", "day: string")
    ).selectExpr(
        "id", "name", "named_struct('d', date(seq.day), 'p', seq.part) seq", "op"
    )
    assert replayed(spark, casted.schema, casted.collect(), **SCD1) == [(1, "2-2")]


def test_composite_keys_and_awkward_names(spark):
    """Reference page: keys are a combination of columns."""
    schema = "`my id` int, `a.b` string, `na``me` string, seq int, op string"
    rows = [(1, "x", "old", 1, "U"), (1, "x", "new", 2, "U"), (1, "y", "old", 1, "U")]
    keys = {"keys": ["MY ID", "`a.b`"]}
    assert replayed(spark, schema, rows, **keys, **SCD2) == [
        (1, "x", "new", 2, None),
        (1, "x", "old", 1, 2),
        (1, "y", "old", 1, None),
    ]


def test_a_map_is_compared_by_what_it_holds(spark):
    """CDC page: a version is opened by a change, of whatever type the column is."""
    schema = "id int, tags map<string,string>, at timestamp, seq int, op string"
    rows = [(1, {"a": tag}, None, seq, "U") for seq, tag in enumerate("xxyy", 1)]
    target = replayed(spark, schema, rows, **SCD2)
    assert [row[-2:] for row in target] == [(1, 3), (3, None)]


def test_the_winner_of_a_tie_does_not_depend_on_the_order_of_arrival(spark):
    """OURS: Databricks calls the result undefined, a test must not."""
    rows = [(1, name, 1, "U") for name in ("Ada", "Bo", "Cy")]
    winners = {
        tuple(replayed(spark, SIMPLE, list(order), **SCD1))
        for order in itertools.permutations(rows)
    }
    assert len(winners) == 1


def test_a_column_added_later_does_not_change_the_winner_of_a_tie(spark):
    """OURS: the events of before the column have a NULL in it."""
    rows = [(1, name, 1, "U") for name in ("Ada", "Bo")]
    wider = [(key, None, name, seq, op) for key, name, seq, op in rows]
    narrow = replayed(spark, "id int, name string, seq int, op string", rows)
    assert [
        row[:1] + row[2:]
        for row in replayed(
            spark, "id int, age int, name string, seq int, op string", wider
        )
    ] == narrow


# -- compaction


@pytest.mark.parametrize("name", FEEDS)
def test_compacted_events_give_what_the_oracle_says(spark, name):
    """What compaction leaves away has no effect, whatever arrives after it."""
    options, arguments = FEEDS[name]
    flow = flow_of(**DELETES, **arguments, stored_as_scd_type=options.scd_type)
    keys = list(range(1000))
    feed = random_feed(random.Random(name), keys, 2, options, "truncates" in name)
    earlier, later = (
        auto_cdc.events(spark.createDataFrame(map(as_row, batch), SCHEMA), flow)
        for batch in feed
    )
    events = replay.essential(earlier, flow).unionByName(later)
    columns = target_columns(events.schema)
    rows = replay.replay(events, flow, columns).collect()
    target = by_key([plain(tuple(row.asDict(recursive=True).values())) for row in rows])
    oracle = by_key(expected([change for batch in feed for change in batch], options))
    for key in keys:
        assert target.get(key) == oracle.get(key), [
            change for batch in feed for change in batch if change.key in (key, None)
        ]


def test_compaction_keeps_one_event_a_key_for_type_1(spark):
    rows = [(key, f"name {seq}", seq, "U") for key in (1, 2) for seq in range(5)]
    flow = flow_of(**SCD1)
    events = auto_cdc.events(spark.createDataFrame(rows, SIMPLE), flow)
    assert replay.essential(events, flow).count() == 2


def test_compaction_keeps_an_event_once(spark):
    flow = flow_of(**SCD2)
    rows = [(1, "Ada", 1, "U"), (1, "Ada", 1, "U"), (1, "Ada", 2, "U")]
    events = auto_cdc.events(spark.createDataFrame(rows, SIMPLE), flow)
    assert replay.essential(events, flow).count() == 2
