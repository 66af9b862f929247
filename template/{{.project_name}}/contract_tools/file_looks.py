"""A look at a file whose rows went to quarantine, for the likely remedy."""

import codecs
import csv
import gzip
import json
from pathlib import Path

from medallion.contract import Table

_LOOKED_AT = 2**20
_MARKS = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)
_SEPARATORS = (",", ";", "\t", "|")


def remedy(path: Path, table: Table) -> str:
    """What seems to be wrong with the whole file, and what to write in the contract.

    A clause that names the file, or "" where nothing is to be seen.
    """
    data = _beginning(path)
    if encoding := _utf16(data):
        if _option(table, "encoding", "charset"):
            return ""
        return (
            f"{path} is text in {encoding}: write readerOptions "
            f"{{encoding: {encoding}}} in the contract, and have it read again"
        )
    if table.format == "json":
        return _of_json(path, data, table)
    return of_header(path, table)


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
    for other in _SEPARATORS:
        if not _missing(line, other, table):
            return (
                f"{path} has {other!r} between its cells: write readerOptions "
                f"{{sep: {other!r}}} in the contract, and have it read again"
            )
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


def _of_json(path: Path, data: bytes, table: Table) -> str:
    if _option(table, "multiline") == "true":
        return ""
    text = data.decode("utf-8-sig", errors="replace").strip()
    first = text.splitlines()[0] if text else ""
    # The end of a large file is not looked at: its first line tells enough.
    whole = len(data) < _LOOKED_AT
    if _is_json(first) or not (_is_json(text) if whole else first in ("[", "{")):
        return ""
    return (
        f"{path} is one JSON value over several lines, and is read line by line: write "
        "readerOptions {multiLine: true} in the contract, and have it read again"
    )


def _is_json(text: str) -> bool:
    try:
        json.loads(text)
    except ValueError:
        return False
    return True


def _utf16(data: bytes) -> str:
    """The encoding of the family UTF-16 that the bytes are in, by mark or by zeros."""
    if data.startswith(_MARKS):
        return "UTF-16"
    head = data[: len(data[:512]) // 2 * 2]
    if not head or head.count(0) < len(head) // 4:
        return ""
    return "UTF-16BE" if head[::2].count(0) > head[1::2].count(0) else "UTF-16LE"


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
