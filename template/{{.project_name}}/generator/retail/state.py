"""What the sample's generator must remember from one batch to the next."""

from dataclasses import asdict, dataclass, field, fields
from datetime import datetime

from generator.retail.members import DIMENSIONS, Row

VERSION = 1


@dataclass
class Delivery:
    """One line for a source; `due` is the batch that brings it.

    `kind`, `rules` and `warnings` as in `Planted`; a line without kind is a good row.
    `joins` is the member's attributes where the line is the first to bring it.
    """

    source: str
    text: str
    due: int
    key: int | None = None
    kind: str = ""
    rules: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    joins: Row | None = None


@dataclass
class State:
    """The last batch, the event time that it reached, and what goes on from there.

    `members` are those that have been delivered and not deleted, by number; `held` is
    what has been made, and comes with a later batch; `turns` says which kind of fault
    is next.
    """

    clock: datetime
    batch: int = 0
    next_sale: int = 1
    next_member: dict[str, int] = field(
        default_factory=lambda: dict.fromkeys(DIMENSIONS, 1)
    )
    members: dict[str, dict[int, Row]] = field(
        default_factory=lambda: {source: {} for source in DIMENSIONS}
    )
    held: list[Delivery] = field(default_factory=list)
    turns: dict[str, int] = field(default_factory=dict)

    def to_json(self) -> dict:
        return {**asdict(self), "clock": self.clock.isoformat(), "version": VERSION}

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
                source: {int(number): row for number, row in members.items()}
                for source, members in values["members"].items()
            }
        except (KeyError, TypeError, ValueError, AttributeError):
            return None
        return cls(**values)
