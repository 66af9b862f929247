"""Good rows of a table: by chance, and made again until they keep the rules."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from random import Random
from typing import Any

from generator.from_contract.draws import stamp
from generator.from_contract.judge import Delivered, Row
from generator.from_contract.plan import Foreign, Plan
from generator.maker import Window

# How often rows are made again, and how many in place of one when few are left.
_ROUNDS, _REPAIRS = 40, 20
_VARIANTS = 8
_FEW = 200


class Rows:
    """Makes rows of one table with the chance that it is given.

    `usable` has the members that a row may point to, by table.
    """

    def __init__(self, plan: Plan, usable: dict[str, list[Row]], when: Window):
        self.plan, self.usable, self.when = plan, usable, when

    def new(
        self,
        numbers: Sequence[int],
        times: Sequence[datetime],
        counts: Sequence[int],
        rng: Random,
    ) -> tuple[list[Row], list[int]]:
        """A row for each number, and the indexes of those that break a rule after all.

        `times` and `counts` say when each happens, and what its turn is.
        """
        rows = self._made(numbers, times, counts, rng)
        left = [i for i, kept in enumerate(self._keeping(rows)) if not kept]
        for attempt in range(_ROUNDS):
            if not left:
                break
            places = left * _VARIANTS if len(left) < _FEW else left
            if attempt < _REPAIRS:
                made = self._repaired(rows, left, places, rng)
            else:
                of = [
                    [values[i] for i in places] for values in (numbers, times, counts)
                ]
                made = self._made(*of, rng)
            found = zip(places, made, self._keeping(made), strict=True)
            kept = {i: row for i, row, keeps in found if keeps}
            for i, row in kept.items():
                rows[i] = row
            left = [i for i in left if i not in kept]
        return rows, left

    def _repaired(
        self, rows: list[Row], left: list[int], places: list[int], rng: Random
    ) -> list[Row]:
        """The rows with other values in columns that their broken rules look at.

        In those that nothing else is said of, if there are any: so that what is said of
        the others, such as weights, still holds.
        """
        plan = self.plan
        verdicts = plan.judge.verdicts([Delivered(rows[i]) for i in left])
        rules = {rule.name: rule for rule in plan.table.rules}
        columns = {}
        for i, verdict in zip(left, verdicts, strict=True):
            broken = (*verdict.drop, *verdict.warn, *verdict.fail)
            names = [n for rule in broken for n in plan.columns_of(rules[rule])]
            names = [n for n in dict.fromkeys(names) if n in plan.draws]
            loose = [n for n in names if not plan.settings_of(n).values]
            columns[i] = (
                [n for n in loose if not plan.limits_of(n).allowed] or loose or names
            )
        made = []
        for i in places:
            row, names = dict(rows[i]), columns[i]
            for name in rng.sample(names, rng.randint(min(len(names), 1), len(names))):
                (row[name],) = plan.draws[name](1, rng, self.when)
                if not plan.is_needed(name) and rng.random() < 0.5:
                    row[name] = None
            made.append(row)
        return plan.settled(made)

    def changed(self, row: Row, columns: Sequence[str], rng: Random) -> Row:
        """The row with other values in some columns, made until they keep the rules."""
        for _ in range(_ROUNDS):
            other = {**row}
            for foreign in self.plan.foreign:
                if set(foreign.columns) & set(columns):
                    other |= self.pointing(foreign, rng)
            for name in columns:
                if name in self.plan.draws:
                    (other[name],) = self.plan.draws[name](1, rng, self.when)
            (other,) = self.plan.settled([other])
            if all(self._keeping([other])):
                return other
        return row

    def pointing(self, foreign: Foreign, rng: Random) -> Row:
        """Columns that point to a member; the first ones come up more often."""
        members = self.usable.get(foreign.table)
        if not members:
            return dict.fromkeys(foreign.columns)
        member = members[int(rng.random() ** 2 * len(members))]
        pairs = zip(foreign.columns, foreign.to, strict=True)
        return {column: member.get(key) for column, key in pairs}

    def ordering(self, time: datetime, count: int) -> Row:
        """The columns that order changes."""
        found: Row = {}
        for name, kind in self.plan.sequence.items():
            base = self.plan.types[name].base
            if kind == "time":
                zoned = base not in ("DATE", "TIMESTAMP_NTZ")
                found[name] = stamp(time, "TIMESTAMP" if zoned else base)
            else:
                found[name] = float(count) if base in ("FLOAT", "DOUBLE") else count
        return found

    def _made(self, numbers, times, counts, rng: Random) -> list[Row]:
        plan, n = self.plan, len(numbers)
        values: dict[str, list[Any]] = {
            name: draw(n, rng, self.when) for name, draw in plan.draws.items()
        }
        for name, value in plan.kept.items():
            values[name] = [value] * n
        blank = list(values)
        names, given = list(plan.columns), plan.stated.given
        rows = [
            dict(zip(blank, row, strict=True))
            for row in zip(*values.values(), strict=True)
        ] or [{} for _ in range(n)]
        made = []
        for row, number, time, count in zip(rows, numbers, times, counts, strict=True):
            for foreign in plan.foreign:
                row |= self.pointing(foreign, rng)
            if plan.sequence:
                row |= self.ordering(time, count)
            for name in plan.follows:
                if row[name] is not None:
                    later = time + timedelta(days=14 * rng.random())
                    row[name] = stamp(later, plan.types[name].base)
            row |= plan.keys.of(number)
            if number <= len(given):
                row |= given[number - 1]
            made.append({name: row.get(name) for name in names})
        return self.plan.settled(made)

    def _keeping(self, rows: list[Row]) -> list[bool]:
        return self.plan.judge.keeping(rows)
