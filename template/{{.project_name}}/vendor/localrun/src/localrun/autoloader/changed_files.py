"""Files that changed, or went, after a stream had read them.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/faq:
a file is processed once, also where it is overwritten or appended to later. Only with
`cloudFiles.allowOverwrites` it is processed again, as a whole.
"""

import json
from collections.abc import Collection, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import unquote

from localrun.storage.state import read_json, write_atomically

_GONE = -1
_SHOWN = 3


def read_files(checkpoint: Path) -> dict[str, int]:
    """The files that a stream has read, each with its time of modification then (ms).

    Spark's file source writes them down in the checkpoint, by number of its source.
    """
    found: dict[str, int] = {}
    for entry in _entries(checkpoint):
        path = unquote(entry["path"].removeprefix("file://"))
        found[path] = max(entry["timestamp"], found.get(path, 0))
    return found


def notes(checkpoint: Path, told: Path) -> list[str]:
    """A sentence on the files that changed since they were read, and one on those gone.

    `told` is a file that keeps what was said, so that it is said once.
    """
    known = read_json(told)
    now = {
        path: modified
        for path, read in read_files(checkpoint).items()
        if (modified := _modified(path)) != read
    }
    new = {
        path: modified for path, modified in now.items() if known.get(path) != modified
    }
    if now != known:
        write_atomically(told, json.dumps(now))
    gone = sorted(path for path, modified in new.items() if modified == _GONE)
    changed = sorted(new.keys() - set(gone))
    said = []
    if changed:
        said.append(
            f"files that changed since they were read are not read again: "
            f"{_listed(changed)}; deliver what is new under another name "
            "(cloudFiles.allowOverwrites would read all of the file again)"
        )
    if gone:
        said.append(
            f"files are gone since they were read: {_listed(gone)}; their rows stay, "
            "and reading the source again would lose them"
        )
    return said


def _entries(checkpoint: Path) -> Iterator[dict[str, Any]]:
    for log in sorted(checkpoint.glob("sources/*/[0-9]*")):
        for line in log.read_text(encoding="utf-8", errors="replace").splitlines():
            if line.startswith('{"path":'):  # those of other sources hold offsets
                yield json.loads(line)


def _modified(path: str) -> int:
    try:
        return Path(path).stat().st_mtime_ns // 1_000_000
    except OSError:
        return _GONE


def _listed(paths: Collection[str]) -> str:
    shown = ", ".join(sorted(paths)[:_SHOWN])
    more = len(paths) - _SHOWN
    return f"{shown} and {more} more" if more > 0 else shown
