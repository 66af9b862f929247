"""AUTO CDC as a stream: random feeds against an oracle, crashes, what is written."""

import random
from contextlib import suppress
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException
from runtime.auto_cdc_oracle import Change, Options, expected, random_feed
from runtime.auto_cdc_stream import CdcStream

from localrun import auto_cdc_history, auto_cdc_target
from localrun.auto_cdc_apply import Applied

SIMPLE = "id int, name string, seq int, op string"
ARGUMENTS = {"keys": ["id"], "sequence_by": "seq", "except_column_list": ["op", "seq"]}
DELETES = {"apply_as_deletes": "op = 'D'"}
SCD2 = {"stored_as_scd_type": 2}
KEYS_OF_A_FEED = 60

# -- random feeds

VALUES = ("a", "b", "home")
FEED = "id int, a string, b string, home struct<city: string, zip: int>"
FEEDS = {
    "type 1": (Options(VALUES), {}),
    "type 1 with truncates": (Options(VALUES), {"apply_as_truncates": "op = 'T'"}),
    "type 1 that ignores NULLs, with truncates": (
        Options(VALUES, ignored=frozenset(VALUES)),
        {"ignore_null_updates": True, "apply_as_truncates": "op = 'T'"},
    ),
    "type 2": (Options(VALUES, 2), {}),
    "type 2 that ignores NULLs and does not track b": (
        Options(VALUES, 2, frozenset(VALUES), frozenset("b")),
        {"ignore_null_updates": True, "track_history_except_column_list": ["b"]},
    ),
    "type 2 that ignores NULLs in home and tracks b, by MERGE": (
        Options(VALUES, 2, frozenset(["home"]), frozenset(["a", "home"])),
        {
            "ignore_null_updates_column_list": ["home"],
            "track_history_column_list": ["b"],
        },
    ),
}


@pytest.mark.parametrize("options, arguments", FEEDS.values(), ids=FEEDS)
def test_any_feed_gives_what_the_oracle_says(spark, tmp_path, options, arguments):
    seed = random.Random(str(arguments)).randrange(1 << 32)
    check_feed(spark, tmp_path, options, arguments, seed)


def check_feed(spark, folder: Path, options: Options, arguments: dict, seed: int):
    """Run a random feed of many keys in several micro-batches and updates."""
    rnd = random.Random(seed)
    stream = CdcStream(
        spark,
        folder,
        f"{FEED}, seq struct<n: int, part: int>, op string",
        **ARGUMENTS,
        **DELETES,
        **arguments,
        stored_as_scd_type=options.scd_type,
    )
    if "track_history_column_list" in arguments:
        stream.properties = {"delta.enableChangeDataFeed": "true"}
    truncates = "apply_as_truncates" in arguments
    feed = random_feed(rnd, list(range(KEYS_OF_A_FEED)), 4, options, truncates)
    for i, batch in enumerate(feed):
        stream.land(*map(as_row, batch))
        if i % 2 == 1:  # another update goes on from the checkpoint
            stream.run()
    changes = [change for batch in feed for change in batch]
    target = {key: [] for key in range(KEYS_OF_A_FEED)}
    oracle = {key: [] for key in range(KEYS_OF_A_FEED)}
    for row in stream.rows():
        ends = [at and (at["n"] * 2 + at["part"]) for at in row[4:]]
        target[row[0]].append((*row[:4], *ends))
    for row in expected(changes, options):
        oracle[row[0]].append(row)
    for key in target:
        history = [change for change in changes if change.key in (key, None)]
        assert sorted(target[key], key=str) == sorted(oracle[key], key=str), (
            f"seed {seed}, {arguments}, {history}"
        )


def as_row(change: Change) -> dict:
    """The sequence is a struct, so that its fields are compared one after the other."""
    sequence = {"n": change.sequence // 2, "part": change.sequence % 2}
    row = {"id": change.key, "seq": sequence, "op": change.op, **change.values}
    return {name: value for name, value in row.items() if value is not None}


# -- crashes


@pytest.fixture
def stream(spark, tmp_path) -> CdcStream:
    return CdcStream(spark, tmp_path, SIMPLE, **ARGUMENTS, **DELETES, **SCD2)


def upsert(key: int, name: str | None, sequence: int) -> dict:
    return {"id": key, "name": name, "seq": sequence, "op": "U"}


class Crash(Exception):
    """The process ends here."""


def crash(*_args, **_kwargs):
    raise Crash


def after(apply):
    def apply_and_crash(*args, **kwargs):
        apply(*args, **kwargs)
        raise Crash

    return apply_and_crash


CRASHES = {
    "before the events are written": (auto_cdc_history.History, "add", crash),
    "after the events, before the target": (auto_cdc_target.Target, "prepare", crash),
    "before the target is committed": (auto_cdc_target.Target, "overwrite", crash),
    "after the target, before the checkpoint": (
        auto_cdc_target.Target,
        "overwrite",
        after(auto_cdc_target.Target.overwrite),
    ),
}


@pytest.mark.parametrize("place", CRASHES.values(), ids=CRASHES)
def test_a_batch_that_crashed_is_applied_once(stream, monkeypatch, place):
    stream.land(upsert(1, "Ada", 1), upsert(2, "Bo", 1))
    stream.run()
    stream.land(upsert(1, "Al", 3), {"id": 2, "seq": 2, "op": "D"})
    with monkeypatch.context() as patch, pytest.raises(StreamingQueryException):
        patch.setattr(*place)
        stream.run()
    stream.land(upsert(1, "Abe", 2))
    stream.run()
    assert sorted(stream.rows()) == [
        (1, "Abe", 2, 3),
        (1, "Ada", 1, 2),
        (1, "Al", 3, None),
        (2, "Bo", 1, 2),
    ]
    assert stream.events() == 5


def test_a_crash_while_compacting_loses_nothing(stream, monkeypatch):
    monkeypatch.setattr(auto_cdc_history, "SEGMENTS", 2)
    for sequence in range(1, 4):
        stream.land(upsert(1, f"name {sequence}", sequence))
        with monkeypatch.context() as patch:
            # Both moments: before the new segment counts, and before the old ones go
            broken = (
                (auto_cdc_history.os, "replace")
                if sequence == 2
                else (auto_cdc_history.shutil, "rmtree")
            )
            patch.setattr(*broken, crash)
            with suppress(StreamingQueryException):
                stream.run()
        stream.run()
    assert sorted(stream.rows()) == [
        (1, "name 1", 1, 2),
        (1, "name 2", 2, 3),
        (1, "name 3", 3, None),
    ]


# -- what is written


def test_repeated_events_write_no_version_of_the_target(stream):
    stream.land(upsert(1, "Ada", 1), upsert(1, "Al", 2))
    stream.run()
    version = stream.version()
    stream.land(upsert(1, "Al", 2), upsert(1, "Ada", 1))
    assert stream.run() == [Applied(0, 0)]
    assert stream.version() == version


def test_the_counts_are_of_rows_that_changed(stream):
    stream.land(upsert(1, "Ada", 1), upsert(2, "Bo", 2))
    stream.land(upsert(1, "Al", 3), upsert(2, "Bo", 1))
    assert stream.run() == [Applied(2, 0), Applied(3, 1)]


@pytest.mark.parametrize("by_merge", [False, True], ids=["rewritten", "merged"])
def test_writes_are_named_by_flow_and_batch(stream, monkeypatch, by_merge):
    if by_merge:
        monkeypatch.setattr(auto_cdc_target, "REWRITTEN_BYTES", 0)
    stream.land(upsert(1, "Ada", 1))
    stream.land(upsert(1, "Al", 2))
    stream.run()
    log = sorted(Path(stream.path, "_delta_log").glob("*.json"))
    for batch, commit in enumerate(log[1:]):
        assert f'"txn":{{"appId":"test","version":{batch},' in commit.read_text()
    assert ('"operation":"MERGE"' in log[-1].read_text()) is by_merge


def test_a_change_feed_tells_only_the_rows_that_changed(spark, stream):
    stream.properties = {"delta.enableChangeDataFeed": "true"}
    stream.land(upsert(1, "Ada", 1), upsert(2, "Bo", 1))
    stream.land(upsert(1, "Al", 2))
    stream.run()
    feed = spark.read.option("readChangeFeed", True).option("startingVersion", 2)
    changes = feed.format("delta").load(stream.path)
    assert sorted(map(tuple, changes.select("_change_type", "name").collect())) == [
        ("insert", "Al"),
        ("update_postimage", "Ada"),
        ("update_preimage", "Ada"),
    ]


def test_a_clustered_target_keeps_its_clustering(spark, stream):
    stream.cluster_by = ["id"]
    for sequence in (1, 2):
        stream.land(upsert(1, f"name {sequence}", sequence))
    stream.run()
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{stream.path}`").first()
    assert detail["clusteringColumns"] == ["id"]
    assert len(stream.rows()) == 2


@pytest.mark.parametrize("by_merge", [False, True], ids=["rewritten", "merged"])
def test_new_columns_come_to_the_target(stream, monkeypatch, by_merge):
    if by_merge:
        monkeypatch.setattr(auto_cdc_target, "REWRITTEN_BYTES", 0)
    stream.land(upsert(1, "Ada", 1), upsert(2, "Bo", 1))
    stream.run()
    stream.schema = "id int, age int, home struct<city: string>, " + SIMPLE[8:]
    stream.land({**upsert(1, "Ada", 2), "age": 36, "home": {"city": "Rome"}})
    stream.run()
    stream.schema = stream.schema.replace("<city", "<zip: int, city")
    stream.land({**upsert(1, "Ada", 3), "home": {"city": "Rome", "zip": 1}})
    stream.run()
    assert sorted(stream.rows("id", "age", "home", "__START_AT"), key=str) == [
        (1, 36, {"city": "Rome", "zip": None}, 2),
        (1, None, None, 1),
        (1, None, {"city": "Rome", "zip": 1}, 3),
        (2, None, None, 1),
    ]


# -- the history of events


def test_old_events_are_compacted_and_type_1_keeps_one_a_key(
    spark, tmp_path, monkeypatch
):
    monkeypatch.setattr(auto_cdc_history, "SEGMENTS", 3)
    stream = CdcStream(spark, tmp_path, SIMPLE, **ARGUMENTS, **DELETES)
    for sequence in range(1, 5):
        stream.land(upsert(1, f"name {sequence}", sequence))
    stream.run()
    assert stream.segments() == ["batch-0000000003", "upto-0000000002"]
    assert stream.events() == 2
    stream.land(upsert(1, "late", 2))
    stream.run()
    assert stream.rows() == [(1, "name 4")]


# -- what is refused


@pytest.mark.parametrize(
    "row, message",
    [
        (
            {"name": "Ada", "seq": 1},
            "NULL_KEY target: key column id is NULL in the row",
        ),
        ({"id": 1, "name": "Ada"}, "NULL_SEQUENCE target: the sequence is NULL"),
    ],
    ids=["key", "sequence"],
)
def test_a_row_without_key_or_sequence_fails_the_flow_and_writes_nothing(
    stream, row, message
):
    """https://docs.databricks.com/aws/en/error-messages/autocdc-microbatch-validation-error-class"""
    stream.land(upsert(1, "Ada", 1), row)
    with pytest.raises(
        StreamingQueryException, match=rf"AUTOCDC_MICROBATCH_VALIDATION\.{message}"
    ):
        stream.run()
    assert stream.rows() == []


@pytest.mark.parametrize(
    "arguments, message",
    [
        ({**SCD2, "keys": ["name"]}, "keys of .* was .*id.* and is .*name"),
        ({}, "stored_as_scd_type of the AUTO CDC flow target was 2 and is 1"),
        (
            {**SCD2, "sequence_by": "name"},
            "type of sequence_by .* was int and is string",
        ),
    ],
    ids=["keys", "type", "sequence"],
)
def test_a_change_that_needs_a_full_refresh_is_named(stream, arguments, message):
    stream.land(upsert(1, "Ada", 1))
    stream.run()
    stream.define(**{**ARGUMENTS, **arguments})
    stream.land(upsert(1, "Al", 2))
    with pytest.raises(
        StreamingQueryException, match=f"{message}.* needs a full refresh"
    ):
        stream.run()


def test_a_declared_schema_gives_the_types(stream):
    stream.declared = "__END_AT bigint, __START_AT bigint, id string, note string"
    stream.land(upsert(1, "Ada", 1), upsert(1, "Al", 2))
    stream.run()
    assert sorted(stream.rows(), key=str) == [
        (2, 1, "1", None, "Ada"),
        (None, 2, "1", None, "Al"),
    ]


def test_a_type_that_does_not_fit_the_declared_one_is_named(stream):
    stream.declared = "id int, name struct<first: string>"
    stream.land(upsert(1, "Ada", 1))
    with pytest.raises(
        StreamingQueryException,
        match="column name is string in the source and struct<first:string> in the",
    ):
        stream.run()
