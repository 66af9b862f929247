"""AUTO CDC as a stream: random feeds against an oracle, crashes, what is written."""

import random
from pathlib import Path

import pytest
from pyspark.errors import StreamingQueryException
from runtime.auto_cdc_feeds import FEEDS, SCHEMA, as_row, by_key, plain
from runtime.auto_cdc_oracle import expected, random_feed
from runtime.auto_cdc_runs import CdcStream

from localrun.auto_cdc import history, target
from localrun.auto_cdc.apply import Applied

SIMPLE = "id int, name string, seq int, op string"
DELETES = {"apply_as_deletes": "op = 'D'"}
SCD2 = {"stored_as_scd_type": 2}
CHANGE_FEED = {"delta.enableChangeDataFeed": "true"}
KEYS_OF_A_FEED = 60


def upsert(key: int, name: str | None, sequence: int) -> dict:
    return {"id": key, "name": name, "seq": sequence, "op": "U"}


@pytest.fixture
def stream(spark, tmp_path) -> CdcStream:
    return CdcStream(spark, tmp_path, SIMPLE, **DELETES, **SCD2)


# -- random feeds


@pytest.mark.parametrize("name", FEEDS)
def test_any_feed_gives_what_the_oracle_says(spark, tmp_path, monkeypatch, name):
    """Every key of a feed is a case of its own, but for the truncates."""
    monkeypatch.setattr(
        "localrun.auto_cdc.history.SEGMENTS", 2
    )  # so that some are made one
    rnd = random.Random(name)
    options, arguments = FEEDS[name]
    stream = CdcStream(
        spark,
        tmp_path,
        SCHEMA,
        **DELETES,
        **arguments,
        stored_as_scd_type=options.scd_type,
    )
    if "change feed" in name:
        stream.properties = CHANGE_FEED
    keys = range(KEYS_OF_A_FEED)
    feed = random_feed(rnd, list(keys), 3, options, "truncates" in name)
    for i, batch in enumerate(feed):
        stream.land(*map(as_row, batch))
        if i > 0:  # the second update goes on from the checkpoint of the first
            stream.run()
    changes = [change for batch in feed for change in batch]
    target = by_key([plain(row) for row in stream.rows()])
    oracle = by_key(expected(changes, options))
    for key in keys:
        history = [change for change in changes if change.key in (key, None)]
        assert target.get(key) == oracle.get(key), history


# -- crashes


class Crash(Exception):
    """The process ends here."""


def crash(*_args, **_kwargs):
    raise Crash


def crash_after(write):
    def write_and_crash(*args, **kwargs):
        write(*args, **kwargs)
        raise Crash

    return write_and_crash


HISTORY, TARGET = history.History, target.Target
CRASHES = {
    "before the events are written": (HISTORY, "add", crash),
    "between the events and the target": (TARGET, "prepare", crash),
    "before the target is committed": (TARGET, "overwrite", crash),
    "after the target, before the checkpoint": (
        TARGET,
        "overwrite",
        crash_after(TARGET.overwrite),
    ),
}


def test_a_batch_that_crashed_anywhere_is_applied_once(stream, monkeypatch):
    stream.land(upsert(1, "start", 0))
    stream.run()
    for sequence, (where, place) in enumerate(CRASHES.items(), 1):
        stream.land(upsert(1, where, sequence))
        with monkeypatch.context() as patch, pytest.raises(StreamingQueryException):
            patch.setattr(*place)
            stream.run()
        assert stream.run() == [Applied(0, 0) if "after" in where else Applied(2, 0)]
    names, ends = ["start", *CRASHES], [*range(1, 1 + len(CRASHES)), None]
    assert sorted(stream.rows(), key=lambda row: row[2:3]) == [
        (1, name, start, end)
        for start, (name, end) in enumerate(zip(names, ends, strict=True))
    ]
    assert stream.events() == len(names)


# -- what is written


@pytest.fixture(scope="module", params=["rewritten", "merged"])
def written(request, spark, tmp_path_factory) -> CdcStream:
    """A target after three batches: new keys, changes and deletes, only repetitions."""
    root = tmp_path_factory.mktemp(request.param)
    stream = CdcStream(spark, root, SIMPLE, keys=["ID"], **DELETES, **SCD2)
    stream.cluster_by = ["id"]  # whose case does not count: the key is ID
    stream.properties = CHANGE_FEED if request.param == "merged" else {}
    stream.land(upsert(1, "Ada", 1), upsert(2, "Bo", 2), upsert(3, "Cy", 1))
    stream.land(upsert(1, "Al", 3), upsert(2, "Bo", 1), {"id": 3, "seq": 1, "op": "U"})
    stream.land(upsert(1, "Ada", 1), upsert(1, "Al", 3))
    stream.applied = stream.run()
    return stream


def commits(stream: CdcStream) -> list[str]:
    log = Path(stream.path, "_delta_log").glob("*.json")
    return [commit.read_text() for commit in sorted(log)]


def test_the_counts_are_of_rows_that_changed(written):
    assert written.applied[:2] == [Applied(3, 0), Applied(3, 1)]


def test_repeated_events_write_no_version_of_the_target(written):
    assert written.applied[2] == Applied(0, 0)
    assert len(commits(written)) == 1 + 2


def test_writes_are_named_by_flow_and_batch(written):
    for batch, commit in enumerate(commits(written)[1:]):
        assert f'"txn":{{"appId":"test","version":{batch},' in commit


def test_a_rewritten_target_keeps_its_clustering(spark, written):
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{written.path}`").first()
    assert detail["clusteringColumns"] == ["id"]


@pytest.mark.parametrize("written", ["merged"], indirect=True)
def test_a_change_feed_tells_only_the_rows_that_changed(spark, written):
    feed = spark.read.option("readChangeFeed", True).option("startingVersion", 2)
    changes = feed.format("delta").load(written.path).where("id = 1")
    assert sorted(map(tuple, changes.select("_change_type", "name").collect())) == [
        ("insert", "Al"),
        ("update_postimage", "Ada"),
        ("update_preimage", "Ada"),
    ]


def test_new_columns_come_to_the_target(stream):
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


def test_a_declared_schema_gives_the_types(stream):
    stream.declared = "__END_AT bigint, __START_AT bigint, id string, note string"
    stream.land(upsert(1, "Ada", 1), upsert(1, "Al", 2))
    stream.run()
    assert sorted(stream.rows(), key=str) == [
        (2, 1, "1", None, "Ada"),
        (None, 2, "1", None, "Al"),
    ]


# -- what is refused


def refusal(stream: CdcStream) -> str:
    with pytest.raises(StreamingQueryException) as caught:
        stream.run()
    return str(caught.value)


@pytest.mark.parametrize(
    ("row", "message"),
    [
        (
            {"name": "Ada", "seq": 1},
            "NULL_KEY target: key column id is NULL in the row",
        ),
        ({"id": 1, "name": "Ada"}, "NULL_SEQUENCE target: the sequence is NULL in the"),
    ],
    ids=["key", "sequence"],
)
def test_a_row_without_key_or_sequence_fails_before_anything_is_written(
    stream, row, message
):
    """https://docs.databricks.com/aws/en/error-messages/autocdc-microbatch-validation-error-class"""
    stream.land(upsert(1, "Ada", 1), row)
    assert f"AUTOCDC_MICROBATCH_VALIDATION.{message}" in refusal(stream)
    assert stream.rows() == []


def test_a_type_that_does_not_fit_the_declared_one_is_named(stream):
    stream.declared = "id int, name struct<first: string>"
    stream.land(upsert(1, "Ada", 1))
    assert "the target has no place for name string" in refusal(stream)
