"""What `tables` in the settings says of tables and columns."""

import math
from collections.abc import Iterable
from dataclasses import dataclass, field, fields
from datetime import datetime
from typing import Any

from generator.settings import GeneratorError, unknown


@dataclass(frozen=True)
class ColumnSettings:
    """Of a column: `values` with their weights, or a `range`, and how many are NULL."""

    values: tuple[Any, ...] = ()
    weights: tuple[float, ...] = ()
    range: tuple[Any, Any] | None = None
    share_of_nulls: float | None = None


@dataclass(frozen=True)
class TableSettings:
    """Of a table: rows of a batch (or its first members), changes, and columns.

    `given` are values of its first rows, one mapping a row.
    """

    rows: int | None = None
    updates: int | None = None
    given: tuple[dict[str, Any], ...] = ()
    columns: dict[str, ColumnSettings] = field(default_factory=dict)


def read(
    stated: Any, columns: dict[str, Iterable[str]] | None
) -> dict[str, TableSettings]:
    """The settings by table; `columns` are those of the contract, by table.

    A table that the contract knows no columns of may have any. Raises GeneratorError.
    """
    found = {}
    for table, entry in _mapping("tables", stated).items():
        place = f"setting tables, {table}"
        if table not in columns:
            raise unknown("setting tables", table, columns)
        entry = _mapping(place, entry)
        _known(place, entry, TableSettings)
        known = list(columns[table])
        inner = {}
        for column, values in _mapping(
            f"{place}, columns", entry.pop("columns", {})
        ).items():
            if known and column not in known:
                raise unknown(f"{place}, columns", column, known)
            inner[column] = _column(f"{place}, {column}", values)
        given = _given(f"{place}, given", entry.pop("given", None) or [], known)
        for name, value in entry.items():
            if type(value) is not int or value < 0:
                raise GeneratorError(
                    f"{place}, {name} is {value}, but must be a whole number from 0 on"
                )
        if given:
            entry.setdefault("rows", len(given))
        found[table] = TableSettings(**entry, given=given, columns=inner)
    return found


def _column(place: str, stated: Any) -> ColumnSettings:
    stated = _mapping(place, stated)
    _known(place, stated, ColumnSettings, without="weights")
    values, weights = stated.get("values", ()), ()
    if isinstance(values, dict):
        values, weights = tuple(values), tuple(values.values())
        if not all(_is_number(w) and w >= 0 for w in weights) or not sum(weights):
            raise GeneratorError(
                f"{place}: values need weights of at least 0, and one above"
            )
    elif not isinstance(values, list | tuple):
        raise GeneratorError(f"{place}: values are a list, or a mapping to weights")
    ends = stated.get("range")
    if ends is not None and not _is_range(ends):
        raise GeneratorError(
            f"{place}: range is {ends}, but must be two numbers or days, as [1, 100]"
        )
    share = stated.get("share_of_nulls")
    if share is not None and not (_is_number(share) and 0 <= share <= 1):
        raise GeneratorError(
            f"{place}: share_of_nulls is {share}, but must be a number from 0 to 1"
        )
    return ColumnSettings(tuple(values), weights, tuple(ends) if ends else None, share)


def _given(place: str, rows: Any, known: list[str]) -> tuple[dict[str, Any], ...]:
    if not isinstance(rows, list):
        raise GeneratorError(f"{place} is a list of rows, each a mapping of columns")
    for row in rows:
        for name in _mapping(place, row):
            if known and name not in known:
                raise unknown(place, name, known)
    return tuple(rows)


def _is_range(ends: Any) -> bool:
    if not isinstance(ends, list) or len(ends) != 2:
        return False
    if all(map(_is_number, ends)):
        return ends[0] <= ends[1]
    try:
        low, high = (
            datetime.fromisoformat(str(e).replace("Z", "+00:00")) for e in ends
        )
        return low <= high
    except (TypeError, ValueError):
        return False


def _is_number(value: Any) -> bool:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return number and math.isfinite(value)


def _mapping(place: str, value: Any) -> dict:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise GeneratorError(f"{place} is {value}, but must be a mapping")
    return dict(value)


def _known(place: str, entry: dict, kind: type, without: str = "") -> None:
    names = [f.name for f in fields(kind) if f.name != without]
    for name in entry:
        if name not in names:
            raise unknown(place, name, names)
