"""Flows of snapshots in a pipeline: by name and by function, what is told, kills.

Follows https://docs.databricks.com/aws/en/ldp/cdc and
https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes-from-snapshot.
"""

from pathlib import Path

import pytest

from localrun.auto_cdc.target import Target
from localrun.errors import UsageError
from localrun.storage.state import FlowState

BY_FUNCTION = """
FILES = f"{LANDING}/dumps"

def versions():
    files = spark.read.format("binaryFile").load(FILES).select("path").collect()
    return sorted(int(row.path.split("/")[-1].removesuffix(".json")) for row in files)

def next_dump(latest):
    later = [v for v in versions() if latest is None or v > latest]
    if not later:
        return None
    dump = spark.read.schema("id INT, name STRING").json(f"{FILES}/{later[0]}.json")
    return dump, later[0]

dp.create_streaming_table("customers")
dp.create_auto_cdc_from_snapshot_flow(
    target="customers", source=next_dump, keys=["id"], stored_as_scd_type=2
)
"""
BY_NAME = """
import dlt

@dp.table
def bronze():
    return landed("rows", "id INT, name STRING").select("id", "name")

@dp.temporary_view
def newest():
    rows = spark.read.table("bronze")
    return rows.groupBy("id").agg(F.max("name").alias("name"))

dlt.create_streaming_table("customers")
dlt.apply_changes_from_snapshot(
    target="customers", source="newest", keys=["id"], stored_as_scd_type=2
)
"""


def dump(bundle, version: int, *names: str) -> None:
    """A file of rows (1, first name), (2, second)…; no row for an empty name."""
    folder = bundle.landing / "dumps"
    folder.mkdir(parents=True, exist_ok=True)
    rows = [f'{{"id": {i}, "name": "{n}"}}\n' for i, n in enumerate(names, 1) if n]
    (folder / f"{version}.json").write_text("".join(rows))


def test_a_function_is_asked_for_snapshots_until_there_are_no_more(bundle):
    """ldp/cdc, historical snapshots: one after the other, in the order of versions."""
    bundle.write(BY_FUNCTION)
    dump(bundle, 1, "Ada", "Bo")
    dump(bundle, 3, "Al")
    result = bundle.run()
    assert result.ok, result.flows["customers"].error
    outcome = result.flows["customers"].outcome
    assert (outcome.batches, outcome.rows_out) == (2, 2 + 3)
    assert bundle.rows("customers") == [
        (1, "Ada", 1, 3),
        (1, "Al", 3, None),
        (2, "Bo", 1, 3),
    ]
    before = bundle.versions()
    assert bundle.run().flows["customers"].outcome.note == "no new snapshot"
    assert bundle.versions() == before
    dump(bundle, 20, "Al", "Bo")
    assert bundle.run().ok
    assert bundle.rows("customers")[-1] == (2, "Bo", 20, None)

    # A full refresh begins with the first snapshot that the function still finds
    (bundle.landing / "dumps/1.json").unlink()
    assert bundle.run(full_refresh=["customers"]).ok
    assert bundle.rows("customers") == [(1, "Al", 3, None), (2, "Bo", 20, None)]


def test_a_table_or_view_is_taken_once_an_update_by_its_time(bundle):
    """ldp/cdc, periodic snapshots: the version is the time of ingestion."""
    bundle.write(BY_NAME).land("rows", {"id": 1, "name": "Ada"}, {"id": 2, "name": "B"})
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    table = bundle.pipeline.table("customers")
    assert table.schema["__START_AT"].dataType.simpleString() == "timestamp"
    before = bundle.versions()
    assert bundle.run().flows["customers"].outcome.note == "nothing changed"
    assert bundle.versions() == before
    bundle.land("rows", {"id": 1, "name": "Al"})
    assert bundle.run().ok
    versions = bundle.rows("customers", "name", "__START_AT", "__END_AT")
    ends = {name: end for name, _, end in versions}
    assert {name for name, end in ends.items() if end is None} == {"Al", "B"}
    assert ends["Ada"] in {start for name, start, _ in versions if name == "Al"}


class Crash(Exception):
    """The process ends here."""


def test_a_run_that_was_killed_anywhere_loses_and_doubles_nothing(bundle, monkeypatch):
    bundle.write(BY_FUNCTION)
    names = ["start"]
    dump(bundle, 1, *names)
    assert bundle.run().ok
    places = {
        "before the snapshot is applied": (Target, "prepare", False),
        "before the target is committed": (Target, "overwrite", False),
        "after the target, before its version": (Target, "overwrite", True),
        "after the version": (FlowState, "remember_latest", True),
    }
    for version, (place, (owner, method, after)) in enumerate(places.items(), 2):
        original = getattr(owner, method)

        def crash(*args, original=original, after=after, **kwargs):
            if after:
                original(*args, **kwargs)
            raise Crash

        names.append(place)
        dump(bundle, version, place)
        with monkeypatch.context() as patch:
            patch.setattr(owner, method, crash)
            assert bundle.run().flows["customers"].status == "FAILED"
        assert bundle.run().ok
    ends = [*range(2, 2 + len(places)), None]
    assert sorted(bundle.rows("customers"), key=lambda row: row[2]) == [
        (1, name, end - 1 if end else len(names), end)
        for name, end in zip(names, ends, strict=True)
    ]


FUNCTION = """
def wrong(latest):
    return {}

dp.create_streaming_table("customers")
dp.create_auto_cdc_from_snapshot_flow("customers", wrong, ["id"])
"""
ROWS = 'spark.createDataFrame([(1, "a")], "id INT, name STRING")'


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        ("None", "FIRST_SNAPSHOT_EMPTY customers: its source function returned None"),
        (ROWS, "INVALID_SNAPSHOT_VERSION customers: its source function returned Data"),
        (f"({ROWS}, None)", "INVALID_TUPLE_NULL_SNAPSHOT_VERSION customers: "),
        (f"({ROWS}, 1)", "returned the version 1 after 1, and snapshots must come in"),
        ("(spark.readStream.format('rate').load(), 1)", "is a stream: read with spark"),
        (f"({ROWS}.cache(), 1)", "cache is not possible in a dataset function"),
    ],
    ids=["None", "no version", "version None", "same version", "stream", "cache"],
)
def test_what_a_function_may_not_return_is_refused(bundle, answer, words):
    """https://docs.databricks.com/aws/en/error-messages/apply-changes-from-snapshot-error-error-class"""
    bundle.write(FUNCTION.format(answer))
    assert words in bundle.run().flows["customers"].error


def test_a_flow_that_runs_once_takes_no_snapshot_after_it(bundle):
    """The reference page: once."""
    once = BY_FUNCTION.replace("stored_as_scd_type=2", "once=True")
    bundle.write(once)
    dump(bundle, 1, "Ada")
    assert bundle.run().ok
    dump(bundle, 2, "Al")
    assert bundle.run().flows["customers"].outcome.note == "ran once"
    assert bundle.rows("customers") == [(1, "Ada")]
    assert bundle.run(full_refresh=["customers"]).ok
    assert bundle.rows("customers") == [(1, "Al")]


OTHER_FLOW = (
    BY_FUNCTION
    + """
@dp.temporary_view
def changes():
    return landed("changes", "id INT, at INT")

dp.create_auto_cdc_flow("customers", "changes", ["id"], "at", name="other")
"""
)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        (OTHER_FLOW, "customers has a flow of snapshots and another flow"),
        (
            BY_FUNCTION.replace(
                '("customers")', '("customers", expect_all={"a": "b"})'
            ),
            "the expectation a is on customers, the target of a flow of snapshots",
        ),
    ],
)
def test_what_does_not_go_with_a_flow_of_snapshots_is_refused(bundle, code, words):
    """The error classes: MULTIPLE_QUERIES_FOR_TABLE; expectations: OURS."""
    bundle.write(code)
    with pytest.raises(UsageError) as refusal:
        bundle.run()
    assert words in str(refusal.value)


def test_a_dry_run_knows_the_columns_and_writes_nothing(bundle):
    reader = """
@dp.materialized_view
def report():
    return spark.read.table("customers").select("id", "name", "__END_AT")
"""
    bundle.write(BY_NAME + reader)
    graph = bundle.pipeline.validate()
    assert graph.problems == {}
    assert graph.datasets["customers"].reads == ["newest"]
    assert graph.datasets["customers"].kind == "streaming table"
    bundle.write(BY_FUNCTION + reader)
    dump(bundle, 1, "Ada")
    graph = bundle.pipeline.validate()
    assert graph.problems == {}
    assert graph.schemas["customers"].names[-1] == "__END_AT"
    assert not Path(bundle.root / ".local/warehouse").exists()
