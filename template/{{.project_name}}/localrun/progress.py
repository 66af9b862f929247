"""What the terminal shows: a live table while an update runs, a summary when it ended.

Without a terminal (in CI) each flow that ends is one line instead.
"""

import threading
import time
from collections import deque

from rich.console import Console
from rich.live import Live
from rich.table import Table

_COLOURS = {
    "running": "cyan",
    "COMPLETED": "green",
    "FAILED": "red",
    "SKIPPED": "yellow",
    "waiting": "dim",
}


class Progress:
    """Listens to an update and draws it on the console."""

    def __init__(self, console: Console):
        self.console = console
        self._lock = threading.Lock()
        self._started: dict[str, float] = {}
        self._rows: dict[str, int] = {}
        self._recent: deque = deque(maxlen=8)
        self._done = self._total = 0
        self._live: Live | None = None

    def update_started(self, update) -> None:
        tables, chosen = update.definitions.tables, update.selection.tables
        flows = [f for f in update.definitions.flows if f.target in chosen]
        self._total = len(flows)
        full = f", {len(update.selection.full)} anew" if update.selection.full else ""
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
            self._started[target] = time.monotonic()

    def flow_progressed(self, flow: str, rows: int) -> None:
        with self._lock:
            self._rows[flow] = rows

    def flow_ended(self, result) -> None:
        with self._lock:
            self._started.pop(result.target, None)
            self._done += 1
            self._recent.append(result)
        if not self._live:
            rows = f"{result.outcome.rows_out:>9,} rows"
            text = result.outcome.note or rows if result.status == "COMPLETED" else ""
            self.console.print(
                f"[{self._done:>2}/{self._total}] {result.status:<9} "
                f"{result.target:<32} {text:>16} {result.seconds:6.1f} s",
                highlight=False,
                markup=False,
            )

    def update_ended(self, result) -> None:
        if self._live:
            self._live.stop()

    def _render(self) -> Table:
        grid = Table.grid(padding=(0, 2))
        with self._lock:
            grid.add_row(f"[bold]{self._done} of {self._total} flows done[/]")
            for ended in self._recent:
                colour = _COLOURS.get(ended.status, "")
                text = ended.outcome.note or f"{ended.outcome.rows_out:,} rows"
                status = f"[{colour}]{ended.status.lower()}[/]"
                grid.add_row(status, ended.target, text, f"{ended.seconds:.1f} s")
            for target, since in self._started.items():
                rows = self._rows.get(target)
                text = f"{rows:,} rows read" if rows else ""
                seconds = f"{time.monotonic() - since:.1f} s"
                grid.add_row("[cyan]running[/]", target, text, seconds)
        return grid


def summary(console: Console, result, totals: dict[str, int]) -> None:
    """One line a table: rows in and out in this update, rows that it now holds."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in ("rows in", "rows out", "dropped", "quarantined", "total", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    quarantined = {
        r.target.removeprefix("quarantine_"): r.outcome.rows_out
        for r in result.flows.values()
        if r.target.startswith("quarantine_")
    }
    ended = list(result.flows.values())  # in the order in which they ended
    for flow in ended:
        if flow.status == "EXCLUDED":
            continue
        outcome, source = flow.outcome, flow.target.removeprefix("silver_")
        colour = _COLOURS.get(flow.status, "")
        label = (
            flow.target if flow.name == flow.target else f"{flow.target} ← {flow.name}"
        )
        table.add_row(
            label,
            f"[{colour}]{(outcome.note or flow.status.lower())}[/]",
            _count(outcome.rows_in),
            _count(outcome.rows_out),
            _count(outcome.dropped) if outcome.quality else "",
            _count(quarantined.get(source)) if source != flow.target else "",
            _count(totals.get(flow.target)),
            f"{flow.seconds:.1f}",
        )
    console.print(table, highlight=False)
    for flow in ended:
        if flow.status in ("FAILED", "SKIPPED"):
            console.print(
                f"[red]{flow.status}[/] {flow.target}: ", end="", highlight=False
            )
            console.print(flow.error, markup=False, highlight=False, soft_wrap=True)
        if flow.outcome.warning:
            text = f"[yellow]NOTE[/] {flow.target}: {flow.outcome.warning}"
            console.print(text, highlight=False, soft_wrap=True)
    verdict = "[green]COMPLETED[/]" if result.ok else "[red]FAILED[/]"
    console.print(f"Update {verdict} in {result.seconds:.1f} s", highlight=False)


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"
