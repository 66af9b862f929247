"""Customers, products and stores: how they begin and how they change."""

import unicodedata
from collections.abc import Callable
from datetime import date, datetime, timedelta, timezone
from random import Random
from typing import NamedTuple

from generator.retail import world

DELETE, UPSERT = "DELETE", "UPSERT"

Row = dict[str, object]


class Dimension(NamedTuple):
    """A source of members.

    `new` makes a member's attributes of its number; `change` takes those and returns
    what changes. Where `partial`, only that is delivered, and the rest as NULL.
    """

    key: str
    new: Callable[[int, Random], Row]
    change: Callable[[Row, Random], Row]
    share_of_new: float
    partial: bool = False
    share_of_deletes: float = 0


def upsert(source: str, number: int, attributes: Row, at: datetime) -> Row:
    """The row that delivers a member, or what changed about it."""
    dimension = DIMENSIONS[source]
    operation = {"operation": UPSERT} if dimension.partial else {}
    return {dimension.key: number, **attributes, **operation, "updated_at": stamp(at)}


def delete(source: str, number: int, attributes: Row, at: datetime) -> Row:
    """The row that ends a member: its key and time, all else is NULL."""
    row = upsert(source, number, dict.fromkeys(attributes), at)
    return {**row, "operation": DELETE}


def stamp(time: datetime) -> str:
    """ISO 8601 in UTC with milliseconds, as all sources write times."""
    return time.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def read_stamp(text: object) -> datetime | None:
    """A time as `stamp` writes it; None for anything else."""
    try:
        time = datetime.strptime(str(text), "%Y-%m-%dT%H:%M:%S.%fZ")
    except ValueError:
        return None
    return time.replace(tzinfo=timezone.utc)


def pick(weights: dict, rng: Random):
    return rng.choices(list(weights), list(weights.values()))[0]


def _new_customer(number: int, rng: Random) -> Row:
    first, last = rng.choice(world.FIRST_NAMES), rng.choice(world.LAST_NAMES)
    return {
        "first_name": first,
        "last_name": last,
        "email": _email(first, last, number),
        "city": rng.choice(list(world.REGION_OF)),
        "segment": pick(world.SEGMENTS, rng),
        "loyalty_points": rng.randrange(0, 500, 5),
    }


def _change_customer(before: Row, rng: Random) -> Row:
    what = rng.random()
    if what < 0.5:
        points = before["loyalty_points"] + rng.randrange(5, 200, 5)
        return {"loyalty_points": points}
    if what < 0.7:
        return {"city": rng.choice(list(world.REGION_OF))}
    if what < 0.85:
        return {"segment": pick(world.SEGMENTS, rng)}
    if what < 0.95:
        number = rng.randrange(1000, 9999)
        return {"email": _email(before["first_name"], before["last_name"], number)}
    # Both names always come together.
    married = rng.choice(world.LAST_NAMES)
    return {"first_name": before["first_name"], "last_name": married}


def _email(first: str, last: str, number: int) -> str:
    plain = unicodedata.normalize("NFKD", f"{first}.{last}").lower()
    letters = "".join(c for c in plain if c.isascii() and (c.isalpha() or c == "."))
    return f"{letters}{number}@example.com"


def _new_product(number: int, rng: Random) -> Row:
    # In turn, so that few products cover all categories.
    category = list(world.ARTICLES)[number % len(world.ARTICLES)]
    article, low, high = rng.choice(world.ARTICLES[category])
    return {
        "name": f"{rng.choice(world.STYLES)} {article}",
        "brand": rng.choice(world.BRANDS),
        "category": category,
        "price": _price(rng.randint(low, high)),
    }


def _change_product(before: Row, rng: Random) -> Row:
    if rng.random() < 0.2:
        article = str(before["name"]).partition(" ")[2]
        return {"name": f"{rng.choice(world.STYLES)} {article}"}
    # Within the range of all articles, however often prices change.
    price = round(before["price"] * rng.choice((0.9, 0.95, 1.05, 1.1)))
    return {"price": _price(min(max(price, 10), 400))}


def _price(whole: int) -> float:
    return round(whole - 0.05, 2)


def _new_store(number: int, rng: Random) -> Row:
    # In turn, so that few stores cover all regions.
    region = list(world.CITIES)[number % len(world.CITIES)]
    city = rng.choice(world.CITIES[region])
    opened = date(1995, 1, 1) + timedelta(days=rng.randrange(29 * 365))
    return {
        "name": f"{city} {rng.choice(world.PLACES)}",
        "region": region,
        "city": city,
        "opened_on": opened.isoformat(),
    }


def _change_store(before: Row, rng: Random) -> Row:
    what = rng.random()
    if what < 0.5:  # delivered again as it is: not every update is a change
        return {}
    if what < 0.85:
        return {"name": f"{before['city']} {rng.choice(world.PLACES)}"}
    return {"region": rng.choice(list(world.CITIES))}


# In the order in which they are delivered: before the sales that point to them.
DIMENSIONS = {
    "stores": Dimension("store_id", _new_store, _change_store, 0.03),
    "products": Dimension("product_id", _new_product, _change_product, 0.1),
    "customers": Dimension(
        "customer_id", _new_customer, _change_customer, 0.2, True, 0.04
    ),
}
