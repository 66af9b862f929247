"""What the core asks of whoever makes batches, and what it gets."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import NamedTuple, Protocol

from generator.planted import Planted

Window = tuple[datetime, datetime]


@dataclass
class File:
    """One file of a batch. `write` writes it under the path that it is given.

    `name` is its name in the folder of `source`. Where it `replaces`, a file of that
    name may be there from an earlier batch.
    """

    source: str
    name: str
    write: Callable[[Path], None]
    planted: list[Planted] = field(default_factory=list)
    replaces: bool = False


class Batch(NamedTuple):
    """Rows by source, and the files that hold them."""

    rows: dict[str, int]
    files: list[File]


class State(Protocol):
    """What is remembered from one batch to the next; `clock` is an event time."""

    clock: datetime
    batch: int

    def to_json(self) -> dict: ...


class Maker(Protocol):
    """Makes batches. Of the same state, settings and window it makes the same ones.

    `remarks` says, a sentence each, what cannot be done as it is wanted; it may grow.
    """

    sources: Collection[str]
    remarks: Sequence[str]

    def begin(self, clock: datetime) -> State:
        """The state before the first batch."""

    def restore(self, stored: dict) -> State | None:
        """The state that `to_json` made this of; None where it is another version's."""

    def recover(self, folder: Path, start: datetime) -> State | None:
        """The state as the files tell it; None where there are none."""

    def last_batch(self, folder: Path) -> int:
        """The highest batch number among the files, 0 where there is none."""

    def next_batch(self, state: State, window: Window) -> Batch:
        """Moves the state on to `window`'s end."""

    def send(self, source: str, file: Path) -> bool:
        """Bring a file to a source that is not a folder of files.

        Sent twice, it arrives once. False where the file itself is what is delivered.
        """
