"""Keys: number n of a table gives key n, each once, within what the contract allows."""

import base64
from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from random import Random
from typing import Any

from generator.from_contract import draws, patterns, words
from generator.from_contract.limits import Limits
from generator.from_contract.overrides import ColumnSettings
from generator.settings import GeneratorError
from medallion.sql_types import FLOATS, INTEGERS, Type

_FIRST_DAY = datetime(2020, 1, 1, tzinfo=timezone.utc)
# Rows that share the first columns of a composite key, such as the lines of an order.
_ROWS_OF_A_HEAD = 4
_ENDLESS = 10**15


@dataclass(frozen=True)
class Series:
    """`value(i)` for i from 0 on, `size` different ones."""

    value: Callable[[int], Any]
    size: int


def series(
    table: str, name: str, type_: Type, limits: Limits, stated: ColumnSettings
) -> Series:
    """The values of one column of a key, in order."""
    if stated.values or limits.allowed:
        values = list(stated.values or limits.allowed)
        return Series(lambda i: values[i], len(values))
    if type_.base in INTEGERS or type_.base == "DECIMAL" or type_.base in FLOATS:
        return _numbers(type_, limits, stated)
    if type_.base in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
        return _times(name, type_, limits)
    if type_.base == "BOOLEAN":
        return Series(lambda i: bool(i), 2)
    if type_.base == "BINARY":
        return Series(lambda i: base64.b64encode(i.to_bytes(6, "big")).decode(), 2**48)
    if limits.patterns:
        return _of_pattern(table, name, limits)
    if words.is_unique(name):
        make = words.text_maker(name)
        return Series(lambda i: make(Random(f"{table}/{name}/{i}")), _ENDLESS)
    return _texts(name, limits)


class Keys:
    """The columns of a key that count, for a table's number n.

    Of several, the last one counts within the ones before it, which then stay the same
    for some rows. Columns that point to another table, or say when, are not counted.
    """

    def __init__(self, table: str, columns: dict[str, Series]):
        self.table, self.columns = table, columns
        self._sizes = self._share()
        self.size = 1
        for size in self._sizes.values():
            self.size *= size

    def of(self, number: int) -> dict[str, Any]:
        """The values of row `number`, from 1. Raises GeneratorError at the end."""
        if number > self.size:
            names = ", ".join(self.columns)
            raise GeneratorError(
                f"table {self.table}: {names} can hold {self.size} different keys, and "
                f"number {number} is wanted: set fewer rows or members in settings.yml"
            )
        found, rest = {}, number - 1
        for name, size in reversed(self._sizes.items()):
            rest, digit = divmod(rest, size)
            found[name] = self.columns[name].value(digit)
        return found

    def _share(self) -> dict[str, int]:
        """How many values of each column are used before the one in front moves on."""
        names = list(self.columns)
        sizes = {name: self.columns[name].size for name in names}
        if len(names) > 1:
            last = names[-1]
            sizes |= {name: min(sizes[name], 1000) for name in names[1:-1]}
            sizes[last] = min(sizes[last], _ROWS_OF_A_HEAD)
            if sizes[names[0]] < _ENDLESS // 1000:  # few heads need longer lists
                sizes[last] = self.columns[last].size
        return sizes


def _numbers(type_: Type, limits: Limits, stated: ColumnSettings) -> Series:
    ends = stated.range or (None, None)
    low = ends[0] if ends[0] is not None else _end(limits.low, 1)
    high = ends[1] if ends[1] is not None else _end(limits.high, -1)
    step = int(limits.step) if limits.step and float(limits.step).is_integer() else 1
    first = int(low) if low is not None else 1
    first = -(-first // step) * step
    _, most = draws.span(type_)
    last = int(min(most, Decimal(str(high)) if high is not None else most))
    kind = float if type_.base in FLOATS else int
    return Series(lambda i: kind(first + i * step), max((last - first) // step + 1, 1))


def _end(limit: tuple[Any, bool] | None, inward: int) -> Any:
    if limit is None or isinstance(limit[0], str):
        return None
    return int(limit[0]) + (inward if limit[1] else 0)


def _times(name: str, type_: Type, limits: Limits) -> Series:
    begin, end = draws.times(name, type_, limits, (_FIRST_DAY, _FIRST_DAY))
    begin = max(begin, _FIRST_DAY) if not limits.low else begin
    unit = timedelta(days=1) if type_.base == "DATE" else timedelta(seconds=1)
    size = max((end - begin) // unit + 1, 1) if limits.high else 25_000
    return Series(lambda i: draws.stamp(begin + i * unit, type_.base), size)


def _of_pattern(table: str, name: str, limits: Limits) -> Series:
    """Number by number where each text fits, else those that do, drawn by chance."""
    language = patterns.language(limits.patterns[0])
    if all(
        draws.fits(language.text(i), limits) for i in range(min(language.size, 200))
    ):
        return Series(language.text, language.size)
    found = dict.fromkeys(draws.matching(limits, Random(0), 5000))
    texts = list(found)
    return Series(lambda i: texts[i], len(texts))


def _texts(name: str, limits: Limits) -> Series:
    prefix = "".join(c for c in name if c.isalpha() and c.isascii())[:3].upper()
    longest = limits.longest or 255
    digits = max(min(6, longest), limits.shortest - len(prefix) - 1)
    if len(prefix) + 1 + digits > longest:
        digits = max(longest, 1)
        return Series(lambda i: f"{i + 1:0{limits.shortest or 1}}", 10**digits - 1)
    most = longest - len(prefix) - 1
    return Series(lambda i: f"{prefix}-{i + 1:0{digits}}", min(10**most - 1, _ENDLESS))
