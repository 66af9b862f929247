"""A look at a file whose rows went to quarantine, for the likely remedy.

What readers refuse (UTF-16 that no option says, another separator) is not looked for.
"""

import csv
import gzip
import json
from pathlib import Path

from medallion.contract import Table

_LOOKED_AT = 2**20


def remedy(path: Path, table: Table) -> str:
    """What seems to be wrong with the whole file, and what to write in the contract.

    A clause that names the file, or "" where nothing is to be seen.
    """
    return _of_json(path, table) if table.format == "json" else of_header(path, table)


def of_header(path: Path, table: Table) -> str:
    """What is wrong with the header of a CSV file: it lacks a column of the key."""
    if table.format != "csv" or _option(table, "header") == "false":
        return ""
    separator = _option(table, "sep", "delimiter") or ","
    encoding = _option(table, "encoding", "charset") or "utf-8-sig"
    try:
        text = _beginning(path).decode(encoding, errors="replace")
    except LookupError:
        return ""
    lines = text.lstrip("\ufeff").splitlines()[int(_option(table, "skiprows") or 0) :]
    line = next((line for line in lines if line.strip()), "")
    missing = _missing(line, separator, table)
    if not line or not missing:
        return ""
    key = f"no column {' and no column '.join(missing)}"
    return (
        f"the first line of {path} has {key}: is it a row, and the header is missing? "
        "Write the header as the first line of the file, and deliver it under another "
        "name"
    )


def _missing(line: str, separator: str, table: Table) -> list[str]:
    """The columns of the key that a header does not have."""
    cells = next(csv.reader([line], delimiter=separator), [])
    names = {cell.strip().lower() for cell in cells}
    keys = [table.source_names.get(key, key) for key in table.keys]
    return [key for key in keys if key.lower() not in names]


def _of_json(path: Path, table: Table) -> str:
    if _option(table, "multiline") == "true":
        return ""
    data = _beginning(path)
    text = data.decode("utf-8-sig", errors="replace").strip()
    first = text.splitlines()[0] if text else ""
    # The end of a large file is not looked at: its first line tells enough.
    whole = len(data) < _LOOKED_AT
    if _is_json(first) or not (_is_json(text) if whole else first in ("[", "{")):
        return ""
    return (
        f"{path} is one JSON value over several lines, and is read line by line: write "
        "readerOptions {multiLine: true} in the contract, and run with --var "
        f"reread={table.name} --full-refresh-all"
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _beginning(path: Path) -> bytes:
    """Empty where it cannot be read: it may be gone by now."""
    try:
        with gzip.open(path) if path.suffix == ".gz" else path.open("rb") as file:
            return file.read(_LOOKED_AT)
    except (OSError, EOFError):
        return b""


def _option(table: Table, *names: str) -> str:
    given = {name.lower(): value for name, value in table.reader_options.items()}
    return next((str(given[name]).lower() for name in names if name in given), "")
