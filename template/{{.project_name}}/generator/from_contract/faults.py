"""Every kind of fault that a table's contract makes possible.

Each kind offers ways to damage a good row; which rules a damaged row breaks is told by
the judge, and one that breaks a rule of action `fail` is never delivered.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random
from typing import Any

from generator.from_contract import draws, formats, limits, times
from generator.from_contract.judge import Delivered, Row, Verdict
from generator.from_contract.plan import Foreign, Plan
from medallion.model import LINE_IS_READABLE
from medallion.sql_types import FLOATS, INTEGERS, TIMES, Type

Damage = Callable[[Row, Random], list[Delivered]]
_NUMBERS = (*INTEGERS, "DECIMAL", *FLOATS)
UNPLANNED = "unplanned_note"


@dataclass(frozen=True)
class Kind:
    """A fault. `breaks` is a rule that it must break; without one it must break none.

    `twice`: the row is delivered again, now or later. `early`: it points to a member
    that comes later, and where `never`, not at all. Where it `settles`, a damaged row
    may also be one whose other columns follow from the damage.
    """

    name: str
    damage: Damage = lambda row, rng: [Delivered(row)]
    breaks: str | None = None
    twice: bool = False
    early: Foreign | None = None
    never: bool = False
    settles: bool = False

    def is_planted(self, verdict: Verdict) -> bool:
        """Whether a row with this verdict shows the fault and stops no update."""
        if verdict.fail:
            return False
        if self.breaks is None:
            return not verdict.drop and not verdict.warn
        return self.breaks in (*verdict.drop, *verdict.warn)


def kinds_of(plan: Plan) -> list[Kind]:
    """All kinds for a table, those that can be told from the contract."""
    return [
        *_absent(plan),
        *_misfitting(plan),
        *_broken_rules(plan),
        *_of_lines(plan),
        *_accepted(plan),
        *_pointing(plan),
    ]


def _absent(plan: Plan) -> Iterator[Kind]:
    """A value that is needed is NULL, or its column is not there at all."""
    rules = {rule.name for rule in plan.table.rules}
    for name in plan.columns:
        if f"{name}_is_present" not in rules:
            continue

        def damage(row: Row, rng: Random, name=name) -> list[Delivered]:
            without = {k: v for k, v in row.items() if k != name}
            leaves = plan.format.EXTENSION == "json" and rng.random() < 0.5
            return [Delivered(without if leaves else {**row, name: None})]

        yield Kind(f"no_{name}", damage, f"{name}_is_present")


def _misfitting(plan: Plan) -> Iterator[Kind]:
    """A text that does not fit the type of its column, where files hold text."""
    if plan.format.TYPED:
        return
    for name, type_ in plan.types.items():
        rule, ways = f"{name}_fits_type", _misfits(type_)
        if name in plan.table.untyped_sequence:
            rule, ways = f"{name}_is_ordered", ["n/a", "later"]
        if rule not in {r.name for r in plan.table.rules}:
            continue

        def damage(row: Row, rng: Random, name=name, ways=ways) -> list[Delivered]:
            return [Delivered({**row, name: rng.choice(ways)}, (name,))]

        yield Kind(f"{name}_misfits", damage, rule)


def _misfits(type_: Type) -> list[Any]:
    base = type_.base
    if base in INTEGERS:
        return ["n/a", "#REF!", 2.5, 10**25]
    if base == "DECIMAL":
        return ["n/a", "12,50", 10.0 ** (type_.within[0] - type_.within[1] + 1)]
    if base in TIMES:
        return ["sometime", "2025-02-30", "31/31/2025"]
    if base == "BOOLEAN":
        return ["perhaps", "-"]
    if base == "BINARY":
        return ["not base64!", "%%%"]
    return ["n/a", "none"]


def _broken_rules(plan: Plan) -> Iterator[Kind]:
    """Whatever else the contract demands, broken by other values of its columns."""
    known = (LINE_IS_READABLE, "_is_present", "_fits_type", "_is_ordered")
    for rule in plan.table.rules:
        if rule.name.endswith(known) or rule.name in plan.judge.unjudged:
            continue
        if rule.action == "fail":
            continue
        names = plan.columns_of(rule)
        if rule.action == "warn":  # such a row is accepted: it must stay who it is
            names = [n for n in names if n not in plan.table.keys]
            if not plan.is_fact:
                names = [n for n in names if n not in plan.sequence]

        def damage(row: Row, rng: Random, names=tuple(names)) -> list[Delivered]:
            return [
                Delivered({**row, name: value})
                for name in names
                for value in _others(plan, name, row.get(name))
            ]

        if names:
            kind = Kind(f"breaks_{rule.name}", damage, rule.name)
            yield replace(kind, settles=bool(plan.equations))


def _others(plan: Plan, name: str, value: Any) -> list[Any]:
    """Values of the column's type that some rule may not allow."""
    type_, limit = plan.types[name], plan.limits_of(name)
    found = [*_of_type(type_, limit, value, name), *limit.refused]
    if not plan.is_needed(name):
        found.append(None)
    if plan.format.BLANK_IS_NULL:
        found = [v for v in found if v != ""]
    return [v for v in found if v != value]


def _of_type(type_: Type, limit: limits.Limits, value: Any, name: str) -> list[Any]:
    base = type_.base
    if base in _NUMBERS:
        return _numbers(type_, limit, name)
    if base in TIMES:
        return _times(type_, limit, value)
    if base == "STRING":
        return _texts(limit, value)
    if base == "BOOLEAN":
        return [True, False]
    if base == "ARRAY" and isinstance(value, list):
        repeated = value * (2 + (limit.most or 1) // max(len(value), 1))
        return [[], value[:1], [*value[:1] * 2], repeated]
    if base == "STRUCT" and isinstance(value, dict):
        return [
            {**value, field: other}
            for field, inner in type_.within
            for other in [
                *_of_type(inner, limits.Limits(), value.get(field), field),
                None,
            ]
        ]
    return []


def _numbers(type_: Type, limit: limits.Limits, name: str) -> list[Any]:
    low, _, step = draws.bounds(name, type_, limit)
    least, most = draws.span(type_)
    found = [0, -1, 1, 10, 100, 1000, 10**5, 10**6, -(10**5)]
    for end in (limit.low, limit.high):
        if end is not None and not isinstance(end[0], str):
            edge = Decimal(str(end[0]))
            found += [edge - step, edge, edge + step, edge - 1, edge + 1]
    if limit.step is not None:
        found += [low + step / 2, low + 1, low + draws.finest(type_)]
    numbers = {draws.as_number(v, type_) for v in found if least <= v <= most}
    return sorted(numbers)


def _times(type_: Type, limit: limits.Limits, value: Any) -> list[Any]:
    found = [datetime(1900, 1, 2), datetime(1969, 7, 20), datetime(2099, 12, 31)]
    found += [datetime(2019, 12, 31), datetime(2010, 1, 1)]
    for end in (limit.low, limit.high):
        if end is not None and isinstance(end[0], str):
            edge = datetime.fromisoformat(end[0].replace("Z", "+00:00"))
            edge = edge.replace(tzinfo=None)
            found += [edge + timedelta(days=days) for days in (-1, 0, 1)]
    return [draws.stamp_of(time, type_.base) for time in found]


def _texts(limit: limits.Limits, value: Any) -> list[Any]:
    text = value if isinstance(value, str) else "x"
    found = [
        "?",
        "unknown",
        "",
        f"?{text}",
        f"{text}?",
        text[: len(text) // 2],
        "0",
        "-",
    ]
    found += [text.upper(), text.lower()]
    if limit.longest is not None:
        found.append((text or "x") * (limit.longest // max(len(text), 1) + 1))
    if limit.shortest:
        found.append(text[: limit.shortest - 1])
    return list(dict.fromkeys(found))


def _of_lines(plan: Plan) -> Iterator[Kind]:
    """A line that cannot be read, an unknown column, and the same row once more."""
    table = plan.table
    rules = {rule.name for rule in table.rules}
    if LINE_IS_READABLE in rules and formats.breaks(table):
        yield Kind("broken_line", _broken_line(plan), LINE_IS_READABLE)
    if plan.format.GROWS:
        note = {UNPLANNED: "new in this file"}
        yield Kind("unknown_column", lambda row, rng: [Delivered({**row, **note})])
    if not plan.is_whole and not plan.is_merged:
        yield Kind("duplicate", twice=True)


def _broken_line(plan: Plan) -> Damage:
    def damage(row: Row, rng: Random) -> list[Delivered]:
        return [Delivered({}, (), formats.broken(plan.table, row, rng))]

    return damage


def _accepted(plan: Plan) -> Iterator[Kind]:
    """Other ways to write the same value, which fit the type all the same."""
    numeric = [n for n, t in plan.types.items() if t.base in _NUMBERS]
    if plan.format.EXTENSION == "json" and numeric:

        def as_text(row: Row, rng: Random) -> list[Delivered]:
            name = rng.choice(numeric)
            value = row.get(name)
            written = None if value is None else draws.written(value)
            return [Delivered({**row, name: written})]

        yield Kind("number_as_text", as_text)
    for column in plan.table.source_columns:
        for format_ in column.formats:
            if plan.format.TYPED or (write := times.writer(format_)) is None:
                continue

            def other_format(
                row: Row, rng: Random, name=column.name, write=write
            ) -> list[Delivered]:
                value = row.get(name)
                return [Delivered({**row, name: value and write(value)})]

            yield Kind(f"{column.name}_in_another_format", other_format)


def _pointing(plan: Plan) -> Iterator[Kind]:
    """Facts that come before the member to which they point, or without one."""
    if not plan.is_fact or not plan.table.columns:
        return
    for foreign in plan.foreign:
        name = "_".join(foreign.columns)
        if foreign.must_exist or set(foreign.columns) & {*plan.table.keys}:
            continue
        yield Kind(f"early_{name}", early=foreign)
        yield Kind(f"orphan_{name}", early=foreign, never=True)
