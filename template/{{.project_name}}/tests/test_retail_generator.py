"""The sample's generator: repeatable, resumable, and honest about what is wrong."""

import json
import signal
from collections import Counter, defaultdict
from dataclasses import fields
from datetime import datetime, timedelta, timezone
from pathlib import Path
from threading import Event

import pytest
import yaml

from generator import GeneratorError, Planted, cli, generate, landing, stream
from generator.landing import STATE
from generator.retail import Settings
from generator.retail.dirt import KINDS
from generator.settings import FILE

KEYS = {
    "stores": "store_id",
    "products": "product_id",
    "customers": "customer_id",
    "sales": "sale_id",
}
DIMENSIONS = ("stores", "products", "customers")
LATE_BY_PLAN = {"late", "late_member", "correction"}
CLEAN = {"dirty_share": 0, "late_share": 0}


class Delivered:
    """The lines of a landing folder in the order in which batches brought them."""

    def __init__(self, folder: Path, planted: list[Planted]):
        self.planted = {(entry.file, entry.line): entry for entry in planted}
        self.lines: dict[str, list[tuple[int, Planted | None, str]]] = defaultdict(list)
        for source in KEYS:
            for file in sorted((folder / source).glob("*.json")):
                batch = int(file.stem.split("-")[1])
                text = file.read_text(encoding="utf-8")
                for number, line in enumerate(text.splitlines(), 1):
                    entry = self.planted.get((f"{source}/{file.name}", number))
                    self.lines[source].append((batch, entry, line))

    def accepted(self, source: str) -> list[tuple[int, Planted | None, dict]]:
        """What breaks no rule."""
        return [
            (batch, entry, json.loads(line))
            for batch, entry, line in self.lines[source]
            if not (entry and entry.rules)
        ]


@pytest.fixture(scope="module")
def ten_batches(tmp_path_factory) -> Delivered:
    folder = tmp_path_factory.mktemp("landing")
    return Delivered(folder, generate(Settings(landing=folder)))


def contents(folder: Path) -> dict[str, bytes]:
    """What a pipeline would read: no hidden files."""
    files = sorted(folder.glob("*/[!.]*"))
    return {f"{file.parent.name}/{file.name}": file.read_bytes() for file in files}


def time_of(row: dict, column: str) -> datetime:
    return datetime.fromisoformat(row[column].replace("Z", "+00:00"))


# What is delivered


def test_a_batch_brings_500_sales_and_at_most_30_20_and_10_changes(tmp_path):
    generate(Settings(landing=tmp_path, batches=1, **CLEAN))
    *_, batch = stream(Settings(landing=tmp_path, batches=3, **CLEAN))
    assert batch.rows["sales"] == 500
    assert 1 <= batch.rows["customers"] <= 30
    assert 1 <= batch.rows["products"] <= 20
    assert 1 <= batch.rows["stores"] <= 10


def test_sales_begin_when_every_dimension_has_its_first_members(tmp_path):
    (batch,) = stream(Settings(landing=tmp_path, batches=1, **CLEAN))
    assert batch.rows["customers"] >= 200
    assert batch.rows["products"] >= 60
    assert batch.rows["stores"] >= 12


@pytest.mark.parametrize("source", DIMENSIONS)
def test_sales_point_to_members_that_came_before_unless_planted(ten_batches, source):
    came = {}
    for batch, _, row in ten_batches.accepted(source):
        came.setdefault(row[KEYS[source]], batch)
    for batch, entry, row in ten_batches.accepted("sales"):
        early = entry and entry.kind == f"early_{source.removesuffix('s')}"
        if not early:
            assert came[int(row[KEYS[source]])] <= batch


@pytest.mark.parametrize("source", DIMENSIONS)
def test_a_member_that_a_sale_is_too_early_for_comes_later(tmp_path, source):
    kind = f"early_{source.removesuffix('s')}"
    planted = generate(Settings(landing=tmp_path, batches=2))
    planted += generate(Settings(landing=tmp_path, batches=2, **CLEAN))
    delivered = Delivered(tmp_path, planted)
    came = {
        row[KEYS[source]]: batch
        for batch, entry, row in delivered.accepted(source)
        if entry and entry.kind == "late_member"
    }
    early = [
        (batch, row[KEYS[source]])
        for batch, entry, row in delivered.accepted("sales")
        if entry and entry.kind == kind
    ]
    assert early
    assert all(came[member] > batch for batch, member in early)


def test_nothing_is_sold_to_a_customer_after_it_was_deleted(ten_batches):
    deleted = {
        row["customer_id"]: batch
        for batch, _, row in ten_batches.accepted("customers")
        if row["operation"] == "DELETE"
    }
    assert deleted
    for batch, entry, row in ten_batches.accepted("sales"):
        if entry is None:
            assert batch < deleted.get(row["customer_id"], batch + 1)


def test_sold_at_is_out_of_order_by_up_to_the_skew(tmp_path):
    settings = Settings(landing=tmp_path, batches=1, skew=60, **CLEAN)
    times = [
        time_of(row, "sold_at")
        for _, _, row in Delivered(tmp_path, generate(settings)).accepted("sales")
    ]
    latest = times[0]
    behind = []
    for time in times:
        behind.append((latest - time).total_seconds())
        latest = max(latest, time)
    assert 0 < max(behind) <= 60


def test_late_sales_are_up_to_two_days_older_than_their_batch(ten_batches):
    ages = []
    for batch, entry, row in ten_batches.accepted("sales"):
        begin = Settings().start + timedelta(days=batch - 1)
        if entry and entry.kind == "late":
            ages.append(begin + timedelta(days=1) - time_of(row, "sold_at"))
    assert max(ages) > timedelta(hours=24)
    assert max(ages) <= timedelta(hours=24 + 48, seconds=60)


# What is wrong with it


def test_ten_batches_plant_every_kind_in_every_source(ten_batches):
    planted = {(entry.source, entry.kind) for entry in ten_batches.planted.values()}
    wanted = {(source, kind.name) for source, kinds in KINDS.items() for kind in kinds}
    assert wanted <= planted


def test_the_share_of_dirty_rows_is_the_one_that_is_set(tmp_path):
    kinds = KINDS["sales"]
    settings = Settings(
        landing=tmp_path,
        batches=1,
        sales=10 * len(kinds),
        dirty_share=0.1,
        late_share=0,
    )
    planted = Counter(
        entry.kind for entry in generate(settings) if entry.source == "sales"
    )
    # One in ten, and each kind in its turn; what comes twice may come with this batch.
    once = {kind.name for kind in kinds if not kind.twice}
    assert {name: planted[name] for name in once} == dict.fromkeys(once, 1)
    assert set(planted) - once <= {k.name for k in kinds if k.twice} | {"correction"}


def test_without_a_dirty_share_nothing_is_planted(tmp_path):
    settings = Settings(landing=tmp_path, batches=3, **CLEAN)
    assert generate(settings) == []


def test_the_ledger_points_to_the_line_and_its_key(ten_batches):
    for source, lines in ten_batches.lines.items():
        for _, entry, line in lines:
            if entry and entry.kind == "broken_line":
                with pytest.raises(ValueError):
                    json.loads(line)
            elif entry and entry.key is not None:
                assert json.loads(line)[KEYS[source]] == entry.key
    found = [e for lines in ten_batches.lines.values() for _, e, _ in lines if e]
    assert len(found) == len(ten_batches.planted)


def test_lines_that_the_ledger_does_not_name_have_all_columns_and_their_types(
    ten_batches,
):
    types = {
        "sale_id": int,
        "receipt_id": str,
        "customer_id": int,
        "product_id": int,
        "store_id": int,
        "quantity": int,
        "unit_price": float,
        "discount": (float, type(None)),
        "amount": float,
        "payment": dict,
        "sold_at": str,
    }
    for _, entry, line in ten_batches.lines["sales"]:
        if entry is None:
            row = json.loads(line)
            assert list(row) == list(types)
            assert all(isinstance(row[column], types[column]) for column in types)


def test_the_ledger_file_says_what_generate_returns(tmp_path):
    ledger = tmp_path / "notes" / "ledger.jsonl"
    settings = Settings(landing=tmp_path / "landing", ledger=ledger, batches=2)
    planted = generate(settings)
    written = [json.loads(line) for line in ledger.read_text().splitlines()]
    for entry in written:
        entry["rules"], entry["warnings"] = map(
            tuple, (entry["rules"], entry["warnings"])
        )
    assert [Planted(**entry) for entry in written] == planted


def test_good_rows_of_one_sale_are_all_the_same(ten_batches):
    texts = defaultdict(set)
    for _, entry, line in ten_batches.lines["sales"]:
        if not (entry and entry.rules):
            texts[int(json.loads(line)["sale_id"])].add(line)
    assert all(len(lines) == 1 for lines in texts.values())


@pytest.mark.parametrize("source", DIMENSIONS)
def test_no_two_changes_of_a_member_claim_the_same_time(ten_batches, source):
    # Bad rows included: a correction is later than what it corrects, so that a changed
    # rule may accept both.
    changes = defaultdict(set)
    for _, entry, line in ten_batches.lines[source]:
        if entry is None or entry.key is not None:
            row = json.loads(line)
            changes[int(row[KEYS[source]]), row.get("updated_at")].add(line)
    assert all(len(lines) == 1 for (_, time), lines in changes.items() if time)


@pytest.mark.parametrize("kind", ["duplicate", "correction"])
def test_lines_come_again_in_the_same_batch_and_in_later_ones(ten_batches, kind):
    first, gaps = {}, set()
    for batch, entry, line in ten_batches.lines["sales"]:
        if entry and entry.kind == "broken_line":
            continue
        key = json.loads(line).get("sale_id")
        if entry and entry.kind == kind and key in first:
            gaps.add(batch - first[key])
        first.setdefault(key, batch)
    assert gaps == {0, 1, 2}


# Going on


def test_the_same_seed_and_start_make_the_same_bytes(tmp_path):
    for name in ("one", "other"):
        generate(Settings(landing=tmp_path / name, batches=3, seed=7))
    assert contents(tmp_path / "one") == contents(tmp_path / "other")


def test_another_seed_makes_other_rows(tmp_path):
    for seed in (1, 2):
        generate(Settings(landing=tmp_path / str(seed), batches=1, seed=seed))
    one, other = contents(tmp_path / "1"), contents(tmp_path / "2")
    assert all(one[name] != other[name] for name in one)


def test_batches_of_several_runs_are_those_of_one(tmp_path):
    generate(Settings(landing=tmp_path / "at once", batches=4))
    for _ in range(2):
        generate(Settings(landing=tmp_path / "in turn", batches=2))
    assert contents(tmp_path / "at once") == contents(tmp_path / "in turn")


@pytest.mark.parametrize("state", ["kept", "missing", "unreadable"])
def test_a_resumed_run_repeats_no_id_and_no_time(tmp_path, state):
    planted = generate(Settings(landing=tmp_path, batches=3))
    if state == "missing":
        (tmp_path / STATE).unlink()
    elif state == "unreadable":
        (tmp_path / STATE).write_text("{")
    before = Delivered(tmp_path, planted)
    planted += generate(Settings(landing=tmp_path, batches=3, **CLEAN))
    after = Delivered(tmp_path, planted)
    assert max(batch for batch, _, _ in after.lines["sales"]) == 6

    used = {row["sale_id"] for _, _, row in before.accepted("sales")}
    last = max(time_of(row, "updated_at") for _, _, row in before.accepted("stores"))
    new = [r for batch, entry, r in after.accepted("sales") if batch > 3 and not entry]
    assert len(new) == 1500
    assert used.isdisjoint(row["sale_id"] for row in new)
    assert all(time_of(row, "sold_at") > last for row in new)


def test_without_its_state_the_generator_knows_the_members_from_the_files(tmp_path):
    planted = generate(Settings(landing=tmp_path, batches=3))
    (tmp_path / STATE).unlink()
    planted += generate(Settings(landing=tmp_path, batches=1, **CLEAN))
    delivered = Delivered(tmp_path, planted)
    for source in DIMENSIONS:
        members = {int(row[KEYS[source]]) for _, _, row in delivered.accepted(source)}
        sold = {int(row[KEYS[source]]) for _, _, row in delivered.accepted("sales")}
        assert sold <= members  # those of early sales, too


def test_a_landing_folder_that_was_emptied_starts_anew(tmp_path):
    generate(Settings(landing=tmp_path, batches=1))
    first = contents(tmp_path)
    for source in KEYS:  # `rm -r landing/*` leaves hidden files
        for file in (tmp_path / source).iterdir():
            file.unlink()
        (tmp_path / source).rmdir()
    generate(Settings(landing=tmp_path, batches=1))
    assert contents(tmp_path) == first


class Killed(BaseException):
    """Stands for the end of the process: nothing may catch it."""


# A batch writes five files, the ledger and the state, and renames all but the ledger.
@pytest.mark.parametrize("point", range(1, 13))
def test_a_killed_run_leaves_whole_files_and_the_next_goes_on(
    tmp_path, monkeypatch, point
):
    def settings(name, batches):
        folder = tmp_path / name
        ledger = folder / "ledger.jsonl"
        return Settings(landing=folder, ledger=ledger, batches=batches, sales=60)

    generate(settings("whole", 3))
    whole = contents(tmp_path / "whole")
    generate(settings("killed", 1))

    calls = iter(range(1, 100))

    def until_killed(function):
        def call(*arguments):
            if next(calls) == point:
                raise Killed
            function(*arguments)

        return call

    with monkeypatch.context() as patch:
        patch.setattr(landing, "write_lines", until_killed(landing.write_lines))
        patch.setattr(landing.os, "replace", until_killed(landing.os.replace))
        # The ledger that is there already is looked through first: not counted.
        patch.setattr(landing.Landing, "_cut_ledger", lambda *_: None)
        with pytest.raises(Killed):
            generate(settings("killed", 1))
    left = contents(tmp_path / "killed")
    assert left == {name: whole[name] for name in left}

    done = json.loads((tmp_path / "killed" / STATE).read_text())["batch"]
    generate(settings("killed", 3 - done))
    assert contents(tmp_path / "killed") == whole
    ledgers = [
        (tmp_path / n / "ledger.jsonl").read_bytes() for n in ("whole", "killed")
    ]
    assert ledgers[0] == ledgers[1]
    assert not list((tmp_path / "killed").glob("*/.*"))


@pytest.mark.parametrize("rest", ['{"ba', '{"batch": 2, "source": "sa'])
def test_a_line_that_a_killed_run_did_not_finish_leaves_the_ledger(tmp_path, rest):
    ledger = tmp_path / "ledger.jsonl"
    settings = Settings(landing=tmp_path / "landing", ledger=ledger, batches=1)
    generate(settings)
    with ledger.open("a") as file:
        file.write(rest)
    planted = generate(settings)
    lines = ledger.read_text().splitlines()
    assert [json.loads(line)["batch"] for line in lines].count(2) == len(planted)


def test_a_batch_that_exists_is_never_overwritten(tmp_path):
    generate(Settings(landing=tmp_path, batches=1))
    earlier = (tmp_path / STATE).read_text()
    generate(Settings(landing=tmp_path, batches=1))
    (tmp_path / STATE).write_text(earlier)
    before = contents(tmp_path)
    with pytest.raises(GeneratorError, match="exists already"):
        generate(Settings(landing=tmp_path, batches=1))
    assert contents(tmp_path) == before


# Continuously


def test_continuous_mode_stops_after_the_batches_asked_for(tmp_path):
    settings = Settings(landing=tmp_path, continuous=True, interval=0, batches=3)
    assert [batch.number for batch in stream(settings)] == [1, 2, 3]


def test_continuous_mode_stops_between_batches_when_told(tmp_path):
    stop, written = Event(), []
    settings = Settings(landing=tmp_path, continuous=True, interval=3600, batches=0)
    for batch in stream(settings, stop):
        written.append(batch.number)
        stop.set()
    assert written == [1]
    assert not list(tmp_path.glob("*/.*"))


def test_continuous_mode_writes_what_happened_up_to_now(tmp_path):
    now = datetime(2026, 3, 1, 12, tzinfo=timezone.utc)
    settings = Settings(
        landing=tmp_path, continuous=True, interval=30, batches=1, **CLEAN
    )
    (batch,) = stream(settings, now=lambda: now)
    assert batch.until == now
    for _, _, row in Delivered(tmp_path, []).accepted("sales"):
        assert now - timedelta(seconds=90) <= time_of(row, "sold_at") <= now


def test_ctrl_c_finishes_the_batch_and_exits_with_0(tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(
        cli, "_tell", lambda batch, settings: signal.raise_signal(signal.SIGINT)
    )
    before = signal.getsignal(signal.SIGINT)
    assert (
        cli.main(["--landing", str(tmp_path), "--continuous", "--interval", "60"]) == 0
    )
    assert json.loads((tmp_path / STATE).read_text())["batch"] == 1
    assert "goes on from here" in capsys.readouterr().err
    assert signal.getsignal(signal.SIGINT) is before


# Settings and calls


def test_settings_file_names_every_setting_and_nothing_else():
    assert set(yaml.safe_load(FILE.read_text())) == {
        field.name for field in fields(Settings)
    }
    assert Settings.load().sales > 0


def test_flags_go_before_the_settings_file(tmp_path, capsys):
    file = tmp_path / "settings.yml"
    file.write_text(f"landing: {tmp_path / 'landing'}\nbatches: 1\nsales: 20\n")
    assert cli.main(["--settings", str(file), "--batches", "2"]) == 0
    assert len(capsys.readouterr().out.splitlines()) == 2  # a line for each batch
    assert len(contents(tmp_path / "landing")) == 2 * 5


@pytest.mark.parametrize(
    ("flags", "message"),
    [
        (["--sales", "-1"], "setting sales is -1, but must be at least 0"),
        (["--sales", "many"], "setting sales is many, but must be a whole number"),
        (["--batches", "0"], "setting batches is 0, but must be at least 1"),
        (["--dirty-share", "2"], "setting dirty_share is 2.0, but must be a share"),
        (["--interval", "nan"], "setting interval is nan, but must be a number"),
        (["--step", "0"], "setting step is 0.0, but must be at least 1 second"),
        (["--start", "soon"], "setting start is soon, but must be a time such as"),
        (["--first-stores", "0"], "setting first_stores is 0, but must be at least 1"),
        (["--step", "1e15"], "choose an earlier start"),
        (["--start", "0001-01-01"], "choose a later start"),
        (["--start", "0001-01-01T00:00:00+05:00"], "must be a time such as"),
        (["--skew", "1e15"], "a smaller skew"),
        (["--late-share", "1", "--late-hours", "1e9"], "or late_hours"),
    ],
)
def test_a_setting_that_makes_no_sense_is_refused_in_a_sentence(
    tmp_path, capsys, flags, message
):
    assert cli.main(["--landing", str(tmp_path), *flags]) == 2
    assert message in capsys.readouterr().err
    assert contents(tmp_path) == {}


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("sale: 3\n", "sale is unknown; did you mean sales?"),
        ("- sales\n", "write one `name: value` a line"),
        ("sales: [\n", "are not YAML"),
        (
            "continuous: maybe\n",
            "setting continuous is maybe, but must be true or false",
        ),
    ],
)
def test_a_wrong_settings_file_is_refused_in_a_sentence(
    tmp_path, capsys, text, message
):
    file = tmp_path / "settings.yml"
    file.write_text(text)
    assert cli.main(["--settings", str(file), "--landing", str(tmp_path / "l")]) == 2
    assert message in capsys.readouterr().err


@pytest.mark.parametrize("setting", ["landing", "ledger"])
def test_a_place_that_cannot_be_written_to_is_named(tmp_path, capsys, setting):
    (tmp_path / "file").write_text("")
    place = tmp_path / "file" / "inside"
    flags = {"landing": tmp_path / "landing", setting: place}
    arguments = [
        text for name, path in flags.items() for text in (f"--{name}", str(path))
    ]
    assert cli.main([*arguments, "--batches", "1"]) == 2
    assert f"cannot use {place}" in capsys.readouterr().err


def test_a_ledger_that_is_something_else_is_left_alone(tmp_path, capsys):
    notes = tmp_path / "notes.txt"
    notes.write_text("milk\n")
    flags = ["--landing", str(tmp_path / "landing"), "--ledger", str(notes)]
    assert cli.main(flags) == 2
    assert "is not a ledger" in capsys.readouterr().err
    assert notes.read_text() == "milk\n"
