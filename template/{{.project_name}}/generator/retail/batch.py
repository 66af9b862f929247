"""One batch: changes of the dimensions, sales, and what goes wrong with them."""

import json
from collections.abc import Iterable
from datetime import datetime, timedelta
from random import Random

from generator.retail import sales
from generator.retail.dirt import KINDS, Kind
from generator.retail.members import DIMENSIONS, Dimension, Row, delete, stamp, upsert
from generator.retail.settings import Settings
from generator.retail.state import Delivery, State

KEYS = {**{source: d.key for source, d in DIMENSIONS.items()}, "sales": sales.KEY}
# So that every kind of fault has its turn soon, however small the share of dirty rows.
LEAST_DIRTY = 2
# A dimension stops growing at so many times the members that it began with.
MOST_GROWTH = 100
# How many batches later a line may come that is delivered twice, or corrected.
LATER = (0, 1, 2)


def next_batch(
    state: State, settings: Settings, window: tuple[datetime, datetime]
) -> dict[str, list[Delivery]]:
    """The lines of the next batch, by source, in the order in which they are written.

    Events happen in `window`, whose end becomes the state's clock. Depends on nothing
    but the state, the settings and the window; moves the state on.
    """
    state.batch += 1
    state.clock = window[1]
    held, state.held = state.held, []
    batch = _Batch(state, settings, window)
    batch.deliver(held)
    for source, dimension in DIMENSIONS.items():
        batch.change(source, dimension)
    batch.sell()
    return batch.lines


class _Batch:
    def __init__(self, state: State, settings: Settings, window):
        self.state, self.settings, self.window = state, settings, window
        self.lines: dict[str, list[Delivery]] = {source: [] for source in KINDS}
        # Members that are sold to: delivered before this batch, and not deleted in it.
        self.sellable: dict[str, dict[int, Row]] = {}
        self.rng = Random()

    def deliver(self, deliveries: Iterable[Delivery]) -> None:
        """Write what is due, keep the rest for a later batch."""
        for delivery in deliveries:
            if delivery.due > self.state.batch:
                self.state.held.append(delivery)
                continue
            self.lines[delivery.source].append(delivery)
            if delivery.joins is not None:
                members = self.state.members[delivery.source]
                members[delivery.key] = delivery.joins

    def change(self, source: str, dimension: Dimension) -> None:
        """New, changed and deleted members; the first ones to begin with."""
        rng, members = self._draw_for(source), self.state.members[source]
        first = self.settings.first_members[source]
        if not members:
            self.deliver(self._new(source, self._days_before()) for _ in range(first))
        self.sellable[source] = known = dict(members)
        most = self.settings.updates[source]
        number = rng.randint((most + 1) // 2, most)
        grows = len(members) < first * MOST_GROWTH
        shares = [dimension.share_of_new * grows, dimension.share_of_deletes]
        fates = rng.choices("nd-", [*shares, 1 - sum(shares)], k=number)
        for _ in range(fates.count("n")):
            self.deliver([self._new(source, self._moment())])
        touched = rng.sample(sorted(known), min(len(known), number - fates.count("n")))
        gone = touched[: min(fates.count("d"), len(known) - 1)]
        for key in gone:
            row = delete(source, key, members.pop(key), self._moment())
            del known[key]
            self.deliver([self._good(source, row)])
        touched = touched[len(gone) :]
        for key, kind in zip(touched, self._faults(source, len(touched)), strict=True):
            self._update(source, dimension, key, kind)

    def _update(self, source: str, dimension: Dimension, key: int, kind) -> None:
        members, at = self.state.members[source], self._moment()
        changed = dimension.change(members[key], self.rng)
        after = {**members[key], **changed}
        delivered = {**dict.fromkeys(after), **changed} if dimension.partial else after
        row = upsert(source, key, delivered, at)
        # Two rows of one key must never claim the same time: chance would order them.
        length = self.window[1] - self.window[0]
        corrected = {**row, "updated_at": stamp(at + length * 0.05)}
        deliveries = self._damaged(source, row, kind, corrected)
        if not deliveries[0].rules or len(deliveries) > 1:
            members[key] = after
        self.deliver(deliveries)

    def sell(self) -> None:
        """Receipt lines, late ones and those with faults among them."""
        rng, settings, state = self._draw_for("sales"), self.settings, self.state
        rows = sales.lines(
            settings.sales,
            state.next_sale,
            state.batch,
            self.sellable,
            self.window,
            settings.skew,
            rng,
        )
        state.next_sale += len(rows)
        for row, kind in zip(rows, self._faults("sales", len(rows)), strict=True):
            if kind and kind.early:
                row = self._early(row, kind.early)
            elif not kind and rng.random() < settings.late_share:
                hours = rng.uniform(0, settings.late_hours)
                row = sales.earlier(row, hours)
                kind = Kind("late")
            self.deliver(self._damaged("sales", row, kind, row))

    def _early(self, row: Row, source: str) -> Row:
        """The sale with a member that a later batch brings."""
        member = self._new(source, self.window[0])
        member.due += self.rng.choice((1, 2))
        member.kind = "late_member"
        self.deliver([member])
        row = {**row, DIMENSIONS[source].key: member.key}
        if source == "products":
            row = sales.priced({**row, "unit_price": member.joins["price"]})
        return row

    def _damaged(
        self, source: str, row: Row, kind: Kind | None, corrected: Row
    ) -> list[Delivery]:
        """The line with its fault; it may come again, or corrected, now or later."""
        if kind is None:
            if source == "sales" or self.rng.random() >= self.settings.late_share:
                return [self._good(source, row)]
            late = self._good(source, row)
            late.kind, late.due = "late", late.due + 1
            return [late]
        spoiled = kind.spoil(row, self.rng)
        text = spoiled if isinstance(spoiled, str) else _json(spoiled)
        key = _readable_key(source, spoiled)
        batch = self.state.batch
        fault = (key, kind.name, kind.rules, kind.warnings)
        # What is delivered twice is a fault the second time only, if it is a good row.
        marked = fault if text != _json(row) or kind.rules or not kind.twice else (key,)
        first = Delivery(source, text, batch, *marked)
        deliveries = [first]
        if kind.twice:
            due = batch + self.rng.choice(LATER)
            deliveries.append(Delivery(source, text, due, *fault))
        elif kind.rules and kind.may_be_corrected and self.rng.random() < 0.5:
            good = self._good(source, corrected)
            good.kind, good.due = "correction", batch + self.rng.choice(LATER)
            deliveries.append(good)
        return deliveries

    def _new(self, source: str, at: datetime) -> Delivery:
        number = self.state.next_member[source]
        self.state.next_member[source] += 1
        attributes = DIMENSIONS[source].new(number, self.rng)
        delivery = self._good(source, upsert(source, number, attributes, at))
        delivery.joins = attributes
        return delivery

    def _good(self, source: str, row: Row) -> Delivery:
        return Delivery(source, _json(row), self.state.batch, row[KEYS[source]])

    def _faults(self, source: str, number: int) -> list[Kind | None]:
        """For each of a number of rows its fault, if any; the kinds take turns."""
        wanted = round(number * self.settings.dirty_share)
        if self.settings.dirty_share:
            wanted = min(number, max(wanted, LEAST_DIRTY))
        faults: list[Kind | None] = [None] * number
        for index in sorted(self.rng.sample(range(number), wanted)):
            turn = self.state.turns.get(source, 0)
            faults[index] = KINDS[source][turn % len(KINDS[source])]
            self.state.turns[source] = turn + 1
        return faults

    def _draw_for(self, source: str) -> Random:
        """Chance of its own for each source and batch: repeatable from any batch on."""
        self.rng.seed(f"{self.settings.seed}/{self.state.batch}/{source}")
        return self.rng

    def _moment(self) -> datetime:
        begin, end = self.window
        return begin + (end - begin) * self.rng.uniform(0, 0.9)

    def _days_before(self) -> datetime:
        return self.window[0] - timedelta(days=self.rng.uniform(1, 365))


def _json(row: Row) -> str:
    return json.dumps(row, ensure_ascii=False)


def _readable_key(source: str, row: Row | str) -> int | None:
    """The key as the pipeline reads it: an integer, also one that is written 3.0."""
    key = None if isinstance(row, str) else row.get(KEYS[source])
    return int(key) if type(key) in (int, float) and key == int(key) else None
