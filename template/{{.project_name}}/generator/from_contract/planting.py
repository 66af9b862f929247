"""Faults in some of a batch's rows, and what follows from them in later batches."""

from dataclasses import replace

from generator.from_contract import formats
from generator.from_contract.deliveries import Deliveries
from generator.from_contract.faults import Kind
from generator.from_contract.judge import Delivered, Row, Verdict
from generator.from_contract.plan import Foreign, Plan
from generator.from_contract.state import Delivery

# So that every kind of fault has its turn soon, however small the share of dirty rows.
LEAST_DIRTY = 2
# How many batches later a row may come that is delivered twice, or corrected.
LATER = (0, 1, 2)
# How many ways to damage a row are tried, and in how many rows of a batch all of them.
MOST_WAYS, FEW_WAYS, TRIED_WELL = 40, 6, 10


class Planting(Deliveries):
    """Damages rows, each kind of fault in its turn."""

    def _faults(self, plan: Plan, number: int) -> dict[int, Kind]:
        """Of some of a number of rows their fault; the kinds take turns."""
        kinds, share = self.kinds[plan.name], self.settings.dirty_share
        if not share or not kinds or not number:
            return {}
        wanted = min(number, max(round(number * share), LEAST_DIRTY))
        found: dict[int, Kind] = {}
        one_at_most = formats.breaks(plan.table) == "last"
        for index in sorted(self.rng.sample(range(number), wanted)):
            turn = self.state.turns.get(plan.name, 0)
            kind = kinds[turn % len(kinds)]
            self.state.turns[plan.name] = turn + 1
            if one_at_most and kind.name == "broken_line" and kind in found.values():
                continue
            found[index] = kind
        return found

    def _damaged(
        self, plan: Plan, rows: dict[int, Row], faults: dict[int, Kind]
    ) -> dict[int, tuple[Delivered, Verdict]]:
        """Of each row the way to damage it that breaks the fewest rules besides."""
        ways: list[tuple[int, Delivered]] = []
        others: list[tuple[int, Delivered]] = []
        tried: dict[str, int] = {}
        for i, row in rows.items():
            kind = faults[i]
            if kind.early:
                row = self._early(kind.early, row, kind.never)
            tried[kind.name] = tried.get(kind.name, 0) + 1
            most = MOST_WAYS if tried[kind.name] <= TRIED_WELL else FEW_WAYS
            some = kind.damage(row, self.rng)
            some = self.rng.sample(some, min(len(some), most))
            ways += [(i, way) for way in some]
            if kind.settles:
                others += [(i, replace(way, row=dict(way.row))) for way in some]
        plan.settled([way.row for _, way in others])
        ways += others
        verdicts = plan.judge.verdicts([way for _, way in ways])
        found: dict[int, tuple[Delivered, Verdict]] = {}
        for (i, way), verdict in zip(ways, verdicts, strict=True):
            if not faults[i].is_planted(verdict):
                continue
            if i not in found or _weight(verdict) < _weight(found[i][1]):
                found[i] = (way, verdict)
        return found

    def _early(self, foreign: Foreign, row: Row, never: bool) -> Row:
        """The row with a member that a later batch brings, or none."""
        plan = self.plans[foreign.table]
        if self.state.numbers.get(plan.name, 1) > plan.keys.size:
            return row
        begin, _ = self.window
        if never:
            (number,) = self.state.next_numbers(plan.name, 1)
            member: Row | None = {**(self.usable.get(plan.name) or [{}])[0]}
            member |= plan.keys.of(number)
        else:
            (member,), (number,) = self._good(plan, [begin])
        if member is None:
            return row
        if not never:
            due = self.state.batch + self.rng.choice((1, 2))
            key, joins = plan.key_of(member), (number, member)
            late = Delivery(
                plan.name, member, due, key, kind="late_member", joins=joins
            )
            self.state.held.append(late)
        pairs = zip(foreign.columns, foreign.to, strict=True)
        return {**row, **{column: member.get(to) for column, to in pairs}}

    def _plant(
        self,
        plan: Plan,
        kind: Kind,
        row: Row,
        way: Delivered,
        verdict: Verdict,
        corrected: Row | None,
    ) -> bool:
        """Deliver a damaged row, which may come again, or corrected, now or later.

        Returns whether what it says is accepted in the end.
        """
        batch, key = self.state.batch, self._readable_key(plan, row, way)
        fault = Delivery(
            plan.name,
            way.row,
            batch,
            key,
            text=way.text,
            kind=kind.name,
            rules=verdict.drop,
            warnings=verdict.warn,
        )
        if kind.twice:
            due = batch + self.rng.choice(LATER)
            self._deliver([replace(fault, kind=""), replace(fault, due=due)])
            return True
        self._deliver([fault])
        if not verdict.drop:
            return True
        is_day = plan.event and plan.types[plan.event].base == "DATE"
        is_last = corrected is None or plan.is_merged or (is_day and not plan.is_fact)
        if is_last or self.rng.random() < 0.5:
            return False
        due = batch + self.rng.choice(LATER)
        key = plan.key_of(corrected)
        self._deliver([Delivery(plan.name, corrected, due, key, kind="correction")])
        return True

    def _readable_key(self, plan: Plan, row: Row, way: Delivered):
        """The key as the pipeline reads it."""
        if way.text is not None or set(way.misfits) & {*plan.table.keys}:
            return None
        if any(way.row.get(name) is None for name in plan.table.keys):
            return None
        return plan.key_of(row)


def _weight(verdict: Verdict) -> tuple[int, int]:
    return len(verdict.drop), len(verdict.warn)
