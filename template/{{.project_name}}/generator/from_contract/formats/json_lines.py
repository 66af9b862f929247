"""JSON: an object a line; with the reader's option `multiLine`, an array a file."""

import json
from collections.abc import Iterable, Iterator
from pathlib import Path

from generator.from_contract.formats import option
from generator.from_contract.judge import Row
from medallion.model import Table

EXTENSION = "json"
FIRST_LINE = 1
TYPED = False
BREAKS = "anywhere"
GROWS = True
BLANK_IS_NULL = False
encode = json.JSONEncoder(ensure_ascii=False).encode


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row | str]
) -> None:
    lines = (row if isinstance(row, str) else encode(row) for row in rows)
    end = option(table, "lineSep", default="\n")
    with path.open("w", encoding=_encoding(table), newline="") as file:
        if _is_document(table):
            file.write(f"[{end}" + f",{end}".join(lines) + f"{end}]{end}")
        else:
            file.writelines(f"{line}{end}" for line in lines)


def read(path: Path, table: Table) -> Iterator[Row]:
    text = path.read_text(encoding=_encoding(table), errors="replace")
    if _is_document(table):
        yield from (row for row in json.loads(text) if isinstance(row, dict))
        return
    for line in text.split(option(table, "lineSep", default="\n")):
        try:
            row = json.loads(line)
        except ValueError:
            continue
        if isinstance(row, dict):
            yield row


def breaks(table: Table) -> str:
    """One line that cannot be read spoils a document, not a file of lines."""
    return "" if _is_document(table) else BREAKS


def first_line(table: Table) -> int:
    return FIRST_LINE + _is_document(table)


def _is_document(table: Table) -> bool:
    return option(table, "multiLine").lower() == "true"


def _encoding(table: Table) -> str:
    return option(table, "encoding", "charset", default="utf-8")
