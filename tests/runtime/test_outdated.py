"""Rows that are older than what makes their table, as the project says it.

Follows https://docs.databricks.com/aws/en/ldp/concepts/refresh: a refresh goes over no
older row of a streaming table.
"""

import json
from types import SimpleNamespace

import pytest

CODE = """
@dp.table(table_properties={"pipelines.reset.allowed": "false"})
def bronze():
    return landed("sales", "id INT, n INT")

@dp.table
def silver():
    return spark.readStream.table("bronze").select("id", "n")

@dp.table
def gold():
    return spark.readStream.table("silver")

dp.create_streaming_table("target")
dp.create_auto_cdc_flow(target="target", source="silver", keys=["id"], sequence_by="n")
"""
EXTENSION = """
import json

from localrun.extension import Extension


class Own(Extension):
    def made_by(self):
        return json.loads((self.root / "parts.json").read_text())

    def explain(self, table, message):
        return "ask Ada" if "read its source again" in message else None
"""
FIRST = {
    "bronze": {"options": "a"},
    "Silver": {"the column n": "INT"},
    "target": {"the key": "id"},
    "no_such_table": {"a part": "1"},
}
NEXT = {
    "bronze": {"options": "b"},
    "Silver": {"the column n": "BIGINT", "the rule r": "n > 0"},
    "target": {"the key": "n"},
}


@pytest.fixture(scope="module")
def told(shared_bundle):
    """What is said at each step, as (table, sentence)."""
    bundle = shared_bundle.write(CODE)
    (bundle.root / "parts_of.py").write_text(EXTENSION)
    settings = '[tool.localrun]\nextension = "parts_of:Own"\n'
    (bundle.root / "pyproject.toml").write_text(settings)

    def state(parts: dict) -> None:
        (bundle.root / "parts.json").write_text(json.dumps(parts))

    def before(parts: dict) -> list[tuple[str, str]]:
        state(parts)
        return [(n.table, n.sentence) for n in bundle.pipeline.outdated()]

    def run(parts: dict, **arguments) -> list[tuple[str, str]]:
        state(parts)
        result = bundle.run(**arguments)
        assert result.ok
        return [(note.table, note.sentence) for note in result.notes]

    found = SimpleNamespace()
    bundle.land("sales", {"id": 1, "n": 1}, {"id": 2, "n": 1})
    found.first = run(FIRST)
    found.new_to_bronze = before({"bronze": {**FIRST["bronze"], "the type of n": "x"}})
    found.before = before(NEXT)
    bundle.land("sales", {"id": 1, "n": 2})
    found.changed = run(NEXT)
    found.back = before(FIRST)
    found.rebuilt = run(NEXT, full_refresh=["silver+"])
    return found


def test_rows_are_not_older_than_what_made_them(told):
    assert told.first == []


def test_it_is_said_before_the_update_with_the_rows_that_there_are(told):
    rebuild = "rebuild them with --full-refresh silver+ target"
    change = "a change of the column n and the rule r"
    assert told.before == [
        ("bronze", "ask Ada"),
        ("silver", f"2 of its 2 rows were made before {change}: {rebuild}"),
        (
            "target",
            f"up to 2 of its 2 rows were made before a change of the key: {rebuild}",
        ),
    ]


def test_an_update_counts_the_rows_of_before_among_all(told):
    sentences = dict(told.changed)
    assert sentences["silver"].startswith("2 of its 3 rows were made before a change")
    assert sentences["target"].startswith("up to 2 of its 2 rows were made before a")


def test_what_is_as_it_was_made_only_the_rows_of_meanwhile_otherwise(told):
    sentences = dict(told.back)
    assert sentences["silver"].startswith("1 of its 3 rows were made before a change")


def test_what_is_new_to_a_table_that_is_kept_is_in_no_older_row(told):
    assert told.new_to_bronze == []


def test_a_rebuilt_table_has_no_older_rows(told):
    assert [table for table, _ in told.rebuilt] == ["bronze"]
