"""What the terminal shows while an update runs: a live table.

Without a terminal (in CI) each flow that ends is one line instead.
"""

import threading
import time
from collections import deque

from rich.console import Console
from rich.live import Live
from rich.table import Table
from rich.text import Text

from localrun.engine.listener import Listener
from localrun.engine.results import FlowResult, UpdateResult, labelled
from localrun.engine.update import Update

COLOURS = {
    "running": "cyan",
    "COMPLETED": "green",
    "FAILED": "red",
    "SKIPPED": "yellow",
    "STOPPED": "yellow",
    "waiting": "dim",
}


class Progress(Listener):
    """Listens to an update and draws it on the console."""

    def __init__(self, console: Console):
        self.console = console
        self._lock = threading.Lock()
        # By flow: several may flow into one table
        self._started: dict[str, tuple[str, float]] = {}
        self._rows: dict[str, int] = {}
        self._recent: deque[FlowResult] = deque(maxlen=8)
        self._done = self._total = 0
        self._live: Live | None = None

    def update_started(self, update: Update) -> None:
        tables, chosen = update.definitions.tables, update.selection.tables
        flows = [f for f in update.definitions.flows if f.target in chosen]
        self._total, self._done = len(flows), 0
        self._started, self._rows = {}, {}
        self._recent.clear()
        full = (
            f", {len(update.selection.full)} rebuilt" if update.selection.full else ""
        )
        self.console.print(
            f"Updating {len(chosen)} of {len(tables)} tables{full}", highlight=False
        )
        if self.console.is_terminal:
            self._live = Live(
                console=self.console,
                get_renderable=self._render,
                refresh_per_second=4,
                transient=True,
            )
            self._live.start()

    def flow_started(self, flow: str, target: str) -> None:
        with self._lock:
            self._started[flow] = labelled(flow, target), time.monotonic()

    def flow_progressed(self, flow: str, rows: int) -> None:
        with self._lock:
            self._rows[flow] = rows

    def flow_ended(self, result: FlowResult) -> None:
        with self._lock:
            self._started.pop(result.name, None)
            self._done += 1
            self._recent.append(result)
        if not self._live:
            rows = f"{result.outcome.rows_out:>9,} rows"
            text = result.outcome.note or rows if result.status == "COMPLETED" else ""
            self.console.print(
                f"[{self._done:>2}/{self._total}] {result.status:<9} "
                f"{result.label:<32} {text:>16} {result.seconds:6.1f} s",
                highlight=False,
                markup=False,
            )

    def update_ended(self, result: UpdateResult) -> None:
        if self._live:
            self._live.stop()
        if result.stopped:
            text = Text.assemble(("STOPPED", "yellow"), f" {result.stopped}; ")
            text += "the update starts again with them, as it does on Databricks"
            self.console.print(text, highlight=False, soft_wrap=True)

    def _render(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        with self._lock:
            grid.add_row(f"[bold]{self._done} of {self._total} flows done[/]")
            for ended in self._recent:
                colour = COLOURS.get(ended.status, "")
                text = ended.outcome.note or f"{ended.outcome.rows_out:,} rows"
                status = f"[{colour}]{ended.status.lower()}[/]"
                grid.add_row(status, ended.label, text, f"{ended.seconds:.1f} s")
            for flow, (label, since) in self._started.items():
                rows = self._rows.get(flow)
                text = f"{rows:,} rows read" if rows else ""
                seconds = f"{time.monotonic() - since:.1f} s"
                grid.add_row("[cyan]running[/]", label, text, seconds)
        return grid
