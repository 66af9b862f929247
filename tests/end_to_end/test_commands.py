"""What the commands of `localrun` print and take, on one source of a few rows."""

import io
import json
import re
import subprocess
import time

import pytest
from end_to_end.project import Project
from rich.console import Console

from localrun.cli.progress import Progress
from render import render

ANSWERS = {"project_name": "p1", "sources": "events:json:fact:event_id:at"}
WITHIN = "      - {property: deduplicateWithin, value: 1 second}\n"


@pytest.fixture
def project(spark, tmp_path):
    project = Project(render(ANSWERS, tmp_path))
    deliver(project, 1, event(1), event(1), event(2, note=None), event(None))
    return project


def event(event_id, at="2026-01-05T10:00:00Z", **values) -> dict:
    return {"event_id": event_id, "at": at, **values}


def deliver(project: Project, number: int, *rows: dict) -> None:
    folder = project.landing / "events"
    folder.mkdir(parents=True, exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / f"{number}.json").write_text(text)


def cells(printed: str, first: str) -> list[str]:
    (line,) = (line for line in printed.splitlines() if line.startswith(f"{first} "))
    return line.split()[1:-1]  # the last one is seconds


def test_a_run_says_what_went_in_and_out_of_each_table(project):
    printed = project.localrun("run").stdout

    assert "Updating 6 of 6 tables" in printed
    assert printed.count("] COMPLETED ") == 6
    head = "rows in rows out dropped quarantined total seconds"
    assert head in " ".join(printed.split())
    assert cells(printed, "bronze_events") == ["completed", "4", "4", "4"]
    assert cells(printed, "quarantine_events") == ["completed", "4", "1", "1"]
    # One row breaks a rule, one is there twice.
    silver = ["completed", "4", "2", "1", "1", "2"]
    assert cells(printed, "silver_events") == silver
    assert printed.splitlines()[-1].startswith("Update COMPLETED in ")

    printed = project.localrun("run").stdout
    assert cells(printed, "silver_events") == ["no", "new", "data", "0", "0", "2"]


def test_a_dry_run_reads_and_writes_nothing(project):
    done = project.localrun("dry-run")

    told = "6 tables and 2 views are in order.\n"
    assert (done.returncode, done.stdout) == (0, told)
    assert not (project.root / ".local/warehouse/tables").exists()


def test_a_check_counts_tables_as_a_run_does_and_views_apart(project):
    done = project.check()

    assert done.returncode == 0
    told = "The contract, 6 tables and 2 views are in order."
    assert done.stdout.splitlines()[-1] == told


def test_configuration_goes_before_what_the_bundle_says(project, tmp_path):
    elsewhere = tmp_path / "elsewhere"
    project.landing.joinpath("events").rename(elsewhere)
    stated = f"pipeline.location.events={elsewhere}"
    bronze = ("run", "--refresh", "bronze_events")

    done = project.localrun(*bronze, "--warehouse", tmp_path / "without")
    assert done.returncode == 0
    assert len(list((project.landing / "events").iterdir())) == 0
    done = project.localrun(*bronze, "--conf", stated)
    assert done.returncode == 0
    (project.landing / "events").rmdir()

    done = project.localrun(*bronze, "--conf", str(elsewhere))
    assert done.returncode == 2
    assert "write it as name=value" in done.stderr


def test_what_sql_prints(project):
    project.localrun("run", "--refresh", "bronze_events")
    query = "SELECT event_id, note, '' AS nothing, _misfits FROM bronze_events LIMIT 1"

    table = project.localrun("sql", query).stdout.splitlines()
    assert [line.split() for line in table] == [
        ["event_id", "note", "nothing", "_misfits"],
        ["1", "NULL", "NULL"],
    ]
    row = project.localrun("sql", "--format", "json", query).stdout
    assert json.loads(row) == {
        "event_id": "1",
        "note": None,
        "nothing": "",
        "_misfits": None,
    }
    assert project.localrun("sql", "--format", "csv", query).stdout.splitlines() == [
        "event_id,note,nothing,_misfits",
        "1,,,",
    ]


@pytest.mark.parametrize("format_", ["table", "csv"])
def test_a_reader_that_has_had_enough_is_no_error(project, format_):
    query = "SELECT id FROM range(10000)"
    words = project.command("localrun", "sql", "--format", format_, query)
    process = subprocess.Popen(
        words,
        cwd=project.root,
        env=project.environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    process.stdout.close()
    said = process.stderr.read()
    assert process.wait() == 0, said
    assert "Traceback" not in said and "BrokenPipe" not in said


@pytest.mark.parametrize(
    ("within", "kept"), [("", 1), (WITHIN, 2)], ids=["7 days", "1 second"]
)
def test_a_key_delivered_again_is_a_duplicate_within_the_window(project, within, kept):
    """It counts from processing; a batch after it has passed, the key is forgotten."""
    (path,) = (project.root / "contract").iterdir()
    place = "      - {property: format, value: json}\n"
    assert place in path.read_text()
    path.write_text(path.read_text().replace(place, place + within))
    update = ("run", "--refresh", "bronze_events", "silver_events")
    started, number = time.monotonic(), 1
    while number < 4 or time.monotonic() < started + 4:
        assert project.localrun(*update).returncode == 0
        number += 1
        deliver(project, number, event(number * 10))
    assert project.localrun(*update).returncode == 0
    deliver(project, number + 1, event(1))
    assert project.localrun(*update).returncode == 0
    query = "SELECT count(*) FROM silver_events WHERE event_id = 1"
    found = project.localrun("sql", "--format", "csv", query).stdout.split()
    assert found == ["count(1)", str(kept)]


def test_on_a_terminal_the_run_is_drawn_while_it_goes_on(project, tmp_path):
    screen = io.StringIO()
    console = Console(file=screen, force_terminal=True, width=120)
    pipeline = project.pipeline(tmp_path / "warehouse")
    assert pipeline.update(["bronze_events"], None, [Progress(console)]).ok

    drawn = re.sub(r"\x1b\[[^A-Za-z]*[A-Za-z]", "", screen.getvalue())
    assert "Updating 1 of 6 tables" in drawn
    assert "0 of 1 flows done" in drawn
    assert re.search(r"running +bronze_events", drawn)
    assert re.search(r"completed +bronze_events +4 rows", drawn)
