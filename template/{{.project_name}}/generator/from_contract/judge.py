"""Which rules of a table a row breaks, told without Spark.

The rules' own SQL is run by DuckDB, on rows as the pipeline would have typed them. What
DuckDB cannot run, `unjudged` names.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any, NamedTuple

import duckdb
import pyarrow
import sqlglot
from sqlglot import exp

from generator.from_contract import limits
from medallion import sql_types
from medallion.model import Table
from medallion.sql_types import Type

Row = dict[str, Any]
_NOW = "CURRENT_TIMESTAMP::TIMESTAMP"
# What the pipeline adds to a row before the rules look at it.
_ADDED = {
    "_ingested_at": _NOW,
    "_source_modified_at": _NOW,
    "_source_file": "''",
    "_missing": "[]::VARCHAR[]",
    "_change": "NULL::VARCHAR",
    "_kafka_tombstone": "false",
    "_kafka_timestamp": _NOW,
}
_encode = json.JSONEncoder(ensure_ascii=False).encode


@dataclass
class Delivered:
    """A row as it is delivered; `text` is its line where that is not the row.

    The values of the columns `misfits` do not fit their types. A `text` that is a line
    of its own cannot be read at all.
    """

    row: Row
    misfits: tuple[str, ...] = ()
    text: str | None = None


class Verdict(NamedTuple):
    """The names of the rules that a row breaks, by what becomes of it then."""

    drop: tuple[str, ...]
    warn: tuple[str, ...]
    fail: tuple[str, ...]


@dataclass
class Judge:
    """Of one table. `blank_is_null`: an empty text is delivered as NULL, as in CSV."""

    table: Table
    names: tuple[str, ...]
    blank_is_null: bool = False
    unjudged: list[str] = field(default_factory=list)

    def __post_init__(self):
        self._db = duckdb.connect()
        self._db.execute("SET TimeZone = 'UTC'")
        types = {
            c.name: _duck(sql_types.parse(c.type)) for c in self.table.source_columns
        }
        known = {name: types.get(name, "VARCHAR") for name in self.names}
        self._columns = list(known)
        known |= {"_misfits": "MAP(VARCHAR, VARCHAR)"}
        known |= dict.fromkeys(("_corrupt_record", "_rescued_data"), "VARCHAR")
        structure = json.dumps(known).replace("'", "''")
        typed = f"SELECT from_json(j, '{structure}') AS r FROM given"
        added = ", ".join(f"{sql} AS {name}" for name, sql in _ADDED.items())
        self._rows = f"SELECT r.*, {added} FROM ({typed})"
        self._derive()
        self._rules: dict[str, tuple[str, str]] = {}
        for action in ("drop", "warn", "fail"):
            for name, predicate in self.table.rules_with(action).items():
                sql = self._runnable(predicate)
                if sql is None:
                    self.unjudged.append(name)
                else:
                    self._rules[name] = (action, sql)

    def verdicts(self, delivered: Sequence[Delivered]) -> list[Verdict]:
        """Of each row, every rule that it breaks, in the order of the contract."""
        found: list[Verdict] = []
        names = [(name, action) for name, (action, _) in self._rules.items()]
        for flags in self._ask([sql for _, sql in self._rules.values()], delivered):
            broken: dict[str, list[str]] = {"drop": [], "warn": [], "fail": []}
            for (name, action), holds in zip(names, flags, strict=True):
                if not holds:
                    # NULL stands for an error, which would end the update.
                    broken["fail" if holds is None else action].append(name)
            found.append(Verdict(*(tuple(rules) for rules in broken.values())))
        return found

    def keeping(self, rows: Sequence[Row]) -> list[bool]:
        """Of each row, whether it breaks none of the rules, not even one that warns."""
        if not self._rules:
            return [True] * len(rows)
        every = " AND ".join(f"({sql})" for _, sql in self._rules.values())
        return [kept for (kept,) in self._ask([every], [Delivered(r) for r in rows])]

    def holds(self, predicate: str, rows: Sequence[Row]) -> list[bool] | None:
        """Of each row, whether a predicate is true; None where it cannot be run."""
        sql = self._runnable(f"coalesce({predicate}, false)")
        if sql is None:
            return None
        asked = self._ask([sql], [Delivered(r) for r in rows])
        return [bool(kept) for (kept,) in asked]

    def values(
        self, expression: exp.Expression, type_name: str, rows: Sequence[Row]
    ) -> list[Any] | None:
        """What an expression gives for each row, as JSON would hold it."""
        cast = f"TRY_CAST({_sql(expression)} AS {_duck(sql_types.parse(type_name))})"
        if not self._runs(cast):
            return None
        asked = self._ask([f"to_json({cast})"], [Delivered(r) for r in rows])
        return [None if value is None else json.loads(value) for (value,) in asked]

    def _ask(
        self, expressions: list[str], delivered: Sequence[Delivered]
    ) -> list[tuple]:
        if not expressions:
            return [()] * len(delivered)
        texts = [_encode(self._seen(one)) for one in delivered]
        given = pyarrow.table({"j": pyarrow.array(texts, pyarrow.string())})
        self._db.register("given", given)
        named = ", ".join(f"TRY({sql}) AS c{i}" for i, sql in enumerate(expressions))
        return self._db.execute(f"SELECT {named} FROM ({self._rows})").fetchall()

    def _seen(self, delivered: Delivered) -> Row:
        """The row as the pipeline has it once it is typed."""
        if delivered.text is not None:
            return {"_corrupt_record": delivered.text}
        row, misfits = delivered.row, delivered.misfits
        # Without a type there is nothing that a text is taken out of
        emptied = misfits if self.table.columns else ()
        if not misfits and not self.blank_is_null:
            return row
        seen = {k: v for k, v in row.items() if k not in emptied}
        if self.blank_is_null:
            seen = {k: v for k, v in seen.items() if v != ""}
        if misfits:
            seen["_misfits"] = {name: "misfit" for name in misfits}
        return seen

    def _derive(self) -> None:
        for column in self.table.derived_columns:
            tree = limits.parsed(column.transform)
            value, type_ = "NULL", _duck(sql_types.parse(column.type))
            if tree is not None and self._runs(_sql(tree)):
                value = _sql(tree)
            name = _quoted(column.name)
            self._rows = (
                f"SELECT *, TRY_CAST({value} AS {type_}) AS {name} FROM ({self._rows})"
            )

    def _runnable(self, predicate: str) -> str | None:
        tree = limits.parsed(predicate)
        sql = _sql(tree) if tree is not None else ""
        return sql if sql and self._runs(sql) else None

    def _runs(self, sql: str) -> bool:
        try:
            self._ask([sql], [Delivered({})])
        except duckdb.Error:
            return False
        return True


def _sql(tree: exp.Expression) -> str:
    """For DuckDB; a time there has no zone, as all are in UTC."""
    tree = tree.copy()
    for type_ in tree.find_all(exp.DataType):
        if type_.is_type("timestamptz", "timestampltz"):
            type_.replace(exp.DataType.build("timestamp"))
    for division in list(tree.find_all(exp.Div, exp.Mod)):
        divisor = division.expression
        if isinstance(divisor.unnest(), exp.Literal):
            continue
        # Spark stops at zero, DuckDB goes on: a cast that fails stops it, too.
        text = divisor.sql("duckdb", identify=True)
        checked = (
            f"CASE WHEN ({text}) = 0 "
            f"THEN CAST(CAST({text} AS VARCHAR) || '!' AS DOUBLE)"
            f" ELSE {text} END"
        )
        division.set("expression", sqlglot.parse_one(checked, read="duckdb"))
    return tree.sql("duckdb", identify=True)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'


def _duck(type_: Type) -> Any:
    """A type as DuckDB writes it in SQL."""
    if type_.base == "STRUCT":
        fields = (f"{_quoted(name)} {_duck(inner)}" for name, inner in type_.within)
        return f"STRUCT({', '.join(fields)})"
    if type_.base == "ARRAY":
        return f"{_duck(type_.within[0])}[]"
    if type_.base == "MAP":
        return f"MAP(VARCHAR, {_duck(type_.within[1])})"
    other = {"STRING": "VARCHAR", "TIMESTAMP_NTZ": "TIMESTAMP", "BINARY": "VARCHAR"}
    return other.get(type_.base, str(type_))
