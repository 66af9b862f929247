"""One batch of all tables: members and their changes, facts, and what goes wrong."""

from dataclasses import replace
from datetime import datetime, timedelta

from generator.from_contract.judge import Row
from generator.from_contract.plan import Plan
from generator.from_contract.planting import Planting
from generator.from_contract.rows import Rows
from generator.from_contract.state import Delivery

# A table of members stops growing at so many times those that it began with.
MOST_GROWTH = 100
SHARE_OF_NEW, SHARE_OF_DELETES = 0.2, 0.05
# Facts that other facts can point to.
MOST_FACTS = 5000


class BatchOfTables(Planting):
    """Fills `rows` with what the state's batch delivers, by table, in its order.

    Depends on nothing but the state, the settings and the window; moves the state on.
    """

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
