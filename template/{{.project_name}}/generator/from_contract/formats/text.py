"""Text: a line a row, which is the value of the first column that is a text."""

from collections.abc import Iterable, Iterator
from pathlib import Path

from generator.from_contract.judge import Row
from medallion.model import Table

EXTENSION = "txt"
FIRST_LINE = 1
TYPED = False
BREAKS = ""
GROWS = False
BLANK_IS_NULL = False
_COLUMN = "value"


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{row.get(_COLUMN) or ''}\n" for row in rows)


def read(path: Path, table: Table) -> Iterator[Row]:
    with path.open(encoding="utf-8", newline="\n") as file:
        for line in file:
            yield {_COLUMN: line.removesuffix("\n")}
