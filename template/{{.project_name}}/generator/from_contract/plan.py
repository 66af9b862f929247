"""What is known of a table before its first row is made."""

from dataclasses import dataclass, field
from itertools import product
from random import Random
from typing import Any

from sqlglot import exp

from generator.from_contract import draws, formats, limits, words
from generator.from_contract.draws import Draw
from generator.from_contract.judge import Judge, Row
from generator.from_contract.keys import Keys, series
from generator.from_contract.limits import Limits
from generator.from_contract.overrides import ColumnSettings, TableSettings
from generator.from_contract.patterns import UnknownPattern
from generator.settings import GeneratorError
from medallion import sql_types
from medallion.model import Rule, Table
from medallion.sql_types import TIMES, Type

SHARE_OF_NULLS = 0.05
_TEXT, _MONEY = Type("STRING"), Type("DECIMAL", (10, 2))
_COUNTING = (*sql_types.INTEGERS, "DECIMAL", *sql_types.FLOATS)
# Of a table without properties: what a table of its role usually has.
_USUAL = {"fact": ("amount", "note"), "other": ("name", "city", "status")}
_COMBINATIONS = 300


@dataclass(frozen=True)
class Foreign:
    """`columns` hold the key `to` of a member of `table`.

    `must_exist`: an absent member breaks a rule, so that none is planted here.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    must_exist: bool = False


@dataclass
class Plan:
    """One table. `columns` are those of its files, `draws` fill those that are free.

    `sequence` orders its changes, each `time` or `count`; `kept` and `deleted` are the
    values that say whether a change deletes. The times of `follows` come some days
    after the fact.
    """

    table: Table
    stated: TableSettings
    columns: tuple[str, ...]
    types: dict[str, Type]
    limits: dict[str, Limits]
    foreign: tuple[Foreign, ...]
    format: Any = None
    judge: Judge | None = None
    keys: Keys | None = None
    draws: dict[str, Draw] = field(default_factory=dict)
    sequence: dict[str, str] = field(default_factory=dict)
    kept: Row = field(default_factory=dict)
    deleted: Row | None = None
    equations: list[tuple[str, exp.Expression]] = field(default_factory=list)
    follows: tuple[str, ...] = ()
    remarks: list[str] = field(default_factory=list)
    _columns_of: dict[str, list[str]] = field(default_factory=dict)

    @property
    def name(self) -> str:
        return self.table.name

    @property
    def is_fact(self) -> bool:
        return self.table.role == "fact"

    @property
    def is_whole(self) -> bool:
        """Whether each batch delivers all members, not what changed."""
        return self.table.role in ("reference", "snapshot")

    @property
    def is_merged(self) -> bool:
        """Whether a batch is merged into a table, which takes a key once only."""
        return self.table.format == "delta" and self.table.reads_changes

    @property
    def event(self) -> str | None:
        """The column that says when."""
        first = next(iter(self.sequence), None)
        return first if self.sequence.get(first) == "time" else None

    def limits_of(self, column: str) -> Limits:
        return self.limits.get(column.lower(), Limits())

    def settings_of(self, column: str) -> ColumnSettings:
        return self.stated.columns.get(column, ColumnSettings())

    def key_of(self, row: Row) -> Any:
        """The key as JSON: a value, or a list of values; None where one is missing."""
        values = [row.get(name) for name in self.table.keys]
        if any(value is None for value in values):
            return None
        return values[0] if len(values) == 1 else values

    def settled(self, rows: list[Row]) -> list[Row]:
        """The rows, once the columns that a rule wants to equal an expression do."""
        for name, expression in self.equations:
            found = self.judge.values(expression, str(self.types[name]), rows)
            for row, value in zip(rows, found or (), strict=False):
                if value is not None:
                    row[name] = value
        return rows

    def columns_of(self, rule: Rule) -> list[str]:
        """The columns of the source that a rule looks at, or what it looks at is of."""
        if rule.name not in self._columns_of:
            self._columns_of[rule.name] = self._looked_at(rule)
        return list(self._columns_of[rule.name])

    def _looked_at(self, rule: Rule) -> list[str]:
        derived = {c.name: c.transform for c in self.table.derived_columns}
        found: list[str] = []
        names = limits.columns(limits.parsed(rule.expectation))
        while names:
            name = names.pop(0)
            if name in derived:
                names += limits.columns(limits.parsed(derived.pop(name)))
            elif name in self.types and name not in found:
                found.append(name)
                for column, expression in self.equations:
                    names += limits.columns(expression) if column == name else []
        return found

    def is_needed(self, column: str) -> bool:
        """Whether a rule wants a value in it."""
        needed = {*self.table.keys, *self.table.sequence_by}
        rules = {rule.name for rule in self.table.rules}
        return column in needed or f"{column}_is_present" in rules


def of_table(table: Table, stated: TableSettings, others: dict[str, Table]) -> Plan:
    """The plan of a table. Raises GeneratorError where none can be made."""
    types = {c.name: sql_types.parse(c.type) for c in table.source_columns}
    foreign = tuple(
        Foreign(r.columns, r.table, r.to, bool(r.on_missing))
        for r in table.relationships
        if r.table in others  # the calendar is nobody's source
    )
    if not table.columns:
        foreign = _guessed(table, others)
        types = dict.fromkeys(_untyped_columns(table, stated, foreign), _TEXT)
    plan = Plan(
        table, stated, tuple(types), types, limits.of_rules(table.rules), foreign
    )
    plan.format = formats.of(table)
    plan.judge = Judge(table, plan.columns, plan.format.BLANK_IS_NULL)
    plan.sequence = {name: _orders(table, types[name]) for name in table.sequence_by}
    pointing = {name for f in foreign for name in f.columns}
    counted = [
        k for k in table.keys if k not in pointing and plan.sequence.get(k) != "time"
    ]
    try:
        plan.keys = Keys(table.name, {k: _series(plan, k) for k in counted})
        free = {*plan.columns} - pointing - {*counted} - {*plan.sequence}
        plan.draws = {c: _draw(plan, c) for c in plan.columns if c in free}
    except UnknownPattern as error:
        raise GeneratorError(
            f"table {table.name}: {error}: say values of its column in settings.yml, "
            f"tables: {{{table.name}: {{columns: {{…: {{values: […]}}}}}}}}"
        ) from error
    plan.equations = [e for e in limits.equations(table.rules) if e[0] in plan.draws]
    plan.follows = tuple(c for c in plan.draws if _follows(plan, c))
    if plan.is_merged:
        plan.deleted = {plan.format.DELETED: True}
    elif table.delete_when:
        _decide_deletes(plan)
    plan.remarks += [
        f"table {table.name}: the rule {name} cannot be judged here, so that rows may "
        "break it unnoticed: say values of its columns in settings.yml"
        for name in plan.judge.unjudged
    ]
    return plan


def _guessed(table: Table, others: dict[str, Table]) -> tuple[Foreign, ...]:
    """Of a fact without properties: the keys of the other tables, by their names."""
    if table.role != "fact":
        return ()
    taken = {name.lower() for name in (*table.keys, *table.sequence_by)}
    return tuple(
        Foreign(other.keys, other.name, other.keys)
        for other in others.values()
        if other.role != "fact" and not {k.lower() for k in other.keys} & taken
    )


def _untyped_columns(table: Table, stated: TableSettings, foreign) -> list[str]:
    usual = _USUAL.get(table.role, _USUAL["other"])
    pointing = [name for f in foreign for name in f.columns]
    names = [*table.keys, *table.sequence_by, *pointing, *usual, *stated.columns]
    names += [*table.technical_columns, *table.history_columns, *table.cluster_by]
    by_lower: dict[str, str] = {}
    for name in names:
        by_lower.setdefault(name.lower(), name)
    return [
        n
        for low, n in by_lower.items()
        if low not in table.added_columns or n in table.keys
    ]


def _orders(table: Table, type_: Type) -> str:
    return "count" if type_.base in _COUNTING else "time"


def _series(plan: Plan, name: str):
    settings = plan.settings_of(name)
    return series(plan.name, name, plan.types[name], plan.limits_of(name), settings)


def _draw(plan: Plan, name: str) -> Draw:
    settings = plan.settings_of(name)
    draw = draws.of_column(
        name, plan.types[name], plan.limits_of(name), settings, plan.name
    )
    if not plan.table.columns and words.is_number(name) and not settings.values:
        draw = _as_text(name)
    share = settings.share_of_nulls
    if share is None:
        share = 0 if plan.is_needed(name) else SHARE_OF_NULLS
    return draws.with_nulls(draw, share)


def _as_text(name: str) -> Draw:
    """Numbers in a table whose columns have no types."""
    draw = draws.of_column(name, _MONEY, Limits(), ColumnSettings(), "")
    return lambda n, rng, when: [f"{value:.2f}" for value in draw(n, rng, when)]


def _follows(plan: Plan, name: str) -> bool:
    stated, is_time = plan.settings_of(name), plan.types[name].base in TIMES
    free = not stated.values and not stated.range and not words.is_long_ago(name)
    return bool(plan.is_fact and plan.event and is_time and free)


def _decide_deletes(plan: Plan) -> None:
    """Values that make `deleteWhen` true, and some that do not."""
    tree = limits.parsed(plan.table.delete_when)
    names = [c for c in limits.columns(tree) if c in plan.draws]
    choices = [_candidates(plan, name, limits.literals(tree)) for name in names]
    rows = [
        dict(zip(names, values, strict=True))
        for values, _ in zip(product(*choices), range(_COMBINATIONS), strict=False)
    ]
    found = plan.judge.holds(plan.table.delete_when, rows) if names else None
    if not found or not any(found) or all(found):
        plan.remarks.append(
            f"table {plan.name}: no change deletes, as values for deleteWhen were not "
            "found"
        )
        return
    plan.deleted = rows[found.index(True)]
    plan.kept = min(
        (row for row, deletes in zip(rows, found, strict=True) if not deletes),
        key=lambda row: sum(v is None and plan.is_needed(n) for n, v in row.items()),
    )


def _candidates(plan: Plan, name: str, literals: list[Any]) -> list[Any]:
    base, allowed = plan.types[name].base, plan.limits_of(name).allowed
    stated = list(plan.settings_of(name).values)
    if base == "BOOLEAN":
        return [False, True, None]
    if allowed or stated:
        return [*(stated or allowed), None]
    drawn = plan.draws[name](2, Random(0), draws.SOME_WINDOW)
    if base == "STRING":
        fitting = [v for v in ("UPSERT", *literals) if isinstance(v, str)]
        return [*fitting, *drawn, None]
    return [*drawn, *(v for v in literals if not isinstance(v, str)), None]


def in_order(plans: dict[str, Plan]) -> list[Plan]:
    """Each table after those that it points to, as far as they do not go in circles."""
    found: dict[str, Plan] = {}

    def add(plan: Plan, above: frozenset[str]) -> None:
        for foreign in plan.foreign:
            if foreign.table in plans and foreign.table not in above | found.keys():
                add(plans[foreign.table], above | {plan.name})
        found.setdefault(plan.name, plan)

    for plan in sorted(plans.values(), key=lambda p: p.is_fact):
        add(plan, frozenset({plan.name}))
    return list(found.values())
