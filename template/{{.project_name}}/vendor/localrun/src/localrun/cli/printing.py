"""What `localrun sql` prints: a table to read, CSV or lines of JSON for programs.

No column and no value is ever cut.
"""

import csv
import itertools
import os
import sys
from collections.abc import Iterator, Sequence

from pyspark.sql import DataFrame
from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from localrun.cli import answers

# Those but the line feed would move the cursor, or do worse to a terminal.
_CONTROLS = {
    n: repr(chr(n))[1:-1] for n in (*range(10), *range(11, 32), *range(127, 160))
}


def show(answer: DataFrame, format_: str) -> None:
    """Print the answer as table, csv or json. Raises UsageError where it fails."""
    try:
        _FORMATS[format_](answer)
        sys.stdout.flush()
    except BrokenPipeError:  # who reads, as head does, has had enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())


def _json(answer: DataFrame) -> None:
    for line in answers.objects(answer):
        print(line)


def _csv(answer: DataFrame) -> None:
    writer = csv.writer(sys.stdout)
    writer.writerow(answer.columns)
    writer.writerows(answers.rows(answer))


def _table(answer: DataFrame) -> None:
    rows = [[_lines(value) for value in row] for row in answers.rows(answer)]
    head = [_lines(name) for name in answer.columns]
    widths = [max(map(_width, column)) for column in zip(head, *rows, strict=True)]
    console = _Console()
    total = sum(widths) + len(_GAP) * (len(widths) - 1)
    too_wide = sys.stdout.isatty() and total > console.width
    if rows and len(widths) > 1 and too_wide:
        _records(console, head, rows)
        return
    for line in _side_by_side(head, widths):
        _emphasize(console, line)
    for row in rows:
        for line in _side_by_side(row, widths):
            print(line)


def _records(
    console: Console, head: list[list[str]], rows: list[list[list[str]]]
) -> None:
    """Column below column, as psql's \\x: a terminal would break wider lines up."""
    width = max(map(_width, head))
    for number, row in enumerate(rows, 1):
        _emphasize(console, f"row {number}")
        for pair in zip(head, row, strict=True):
            for line in _side_by_side(pair, [width, 0]):
                print(line)


_FORMATS = {"table": _table, "csv": _csv, "json": _json}
_GAP = "  "


class _Console(Console):
    def on_broken_pipe(self) -> None:
        raise BrokenPipeError  # rich would end the process as failed


def _emphasize(console: Console, line: str) -> None:
    console.print(Text(line, "bold"), soft_wrap=True)


def _side_by_side(cells: Sequence[list[str]], widths: list[int]) -> Iterator[str]:
    """The lines of cells, of which each may have several; the last is not filled up."""
    for parts in itertools.zip_longest(*cells, fillvalue=""):
        *before, last = parts
        filled = [
            part + " " * (width - cell_len(part))
            for part, width in zip(before, widths, strict=False)
        ]
        yield _GAP.join([*filled, last])


def _lines(value: str | None) -> list[str]:
    return ["NULL"] if value is None else value.translate(_CONTROLS).split("\n")


def _width(cell: list[str]) -> int:
    return max(map(cell_len, cell))
