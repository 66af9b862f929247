"""One batch of all tables: members and their changes, facts, and what goes wrong."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

from generator.from_contract import formats
from generator.from_contract.faults import Kind
from generator.from_contract.judge import Delivered, Row, Verdict
from generator.from_contract.plan import Foreign, Plan
from generator.from_contract.rows import Rows
from generator.from_contract.settings import Settings
from generator.from_contract.state import Delivery, State
from generator.maker import Window

# So that every kind of fault has its turn soon, however small the share of dirty rows.
LEAST_DIRTY = 2
# A table of members stops growing at so many times those that it began with.
MOST_GROWTH = 100
SHARE_OF_NEW, SHARE_OF_DELETES = 0.2, 0.05
# How many batches later a row may come that is delivered twice, or corrected.
LATER = (0, 1, 2)
# Facts that other facts can point to.
MOST_FACTS = 5000
# How many ways to damage a row are tried, and in how many rows of a batch all of them.
MOST_WAYS, FEW_WAYS, TRIED_WELL = 40, 6, 10
NOT_KEPT = "rule_not_kept"


class BatchOfTables:
    """Fills `rows` with what the state's batch delivers, by table, in its order.

    Depends on nothing but the state, the settings and the window; moves the state on.
    `remarks` says what could not be done as the contract wants it.
    """

    def __init__(
        self,
        plans: Sequence[Plan],
        kinds: dict[str, list[Kind]],
        state: State,
        settings: Settings,
        window: Window,
    ):
        self.plans = {plan.name: plan for plan in plans}
        self.kinds, self.state = kinds, state
        self.settings, self.window = settings, window
        self.rows: dict[str, list[Row | str]] = {name: [] for name in self.plans}
        self.marks: dict[str, dict[int, Delivery]] = {name: {} for name in self.plans}
        self.remarks: list[str] = []
        # Members that may be pointed to: delivered before this batch, and not deleted.
        self.usable: dict[str, list[Row]] = {}
        self.rng = Random()

    def make(self) -> None:
        held, self.state.held = self.state.held, []
        self._deliver(held)
        referenced = {f.table for p in self.plans.values() for f in p.foreign}
        for plan in self.plans.values():
            self.rng.seed(f"{self.settings.seed}/{self.state.batch}/{plan.name}")
            if plan.is_fact:
                self._happen(plan, plan.name in referenced)
            elif plan.is_whole:
                self._replace(plan)
            else:
                self._change(plan)

    # Facts

    def _happen(self, plan: Plan, is_referenced: bool) -> None:
        n = self._number(plan, self.settings.rows)
        begin, end = self.window
        length, rng = end - begin, self.rng
        moments = sorted(begin + length * rng.random() for _ in range(n))
        skew, late_hours = self.settings.skew, self.settings.late_hours
        times = [t - timedelta(seconds=rng.uniform(0, skew)) for t in moments]
        faults = self._faults(plan, n)
        late = set()
        if plan.event:
            for i in range(n):
                if not faults.get(i) and rng.random() < self.settings.late_share:
                    late.add(i)
                    times[i] -= timedelta(hours=rng.uniform(0, late_hours))
        rows, numbers = self._good(plan, times)
        if is_referenced:
            self._remember(plan, numbers, rows)
        damaged = self._damaged(plan, {i: rows[i] for i in faults if rows[i]}, faults)
        for i, row in enumerate(rows):
            if row is None:
                continue
            if i in damaged:
                self._plant(plan, faults[i], row, *damaged[i], corrected=row)
            elif i in late:
                self._add(Delivery(plan.name, row, 0, plan.key_of(row), kind="late"))
            else:
                self.rows[plan.name].append(row)

    def _remember(self, plan: Plan, numbers: range, rows: list[Row | None]) -> None:
        members = self.state.of(plan.name)
        pairs = zip(numbers, rows, strict=True)
        members |= {number: row for number, row in pairs if row}
        for number in list(members)[: max(len(members) - MOST_FACTS, 0)]:
            del members[number]
        self.usable[plan.name] = list(members.values())

    # Members, and what changes about them

    def _change(self, plan: Plan) -> None:
        known = self._grown(plan)
        rng, members = self.rng, self.state.of(plan.name)
        number = min(self._changes(plan), len(known))
        touched = rng.sample(sorted(known), number)
        share = SHARE_OF_DELETES if plan.deleted else 0
        gone = {n for n in touched if rng.random() < share and len(known) > 1}
        for number in sorted(gone):
            self._delete(plan, number, members.pop(number))
            known.pop(number)
        self.usable[plan.name] = list(known.values())
        touched = [n for n in touched if n not in gone]
        faults = self._faults(plan, len(touched))
        changes, after = {}, {}
        for i, number in enumerate(touched):
            after[i], changes[i] = self._changed(plan, members[number])
        damaged = self._damaged(plan, {i: changes[i] for i in faults}, faults)
        for i, number in enumerate(touched):
            row, accepted = changes[i], True
            if i in damaged:
                accepted = self._plant(
                    plan, faults[i], row, *damaged[i], corrected=self._again(plan, row)
                )
            else:
                is_late = plan.sequence and rng.random() < self.settings.late_share
                late = {"due": self.state.batch + 1, "kind": "late"} if is_late else {}
                delivery = Delivery(plan.name, row, self.state.batch, plan.key_of(row))
                self._deliver([replace(delivery, **late)])
            if accepted:
                members[number] = after[i]

    def _grown(self, plan: Plan) -> dict[int, Row]:
        """The members from before, once new ones have come; the first to begin with."""
        members, rng = self.state.of(plan.name), self.rng
        first = max(self._number(plan, self.settings.members), 1)
        begin, _ = self.window
        before = len(members)
        if not members:
            times = [begin - timedelta(days=rng.uniform(1, 365)) for _ in range(first)]
            self._join(plan, times)
        # A table that is merged into takes a member once in a batch.
        known = {} if plan.is_merged and not before else dict(members)
        room = min(first * MOST_GROWTH, plan.keys.size) - len(members)
        most = min(round(self._changes(plan) * SHARE_OF_NEW), room)
        most = min(most, plan.keys.size - self.state.numbers.get(plan.name, 1) + 1)
        self._join(plan, [self._moment() for _ in range(max(most, 0))])
        return known

    def _join(self, plan: Plan, times: list[datetime]) -> None:
        rows, numbers = self._good(plan, times)
        for number, row in zip(numbers, rows, strict=True):
            if row is not None:
                key = plan.key_of(row)
                joins = (number, row)
                self._deliver([Delivery(plan.name, row, 0, key, joins=joins)])

    def _changed(self, plan: Plan, before: Row) -> tuple[Row, Row]:
        """The member as it is then, and the row that says so."""
        maker = Rows(plan, self.usable, self.window)
        pointing = [c for f in plan.foreign for c in f.columns]
        free = [c for c in (*plan.draws, *pointing) if c not in plan.kept]
        free = [c for c in free if c not in plan.table.keys]
        columns = self.rng.sample(free, min(len(free), self.rng.choice((0, 1, 1, 2))))
        after = maker.changed(before, columns, self.rng) if columns else dict(before)
        (count,) = self.state.next_counts(plan.name, 1)
        after |= maker.ordering(self._moment(), count)
        if not plan.table.ignore_null_updates:
            return after, after
        needed = {*plan.table.keys, *plan.sequence, *plan.kept}
        partial = {
            name: value if name in needed or value != before.get(name) else None
            for name, value in after.items()
        }
        return after, partial if all(plan.judge.keeping([partial])) else after

    def _again(self, plan: Plan, row: Row) -> Row:
        """The row as a later change: two of one key must never claim the same time."""
        (count,) = self.state.next_counts(plan.name, 1)
        begin, end = self.window
        moment = end - (end - begin) * self.rng.uniform(0.01, 0.09)
        maker = Rows(plan, self.usable, self.window)
        return {**row, **maker.ordering(moment, count)}

    def _delete(self, plan: Plan, number: int, row: Row) -> None:
        (count,) = self.state.next_counts(plan.name, 1)
        maker = Rows(plan, self.usable, self.window)
        needed = maker.ordering(self._moment(), count) | plan.deleted
        keys = {name: row[name] for name in plan.table.keys}
        bare = {**dict.fromkeys(row), **keys, **needed}
        kept = plan.table.format != "delta" and all(plan.judge.keeping([bare]))
        bare = bare if kept else {**row, **needed}
        self._deliver([Delivery(plan.name, bare, 0, plan.key_of(bare))])

    def _replace(self, plan: Plan) -> None:
        """All members as they are now, in one file."""
        known = self._grown(plan)
        members, rng = self.state.of(plan.name), self.rng
        maker = Rows(plan, self.usable, self.window)
        free = [c for c in plan.draws if c not in plan.table.keys]
        for number in rng.sample(sorted(known), min(self._changes(plan), len(known))):
            columns = rng.sample(free, min(len(free), 1))
            members[number] = maker.changed(members[number], columns, rng)
        self.usable[plan.name] = [members[n] for n in known]
        rows = list(members.values())
        faults = self._faults(plan, len(rows))
        damaged = self._damaged(plan, {i: rows[i] for i in faults}, faults)
        for i, row in enumerate(rows):
            if i in damaged:
                self._plant(plan, faults[i], row, *damaged[i], corrected=None)
            else:
                self.rows[plan.name].append(row)

    # What all have in common

    def _good(
        self, plan: Plan, times: list[datetime]
    ) -> tuple[list[Row | None], range]:
        """A row for each time; None for one that would end the update of its table."""
        n, state = len(times), self.state
        numbers = state.next_numbers(plan.name, n)
        counts = state.next_counts(plan.name, n)
        maker = Rows(plan, self._pointed_to(plan), self.window)
        rows, left = maker.new(numbers, times, counts, self.rng)
        if left:
            broken = [Delivered(rows[i]) for i in left]
            verdicts = zip(left, plan.judge.verdicts(broken), strict=True)
            for i, verdict in verdicts:
                self._not_kept(plan, rows[i], verdict)
                rows[i] = None
        return rows, numbers

    def _not_kept(self, plan: Plan, row: Row, verdict: Verdict) -> None:
        """A row that chance did not make good is delivered, and noted in the ledger."""
        names = ", ".join(verdict.fail or verdict.drop or verdict.warn)
        advice = "say values of its columns in settings.yml"
        if verdict.fail:
            what = f"rows that keep {names} could not be made, and are left out"
        else:
            what = f"rows that keep {names} could not be made: see the ledger"
            self._add(
                Delivery(
                    plan.name,
                    row,
                    0,
                    plan.key_of(row),
                    kind=NOT_KEPT,
                    rules=verdict.drop,
                    warnings=verdict.warn,
                )
            )
        self.remarks.append(f"table {plan.name}: {what}; {advice}")

    def _pointed_to(self, plan: Plan) -> dict[str, list[Row]]:
        """What a row may point to; of a table that comes later, what there is."""
        found = {}
        for foreign in plan.foreign:
            usable = self.usable.get(foreign.table)
            if not usable:
                usable = list(self.state.of(foreign.table).values())
            found[foreign.table] = usable
        return found

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

    def _deliver(self, deliveries: Sequence[Delivery]) -> None:
        """Write what is due, keep the rest for a later batch."""
        for delivery in deliveries:
            if delivery.due > self.state.batch:
                self.state.held.append(delivery)
                continue
            if delivery.joins is not None:
                number, row = delivery.joins
                self.state.of(delivery.source)[number] = row
                if self.plans[delivery.source].is_whole:
                    continue  # all members are delivered anyway
            self._add(delivery)

    def _add(self, delivery: Delivery) -> None:
        rows = self.rows[delivery.source]
        if delivery.kind:
            self.marks[delivery.source][len(rows)] = delivery
        rows.append(delivery.row if delivery.text is None else delivery.text)

    def _number(self, plan: Plan, usual: int) -> int:
        return usual if plan.stated.rows is None else plan.stated.rows

    def _changes(self, plan: Plan) -> int:
        most = plan.stated.updates
        most = self.settings.updates if most is None else most
        return self.rng.randint((most + 1) // 2, most)

    def _moment(self) -> datetime:
        begin, end = self.window
        return begin + (end - begin) * self.rng.uniform(0, 0.9)


def _weight(verdict: Verdict) -> tuple[int, int]:
    return len(verdict.drop), len(verdict.warn)
