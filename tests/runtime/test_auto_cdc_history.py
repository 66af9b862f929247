"""The history of an AUTO CDC flow: its segments, and how they are compacted."""

import pytest
from runtime.auto_cdc_runs import flow_of

from localrun import auto_cdc
from localrun.auto_cdc.history import History
from localrun.errors import FlowError

ALL = {"except_column_list": None}
SCHEMA = "id int, seq int, name string"


class Crash(Exception):
    """The process ends here."""


@pytest.fixture
def history(spark, tmp_path, monkeypatch) -> History:
    """A history that makes three segments one."""
    monkeypatch.setattr("localrun.auto_cdc.history.SEGMENTS", 3)
    return History(spark, str(tmp_path / "events"))


@pytest.fixture
def batches(spark) -> list:
    return [spark.createDataFrame([(1, seq, "a")], SCHEMA) for seq in range(6)]


def segments(tmp_path) -> list[str]:
    names = [path.name for path in (tmp_path / "events").iterdir()]
    return sorted(name for name in names if not name.startswith("_"))


def sequences(history: History, before: int) -> list[int]:
    return sorted(row["seq"] for row in history.before(before).collect())


def everything(events):
    return events


def test_a_batch_that_runs_again_replaces_its_own_events(history, batches):
    for batch_id in (0, 1, 1, 0):
        history.add(batch_id, batches[batch_id])
    assert sequences(history, 2) == [0, 1]


def test_a_batch_sees_the_batches_before_it_only(history, batches):
    assert history.before(0) is None
    for batch_id in (0, 1):
        history.add(batch_id, batches[batch_id])
    assert sequences(history, 1) == [0]


def test_many_segments_become_one(history, batches, tmp_path):
    for batch_id, batch in enumerate(batches):
        history.compact(batch_id, everything)
        history.add(batch_id, batch)
    assert segments(tmp_path) == ["batch-0000000005", "upto-0000000004"]
    assert sequences(history, 6) == [0, 1, 2, 3, 4, 5]


def test_compaction_leaves_away_what_has_no_effect(history, batches):
    for batch_id in range(3):
        history.add(batch_id, batches[batch_id])
    history.compact(3, lambda events: events.where("seq = 2"))
    assert sequences(history, 3) == [2]


@pytest.mark.parametrize("broken", ["os.replace", "shutil.rmtree"])
def test_a_crash_while_compacting_loses_and_doubles_nothing(
    history, batches, tmp_path, monkeypatch, broken
):
    def crash(*_):
        raise Crash

    for batch_id in range(3):
        history.add(batch_id, batches[batch_id])
    with monkeypatch.context() as patch, pytest.raises(Crash):
        patch.setattr(f"localrun.auto_cdc.history.{broken}", crash)
        history.compact(3, everything)
    assert sequences(history, 3) == [0, 1, 2]
    for batch_id in (3, 4):
        history.compact(batch_id, everything)
        history.add(batch_id, batches[batch_id])
    history.compact(5, everything)
    assert segments(tmp_path) == ["upto-0000000004"]
    assert sequences(history, 5) == [0, 1, 2, 3, 4]


def test_columns_that_came_later_are_null_in_older_events(spark, history, batches):
    history.add(0, batches[0])
    wider = "id int, age int, seq int, name string"
    history.add(1, spark.createDataFrame([(1, 36, 1, "b")], wider))
    rows = history.before(2).select("seq", "name", "age").collect()
    assert sorted(map(tuple, rows)) == [(0, "a", None), (1, "b", 36)]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (
            {"keys": ["name"]},
            r"keys of the AUTO CDC flow target was \['id'\] and is \['name",
        ),
        ({"stored_as_scd_type": 2}, "stored_as_scd_type of .* was 1 and is 2"),
        ({"sequence_by": "name"}, "type of sequence_by of .* was int and is string"),
    ],
    ids=["keys", "type", "sequence"],
)
def test_a_change_that_needs_a_full_refresh_is_named(
    history, batches, arguments, message
):
    for flow in (flow_of(**ALL), flow_of(**ALL)):  # the same again is no change
        history.check(auto_cdc.events(batches[0], flow), flow)
    changed = flow_of(**ALL, **arguments)
    with pytest.raises(FlowError, match=f"^{message}.*: such a change needs a full"):
        history.check(auto_cdc.events(batches[0], changed), changed)


def test_a_column_may_be_added_but_not_change_its_type(spark, history):
    flow = flow_of(**ALL)

    def check(schema: str) -> None:
        history.check(auto_cdc.events(spark.createDataFrame([], schema), flow), flow)

    check("id int, seq int")
    check("id int, seq int, age int")
    check("id int, seq int")
    with pytest.raises(FlowError, match=r"type of age .* was int and is string"):
        check("id int, seq int, age string")
