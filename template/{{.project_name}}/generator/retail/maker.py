"""The retail sample as the core asks for it: JSON lines, a folder a source.

Files are `<source>-<batch>[-<part>].json`.
"""

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path

from generator import landing
from generator.maker import Batch, File, Window
from generator.planted import Planted
from generator.retail import recovery
from generator.retail.batch import next_batch
from generator.retail.dirt import KINDS
from generator.retail.settings import Settings
from generator.retail.state import Delivery, State


class Retail:
    """Makes batches of the four sources."""

    sources = tuple(KINDS)
    remarks = ()

    def __init__(self, settings: Settings):
        self.settings = settings

    def begin(self, clock: datetime) -> State:
        return State(clock)

    def restore(self, stored: dict) -> State | None:
        return State.of_json(stored)

    def recover(self, folder: Path, start: datetime) -> State | None:
        return recovery.recover(folder, start)

    def last_batch(self, folder: Path) -> int:
        return recovery.last_batch(folder)

    def send(self, source: str, file: Path) -> bool:
        return False

    def next_batch(self, state: State, window: Window) -> Batch:
        lines = next_batch(state, self.settings, window)
        files = []
        for source, deliveries in lines.items():
            parts = self.settings.sales_files if source == "sales" else 1
            for name, part in _parts(source, state.batch, deliveries, parts):
                files.append(_file(source, name, part, state.batch))
        return Batch({source: len(part) for source, part in lines.items()}, files)


def _file(source: str, name: str, part: list[Delivery], batch: int) -> File:
    def write(path: Path) -> None:
        landing.write_lines(path, (delivery.text for delivery in part))

    return File(source, name, write, list(_planted(batch, f"{source}/{name}", part)))


def _parts(
    source: str, batch: int, deliveries: list[Delivery], parts: int
) -> Iterator[tuple[str, list[Delivery]]]:
    """The files of a source, by name; none is empty."""
    size = -(-len(deliveries) // parts) or 1
    for number, start in enumerate(range(0, len(deliveries), size), 1):
        suffix = f"-{number}" if parts > 1 else ""
        yield f"{source}-{batch:06}{suffix}.json", deliveries[start : start + size]


def _planted(batch: int, file: str, part: list[Delivery]) -> Iterator[Planted]:
    for line, made in enumerate(part, 1):
        if made.kind:
            yield Planted(
                batch,
                made.source,
                file,
                line,
                made.key,
                made.kind,
                tuple(made.rules),
                tuple(made.warnings),
            )
