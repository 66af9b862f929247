"""Texts of patterns, what rules say of columns, and how files are written."""

import csv
import json
import re
from datetime import datetime
from random import Random

import pytest
from generating.ledgers import Generated
from pyarrow import parquet

from generator.from_contract import Settings, limits, patterns, recovery, times
from generator.from_contract.judge import Delivered, Judge
from medallion.model import Column, Rule, Table

PATTERNS = (
    r"^[A-Z]{2}-\d{6}$",
    r"^[^@\s]+@[^@\s]+\.[a-z]+$",
    r"(foo|ba[rz])?x{2,}",
    r"^\p{Lu}\p{L}+$",
    r"^\+?[0-9 ]{7,15}$",
    r"^(?:[0-9a-f]{4}-){2}[0-9a-f]{8}$",
    r"^\Q(c)\E \d\d$",
)


@pytest.mark.parametrize("regex", PATTERNS)
def test_texts_of_a_pattern_match_it(regex):
    language, rng = patterns.language(regex), Random(1)
    found = [language.text(rng.randrange(language.size)) for _ in range(50)]
    assert [t for t in found if not patterns.compiled(regex).search(t)] == []


def test_different_numbers_give_different_texts():
    language = patterns.language("^[A-C]{2}(x|yz)[0-4]$")
    texts = {language.text(i) for i in range(language.size)}
    assert len(texts) == language.size == 9 * 2 * 5


@pytest.mark.parametrize(
    ("predicate", "expected"),
    [
        ("`a` IS NULL OR `a` >= 5", {"low": (5, False)}),
        ("a > 5 AND 9 >= a", {"low": (5, True), "high": (9, False)}),
        ("a BETWEEN -5 AND 5", {"low": (-5, False), "high": (5, False)}),
        ("`a` IS NULL OR `a` IN ('x', 'y')", {"allowed": ["x", "y"]}),
        ("`a` IS NULL OR length(`a`) <= 7", {"longest": 7}),
        ("`a` IS NULL OR `a` RLIKE r'^\\d+$'", {"patterns": [r"^\d+$"]}),
        ("`a` IS NULL OR `a` % 0.05 = 0", {"step": 0.05}),
        ("a <> 0", {"refused": [0]}),
        ("a > DATE'2020-01-01'", {"low": ("2020-01-01", True)}),
        ("a > b OR a < 3", {}),
    ],
)
def test_limits_of_a_column_are_read_from_rules(predicate, expected):
    found = limits.of_rules((Rule("r", predicate),)).get("a", limits.Limits())
    assert found == limits.Limits(**expected)


@pytest.mark.parametrize(
    ("predicate", "row", "holds"),
    [
        ("amount > 3", {"amount": 4}, True),
        ("amount > 3", {"amount": None}, False),
        ("amount IS NULL OR amount > 3", {"amount": None}, True),
        ("at >= '2020-01-01'", {"at": "2020-01-01T00:00:00.000000Z"}, True),
        ("at < TIMESTAMP'2020-01-01T00:00:00Z'", {"at": "2019-12-31T23:00:00Z"}, True),
        ("note RLIKE '^a'", {"note": "bab"}, False),
        ("pay.method = 'card'", {"pay": {"method": "card"}}, True),
        ("size(tags) = 2", {"tags": ["a", "b"]}, True),
        ("1 / (amount - 1) > 0", {"amount": 1}, False),
    ],
)
def test_a_predicate_is_judged_as_spark_does(predicate, row, holds):
    types = {
        "amount": "DECIMAL(10,2)",
        "at": "TIMESTAMP",
        "note": "STRING",
        "pay": "STRUCT<method: STRING>",
        "tags": "ARRAY<STRING>",
    }
    columns = tuple(Column(*pair) for pair in types.items())
    table = Table("t", "", "fact", "parquet", columns=columns)
    assert Judge(table, tuple(types)).holds(predicate, [row]) == [holds]


def test_what_duckdb_cannot_run_is_named():
    rules = (Rule("odd", "soundex(note) = 'A'"), Rule("plain", "note <> ''"))
    columns = (Column("note", "STRING"),)
    table = Table("t", "", "fact", "parquet", columns=columns, rules=rules)
    judge = Judge(table, ("note",))
    assert judge.unjudged == ["odd"]
    (verdict,) = judge.verdicts([Delivered({"note": ""})])
    assert verdict.drop == ("plain",)


def test_a_time_is_written_as_java_reads_it():
    write = times.writer("dd.MM.yyyy 'at' HH:mm")
    assert write("2025-03-09T17:05:00.000000Z") == "09.03.2025 at 17:05"
    assert times.writer("yyyy-'W'ww") is None


def table(format_: str, columns: list[dict], **custom) -> dict:
    custom = {"role": "fact", "format": format_, **custom}
    properties = [{"property": k, "value": v} for k, v in custom.items()]
    key = {"name": "id", "physicalType": "INT", "primaryKey": True}
    return {"name": "t", "customProperties": properties, "properties": [key, *columns]}


def test_csv_is_written_as_the_readers_options_say(tmp_path):
    options = {"sep": ";", "quote": "'", "encoding": "ISO-8859-1", "nullValue": "-"}
    columns = [
        {"name": "price", "physicalType": "DECIMAL(9,2)"},
        {"name": "note", "physicalType": "STRING"},
        {"name": "extra", "physicalType": "MAP<STRING, STRING>"},
    ]
    note = {"note": {"values": ["Zoë; said 'no'"]}}
    price = {"price": {"values": [None, 12.5]}}
    generated = Generated(
        tmp_path,
        [table("csv", columns, readerOptions=options)],
        tables={"t": {"columns": {**note, **price}}},
        **{"rows": 20, "dirty_share": 0, "late_share": 0, "batches": 1},
    )
    generated.more()
    (file,) = (generated.landing / "t").iterdir()
    quotes = {"quotechar": "'", "escapechar": '"', "doublequote": False}
    with file.open(encoding="ISO-8859-1", newline="") as text:
        rows = list(csv.DictReader(text, delimiter=";", **quotes))
    assert {row["note"] for row in rows} - {"-"} == {"Zoë; said 'no'"}
    assert {row["price"] for row in rows} == {"-", "12.5"}
    extra = [json.loads(row["extra"]) for row in rows if row["extra"] != "-"]
    assert all(isinstance(value, dict) for value in extra)


def test_json_with_multi_line_is_one_array_a_file(tmp_path):
    options = {"multiLine": True}
    generated = Generated(tmp_path, [table("json", [], readerOptions=options)])
    planted = generated.more(batches=1, rows=30, dirty_share=0.2)
    (file,) = (generated.landing / "t").iterdir()
    assert len(json.loads(file.read_text())) == generated.rows["t"]
    assert "broken_line" not in {p.kind for p in planted}
    lines = file.read_text().splitlines()
    known = [p for p in planted if p.key is not None]
    assert all(re.search(rf'"id": "?{p.key}\b', lines[p.line - 1]) for p in known)


TYPED = [
    {"name": "price", "physicalType": "DECIMAL(9,2)", "required": True},
    {"name": "at", "physicalType": "TIMESTAMP", "required": True},
]


def rows_of_one_file(folder, made: dict) -> list[dict]:
    """The rows of a batch of 5, each with the price of 12.5."""
    values = {"t": {"columns": {"price": {"values": [12.5]}}}}
    few = {"rows": 5, "members": 5, "dirty_share": 0, "late_share": 0}
    generated = Generated(folder, [made], tables=values, **few)
    generated.more(batches=1)
    (plan,) = generated.plans()
    (file,) = (generated.landing / "t").iterdir()
    return list(plan.format.read(file, plan.table))


@pytest.mark.parametrize("format_", ["parquet", "avro", "xml"])
def test_typed_files_hold_the_values_that_were_made(tmp_path, format_):
    options = {"readerOptions": {"rowTag": "row"}} if format_ == "xml" else {}
    rows = rows_of_one_file(tmp_path, table(format_, TYPED, sequenceBy="at", **options))
    assert [int(row["id"]) for row in rows] == [1, 2, 3, 4, 5]
    assert {float(row["price"]) for row in rows} == {12.5}
    assert all(datetime.fromisoformat(row["at"][:-1]).year == 2025 for row in rows)


def test_files_of_orc_hold_the_members_that_were_made(tmp_path):
    rows = rows_of_one_file(tmp_path, table("orc", TYPED, role="reference"))
    assert {1, 2, 3, 4, 5} <= {int(row["id"]) for row in rows}
    assert {float(row["price"]) for row in rows} == {12.5}
    assert all(datetime.fromisoformat(row["at"][:-1]) for row in rows)


def test_files_call_columns_as_the_contract_says_that_their_source_does(tmp_path):
    columns = [
        {"name": "id", "physicalName": "_id", "physicalType": "BIGINT"},
        {"name": "net", "physicalName": "Net (EUR)", "physicalType": "INT"},
    ]
    columns[0] |= {"primaryKey": True, "required": True}
    columns[1] |= {"required": True}
    made = Generated(
        tmp_path,
        [
            {
                "name": f"sales_{format_}",
                "customProperties": [
                    {"property": "role", "value": "fact"},
                    {"property": "format", "value": format_},
                ],
                "properties": columns,
            }
            for format_ in ("json", "csv", "parquet")
        ],
    )
    made.more(batches=1, rows=5, dirty_share=0)
    row = made.lines("sales_json")[0]
    (file,) = (made.landing / "sales_csv").iterdir()
    (typed,) = (made.landing / "sales_parquet").iterdir()
    header = file.read_text().splitlines()[0]
    assert list(row) == ["_id", "Net (EUR)"]
    assert header == "_id,Net (EUR)"
    assert parquet.read_schema(typed).names == ["_id", "Net (EUR)"]

    plans = made.plans()
    state = recovery.recover(made.landing, plans, Settings(**made.settings))
    assert state.numbers["sales_json"] == 6
