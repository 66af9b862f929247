"""Receipt lines: who buys what, where, when and how it is paid."""

from bisect import bisect
from collections.abc import Iterator
from datetime import datetime, timedelta
from itertools import accumulate, count
from random import Random

from generator.retail import world
from generator.retail.members import Row, pick, read_stamp, stamp

KEY = "sale_id"
HOUR = timedelta(hours=1)
SHARE_OF_RETURNS = 0.05


def lines(
    number: int,
    first_id: int,
    batch: int,
    members: dict[str, dict[int, Row]],
    window: tuple[datetime, datetime],
    skew: float,
    rng: Random,
) -> list[Row]:
    """`number` receipt lines in the order in which the tills close their receipts.

    `members` are those that may be sold to, sold and sold in; `sold_at` lies up to
    `skew` seconds before the moment at which the receipt was closed.
    """
    month = window[0].month
    customers = _Lottery({n: _loyalty(n) for n in members["customers"]}, rng)
    stores = _Lottery({n: 1 + n % 4 for n in members["stores"]}, rng)
    articles = members["products"]
    demand = {n: _demand(n, row["category"], month) for n, row in articles.items()}
    products = _Lottery(demand, rng)
    baskets = list(_baskets(number, rng))
    closings = sorted(_moments(len(baskets), window, rng))
    ids = count(first_id)
    made: list[Row] = []
    for receipt, (size, closed) in enumerate(zip(baskets, closings, strict=True), 1):
        sold_at = closed - timedelta(seconds=rng.uniform(0, skew))
        head = {
            "receipt_id": f"R{batch:06}-{receipt:05}",
            "customer_id": customers.draw(),
            "store_id": stores.draw(),
            "payment": _payment(rng),
            "sold_at": stamp(sold_at),
        }
        is_return = rng.random() < SHARE_OF_RETURNS
        for _ in range(size):
            product = products.draw()
            price = articles[product]["price"]
            made.append(_line(next(ids), head, product, price, is_return, rng))
    return made


def priced(row: Row) -> Row:
    """The line with the amount that its quantity, price and discount come to."""
    cents = round(row["unit_price"] * 100) * row["quantity"]
    permille = 1000 - round((row["discount"] or 0) * 1000)
    return {**row, "amount": round(cents * permille / 1000) / 100}


def earlier(row: Row, hours: float) -> Row:
    """The line as if it had been sold that much earlier."""
    sold_at = read_stamp(row["sold_at"]) - timedelta(hours=hours)
    return {**row, "sold_at": stamp(sold_at)}


def _line(sale_id, head: Row, product: int, price: float, is_return: bool, rng) -> Row:
    quantity = rng.choices((1, 2, 3, 4), (78, 15, 5, 2))[0]
    return priced(
        {
            KEY: sale_id,
            "receipt_id": head["receipt_id"],
            "customer_id": head["customer_id"],
            "product_id": product,
            "store_id": head["store_id"],
            "quantity": -quantity if is_return else quantity,
            "unit_price": price,
            "discount": pick(world.DISCOUNTS, rng),
            "amount": None,
            "payment": head["payment"],
            "sold_at": head["sold_at"],
        }
    )


def _payment(rng: Random) -> Row:
    method = pick(world.PAYMENTS, rng)
    card = method == "card"
    return {
        "method": method,
        "card_last4": f"{rng.randrange(10_000):04}" if card else None,
        "installments": rng.choices((1, 3, 6), (90, 7, 3))[0] if card else 1,
    }


def _baskets(number: int, rng: Random) -> Iterator[int]:
    """How many lines each receipt has, so that all have `number`."""
    while number > 0:
        size = min(rng.choices((1, 2, 3, 4, 5), (35, 30, 20, 10, 5))[0], number)
        yield size
        number -= size


def _loyalty(customer: int) -> int:
    """Few customers come often: one of twenty forty times as often as most."""
    return 40 if customer % 20 == 0 else 5 if customer % 4 == 0 else 1


def _demand(product: int, category: str, month: int) -> float:
    season = world.SEASON_OF_MONTH[month - 1]
    return world.SEASONS[category][season] * (1 + product * 7 % 5)


def _moments(number: int, window: tuple[datetime, datetime], rng) -> Iterator[datetime]:
    """Moments in the window, more of them where the tills are busier."""
    begin, end = window
    slots, weights = [], []
    while begin < end:
        until = min(begin.replace(minute=0, second=0, microsecond=0) + HOUR, end)
        slots.append((begin, until))
        busy = world.HOURS[begin.hour] * world.WEEKDAYS[begin.weekday()]
        weights.append(busy * ((until - begin) / HOUR))
        begin = until
    for start, until in rng.choices(slots, weights, k=number):
        yield start + (until - start) * rng.random()


class _Lottery:
    """Draws with weights; the sums are made once, for thousands of draws."""

    def __init__(self, weights: dict[int, float], rng: Random):
        self._tickets = list(weights)
        self._sums = list(accumulate(weights.values()))
        self._rng = rng

    def draw(self) -> int:
        drawn = bisect(self._sums, self._rng.random() * self._sums[-1])
        return self._tickets[min(drawn, len(self._tickets) - 1)]
