"""Several flows into one table, and flows that run once.

Follows https://docs.databricks.com/aws/en/ldp/flow-examples, ldp/flows-backfill and,
for AUTO CDC, https://docs.databricks.com/aws/en/ldp/database-replication.
"""

import random

import pytest
from runtime.auto_cdc_oracle import Change, Options, expected

from localrun.auto_cdc.target import Target
from localrun.errors import UsageError

CDC = """
for source in {sources}:
    @dp.temporary_view(name=source)
    def changes(source=source):
        rows = landed(source, "id INT, name STRING, at INT, op STRING")
        return rows.select("id", "name", "at", "op")

    dp.create_auto_cdc_flow(
        target="customers", source=source, name=f"{{source}}_flow", keys=["id"],
        sequence_by="at", apply_as_deletes="op = 'D'", stored_as_scd_type={scd_type},
        except_column_list=["op", "at"],
    )

dp.create_streaming_table("customers", table_properties={{
    "delta.enableChangeDataFeed": "{feed}"
}})
"""


def cdc(*sources: str, scd_type: int = 2, feed: str = "false") -> str:
    return CDC.format(sources=[*sources], scd_type=scd_type, feed=feed)


def change(id: int, name: str, at: int, op: str = "U") -> dict:
    return {"id": id, "name": name, "at": at, "op": op}


def test_the_events_of_two_auto_cdc_flows_are_ordered_together(bundle):
    """ldp/cdc: by sequence, whenever they come; ldp/database-replication: two flows."""
    bundle.write(cdc("crm", "web"))
    bundle.land("crm", change(1, "Ada", 1), change(1, "Ada L.", 9))
    bundle.land("web", change(1, "Al", 5), change(2, "Bo", 1))
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    columns = ("id", "name", "__START_AT", "__END_AT")
    assert bundle.rows("customers", *columns) == [
        (1, "Ada L.", 9, None),
        (1, "Ada", 1, 5),
        (1, "Al", 5, 9),
        (2, "Bo", 1, None),
    ]
    before = bundle.versions()
    assert bundle.run().ok
    assert bundle.versions() == before

    # Late for both: the delete is of the one, the upsert of the other
    bundle.land("web", change(1, None, 7, "D"))
    bundle.land("crm", change(1, "Ann", 6))
    assert bundle.run().ok
    rows = [row for row in bundle.rows("customers", *columns) if row[0] == 1]
    assert sorted(rows, key=lambda row: row[2]) == [
        (1, "Ada", 1, 5),
        (1, "Al", 5, 6),
        (1, "Ann", 6, 7),
        (1, "Ada L.", 9, None),
    ]


@pytest.mark.parametrize("feed", ["false", "true"], ids=["rewritten", "merged"])
def test_any_feed_of_two_flows_gives_what_the_oracle_says(bundle, feed):
    rnd = random.Random(feed)
    bundle.write(cdc("crm", "web", feed=feed))
    changes = []
    for _ in range(2):
        for source in ("crm", "web"):
            rows = []
            for key in range(25):
                for at in rnd.sample(range(60), 2):
                    # No two changes of a key have the same sequence
                    if all((c.key, c.sequence) != (key, at) for c in changes):
                        op = rnd.choice("UUUD")
                        values = {"name": rnd.choice("ab")} if op == "U" else {}
                        changes.append(Change(key, at, op, values))
                        rows.append(change(key, values.get("name"), at, op))
            bundle.land(source, *rows)
        assert bundle.run().ok
    oracle = expected(changes, Options(("name",), 2))
    found = bundle.rows("customers", "id", "name", "__START_AT", "__END_AT")
    assert found == sorted(oracle, key=str)


def test_a_flow_that_comes_or_goes_later_needs_no_full_refresh(bundle):
    """ldp/concepts/flows: add sources to an existing table without a full refresh.

    OURS: what a flow brought stays when it is gone.
    """
    bundle.write(cdc("crm", scd_type=1)).land("crm", change(1, "Ada", 1))
    assert bundle.run().ok
    bundle.write(cdc("crm", "web", scd_type=1))
    bundle.land("web", change(1, "Al", 5), change(2, "Bo", 5))
    assert bundle.run().ok
    assert bundle.rows("customers", "id", "name") == [(1, "Al"), (2, "Bo")]
    bundle.write(cdc("crm", scd_type=1))
    bundle.land("crm", change(1, "Ann", 3), change(2, "Ben", 7))
    assert bundle.run().ok
    assert bundle.rows("customers", "id", "name") == [(1, "Al"), (2, "Ben")]


class Crash(Exception):
    """The process ends here."""


def test_a_flow_that_was_killed_beside_another_is_applied_once(bundle, monkeypatch):
    bundle.write(cdc("crm", "web", scd_type=1))
    bundle.land("crm", change(1, "Ada", 1))
    bundle.land("web", change(1, "Al", 2), change(2, "Bo", 1))

    def crash(*_args, **_kwargs):
        raise Crash

    with monkeypatch.context() as patch:
        patch.setattr(Target, "append", crash)
        assert not bundle.run().ok
    bundle.land("crm", change(2, "Ben", 9))
    assert bundle.run().ok
    assert bundle.rows("customers", "id", "name") == [(1, "Al"), (2, "Ben")]


@pytest.mark.parametrize(
    ("old", "new", "words"),
    [
        ("keys=['id']", "keys=['name']", "different keys: give both the same"),
        (
            "stored_as_scd_type=2",
            "stored_as_scd_type=1",
            "different stored_as_scd_type",
        ),
        ("name='web_flow'", "name='crm_flow'", "crm_flow is defined twice"),
    ],
)
def test_flows_that_do_not_make_one_table_are_refused(bundle, old, new, words):
    """OURS: what Databricks makes of them is not stated."""
    flow = (
        "dp.create_auto_cdc_flow(target='t', source='{0}', name='{0}_flow', "
        "keys=['id'], sequence_by='at', stored_as_scd_type=2)\n"
    )
    other = flow.format("web").replace(old, new)
    code = "dp.create_streaming_table('t')\n" + flow.format("crm") + other
    bundle.write(code)
    with pytest.raises(UsageError) as refusal:
        bundle.run()
    assert words in str(refusal.value)


def test_flows_with_other_types_are_refused(bundle):
    """A sequence or a column of two types has no common order and no common place."""
    bundle.write("""
        dp.create_streaming_table("t")
        for source, kind in (("crm", "INT"), ("web", "STRING")):
            @dp.temporary_view(name=source)
            def changes(source=source, kind=kind):
                return landed(source, f"id INT, at {kind}").select("id", "at")

            dp.create_auto_cdc_flow(
                "t", source, ["id"], "at", name=f"{source}_flow"
            )
    """)
    bundle.land("crm", {"id": 1, "at": 1})
    bundle.land("web", {"id": 1, "at": 2})
    assert bundle.pipeline.validate().problems == {
        "t": "at of t is int, and string in what its flow web_flow returns: cast it "
        "to one type"
    }
    errors = [flow.error for flow in bundle.run().flows.values() if flow.error]
    assert len(errors) == 1
    assert "at was int and is string now" in errors[0] or (
        "at was string and is int now" in errors[0]
    )


APPEND = """
dp.create_streaming_table("events")

@dp.append_flow(target="events", name="shop")
def shop():
    return landed("shop", "id INT").select("id")
"""
BACKFILL = """
@dp.append_flow(target="events", name="backfill", once=True)
@dp.expect_or_drop("known", "id IS NOT NULL")
def backfill():
    return spark.read.schema("id INT").json(f"{LANDING}/old")
"""


def test_a_backfill_appends_its_batch_once_until_a_full_refresh(bundle):
    """ldp/flows-backfill, and the reference page of append_flow: once."""
    bundle.write(APPEND).land("shop", {"id": 1})
    assert bundle.run().ok
    bundle.write(APPEND + BACKFILL).land("old", {"id": -1}, {"id": None})
    assert bundle.pipeline.validate().datasets["events"].kind == "streaming table"
    result = bundle.run()
    assert result.ok, result.flows["backfill"].error
    assert result.flows["backfill"].outcome.dropped == 1
    bundle.land("old", {"id": -2})
    bundle.land("shop", {"id": 2})
    assert bundle.run().flows["backfill"].outcome.note == "ran once"
    assert bundle.rows("events") == [(-1,), (1,), (2,)]
    assert bundle.run(full_refresh=["events"]).ok
    assert bundle.rows("events") == [(-1,), (-2,), (1,), (2,)]


def test_a_backfill_that_was_killed_after_its_write_is_not_doubled(bundle, monkeypatch):
    bundle.write(APPEND + BACKFILL).land("old", {"id": -1})
    bundle.land("shop", {"id": 1})
    assert bundle.run().ok
    # As if it had been killed before it could note that it ran
    record = bundle.pipeline.state.flow("backfill", "events").folder / "record.json"
    record.unlink()
    result = bundle.run()
    assert result.ok, result.flows["backfill"].error
    assert result.flows["backfill"].outcome.rows_out == 0
    assert bundle.rows("events") == [(-1,), (1,)]


def test_a_backfill_of_a_stream_is_refused(bundle):
    """The reference page of append_flow: with once, it must be a batch DataFrame."""
    bundle.write(APPEND.replace('name="shop"', 'name="shop", once=True'))
    bundle.land("shop", {"id": 1})
    words = "flow shop runs once and must return a batch DataFrame: use spark.read"
    assert words in bundle.pipeline.validate().problems["events"]
    assert words in bundle.run().flows["shop"].error


HYDRATED = """
@dp.temporary_view
def snapshot():
    return {snapshot}

@dp.temporary_view
def changes():
    return landed("changes", "id INT, name STRING, at INT").select("id", "name", "at")

dp.create_streaming_table("customers")
dp.create_auto_cdc_flow("customers", "snapshot", ["id"], "at", name="load", once=True)
dp.create_auto_cdc_flow("customers", "changes", ["id"], "at", name="feed")
"""
SNAPSHOT = {
    "stream": 'landed("old", "id INT, name STRING, at INT").select("id", "name", "at")',
    "batch": 'spark.read.schema("id INT, name STRING, at INT").json(f"{LANDING}/old")',
}


@pytest.mark.parametrize("way", SNAPSHOT)
def test_an_auto_cdc_flow_that_runs_once_loads_what_was_there_before(bundle, way):
    """ldp/database-replication: a full copy once, then the changes."""
    bundle.write(HYDRATED.replace("{snapshot}", SNAPSHOT[way]))
    bundle.land(
        "old", {"id": 1, "name": "Ada", "at": 0}, {"id": 2, "name": "Bo"} | {"at": 0}
    )
    bundle.land("changes", {"id": 1, "name": "Al", "at": 5})
    assert bundle.pipeline.validate().problems == {}
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    bundle.land("old", {"id": 2, "name": "Ben", "at": 9})
    assert bundle.run().flows["load"].outcome.note == "ran once"
    assert bundle.rows("customers", "id", "name") == [(1, "Al"), (2, "Bo")]
    assert bundle.run(full_refresh=["customers"]).ok
    assert bundle.rows("customers", "id", "name") == [(1, "Al"), (2, "Ben")]
