"""The state as the files themselves tell it, where the stored one is missing."""

import json
import re
from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

from generator.from_contract import delivered
from generator.from_contract.judge import Delivered, Row
from generator.from_contract.plan import Plan
from generator.from_contract.settings import Settings
from generator.from_contract.state import State
from medallion.sql_types import FLOATS, INTEGERS, NESTED

# Of the numbers of a table some are never delivered: so many in a row are its end.
_GAP = 2000


def last_batch(folder: Path, plans: Sequence[Plan], settings: Settings) -> int:
    """The highest batch number among what the tables have, 0 where there is none."""
    batches = [0]
    for plan in plans:
        if told := getattr(plan.format, "last_batch", None):
            batches.append(told(plan.table, settings))
        name = re.compile(rf"{re.escape(plan.name)}-(\d+)[-.].*")
        for file in _files(folder, plan):
            if found := name.fullmatch(file.name):
                batches.append(int(found[1]))
    return max(batches)


def recover(folder: Path, plans: Sequence[Plan], settings: Settings) -> State | None:
    """Numbers, clock and members from the files; None where they hold no row.

    A member is as its first good row says. What was held back is lost, and the faults
    take turns from the beginning.
    """
    rows = {plan.name: list(_rows(folder, plan, settings)) for plan in plans}
    if not any(rows.values()):
        return None
    times = [
        time
        for plan in plans
        for row in rows[plan.name]
        if plan.event and (time := _time(row.get(plan.event)))
    ]
    clock = max(times) + timedelta(seconds=1) if times else settings.start
    state = State(clock, batch=last_batch(folder, plans, settings))
    for plan in plans:
        good = _good(plan, rows[plan.name])
        pointed = [
            {to: row.get(column) for column, to in zip(f.columns, f.to, strict=True)}
            for other in plans
            for f in other.foreign
            if f.table == plan.name
            for row in rows[other.name]
        ]
        numbers = _numbers(plan, [*rows[plan.name], *pointed])
        state.numbers[plan.name] = max(numbers.values(), default=0) + 1
        state.counts[plan.name] = _last_count(plan, rows[plan.name]) + 1
        if not plan.is_fact or pointed:
            state.members[plan.name] = _members(plan, good, numbers)
    return state


def _members(plan: Plan, rows: list[Row], numbers: dict[str, int]) -> dict[int, Row]:
    found: dict[int, Row] = {}
    deleted = set()
    for row in rows:
        number = numbers.get(_counted(plan, row))
        if number is None:
            continue
        if plan.deleted and all(row.get(k) == v for k, v in plan.deleted.items()):
            deleted.add(number)
        elif all(row.get(name) is not None for name in plan.table.keys):
            found.setdefault(number, {name: row.get(name) for name in plan.columns})
    return {n: row for n, row in sorted(found.items()) if n not in deleted}


def _numbers(plan: Plan, rows: list[Row]) -> dict[str, int]:
    """The number of each key that there is, by what of it counts."""
    seen = {_counted(plan, row) for row in rows}
    found: dict[str, int] = {}
    number = missed = 0
    while missed < _GAP and number < plan.keys.size:
        number += 1
        key = _counted(plan, plan.keys.of(number))
        missed = 0 if key in seen else missed + 1
        if key in seen:
            found[key] = number
    return found


def _counted(plan: Plan, row: Row) -> str:
    return json.dumps([str(row.get(name)) for name in plan.keys.columns])


def _last_count(plan: Plan, rows: list[Row]) -> int:
    names = [name for name, kind in plan.sequence.items() if kind == "count"]
    counts = [row.get(name) for row in rows for name in names]
    return max((int(c) for c in counts if isinstance(c, int | float)), default=0)


def _good(plan: Plan, rows: list[Row]) -> list[Row]:
    verdicts = plan.judge.verdicts([Delivered(row) for row in rows])
    return [row for row, v in zip(rows, verdicts, strict=True) if not v.drop]


def _rows(folder: Path, plan: Plan, settings: Settings) -> Iterator[Row]:
    stored = getattr(plan.format, "stored", None)
    if stored:
        rows = stored(delivered.source_of(plan.table), settings)
        yield from delivered.read_back(plan.table, rows)
        return
    source = delivered.source_of(plan.table)
    for file in _files(folder, plan):
        for row in delivered.read_back(plan.table, plan.format.read(file, source)):
            yield {
                name: _typed(value, plan, name) if name in plan.types else value
                for name, value in row.items()
            }


def _files(folder: Path, plan: Plan) -> list[Path]:
    return sorted((folder / plan.name).glob(f"[!._]*.{plan.format.EXTENSION}"))


def _typed(value: Any, plan: Plan, name: str) -> Any:
    """A value that a file has as text, as rows have it."""
    if not isinstance(value, str):
        return value
    type_ = plan.types[name]
    for column in plan.table.source_columns:
        if column.name == name and type_.base in (*INTEGERS, "DECIMAL", *FLOATS):
            value = value.replace(column.group, "") if column.group else value
            value = value.replace(column.decimal, ".")
    try:
        if type_.base in INTEGERS:
            return int(value)
        if type_.base == "DECIMAL" or type_.base in FLOATS:
            return float(value)
        if type_.base in NESTED:
            return json.loads(value)
    except ValueError:
        return value
    if type_.base == "BOOLEAN":
        return {"true": True, "false": False}.get(value, value)
    return value


def _time(value: Any) -> datetime | None:
    """A time as this generator writes it; None for anything else."""
    text = str(value)
    if not re.fullmatch(r"\d{4}-\d\d-\d\d(T\d\d:\d\d:\d\d\.\d{6}Z?)?", text):
        return None
    try:
        time = datetime.fromisoformat(text.replace("Z", "+00:00"))
    except ValueError:
        return None
    return time if time.tzinfo else time.replace(tzinfo=timezone.utc)
