"""CSV with a header, as the reader's options say; nested values are JSON in a cell."""

import csv
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from generator.from_contract.formats import as_written, option
from generator.from_contract.judge import Row
from medallion.model import Table

EXTENSION = "csv"
FIRST_LINE = 2
TYPED = False
BREAKS = "last"
GROWS = True
BLANK_IS_NULL = True


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row | str]
) -> None:
    rows = list(as_written(table, rows))
    names = dict.fromkeys(columns)
    for row in rows:
        if not isinstance(row, str):
            names |= dict.fromkeys(row)
    empty = option(table, "nullValue")
    with path.open("w", encoding=_encoding(table), newline="") as file:
        for number in range(int(option(table, "skipRows", default="0"))):
            file.write(f"line {number + 1} before the header\n")
        writer = csv.writer(file, **_dialect(table))
        writer.writerow(names)
        for row in rows:
            if isinstance(row, str):
                file.write(row)  # the last one: it has no end
            else:
                writer.writerow([_cell(row.get(name), empty) for name in names])


def read(path: Path, table: Table) -> Iterator[Row]:
    empty = option(table, "nullValue")
    with path.open(encoding=_encoding(table), newline="", errors="replace") as file:
        for _ in range(int(option(table, "skipRows", default="0"))):
            next(file, None)
        dialect = {k: v for k, v in _dialect(table).items() if k != "lineterminator"}
        for row in csv.DictReader(file, **dialect):
            yield {k: None if v in ("", empty) else v for k, v in row.items() if k}


def first_line(table: Table) -> int:
    return FIRST_LINE + int(option(table, "skipRows", default="0"))


def breaks(table: Table) -> str:
    """Of files that are read as a whole, Spark keeps parts of such a line."""
    return "" if table.role == "reference" else BREAKS


def broken(table: Table, key: Any) -> str:
    """A line with a quote that is never closed; none where quotes mean nothing."""
    quote = option(table, "quote", default='"')
    return f"{quote}{key}, and no end" if quote.strip("\0") else ""


def _dialect(table: Table) -> dict[str, Any]:
    quote = option(table, "quote", default='"').strip("\0")
    escape = option(table, "escape", default='"').strip("\0") or quote
    separator = option(table, "sep", "delimiter", default=",").replace("\\t", "\t")
    return {
        "delimiter": separator,
        "quotechar": quote or None,
        "quoting": csv.QUOTE_MINIMAL if quote else csv.QUOTE_NONE,
        "doublequote": escape == quote,
        "escapechar": escape if quote and escape != quote else None,
        "lineterminator": option(table, "lineSep", default="\n"),
    }


def _cell(value: Any, empty: str) -> str:
    if value is None:
        return empty
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, dict | list):
        return json.dumps(value, ensure_ascii=False)
    return str(value)


def _encoding(table: Table) -> str:
    return option(table, "encoding", "charset", default="utf-8")
