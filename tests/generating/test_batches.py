"""Batches of any contract: repeatable, resumable, whole, and as the settings say."""

import json
from collections import Counter, defaultdict

import pytest
from generating.ledgers import CONTRACTS, Generated

from generator import GeneratorError, landing
from generator.landing import STATE

CLEAN = {"dirty_share": 0, "late_share": 0}
SMALL = {"rows": 60, "members": 30, "updates": 10}


@pytest.fixture
def shop(tmp_path):
    """shop(): the tables of a shop in a folder of their own."""

    def make(name: str = "shop", contract: str = "shop", **settings) -> Generated:
        folder = tmp_path / name
        folder.mkdir(exist_ok=True)
        file = CONTRACTS / f"{contract}.odcs.yaml"
        more = {"delta_tables": folder / "tables", **SMALL, **settings}
        return Generated(folder, file, **more)

    return make


def contents(generated: Generated) -> dict[str, bytes]:
    files = sorted(generated.landing.glob("*/[!.]*"))
    return {str(f.relative_to(generated.landing)): f.read_bytes() for f in files}


def test_the_same_seed_makes_the_same_bytes_in_one_run_or_in_several(shop):
    at_once, in_turn = shop("at once"), shop("in turn")
    planted = at_once.more(batches=3)
    for _ in range(3):
        in_turn.more(batches=1)
    assert contents(at_once) == contents(in_turn)
    assert planted == in_turn.planted


def test_another_seed_makes_other_rows(shop):
    one, other = shop("one", seed=1), shop("other", seed=2)
    one.more(batches=1)
    other.more(batches=1)
    pairs = zip(contents(one).items(), contents(other).values(), strict=True)
    assert [name for (name, a), b in pairs if a == b] == []


def test_keys_are_unique_and_facts_point_to_members_that_came_before(shop):
    generated = shop()
    generated.more(batches=4, **CLEAN)
    orders = generated.lines("orders")
    assert Counter(Counter(row["order_id"] for row in orders).values()) == {1: 240}
    first = contents(generated)["customers/customers-000001.csv"].decode()
    members = {line.split(";")[0] for line in first.splitlines()[1:]}
    assert {row["customer_id"] for row in orders[:60]} <= members


def test_every_kind_of_fault_has_its_turn(shop):
    generated = shop()
    kinds = {p.kind for p in generated.more(batches=6, dirty_share=0.6)}
    assert {
        "no_order_id",
        "quantity_misfits",
        "breaks_quantity_maximum",
        "breaks_status_allowed_values",
        "breaks_code_pattern",
        "breaks_amount_matches",
        "breaks_large_orders_are_rare",
        "breaks_label_min_length",
        "no_ordered_at",
        "broken_line",
        "unknown_column",
        "duplicate",
        "early_customer_id",
        "orphan_customer_id",
        "late_member",
        "correction",
        "number_as_text",
        "ship_day_in_another_format",
    } <= kinds


def test_a_fail_rule_is_never_broken(shop):
    generated = shop()
    generated.more(batches=4, dirty_share=1)
    assert "test" not in {row.get("status") for row in generated.lines("orders")}


def test_a_member_that_is_too_early_comes_with_a_later_batch(shop):
    generated = shop()
    planted = generated.more(batches=8, dirty_share=0.6)
    planted += generated.more(batches=2, **CLEAN)
    came = {p.key: p.batch for p in planted if p.kind == "late_member"}
    early = [p for p in planted if p.kind == "early_customer_id"]
    pointed = {}
    for row in generated.lines("orders"):
        pointed[row.get("order_id")] = row.get("customer_id")
    assert early
    assert all(came[pointed[p.key]] > p.batch for p in early)


def test_changes_are_partial_where_null_updates_are_ignored_and_some_delete(shop):
    generated = shop()
    generated.more(batches=6, updates=60, **CLEAN)
    files = [t.decode() for n, t in contents(generated).items() if "customers" in n]
    rows = [line.split(";") for text in files[1:] for line in text.splitlines()[1:]]
    operations = Counter(row[5] for row in rows)
    assert operations["DELETE"] > 0
    assert operations.keys() == {"UPSERT", "DELETE"}
    assert any(row[1] == "" for row in rows)


# Going on


@pytest.mark.parametrize("state", ["missing", "unreadable"])
@pytest.mark.parametrize("contract", ["shop", "untyped", "delta"])
def test_without_its_state_a_run_goes_on_from_what_is_there(shop, contract, state):
    generated = shop(contract=contract)
    generated.more(batches=3)
    file = generated.landing / STATE
    file.unlink() if state == "missing" else file.write_text("{")
    for hidden in generated.landing.glob("*/*"):
        assert hidden.stat().st_size
    before = generated.last
    generated.more(batches=1, **CLEAN)
    # A table of another catalog knows no batches: they count from the files.
    assert generated.last.number in (before.number + 1, 1)
    assert generated.last.until > before.until
    if contract == "shop":
        ids = Counter(row.get("order_id") for row in generated.lines("orders")[-60:])
        used = {p.key for p in generated.planted if p.source == "orders"}
        assert set(ids.values()) == {1}
        assert not ids.keys() & used


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


# A batch writes four files, the state, and publishes each file.
@pytest.mark.parametrize("point", range(1, 11))
@pytest.mark.parametrize("contract", ["shop", "delta"])
def test_a_killed_run_leaves_whole_files_and_the_next_goes_on(
    shop, monkeypatch, point, contract
):
    whole, killed = shop("whole", contract), shop("killed", contract)
    ledgers = [g.folder / "ledger.jsonl" for g in (whole, killed)]
    whole.more(batches=3, ledger=ledgers[0])
    killed.more(batches=1, ledger=ledgers[1])
    calls = iter(range(1, 100))

    def until_killed(function):
        def call(*arguments):
            if next(calls) == point:
                raise Killed
            return function(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(landing, "write_lines", until_killed(landing.write_lines))
        patch.setattr(landing.os, "replace", until_killed(landing.os.replace))
        publish = until_killed(landing.Landing._publish)
        patch.setattr(landing.Landing, "_publish", publish)
        patch.setattr(landing.Landing, "_cut_ledger", lambda *_: None)
        with pytest.raises(Killed):
            killed.more(batches=1, ledger=ledgers[1])
            raise Killed  # of fewer steps than points
    done = json.loads((killed.landing / STATE).read_text())["batch"]
    if done < 3:
        killed.more(batches=3 - done, ledger=ledgers[1])
    assert contents(killed) == contents(whole)
    assert ledgers[0].read_bytes() == ledgers[1].read_bytes()
    assert stored(killed) == stored(whole)
    assert not list(killed.landing.glob("*/.*"))


def stored(generated: Generated) -> dict[str, list[str]]:
    """The rows of each Delta table."""
    from deltalake import DeltaTable

    found = {}
    for log in sorted(generated.folder.glob("tables/*/*/*/_delta_log")):
        rows = DeltaTable(str(log.parent)).to_pyarrow_table().to_pylist()
        found[log.parent.name] = sorted(map(repr, rows))
    return found


# Settings


def test_values_weights_ranges_nulls_and_rows_are_as_the_settings_say(shop):
    orders = {
        "rows": 300,
        "columns": {
            "status": {"values": {"pending": 0, "completed": 9, "cancelled": 1}},
            "quantity": {"range": [3, 4]},
            "weight": {"share_of_nulls": 1},
        },
    }
    given = [{"category_id": "A", "label": "first"}, {"category_id": "B"}]
    tables = {"orders": orders, "categories": {"given": given, "updates": 0}}
    generated = shop(tables=tables)
    generated.more(batches=1, **CLEAN)
    rows = generated.lines("orders")
    assert len(rows) == 300
    statuses = Counter(row["status"] for row in rows)
    assert statuses["completed"] > 200 > statuses["cancelled"] > 0
    assert {row["quantity"] for row in rows} == {3, 4}
    assert {row["weight"] for row in rows} == {None}
    text = contents(generated)["categories/categories.csv"].decode()
    assert [line.split(",")[0] for line in text.splitlines()] == [
        "category_id",
        "A",
        "B",
    ]


@pytest.mark.parametrize(
    ("tables", "message"),
    [
        ({"order": {}}, "setting tables: order is unknown; did you mean orders?"),
        ({"orders": {"row": 1}}, "tables, orders: row is unknown; did you mean rows?"),
        ({"orders": {"rows": -1}}, "rows is -1, but must be a whole number from 0 on"),
        (
            {"orders": {"columns": {"statu": {}}}},
            "orders, columns: statu is unknown; did you mean status?",
        ),
        (
            {"orders": {"columns": {"price": {"range": [2, 1]}}}},
            "range is [2, 1], but must be two numbers or days, as [1, 100]",
        ),
        (
            {"orders": {"columns": {"price": {"share_of_nulls": 2}}}},
            "share_of_nulls is 2, but must be a number from 0 to 1",
        ),
        ({"orders": [1]}, "setting tables, orders is [1], but must be a mapping"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(shop, tables, message):
    generated = shop(tables=tables)
    with pytest.raises(GeneratorError) as refused:
        generated.more(batches=1)
    assert message in str(refused.value)
    assert not generated.landing.exists()


def test_a_faulty_contract_is_refused_with_its_faults(tmp_path):
    generated = Generated(tmp_path, [{"name": "orders"}])
    with pytest.raises(GeneratorError, match="table orders, customProperties role"):
        generated.more(batches=1)


def test_keys_that_run_out_are_named(tmp_path):
    key = {"name": "id", "physicalType": "TINYINT", "primaryKey": True}
    generated = Generated(tmp_path, [table("things", "fact", key)], rows=200)
    with pytest.raises(GeneratorError, match="table things: id can hold 127 different"):
        generated.more(batches=1)


def test_a_rule_that_no_row_keeps_is_told_and_the_ledger_has_its_rows(tmp_path):
    key = {"name": "id", "physicalType": "BIGINT", "primaryKey": True}
    note = {"name": "note", "physicalType": "STRING", "required": True}
    rule = {
        "expectation": "note = reverse(note) AND length(note) > 30",
        "action": "drop",
    }
    quality = {"name": "odd", "type": "custom", "engine": "lakeflow"}
    things = table("things", "fact", key, note)
    things["quality"] = [{**quality, "implementation": rule}]
    generated = Generated(tmp_path, [things], rows=5, **CLEAN)
    planted = generated.more(batches=1)
    assert [(p.kind, p.rules) for p in planted] == [("rule_not_kept", ("odd",))] * 5
    assert "rows that keep odd could not be made" in generated.remarks[0]


def table(name: str, role: str, *columns: dict) -> dict:
    custom = {"role": role, "format": "json"}
    properties = [{"property": k, "value": v} for k, v in custom.items()]
    return {"name": name, "customProperties": properties, "properties": list(columns)}


def test_late_facts_happened_before_their_batch(shop):
    generated = shop()
    planted = generated.more(batches=3, dirty_share=0, late_share=0.5, late_hours=48)
    late = defaultdict(list)
    for entry in planted:
        late[entry.source].append(entry.kind)
    assert set(late["orders"]) == {"late"}
    assert len(late["orders"]) > 50
