"""Files that other products lose values of, from landing to quarantine."""

import json

import pyarrow as pa
import pytest
import yaml
from end_to_end.project import Project
from pyarrow import parquet

from render import render

SOURCES = (
    "fire:json:fact:id,firem:json:fact:id,codes:json:reference:id,pretty:json:fact:id,"
    "jnull:json:fact:id,nest:json:fact:id,u16j:json:fact:id,pqns:parquet:fact:id,"
    "pqodd:parquet:reference:id"
)
CONCATENATED = '{"id":1,"v":"a"}{"id":2,"v":"b"}{"id":3,"v":"c"}\n{"id":4,"v":"d"}\n'
FILES = {
    "fire": CONCATENATED,
    "codes": CONCATENATED,
    "firem": '{"id":1,\n"v":"a"}\n{"id":2,"v":"b"}\n',
    "pretty": json.dumps([{"id": 1, "v": "a"}, {"id": 2, "v": "b"}], indent=2),
    "jnull": '{"id":1,"Name":null,"name":"b"}\n{"id":2,"NAME":"z"}\n',
    "nest": r"""{"id":1,"o":{"x":"plain","y":0.1234567890123456789012}}
{"id":2,"o":{"x":"it's","y":0.1234567890123456789012}}
{"id":3,"o":{"x":"a\"b","y":0.1234567890123456789012}}
{"id":4,"o":{"x":"p","y":"1.5","extra":1}}
{"id":5,"o":"{\"x\":\"s\",\"y\":2}"}
{"id":6,"o":{"X":"p","y":1}}
""",
    "u16j": '{"id":1}\n{"id":2}\n'.encode("utf-16-le"),
}
NEST = [
    {"name": "id", "physicalType": "BIGINT", "primaryKey": True, "required": True},
    {"name": "o", "physicalType": "STRUCT<x: STRING, y: DECIMAL(30,24)>"},
]
BRONZE = [f"bronze_{entry.split(':')[0]}" for entry in SOURCES.split(",")]


@pytest.fixture(scope="module")
def ran(spark, tmp_path_factory):
    """The project after an update, and what that printed."""
    answers = {"project_name": "kept", "sources": SOURCES}
    project = Project(render(answers, tmp_path_factory.mktemp("kept")))
    (path,) = (project.root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(path.read_text())
    tables = {table["name"]: table for table in document["schema"]}
    options = {"firem": {"multiLine": True}, "jnull": {"readerCaseSensitive": False}}
    for name, value in options.items():
        stated = {"property": "readerOptions", "value": value}
        tables[name]["customProperties"].append(stated)
    custom = tables["nest"]["customProperties"]
    tables["nest"]["customProperties"] = [c for c in custom if c["property"] != "keys"]
    tables["nest"]["properties"] = NEST
    path.write_text(yaml.safe_dump(document))
    for name, data in FILES.items():
        folder = project.landing / name
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "a.json").write_bytes(
            data.encode() if isinstance(data, str) else data
        )
    for name, array in {
        "pqns": pa.array([1], pa.timestamp("ns")),
        "pqodd": pa.array([1], pa.time64("us")),
    }.items():
        (project.landing / name).mkdir()
        file = project.landing / name / "a.parquet"
        parquet.write_table(pa.table({"id": [1], "ts": array}), file)
    checked = ("quarantine_fire", "quarantine_codes", "quarantine_pretty")
    done = project.localrun("run", "--refresh", *BRONZE, *checked)
    return project, " ".join(done.stdout.split())


def rows(project: Project, query: str) -> list[list]:
    done = project.localrun("sql", "--format", "json", query)
    assert done.returncode == 0, done.stderr
    return [[*json.loads(line).values()] for line in done.stdout.splitlines()]


@pytest.mark.parametrize("table", ["fire", "codes"])
def test_documents_behind_the_first_of_a_line_are_quarantined_with_it(ran, table):
    query = "SELECT id, _corrupt_record FROM {}_{} ORDER BY id"
    line = CONCATENATED.splitlines()[0]
    assert rows(ran[0], query.format("bronze", table)) == [[None, line], ["4", None]]
    assert rows(ran[0], query.format("quarantine", table)) == [[None, line]]


def test_documents_behind_the_first_of_a_file_are_kept_with_it(ran):
    found = rows(ran[0], "SELECT _corrupt_record FROM bronze_firem")
    assert found == [[FILES["firem"]]]


def test_documents_that_span_lines_hint_at_the_option(ran):
    query = "SELECT DISTINCT failed_rules[0].reason AS reason FROM quarantine_pretty"
    ((reason,),) = rows(ran[0], query)
    assert reason.endswith("needs readerOptions {multiLine: true}")


def test_of_names_in_several_spellings_the_one_with_a_value_counts(ran):
    found = rows(ran[0], "SELECT id, name FROM bronze_jnull ORDER BY id")
    assert found == [["1", "b"], ["2", "z"]]


def test_what_a_struct_does_not_name_is_rescued_and_digits_are_kept(ran):
    query = (
        "SELECT id, o.x, CAST(o.y AS STRING) AS y, "
        "get_json_object(_rescued_data, '$[''o.extra'']') AS extra, "
        "get_json_object(_rescued_data, '$[''o.X'']') AS other FROM bronze_nest "
        "ORDER BY id"
    )
    digits = "0.123456789012345678901200"
    zeros = "0" * 24
    assert rows(ran[0], query) == [
        [1, "plain", digits, None, None],
        [2, "it's", digits, None, None],
        [3, 'a"b', digits, None, None],
        [4, "p", f"1.5{zeros[1:]}", "1", None],
        [5, "s", f"2.{zeros}", None, None],
        [6, None, f"1.{zeros}", None, "p"],
    ]


@pytest.mark.parametrize(
    ("table", "words"),
    [
        (
            "u16j",
            "a.json is in UTF-16LE, which no option says: give readerOptions "
            "{encoding: UTF-16LE} in the contract, or write the file as UTF-8",
        ),
        (
            "pqns",
            "a.parquet has the type TIMESTAMP(NANOS), which Spark does not read: "
            "write microseconds",
        ),
        (
            "pqodd",
            "a.parquet has the type TIME(MICROS), which Spark does not read: write it "
            "as text",
        ),
    ],
)
def test_a_file_that_cannot_be_read_is_named_with_the_remedy(ran, table, words):
    assert f"FAILED bronze_{table}" in ran[1]
    assert words.replace(" ", "") in ran[1].replace(" ", "")
