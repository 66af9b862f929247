"""How an update and its flows ended."""

from dataclasses import dataclass, field

from localrun.engine.expectations import DataQuality


@dataclass(frozen=True)
class Note:
    """What deserves attention though nothing failed: a sentence about a table."""

    table: str
    sentence: str


@dataclass
class Outcome:
    """What one flow did in an update. Row counts are None where nothing counts them.

    Of an AUTO CDC flow `rows_out` are the rows that it inserted and updated; it alone
    deletes any.
    """

    rows_in: int | None = None
    rows_out: int = 0
    rows_deleted: int | None = None
    batches: int = 0
    quality: dict[str, DataQuality] = field(default_factory=dict)
    note: str = ""

    @property
    def dropped(self) -> int:
        return sum(quality.dropped for quality in self.quality.values())


@dataclass
class FlowResult:
    """How one flow ended.

    COMPLETED, FAILED, SKIPPED (an input failed), EXCLUDED, or STOPPED, in an update
    that starts again because new files bring new columns.
    """

    name: str
    target: str
    status: str
    outcome: Outcome = field(default_factory=Outcome)
    seconds: float = 0.0
    error: str = ""
    notes: list[Note] = field(default_factory=list)

    @property
    def label(self) -> str:
        """How the terminal calls it: a table, and which of several flows into it."""
        return labelled(self.name, self.target)


def labelled(flow: str, target: str) -> str:
    return target if flow == target else f"{target} ← {flow}"


@dataclass
class UpdateResult:
    """How an update ended: its flows, in the order in which they did, and notes.

    `stopped` says why it did not come to its end, and another update followed it.
    """

    update_id: str
    flows: dict[str, FlowResult] = field(default_factory=dict)
    notes: list[Note] = field(default_factory=list)
    seconds: float = 0.0
    stopped: str = ""

    @property
    def state(self) -> str:
        """As the event log calls it."""
        if self.stopped:
            return "CANCELED"
        return "COMPLETED" if self.ok else "FAILED"

    @property
    def ok(self) -> bool:
        return all(f.status not in ("FAILED", "SKIPPED") for f in self.flows.values())
