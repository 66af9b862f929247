"""New columns in files: the update stops once, and another one goes on with them.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema
(the stream stops when the columns are noted), and public reports of workspaces: the
update is cancelled, and one with cause SCHEMA_CHANGE is started by itself.
"""

import json
from contextlib import redirect_stdout
from io import StringIO

import pytest

from localrun import Pipeline, cli

CODE = """
    @dp.table
    def bronze():
        return landed("orders", "id INT")

    @dp.table
    def visits():
        return landed("visits", "id INT")

    @dp.table
    def silver():
        return spark.readStream.table("bronze").drop("_rescued_data")

    @dp.materialized_view
    def days():
        return spark.range(3)
"""


def events(bundle, event_type: str) -> list[dict]:
    """The details of events of a type, in order, with their level and message."""
    log = bundle.pipeline.table("event_log").where(f"event_type = '{event_type}'")
    return [
        json.loads(row.details)[event_type]
        | {"update": row.origin.update_id, "level": row.level, "message": row.message}
        for row in log.orderBy("timestamp").collect()
    ]


@pytest.fixture(scope="module")
def changed(shared_bundle):
    """A bundle into whose second update a file brings columns.

    Before the third, which is told not to stop, another one does.
    """
    bundle = shared_bundle.write(CODE)
    bundle.land("orders", {"id": 1})
    bundle.land("visits", {"id": 1})
    assert bundle.run().ok
    bundle.land("orders", {"id": 2, "colour": "red", "size": 7})
    bundle.land("visits", {"id": 2, "door": "back"})
    with redirect_stdout(StringIO()) as out:
        assert cli.main(["run", "--root", str(bundle.root)]) == 0
    bundle.land("orders", {"id": 3, "shape": "round"})
    conf = {"localrun.restartOnNewColumns": "false"}
    assert Pipeline(bundle.root, conf=conf).update().ok
    bundle.printed = out.getvalue().splitlines()
    return bundle


def test_no_row_is_lost_or_doubled_and_the_new_columns_are_there(changed):
    assert changed.rows("silver", "id", "colour", "size", "shape") == [
        (1, None, None, None),
        (2, "red", "7", None),
        (3, None, None, "round"),
    ]


def test_the_terminal_says_which_columns_stopped_the_update(changed):
    (line,) = [line for line in changed.printed if line.startswith("STOPPED")]
    said, goes_on = line.removeprefix("STOPPED ").rsplit("; ", 1)
    assert sorted(said.split("; ")) == [
        f"bronze: new files in {changed.landing}/orders bring new columns (colour, "
        "size)",
        f"visits: new files in {changed.landing}/visits bring new columns (door)",
    ]
    assert goes_on == "the update starts again with them, as it does on Databricks"


def test_the_event_log_has_an_update_that_was_cancelled_and_its_successor(
    changed,
):
    causes = [event["cause"] for event in events(changed, "create_update")]
    assert causes[:3] == ["USER_ACTION", "USER_ACTION", "SCHEMA_CHANGE"]
    ends = [e for e in events(changed, "update_progress") if e["state"] != "RUNNING"]
    assert [(event["state"], event["level"]) for event in ends[:3]] == [
        ("COMPLETED", "INFO"),
        ("CANCELED", "WARN"),
        ("COMPLETED", "INFO"),
    ]
    assert len({event["update"] for event in ends}) == 4


def test_the_flow_that_met_them_says_so_and_those_behind_it_only_stop(changed):
    stopped = {
        event["message"].split()[1]: event["level"]
        for event in events(changed, "flow_progress")
        if event["status"] == "STOPPED"
    }
    assert stopped["bronze"] == "WARN"
    assert stopped["silver"] == "INFO"


def test_an_update_may_be_told_not_to_stop(changed):
    assert [event["cause"] for event in events(changed, "create_update")][3:] == [
        "USER_ACTION"
    ]
