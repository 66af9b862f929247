"""What a batch brings, now or later: rows by table, and what is to be noted of them."""

from collections.abc import Sequence
from datetime import datetime
from random import Random

from generator.from_contract.faults import Kind
from generator.from_contract.judge import Delivered, Row, Verdict
from generator.from_contract.plan import Plan
from generator.from_contract.rows import Rows
from generator.from_contract.settings import Settings
from generator.from_contract.state import Delivery, State
from generator.maker import Window

NOT_KEPT = "rule_not_kept"


class Deliveries:
    """Collects `rows` by table, in their order, and `marks` of some by their index.

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
