"""What the log of a Delta table says, read as text: a query would cost seconds.

Follows https://github.com/delta-io/delta/blob/master/PROTOCOL.md.
"""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

# A data file with its deletion vector: the path of one and the place of the other.
_File = tuple[str, str | None, int | None]


def version(table: Path) -> int:
    """The newest version of the table in a folder, or -1 where there is none."""
    log = table / "_delta_log"
    commits = [int(f.stem) for f in log.glob("*.json") if f.stem.isdigit()]
    return max(commits, default=-1)


def token(table: Path) -> str:
    """A text that changes when the table does, also when another takes its place."""
    newest = version(table)
    if newest < 0:
        return "none"
    stat = (table / "_delta_log" / f"{newest:020d}.json").stat()
    return f"{newest} {stat.st_size} {stat.st_mtime_ns}"


def rows_written(table: Path, since: int) -> int:
    """Rows that the commits after version `since` say to have written."""
    total = 0
    for number in range(since + 1, version(table) + 1):
        for line in _lines(table, number):
            if line.startswith('{"commitInfo"'):
                metrics = json.loads(line)["commitInfo"]["operationMetrics"]
                total += int(metrics.get("numOutputRows", 0))
    return total


def row_count(table: Path) -> int | None:
    """Rows of the table; None where its log alone does not tell."""
    files: dict[_File, int] = {}
    try:
        for number in range(version(table) + 1):
            for line in _lines(table, number):
                _apply(json.loads(line), files)
    except (FileNotFoundError, KeyError):  # only in a checkpoint, or not counted
        return None
    return sum(files.values())


def _lines(table: Path, number: int) -> Iterator[str]:
    """The actions of one commit, each a line of JSON."""
    path = table / "_delta_log" / f"{number:020d}.json"
    with open(path, encoding="utf-8") as commit:
        yield from commit


def _apply(action: dict[str, Any], files: dict[_File, int]) -> None:
    """Keep `files`, the rows of each live file, as one action of the log says."""
    for kind in action.keys() & {"add", "remove"}:
        file = action[kind]
        deleted = file.get("deletionVector") or {}
        key = file["path"], deleted.get("pathOrInlineDv"), deleted.get("offset")
        if kind == "add":
            stats = json.loads(file.get("stats") or "{}")
            files[key] = stats["numRecords"] - deleted.get("cardinality", 0)
        else:
            files.pop(key, None)
