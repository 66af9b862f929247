"""What the terminal shows of an update that ended, and of the graph."""

from collections.abc import Mapping

from rich.console import Console
from rich.table import Table
from rich.text import Text

from localrun.cli.progress import COLOURS
from localrun.engine.graph import Graph, rows
from localrun.engine.results import UpdateResult


def wide_console() -> Console:
    """A console that wraps in a narrow terminal, and does not truncate."""
    console = Console()
    console.width = max(console.width, 110)
    return console


def summary(
    console: Console,
    result: UpdateResult,
    totals: Mapping[str, int],
    more: Mapping[str, Mapping[str, int | None]],
) -> None:
    """One line a table: rows in and out in this update, rows that it now holds.

    Then what failed, and at the very end what deserves attention though nothing did.

    `more` are columns that a project adds: a number for each table, by title.
    """
    table = Table(box=None, pad_edge=False, header_style="bold")
    table.add_column("table", no_wrap=True)
    table.add_column("", no_wrap=True)
    for name in ("rows in", "rows out", "dropped", *more, "total", "seconds"):
        table.add_column(name, justify="right", no_wrap=True)
    ended = list(result.flows.values())  # in the order in which they ended
    for flow in ended:
        if flow.status == "EXCLUDED":
            continue
        outcome = flow.outcome
        colour = COLOURS.get(flow.status, "")
        table.add_row(
            flow.label,
            f"[{colour}]{(outcome.note or flow.status.lower())}[/]",
            _count(outcome.rows_in),
            _count(outcome.rows_out),
            _count(outcome.dropped) if outcome.quality else "",
            *[_count(column.get(flow.target)) for column in more.values()],
            _count(totals.get(flow.target)),
            f"{flow.seconds:.1f}",
        )
    console.print(table, highlight=False)
    for flow in ended:
        if flow.status in ("FAILED", "SKIPPED"):
            console.print(
                f"[red]{flow.status}[/] {flow.label}: ", end="", highlight=False
            )
            console.print(flow.error, markup=False, highlight=False, soft_wrap=True)
    verdict = "[green]COMPLETED[/]" if result.ok else "[red]FAILED[/]"
    console.print(f"Update {verdict} in {result.seconds:.1f} s", highlight=False)
    tables: dict[str, list[str]] = {}
    for note in result.notes:
        tables.setdefault(note.sentence, []).append(note.table)
    for sentence, names in tables.items():
        text = Text.assemble(("NOTE", "yellow"), f" {', '.join(names)}: {sentence}")
        console.print(text, highlight=False, soft_wrap=True)


def _count(rows: int | None) -> str:
    return "" if rows is None else f"{rows:,}"


def datasets(graph: Graph) -> None:
    """One line a dataset: its name, its kind, what it reads, its comment."""
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in ("dataset", "kind"):
        table.add_column(name, no_wrap=True)
    for name in ("reads", "comment"):
        table.add_column(name, overflow="fold", ratio=1)
    for row in rows(graph):
        table.add_row(*map(Text, row))
    wide_console().print(table)
