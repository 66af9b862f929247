"""The state as the files themselves tell it, where the stored one is missing."""

import json
import re
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from random import Random

from generator.retail import sales
from generator.retail.members import DELETE, DIMENSIONS, Row, read_stamp, upsert
from generator.retail.state import Delivery, State


def last_batch(folder: Path) -> int:
    """The highest batch number among the sources' files, 0 where there is none."""
    batches = [0]
    for source in (*DIMENSIONS, "sales"):
        name = re.compile(rf"{source}-(\d+)(-\d+)?\.json")
        for file in (folder / source).glob("*.json"):
            if found := name.fullmatch(file.name):
                batches.append(int(found[1]))
    return max(batches)


def recover(folder: Path, start: datetime) -> State | None:
    """Ids, clock and members from the files; None where they hold no row.

    A member gets the attributes of its first row, which is never a damaged one. Members
    that sales point to, and that no file has brought, come with the next batch. What
    else was held back is lost, and the faults take turns from the beginning.
    """
    rows = {s: list(_rows(folder / s)) for s in (*DIMENSIONS, "sales")}
    if not any(rows.values()):
        return None
    times = [
        time
        for row in (row for source in rows.values() for row in source)
        for column in ("sold_at", "updated_at")
        if (time := read_stamp(row.get(column)))
    ]
    clock = max(times) + timedelta(seconds=1) if times else start
    # Nothing of the next batch may claim the same time as the members that come late.
    state = State(clock + timedelta(seconds=1), batch=last_batch(folder))
    state.next_sale = max(_numbers(rows["sales"], sales.KEY), default=0) + 1
    for source, dimension in DIMENSIONS.items():
        delivered = _numbers(rows[source], dimension.key)
        awaited = _numbers(rows["sales"], dimension.key) - delivered
        state.next_member[source] = max(delivered | awaited, default=0) + 1
        state.members[source] = _members(rows[source], source)
        for number in sorted(awaited):
            attributes = dimension.new(number, Random(number))
            row = upsert(source, number, attributes, clock)
            text = json.dumps(row, ensure_ascii=False)
            late = Delivery(source, text, 0, number, "late_member", joins=attributes)
            state.held.append(late)
    return state


def _members(rows: list[Row], source: str) -> dict[int, Row]:
    dimension = DIMENSIONS[source]
    sample = dimension.new(1, Random(1))
    first: dict[int, tuple[datetime, Row]] = {}
    deleted = set()
    for row in rows:
        key, at = _number(row.get(dimension.key)), read_stamp(row.get("updated_at"))
        if key is None or at is None:
            continue
        if row.get("operation") == DELETE:
            deleted.add(key)
        elif key not in first or at < first[key][0]:
            first[key] = (at, row)
    return {
        key: {column: row[column] for column in sample}
        for key, (_, row) in sorted(first.items())
        if key not in deleted
        and all(isinstance(row.get(c), type(v)) for c, v in sample.items())
    }


def _rows(folder: Path) -> Iterator[Row]:
    """The rows of all files that a pipeline reads, without the unreadable ones."""
    for file in sorted(folder.glob("[!._]*.json")):
        for line in file.read_text(encoding="utf-8", errors="replace").splitlines():
            try:
                row = json.loads(line)
            except ValueError:
                continue
            if isinstance(row, dict):
                yield row


def _numbers(rows: list[Row], column: str) -> set[int]:
    return {n for row in rows if (n := _number(row.get(column))) is not None}


def _number(value: object) -> int | None:
    """An integer, also where it is written 3.0 or as text."""
    if isinstance(value, bool) or not isinstance(value, (int, float, str)):
        return None
    try:
        number = float(value)
        return int(number) if number == int(number) else None
    except (ValueError, OverflowError):
        return None
