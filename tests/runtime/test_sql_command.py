"""What `localrun sql` prints: every column and every value, whole and as text."""

import csv
import io
import json
import sys

import pytest

from localrun import cli


@pytest.fixture
def answer(shared_bundle, capsys):
    """answer(query, *words): what the command prints of it."""

    def ask(query: str, *words: str) -> str:
        code = cli.main(["sql", "--root", str(shared_bundle.root), query, *words])
        out, err = capsys.readouterr()
        assert code == 0, err
        return out

    return ask


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def on_a_terminal(shared_bundle, monkeypatch):
    """on_a_terminal(columns, query): what is drawn there, without colours."""

    def ask(columns: int, query: str) -> list[str]:
        screen = Terminal()
        monkeypatch.setattr(sys, "stdout", screen)
        monkeypatch.setenv("COLUMNS", str(columns))
        monkeypatch.setenv("TERM", "dumb")
        assert cli.main(["sql", "--root", str(shared_bundle.root), query]) == 0
        return screen.getvalue().splitlines()

    return ask


LONG = "x" * 300
WIDE = "SELECT " + ", ".join(f"'{n} {'y' * 40}' AS column_{n}" for n in range(30))


def test_a_pipe_gets_every_column_and_every_value_whole(answer, monkeypatch):
    monkeypatch.setenv("COLUMNS", "40")
    head, row = answer(WIDE).splitlines()
    assert head.split() == [f"column_{n}" for n in range(30)]
    assert row.split("  ") == [
        f"{n} {'y' * 40}".ljust(len("column_0")) for n in range(30)
    ]

    head, row = answer(f"SELECT 1 AS a, '{LONG}' AS b, 2 AS c").splitlines()
    assert row.split() == ["1", LONG, "2"]
    assert head.index("c") == row.index("2")


def test_rows_wider_than_the_terminal_have_their_columns_below_each_other(
    on_a_terminal,
):
    query = f"SELECT id, '{LONG}' AS long, 'a\nb' AS two FROM range(2)"
    assert on_a_terminal(80, query) == [
        *("row 1", "id    0", f"long  {LONG}", "two   a", "      b"),
        *("row 2", "id    1", f"long  {LONG}", "two   a", "      b"),
    ]


def test_on_a_terminal_a_narrow_answer_is_a_table_and_one_column_a_list(on_a_terminal):
    assert on_a_terminal(80, "SELECT 1 AS a, 2 AS b") == ["a  b", "1  2"]
    assert on_a_terminal(80, f"SELECT '{LONG}' AS a") == ["a", LONG]


@pytest.mark.parametrize("text", ["[/b] closed", "[red]no colour[/]", ":smile:"])
def test_text_that_looks_like_markup_is_shown_as_it_is(answer, on_a_terminal, text):
    query = f"SELECT '{text}' AS `{text}`"
    assert answer(query).splitlines() == [text, text]
    assert on_a_terminal(80, query) == [text, text]


def test_columns_stand_below_each_other_whatever_is_in_them(answer):
    query = (
        "SELECT * FROM VALUES ('数据', 1), ('a\nb', 2), ('c\td\x1b[1m', 3) AS t(a, b)"
    )
    assert answer(query).splitlines() == [
        "a            b",
        "数据         1",
        "a            2",
        "b            ",
        r"c\td\x1b[1m  3",
    ]


NESTED = (
    "array(named_struct('name', 'a', 'at', TIMESTAMP'2026-01-05 10:00:00', 'no', NULL))"
)
VALUES = {
    "TIMESTAMP'0001-01-01 00:00:00'": "0001-01-01 00:00:00",
    "TIMESTAMP'2026-01-05 10:00:00.5'": "2026-01-05 10:00:00.5",
    "DATE'0001-01-01'": "0001-01-01",
    "1.50BD": "1.50",
    "12": 12,
    "true": True,
    "X'00FF'": "AP8=",
    "parse_json('[1]')": [1],
    "map(DATE'0001-01-01', 1.5BD)": {"0001-01-01": "1.5"},
    NESTED: [{"name": "a", "at": "2026-01-05 10:00:00", "no": None}],
}


@pytest.mark.parametrize(("sql", "value"), VALUES.items(), ids=VALUES)
def test_values_are_the_same_text_in_every_format(answer, sql, value):
    query = f"SELECT {sql} AS value"
    text = value if isinstance(value, str) else json.dumps(value, separators=(",", ":"))
    assert json.loads(answer(query, "--format", "json")) == {"value": value}
    found = csv.reader(io.StringIO(answer(query, "--format", "csv")))
    assert list(found) == [["value"], [text]]
    assert answer(query).splitlines() == ["value", text]


def test_columns_of_the_same_name_are_all_there(answer):
    query = "SELECT 1 AS `a.b`, 2 AS `a.b`"
    assert answer(query, "--format", "json") == '{"a.b":1,"a.b":2}\n'
    assert answer(query, "--format", "csv").split() == ["a.b,a.b", "1,2"]


@pytest.mark.parametrize(
    ("format_", "text"), [("table", "id"), ("csv", "id"), ("json", "")]
)
def test_an_answer_may_have_no_rows(answer, format_, text):
    assert answer("SELECT id FROM range(0)", "--format", format_).strip() == text


@pytest.mark.parametrize(
    ("format_", "text"), [("table", ""), ("csv", ""), ("json", "{}")]
)
def test_an_answer_may_have_no_columns(answer, format_, text):
    query = "SELECT * EXCEPT (id) FROM range(1)"
    assert answer(query, "--format", format_).strip() == text


def test_a_table_that_is_not_there_is_told_where_to_put_it(shared_bundle, capsys):
    root = str(shared_bundle.root)
    assert cli.main(["sql", "--root", root, "SELECT * FROM crm.sales.orders"]) == 2
    assert capsys.readouterr().err.startswith(
        "localrun: crm.sales.orders is not a table of this pipeline, and "
        f"{root}/.local/tables/crm/sales/orders does not exist: "
    )
