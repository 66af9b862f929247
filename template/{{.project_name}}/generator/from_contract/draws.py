"""Values of a type, within its limits, many at a time.

They are as JSON has them: a time is text, BINARY is base64, a MAP an object. A decimal
is a number of at most 15 digits, which a float holds exactly enough to be written so.
"""

import base64
import math
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from decimal import Decimal
from itertools import accumulate
from random import Random
from typing import Any

from generator.from_contract import patterns, words
from generator.from_contract.limits import Limits
from generator.from_contract.overrides import ColumnSettings
from generator.maker import Window
from medallion.sql_types import FLOATS, INTEGERS, TIMES, Type

# How many values, chance, and when: the values.
Draw = Callable[[int, Random, Window], list[Any]]

# For a draw that only has to work.
SOME_WINDOW = (
    datetime(2025, 1, 1, tzinfo=timezone.utc),
    datetime(2025, 1, 2, tzinfo=timezone.utc),
)
BITS = {"TINYINT": 8, "SMALLINT": 16, "INT": 32, "BIGINT": 64}
DIGITS = 15
_MANY = 512  # texts of a pattern that are made once, and drawn from
_TRIES = 200


def of_column(
    name: str, type_: Type, limits: Limits, stated: ColumnSettings, table: str
) -> Draw:
    """What fills a column of a table; `stated` is what the settings say of it."""
    if stated.values:
        sums = list(accumulate(stated.weights)) or None
        return lambda n, rng, _: rng.choices(stated.values, cum_weights=sums, k=n)
    if stated.range:
        limits = _narrowed(limits, stated.range)
    return _draw(name, type_, limits, table)


def with_nulls(draw: Draw, share: float) -> Draw:
    """The same, a share of them NULL."""
    if not share:
        return draw

    def drawn(n: int, rng: Random, when: Window) -> list[Any]:
        values = draw(n, rng, when)
        return [None if rng.random() < share else value for value in values]

    return drawn


def stamp(time: datetime, type_: str = "TIMESTAMP") -> str:
    """ISO 8601 as the type has it: a day, a time in UTC, a time without zone."""
    if type_ == "DATE":
        return time.date().isoformat()
    text = time.astimezone(timezone.utc).replace(tzinfo=None)
    return text.isoformat(timespec="microseconds") + (
        "Z" if type_ == "TIMESTAMP" else ""
    )


def bounds(name: str, type_: Type, limits: Limits) -> tuple[Decimal, Decimal, Decimal]:
    """The lowest and highest number of a column, and the step from one to the next."""
    unit = finest(type_)
    if limits.step is not None:
        unit = Decimal(str(limits.step))
    least, most = span(type_)
    low, high = (Decimal(str(end)) for end in words.usual_numbers(name))
    given_low = _number(limits.low)
    given_high = _number(limits.high)
    width = max(high - low, unit)
    if given_low is not None and given_high is not None:
        if not (given_low <= low and high <= given_high):
            low, high = given_low, given_high
    elif given_low is not None and low < given_low:
        low, high = given_low, max(high, given_low + width)
    elif given_high is not None and high > given_high:
        low, high = min(low, given_high - width), given_high
    low, high = max(low, least), min(high, most)
    if limits.low and limits.low[1] and low == given_low:
        low += unit
    if limits.high and limits.high[1] and high == given_high:
        high -= unit
    low = (low / unit).to_integral_value("ROUND_CEILING") * unit
    high = (high / unit).to_integral_value("ROUND_FLOOR") * unit
    return low, max(low, high), unit


def times(name: str, type_: Type, limits: Limits, when: Window) -> Window:
    """From when to when a column of times goes."""
    begin, end = when
    if words.is_long_ago(name):
        begin, end = begin - timedelta(days=80 * 365), begin - timedelta(days=18 * 365)
    else:
        begin -= timedelta(days=365)
    day = timedelta(days=1)
    nudge = day if type_.base == "DATE" else timedelta(seconds=1)
    low, high = (_time(limit) for limit in (limits.low, limits.high))
    if low:
        low += nudge if limits.low[1] else timedelta(0)
        begin, end = max(begin, low), max(end, low + 365 * day)
    if high:
        high -= nudge if limits.high[1] else timedelta(0)
        begin, end = min(begin, high - 365 * day), min(end, high)
        if low:
            begin = max(begin, low)
    return begin, max(begin, end)


def _narrowed(limits: Limits, ends: tuple[Any, Any]) -> Limits:
    narrow = Limits(**vars(limits))
    narrow.low, narrow.high = (ends[0], False), (ends[1], False)
    return narrow


def _draw(name: str, type_: Type, limits: Limits, table: str = "") -> Draw:
    base = type_.base
    if limits.allowed:
        allowed = limits.allowed
        return lambda n, rng, _: rng.choices(allowed, k=n)
    if base in INTEGERS or base == "DECIMAL" or base in FLOATS:
        return _numbers(name, type_, limits)
    if base in TIMES:
        return _moments(name, type_, limits)
    if base == "BOOLEAN":
        return lambda n, rng, _: rng.choices((True, False), k=n)
    if base == "BINARY":
        return lambda n, rng, _: [_base64(rng.randbytes(6)) for _ in range(n)]
    if base in ("ARRAY", "MAP", "STRUCT"):
        return _nested(name, type_, limits)
    return _texts(name, limits, table)


def _numbers(name: str, type_: Type, limits: Limits) -> Draw:
    low, high, step = bounds(name, type_, limits)
    first, count = int(low / step), int((high - low) / step) + 1
    refused = {Decimal(str(v)) for v in limits.refused if not isinstance(v, str)}
    whole = type_.base in INTEGERS
    scale = max(-step.as_tuple().exponent, 0)
    unit = int(step) if whole else None

    def value(k: int) -> Any:
        return k * unit if whole else round(float(k * step), scale)

    if refused and count < 10_000:
        kept = [value(first + i) for i in range(count)]
        kept = [v for v in kept if Decimal(str(v)) not in refused] or kept
        return lambda n, rng, _: rng.choices(kept, k=n)
    if whole:
        return lambda n, rng, _: [
            (first + int(rng.random() * count)) * unit for _ in range(n)
        ]
    factor = float(step)
    return lambda n, rng, _: [
        round((first + int(rng.random() * count)) * factor, scale) for _ in range(n)
    ]


def finest(type_: Type) -> Decimal:
    if type_.base == "DECIMAL":
        # Of money two digits, of quantities that are finer some more
        return Decimal(1).scaleb(-min(type_.within[1], 4))
    return Decimal("0.01") if type_.base in FLOATS else Decimal(1)


def span(type_: Type) -> tuple[Decimal, Decimal]:
    """The least and the greatest number that a type holds."""
    if type_.base in BITS:
        most = 2 ** (BITS[type_.base] - 1)
        return Decimal(-most), Decimal(most - 1)
    if type_.base == "DECIMAL":
        precision, scale = type_.within
        most = Decimal(10) ** min(precision - scale, DIGITS - min(scale, 4)) - finest(
            type_
        )
        return -most, most
    return Decimal(-(10**9)), Decimal(10**9)


def _number(limit: tuple[Any, bool] | None) -> Decimal | None:
    if limit is None:
        return None
    try:
        value = float(limit[0])
        return Decimal(str(limit[0])) if math.isfinite(value) else None
    except (TypeError, ValueError, ArithmeticError):
        return None


def _time(limit: tuple[Any, bool] | None) -> datetime | None:
    if limit is None:
        return None
    value = limit[0]
    try:
        found = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    return found if found.tzinfo else found.replace(tzinfo=timezone.utc)


def _moments(name: str, type_: Type, limits: Limits) -> Draw:
    def drawn(n: int, rng: Random, when: Window) -> list[Any]:
        begin, end = times(name, type_, limits, when)
        if type_.base == "DATE":
            first, days = begin.date(), max((end - begin).days, 1)
            return [
                (first + timedelta(days=int(rng.random() * days))).isoformat()
                for _ in range(n)
            ]
        seconds = (end - begin).total_seconds()
        return [
            stamp(begin + timedelta(seconds=int(rng.random() * seconds)), type_.base)
            for _ in range(n)
        ]

    return drawn


def _texts(name: str, limits: Limits, table: str) -> Draw:
    make = words.text_maker(name, table)
    if limits.patterns:
        usual = [make(Random(i)) for i in range(20)]
        if not all(fits(text, limits) for text in usual):
            return _of_patterns(limits)
    shortest, longest = limits.shortest, limits.longest

    def drawn(n: int, rng: Random, when: Window) -> list[Any]:
        found = [make(rng) for _ in range(n)]
        if shortest or longest is not None:
            found = [_fitted(text, shortest, longest) for text in found]
        return found

    return drawn


def _fitted(text: str, shortest: int, longest: int | None) -> str:
    """A text of the right length: its last word, or cut off, or filled up."""
    if longest is not None and len(text) > longest:
        text = text.split()[-1][:longest]
    return text + "x" * (shortest - len(text))


def _of_patterns(limits: Limits) -> Draw:
    # The same in every run: what is drawn from it is chance enough.
    pool = matching(limits, Random(0), _MANY)
    return lambda n, rng, _: rng.choices(pool, k=n)


def matching(limits: Limits, rng: Random, number: int) -> list[str]:
    """Texts that match all patterns and lengths. Raises UnknownPattern."""
    language = patterns.language(limits.patterns[0])
    found = []
    for attempt in range(number * _TRIES):
        text = language.text(rng.randrange(language.size))
        if fits(text, limits):
            found.append(text)
            if len(found) == number:
                break
        elif attempt == 20 * _TRIES and not found:
            break
    if not found:
        raise patterns.UnknownPattern(f"no text was found for {limits.patterns[0]}")
    return found


def fits(text: str, limits: Limits) -> bool:
    """Whether a text has the right length and matches all patterns."""
    if len(text) < limits.shortest:
        return False
    if limits.longest is not None and len(text) > limits.longest:
        return False
    return all(patterns.compiled(regex).search(text) for regex in limits.patterns)


def _nested(name: str, type_: Type, limits: Limits) -> Draw:
    if type_.base == "STRUCT":
        inner = [(field, _draw(field, t, Limits())) for field, t in type_.within]

        def structs(n: int, rng: Random, when: Window) -> list[Any]:
            values = [draw(n, rng, when) for _, draw in inner]
            names = [field for field, _ in inner]
            return [
                dict(zip(names, row, strict=True)) for row in zip(*values, strict=True)
            ]

        return structs
    item = _draw(name.removesuffix("s"), type_.within[-1], Limits())
    fewest = max(limits.fewest, 1)
    most = min(limits.most or fewest + 2, fewest + 2)

    def lists(n: int, rng: Random, when: Window) -> list[Any]:
        found = []
        for _ in range(n):
            count = rng.randint(min(fewest, most), most)
            items = item(count, rng, when)
            if limits.unique_items:
                items = _distinct(items, count, lambda: item(8, rng, when))
            found.append(items)
        return found

    def maps(n: int, rng: Random, when: Window) -> list[Any]:
        keys = ("first", "second", "third")
        return [dict(zip(keys, items, strict=False)) for items in lists(n, rng, when)]

    return maps if type_.base == "MAP" else lists


def _distinct(items: list, count: int, more: Callable[[], list]) -> list:
    found: list = []
    for _ in range(20):
        found += [item for item in items if item not in found]
        if len(found) >= count:
            break
        items = more()
    return found[:count]


def _base64(data: bytes) -> str:
    return base64.b64encode(data).decode("ascii")


def stamp_of(time: datetime, type_: str) -> str:
    """The same of a time without zone, which is in UTC."""
    return stamp(time.replace(tzinfo=timezone.utc), type_)


def as_number(value: Any, type_: Type) -> Any:
    """A number as rows of this type have it."""
    if type_.base in INTEGERS:
        return int(value)
    if type_.base == "DECIMAL":
        # Nothing that a cast would round, in its own way
        return round(float(value), type_.within[1])
    return round(float(value), 9)


def written(value: Any) -> str:
    """A number as people write it, without exponent."""
    return (
        str(value)
        if isinstance(value, int | str)
        else format(Decimal(repr(value)), "f")
    )
