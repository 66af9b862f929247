"""A column and a rule that come after their data, and files that are gone since.

One story, told once: each test looks at a part of it.
"""

import json
import shutil
from types import SimpleNamespace

import pytest
import yaml
from end_to_end.project import Project
from end_to_end.validation import validate

PROPERTIES = [
    {"name": "event_id", "physicalType": "INT", "primaryKey": True},
    {"name": "amount", "physicalType": "INT"},
]
NOTE = {"name": "note", "physicalType": "STRING"}
RULE = {
    "name": "amount_is_positive",
    "type": "custom",
    "engine": "lakeflow",
    "implementation": {"expectation": "amount > 0", "action": "drop"},
}
REBUILD = "--full-refresh quarantine_events silver_events"


def state(project: Project, properties: list, quality: list) -> None:
    """The contract says this of events."""
    (path,) = (project.root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(path.read_text())
    (events,) = document["schema"]
    customs = events["customProperties"]
    events["customProperties"] = [c for c in customs if c["property"] != "keys"]
    events |= {"properties": properties, "quality": quality}
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def deliver(project: Project, name: str, *rows: dict) -> None:
    folder = project.landing / "events"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / name).write_text("".join(json.dumps(row) + "\n" for row in rows))


@pytest.fixture(scope="module")
def story(rendered, tmp_path_factory, spark):
    """What was said and what was there at each step."""
    root = tmp_path_factory.mktemp("later") / "bundle"
    project = Project(shutil.copytree(rendered("one_source"), root))

    def rows(table: str) -> list[tuple]:
        columns = ("event_id", "amount", "note")
        found = project.pipeline(root / ".local/warehouse").table(table)
        return sorted(tuple(row) for row in found.select(*columns).collect())

    def run(*arguments: str) -> str:
        done = project.localrun("run", *arguments)
        assert done.returncode == 0, done.stdout + done.stderr
        return done.stdout

    said = SimpleNamespace()
    state(project, PROPERTIES, [])
    first = {"event_id": 1, "amount": 5, "note": "a"}
    deliver(project, "1.json", first, {"event_id": 2, "amount": -5, "note": "b"})
    said.first = run()
    state(project, [*PROPERTIES, NOTE], [RULE])
    said.check = project.check().stdout
    deliver(project, "2.json", {"event_id": 3, "amount": 7, "note": "c"})
    said.changed = run()
    said.before = rows("silver_events")
    notes = project.pipeline(root / ".local/warehouse").outdated()
    said.still = [note.table for note in notes]
    said.validation = validate(project, root / ".local/warehouse").stderr
    said.rebuilt = run(*REBUILD.split())
    said.after = rows("silver_events"), rows("quarantine_events")
    (project.landing / "events/1.json").unlink()
    again = ("--full-refresh", "bronze_events+")
    said.refused = project.localrun("run", *again).stderr
    said.lost = project.localrun("run", "--var", "reread=events", *again).stderr
    said.unknown = project.localrun("run", "--var", "reread=evnts").stderr
    said.bronze = rows("bronze_events")
    return said


def notes_in(text: str) -> list[str]:
    """Those about rows that are older than the contract."""
    lines = [line for line in text.splitlines() if line.startswith("NOTE")]
    return [line for line in lines if "made before a change of" in line]


def test_a_first_run_and_a_rebuilt_table_have_no_older_rows(story):
    assert notes_in(story.first) == notes_in(story.rebuilt) == []


# Quarantine had no row, and is rebuilt with it: one of those in silver belongs there.
SILVER = (
    "silver_events: 2 of its {} rows were made before a change of the column note and "
    f"the rule amount_is_positive: rebuild them with {REBUILD}"
)


def test_check_says_beforehand_which_rows_a_change_leaves_as_they_are(story):
    assert SILVER.format(2) in story.check.splitlines()


def test_a_run_says_with_counts_which_rows_are_older_and_what_makes_them_again(story):
    assert f"NOTE {SILVER.format(3)}" in notes_in(story.changed)
    assert story.before == [(1, 5, None), (2, -5, None), (3, 7, "c")]


def test_it_is_said_until_they_are_made_again(story):
    assert "silver_events" in story.still


def test_validation_which_runs_on_databricks_too_says_it_as_well(story):
    told = "1 rows of silver_events differ in note from what the contract makes of"
    assert told in story.validation
    told = "1 keys in silver_events come from no row that passes the current rules"
    assert told in story.validation


def test_the_rebuild_from_bronze_fills_the_column_and_judges_by_the_rule(story):
    silver, quarantine = story.after
    assert silver == [(1, 5, "a"), (3, 7, "c")]
    assert quarantine == [(2, -5, "b")]


def test_bronze_is_not_read_again_from_files_that_are_gone(story):
    """Nothing was touched when it was refused."""
    words = "2 of its 3 rows, whose files are gone (1.json), would be lost"
    assert story.refused.strip() == (
        "localrun: bronze_events is not rebuilt, since its pipelines.reset.allowed is "
        f"false, and {words} if it were: rebuild what is made of it with "
        "--full-refresh drift quarantine_events silver_events, or read its source "
        "again: use --var reread=events --full-refresh bronze_events+"
    )
    assert story.lost.strip() == (
        f"localrun: bronze_events: {words}: bring back what is gone, or add "
        "--accept-loss"
    )
    assert story.bronze == [(1, 5, "a"), (2, -5, "b"), (3, 7, "c")]


def test_a_source_that_the_contract_does_not_have_is_not_read_again(story):
    assert "reread names evnts, which is not a table of the contract" in story.unknown
