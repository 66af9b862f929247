"""Notes at the end of a run, on what only the contract tells."""

import shutil

import pytest
import yaml
from end_to_end.project import Project


def table(name: str, format_: str, **more) -> dict:
    custom = {"role": "fact", "format": format_}
    custom |= {} if "properties" in more else {"keys": ["id"]}
    stated = [{"property": key, "value": value} for key, value in custom.items()]
    return {"name": name, "customProperties": stated, **more}


ID = {"name": "id", "physicalType": "BIGINT", "primaryKey": True, "required": True}
TABLES = [
    table("pretty", "json"),
    table("headers", "csv", properties=[ID, {"name": "v", "physicalType": "STRING"}]),
    table("extra", "json", properties=[ID]),
]
FILES = {
    "pretty/a.json": '[\n  {\n    "id": 1\n  }\n]\n',
    "headers/1.csv": "id,v\n1,a\n2,b\n",
    "headers/2.csv": "v,w\nc,d\n",
    "extra/1.json": '{"id": 1, "colour": "red"}\n',
}


@pytest.fixture(scope="module")
def run(rendered, tmp_path_factory, spark):
    """What a run printed of three sources that each need attention."""
    root = tmp_path_factory.mktemp("noted") / "bundle"
    project = Project(shutil.copytree(rendered("one_source"), root))
    (contract,) = (root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(contract.read_text("utf-8"))
    contract.write_text(yaml.safe_dump({**document, "schema": TABLES}), "utf-8")
    for name, text in FILES.items():
        path = project.landing / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    layers = ("bronze", "quarantine", "silver")
    names = [f"{layer}_{table['name']}" for table in TABLES for layer in layers]
    done = project.localrun("run", "--refresh", *names, "drift")
    assert done.returncode == 0, done.stdout + done.stderr
    project.printed = done.stdout.splitlines()
    return project


def test_a_source_that_is_in_quarantine_as_a_whole_is_noted_with_the_remedy(run):
    """Case pretty-printed-json."""
    assert (
        "NOTE quarantine_pretty: all rows that came, 5, are here for one reason, "
        "line_is_readable (the line must be readable as JSON; an object over several "
        "lines needs readerOptions {multiLine: true}): "
        f"{run.landing}/pretty/a.json is one JSON value over several lines, and is "
        "read line by line: write readerOptions {multiLine: true} in the contract, "
        "and run with --var reread=pretty --full-refresh-all"
    ) in run.printed


def test_a_header_without_the_key_is_noted(run):
    """One without any expected column is refused: case headerless-second-file."""
    assert (
        f"NOTE quarantine_headers: the first line of {run.landing}/headers/2.csv has "
        "no column id: is it a row, and the header is missing? Write the header as the "
        "first line of the file, and deliver it under another name"
    ) in run.printed


def test_a_column_that_the_contract_does_not_name_is_noted_when_it_comes(run):
    (said,) = [line for line in run.printed if line.startswith("NOTE bronze_extra")]
    assert said.startswith(
        "NOTE bronze_extra: its files have columns that the contract does not name: "
        f"colour (in {run.landing}/extra/1.json); they are kept here"
    )
