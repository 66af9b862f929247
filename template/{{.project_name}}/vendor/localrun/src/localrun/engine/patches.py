"""What stands in for attributes of pyspark while a pipeline is loaded or run.

`TABLE` is all of it. It is applied for the time of a block and taken back after it, as
Spark's own `block_session_mutations` does, so that code outside of a pipeline meets
pyspark as it is.
"""

import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from localrun.engine import decorators, file_reads, reads, serverless, sql_reads
from localrun.engine.patch import ABSENT, Patch

TABLE: tuple[Patch, ...] = (
    *decorators.PATCHES,
    *reads.PATCHES,
    *sql_reads.PATCHES,
    *file_reads.PATCHES,
    *serverless.PATCHES,
)
_lock = threading.RLock()
_blocks = 0
_before: list[tuple[Patch, object]] = []
_dlt: Any = ABSENT


@contextmanager
def applied() -> Iterator[None]:
    """Apply the table; blocks may be nested, and run in several threads."""
    global _blocks
    with _lock:
        if _blocks == 0:
            _apply()
        _blocks += 1
    try:
        yield
    finally:
        with _lock:
            _blocks -= 1
            if _blocks == 0:
                _take_back()


def _apply() -> None:
    global _dlt
    for patch in TABLE:
        _before.append((patch, vars(patch.owner).get(patch.name, ABSENT)))
        setattr(patch.owner, patch.name, patch.value)
    _dlt = sys.modules.get("dlt", ABSENT)
    sys.modules["dlt"] = decorators.DLT


def _take_back() -> None:
    while _before:
        patch, value = _before.pop()
        if value is ABSENT:
            delattr(patch.owner, patch.name)
        else:
            setattr(patch.owner, patch.name, value)
    if _dlt is ABSENT:
        del sys.modules["dlt"]
    else:
        sys.modules["dlt"] = _dlt
