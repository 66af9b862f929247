"""Good rows of a table: by chance, and made again until they keep the rules."""

from collections.abc import Sequence
from datetime import datetime
from random import Random
from typing import Any

from generator.from_contract.draws import stamp
from generator.from_contract.judge import Row
from generator.from_contract.plan import Foreign, Plan
from generator.maker import Window

# How often rows are made again, and how many in place of one when few are left.
_ROUNDS = 40
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
        left = self._broken(rows, range(len(rows)))
        for _ in range(_ROUNDS):
            if not left:
                break
            places = left * _VARIANTS if len(left) < _FEW else left
            of = [[values[i] for i in places] for values in (numbers, times, counts)]
            made = self._made(*of, rng)
            kept = {
                i: row
                for i, row, keeps in zip(places, made, self._keeping(made), strict=True)
                if keeps
            }
            for i, row in kept.items():
                rows[i] = row
            left = [i for i in left if i not in kept]
        return rows, left

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
        names = list(plan.columns)
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
            row |= plan.keys.of(number)
            made.append({name: row.get(name) for name in names})
        return self.plan.settled(made)

    def _broken(self, rows: list[Row], places: Sequence[int]) -> list[int]:
        kept = self._keeping(rows)
        return [i for i in places if not kept[i]]

    def _keeping(self, rows: list[Row]) -> list[bool]:
        return self.plan.judge.keeping(rows)
