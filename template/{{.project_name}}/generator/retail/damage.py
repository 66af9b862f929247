"""Ways to damage a good row. Each takes the row and chance, and returns another row.

One of them returns text instead: the line as it is delivered.
"""

import json
from collections.abc import Callable
from random import Random

from generator.retail.members import DELETE, Row
from generator.retail.sales import priced

Spoil = Callable[[Row, Random], "Row | str"]


def put(**values: tuple) -> Spoil:
    """Overwrite columns, each with one of the values given for it."""
    return lambda row, rng: {**row, **{c: rng.choice(v) for c, v in values.items()}}


def without(column: str) -> Spoil:
    """NULL, or no such column in the line."""

    def spoil(row: Row, rng: Random) -> Row:
        if rng.random() < 0.5:
            return {**row, column: None}
        return {c: v for c, v in row.items() if c != column}

    return spoil


def repriced(**values: tuple) -> Spoil:
    """Overwrite columns of a sale, and let its amount follow."""
    return lambda row, rng: priced(put(**values)(row, rng))


def broken_line(row: Row, rng: Random) -> str:
    """A line that is no JSON: cut off, or the message of something on the way."""
    text = json.dumps(row, ensure_ascii=False)
    cut = text[: rng.randrange(len(text) // 4, len(text) - 1)]
    return rng.choice((cut, cut, "<html><body>502 Bad Gateway</body></html>"))


def in_payment(**values: tuple) -> Spoil:
    return lambda row, rng: {**row, "payment": put(**values)(row["payment"], rng)}


def wrong_amount(row: Row, rng: Random) -> Row:
    return {**row, "amount": round(row["amount"] + rng.choice((-5, 1, 0.05)), 2)}


def years_ago(row: Row, rng: Random) -> Row:
    # The last day that is too early: a calendar over all sales stays short.
    return {**row, "sold_at": f"2019-12-31{row['sold_at'][10:]}"}


def unpriced_discount(row: Row, rng: Random) -> Row:
    """A discount that fits no column, on a line that was paid in full."""
    return {**priced({**row, "discount": None}), "discount": rng.choice(("10%", 20))}


def numbers_as_text(*columns: str) -> Spoil:
    return lambda row, rng: {
        c: str(v) if c in columns and v is not None else v for c, v in row.items()
    }


def integers_with_point(*columns: str) -> Spoil:
    return lambda row, rng: {
        c: float(v) if c in columns and v is not None else v for c, v in row.items()
    }


def delete_without(column: str) -> Spoil:
    def spoil(row: Row, rng: Random) -> Row:
        kept = {"customer_id", "updated_at"} - {column}
        return {c: v if c in kept else None for c, v in row.items()} | {
            "operation": DELETE
        }

    return spoil


def older_date(row: Row, rng: Random) -> Row:
    year, month, day = row["opened_on"].split("-")
    return {**row, "opened_on": f"{day}.{month}.{year}"}
