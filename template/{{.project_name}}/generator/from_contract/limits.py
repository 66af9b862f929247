"""What the rules of a table say of single columns, read from their predicates.

Only simple forms are read: comparisons with a value, lists of values, patterns,
lengths, and a column that equals an expression. All else is left to trying.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import lru_cache
from typing import Any

import sqlglot
from sqlglot import exp

from medallion.model import Rule

DIALECT = "databricks"


@dataclass
class Limits:
    """Of one column, or of an item of it: `low` and `high` are (value, exclusive)."""

    low: tuple[Any, bool] | None = None
    high: tuple[Any, bool] | None = None
    allowed: list[Any] | None = None
    refused: list[Any] = field(default_factory=list)
    patterns: list[str] = field(default_factory=list)
    shortest: int = 0
    longest: int | None = None
    fewest: int = 0
    most: int | None = None
    step: Any = None
    unique_items: bool = False

    def at_least(self, value: Any, exclusive: bool = False) -> None:
        low = self.low
        if low is None or (_comparable(value, low[0]) and (value, exclusive) > low):
            self.low = (value, exclusive)

    def at_most(self, value: Any, exclusive: bool = False) -> None:
        high = self.high
        if high is None or (
            _comparable(value, high[0])
            and (value, not exclusive) < (high[0], not high[1])
        ):
            self.high = (value, exclusive)

    def one_of(self, values: list[Any]) -> None:
        kept = (
            values if self.allowed is None else [v for v in self.allowed if v in values]
        )
        self.allowed = kept or self.allowed


@lru_cache(maxsize=4096)
def parsed(predicate: str) -> exp.Expression | None:
    """A predicate as a tree; None where it is not understood."""
    try:
        return sqlglot.parse_one(predicate, read=DIALECT)
    except sqlglot.errors.SqlglotError:
        return None


def of_rules(rules: tuple[Rule, ...]) -> dict[str, Limits]:
    """Limits by column in lower case."""
    found: dict[str, Limits] = {}
    for rule in rules:
        for part in _conjuncts(parsed(rule.expectation)):
            _read(part, found)
    return found


def equations(rules: tuple[Rule, ...]) -> Iterator[tuple[str, exp.Expression]]:
    """(column, expression) of what a rule wants to be equal, or nearly so."""
    for rule in rules:
        for part in _conjuncts(parsed(rule.expectation)):
            if isinstance(part, exp.EQ):
                yield from _sides(part.this, part.expression)
            elif isinstance(part, exp.LTE | exp.LT) and isinstance(part.this, exp.Abs):
                difference = part.this.this.unnest()
                if isinstance(difference, exp.Sub):
                    yield from _sides(difference.this, difference.expression)


def _sides(one: exp.Expression, other: exp.Expression) -> Iterator:
    for column, rest in ((one, other), (other, one)):
        names = {c.name.lower() for c in rest.find_all(exp.Column)}
        if _is_column(column) and names and column.name.lower() not in names:
            yield column.name, rest


def columns(tree: exp.Expression | None) -> list[str]:
    """The columns that a predicate names, each once; for a field, its struct."""
    found = tree.find_all(exp.Column) if tree else ()
    return list(dict.fromkeys(c.parts[0].name for c in found))


def literals(tree: exp.Expression | None) -> list[Any]:
    """The values that stand in a predicate."""
    nodes = tree.find_all(exp.Literal, exp.Boolean, exp.Neg) if tree else ()
    return [v for node in nodes if (v := _value(node)) is not None]


def _conjuncts(tree: exp.Expression | None) -> Iterator[exp.Expression]:
    """What must hold; where NULL is let pass, what must hold of a value."""
    if tree is None:
        return
    tree = tree.unnest()
    if isinstance(tree, exp.And):
        yield from _conjuncts(tree.this)
        yield from _conjuncts(tree.expression)
    elif isinstance(tree, exp.Or):
        rest = [p for p in tree.flatten() if not isinstance(p.unnest(), exp.Is)]
        if len(rest) == 1:
            yield from _conjuncts(rest[0])
    else:
        yield tree


def _comparable(one: Any, other: Any) -> bool:
    return isinstance(one, str) == isinstance(other, str)


def _is_column(node: exp.Expression) -> bool:
    return isinstance(node, exp.Column) and len(node.parts) == 1


def _value(node: exp.Expression) -> Any:
    """A literal as Python has it; a date or time as its text. None for all else."""
    node = node.unnest()
    if isinstance(node, exp.Cast):
        return _value(node.this)
    if isinstance(node, exp.Neg):
        value = _value(node.this)
        return -value if isinstance(value, int | float) else None
    if isinstance(node, exp.Boolean):
        return node.this
    if isinstance(node, exp.RawString):
        return node.this
    if not isinstance(node, exp.Literal):
        return None
    if node.is_string:
        return node.this
    return float(node.this) if set(node.this) & set(".eE") else int(node.this)


_MIRRORED = {exp.GT: exp.LT, exp.GTE: exp.LTE, exp.LT: exp.GT, exp.LTE: exp.GTE}


def _read(part: exp.Expression, found: dict[str, Limits]) -> None:
    if isinstance(part, exp.Between):
        if _is_column(part.this):
            limits = found.setdefault(part.this.name.lower(), Limits())
            low, high = _value(part.args["low"]), _value(part.args["high"])
            if low is not None and high is not None:
                limits.at_least(low)
                limits.at_most(high)
        return
    if isinstance(part, exp.In) and _is_column(part.this):
        values = [_value(node) for node in part.expressions]
        if values and None not in values:
            found.setdefault(part.this.name.lower(), Limits()).one_of(values)
        return
    if isinstance(part, exp.RegexpLike) and _is_column(part.this):
        regex = _value(part.expression)
        if isinstance(regex, str):
            limits = found.setdefault(part.this.name.lower(), Limits())
            limits.patterns.append(regex)
        return
    if isinstance(part, exp.Binary):
        _compared(type(part), part.this.unnest(), part.expression.unnest(), found)


def _compared(kind: type, left, right, found: dict[str, Limits]) -> None:
    if _value(left) is not None:
        left, right, kind = right, left, _MIRRORED.get(kind, kind)
    value = _value(right)
    inner = left
    if isinstance(left, exp.Length | exp.ArraySize | exp.Mod):
        inner = left.this
    if not _is_column(inner):
        return
    limits = found.setdefault(inner.name.lower(), Limits())
    if isinstance(left, exp.ArraySize) and isinstance(right, exp.ArraySize):
        limits.unique_items = True
    if value is None:
        return
    if isinstance(left, exp.Mod):
        if kind is exp.EQ and value == 0:
            limits.step = _value(left.expression)
    elif isinstance(left, exp.Length):
        if kind in (exp.GTE, exp.GT):
            limits.shortest = max(limits.shortest, value + (kind is exp.GT))
        elif kind in (exp.LTE, exp.LT):
            limits.longest = value - (kind is exp.LT)
    elif isinstance(left, exp.ArraySize):
        if kind is exp.GTE:
            limits.fewest = value
        elif kind is exp.LTE:
            limits.most = value
    elif kind in (exp.GTE, exp.GT):
        limits.at_least(value, kind is exp.GT)
    elif kind in (exp.LTE, exp.LT):
        limits.at_most(value, kind is exp.LT)
    elif kind is exp.EQ:
        limits.one_of([value])
    elif kind is exp.NEQ:
        limits.refused.append(value)
