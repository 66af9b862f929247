"""The sample data of this bundle: repeatable, resumable, and as its ledger says."""

import json
from collections import Counter
from pathlib import Path

import pytest
import yaml

from generator import generate
from generator.chosen import Settings
from generator.landing import STATE
from generator.settings import FILE, GeneratorError
from medallion import contract
from medallion.model import LINE_IS_READABLE

ROOT = Path(__file__).parent.parent
(CONTRACT,) = (ROOT / "contract").glob("*.odcs.yaml")
TABLES = {table.name: table for table in contract.load(CONTRACT)}
# The other formats are lines of JSON here, so that nothing is sent anywhere.
KEPT = ("json", "csv", "parquet")
OF_ANOTHER_FORMAT = ("format", "kafka", "location", "readerOptions")


@pytest.fixture(scope="module")
def settings(tmp_path_factory):
    """Settings of small batches of all tables, as files."""
    folder = tmp_path_factory.mktemp("contract")
    shown = folder / CONTRACT.name
    shown.write_text(_as_files(), encoding="utf-8")
    small = {"rows": 40, "members": 20, "updates": 6, "batches": 2}
    return lambda landing, **more: Settings.load(
        FILE, **{"landing": landing, "contract": shown, **small, **more}
    )


def _as_files() -> str:
    document = yaml.safe_load(CONTRACT.read_text(encoding="utf-8"))
    for table in document["schema"]:
        if TABLES[table["name"]].format not in KEPT:
            table["customProperties"] = [
                {"property": "format", "value": "json"},
                *[
                    custom
                    for custom in table["customProperties"]
                    if custom["property"] not in OF_ANOTHER_FORMAT
                ],
            ]
    return yaml.safe_dump(document)


def contents(folder: Path) -> dict[str, bytes]:
    """What a pipeline would read: no hidden files."""
    files = sorted(folder.glob("*/[!.]*"))
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files}


def test_every_table_gets_files(settings, tmp_path):
    generate(settings(tmp_path))
    assert {name.partition("/")[0] for name in contents(tmp_path)} == set(TABLES)


def test_batches_of_several_runs_are_those_of_one(settings, tmp_path):
    generate(settings(tmp_path / "at once"))
    for _ in range(2):
        generate(settings(tmp_path / "in turn", batches=1))
    assert contents(tmp_path / "at once") == contents(tmp_path / "in turn")
    assert (tmp_path / "in turn" / STATE).exists()


def test_without_a_dirty_share_no_rule_is_broken(settings, tmp_path):
    planted = generate(settings(tmp_path, dirty_share=0, late_share=0))
    assert planted == []


def test_the_ledger_names_rules_of_the_contract(settings, tmp_path):
    chosen = settings(tmp_path, dirty_share=0.5)
    tables = contract.load(chosen.contract)
    rules = {(table.name, rule.name) for table in tables for rule in table.rules}
    planted = generate(chosen)
    broken = Counter((p.source, rule) for p in planted for rule in p.rules)
    assert broken
    assert set(broken) <= rules


def test_the_ledger_points_to_the_line(settings, tmp_path):
    for entry in generate(settings(tmp_path, dirty_share=0.5)):
        if not entry.file.endswith(".json") or entry.key is None:
            continue
        if TABLES[entry.source].role == "reference" and entry.batch == 1:
            continue  # whose file the next batch has replaced
        lines = (tmp_path / entry.file).read_text(encoding="utf-8").splitlines()
        row = json.loads(lines[entry.line - 1])
        keys = [row[name] for name in TABLES[entry.source].keys]
        assert list(map(str, keys)) == [str(k) for k in _listed(entry.key)]
        assert LINE_IS_READABLE not in entry.rules


def _listed(key) -> list:
    return key if isinstance(key, list) else [key]


def test_a_wrong_table_in_the_settings_is_refused(settings, tmp_path):
    with pytest.raises(GeneratorError, match="no_such_table is unknown"):
        generate(settings(tmp_path, tables={"no_such_table": {"rows": 1}}))
    assert contents(tmp_path) == {}
