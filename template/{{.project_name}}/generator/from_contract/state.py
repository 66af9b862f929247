"""What must be remembered from one batch to the next."""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime
from typing import Any

from generator.from_contract.judge import Row

VERSION = 1


@dataclass
class Delivery:
    """One row for a table; `due` is the batch that brings it.

    `text` is its line where that is not the row. `kind`, `rules` and `warnings` as in
    `Planted`; a row without kind is a good one. `joins` is the number and the row of a
    member that comes with it.
    """

    source: str
    row: Row
    due: int
    key: Any = None
    text: str | None = None
    kind: str = ""
    rules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    joins: tuple[int, Row] | None = None


@dataclass
class State:
    """The last batch, the event time that it reached, and what goes on from there.

    `numbers` and `counts` are the next ones of each table: of a row, and of what orders
    changes that no time orders. `members` are those that have been delivered and not
    deleted, by number; of facts, the last ones that others can point to. `held` comes
    with a later batch; `turns` says which kind of fault is next.
    """

    clock: datetime
    batch: int = 0
    numbers: dict[str, int] = field(default_factory=dict)
    counts: dict[str, int] = field(default_factory=dict)
    members: dict[str, dict[int, Row]] = field(default_factory=dict)
    held: list[Delivery] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def next_numbers(self, table: str, number: int) -> range:
        """So many numbers that no row of the table has had."""
        first = self.numbers.get(table, 1)
        self.numbers[table] = first + number
        return range(first, first + number)

    def next_counts(self, table: str, number: int) -> range:
        first = self.counts.get(table, 1)
        self.counts[table] = first + number
        return range(first, first + number)

    def of(self, table: str) -> dict[int, Row]:
        """The members of a table, by number."""
        return self.members.setdefault(table, {})

    def to_json(self) -> dict:
        stored = {f.name: getattr(self, f.name) for f in fields(self)}
        stored["held"] = [asdict(delivery) for delivery in self.held]
        return {**stored, "clock": self.clock.isoformat(), "version": VERSION}

    @classmethod
    def of_json(cls, stored: dict) -> "State | None":
        """What `to_json` made; None where it is of another version or shape."""
        try:
            if stored["version"] != VERSION:
                return None
            values = {f.name: stored[f.name] for f in fields(cls)}
            values["clock"] = datetime.fromisoformat(values["clock"])
            values["held"] = [Delivery(**entry) for entry in values["held"]]
            values["members"] = {
                table: {int(number): row for number, row in members.items()}
                for table, members in values["members"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return cls(**values)
