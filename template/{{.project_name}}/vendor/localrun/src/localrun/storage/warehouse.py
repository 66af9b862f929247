"""The folder of the tables: that it can hold them, and one update in it at a time."""

import os
import time
from pathlib import Path

from filelock import FileLock, Timeout

from localrun.errors import UsageError
from localrun.storage.state import write_atomically


def check_is_folder(warehouse: Path) -> None:
    """It may be made yet, but not where a file is, or below one."""
    try:
        existing = next(p for p in (warehouse, *warehouse.parents) if p.exists())
    except OSError as error:
        raise _unusable(warehouse, error.strerror) from error
    if not existing.is_dir():
        raise _unusable(warehouse, f"{existing} is a file")
    if any(warehouse.glob("tables/*/_delta_log")):
        raise UsageError(
            f"{warehouse} was made by an older localrun, which kept tables in another "
            "way: delete the folder, or choose another --warehouse, and run again"
        )


def _unusable(warehouse: Path, why: str | None) -> UsageError:
    return UsageError(
        f"{warehouse} cannot hold tables ({why}): choose another --warehouse"
    )


class Alone:
    """One update at a time in a warehouse, and none beside what a killed one left.

    After SIGKILL of the Python process its JVM may live, and write, a moment longer.
    """

    def __init__(self, warehouse: Path, java: int):
        self._warehouse, self._java = warehouse, java

    def __enter__(self) -> None:
        try:
            self._warehouse.mkdir(parents=True, exist_ok=True)
            self._lock = FileLock(self._warehouse / ".lock", timeout=0)
            self._lock.acquire()
        except Timeout:
            raise UsageError(
                f"another update is running in {self._warehouse}: wait for it to end, "
                "or choose another --warehouse"
            ) from None
        except OSError as error:
            raise _unusable(self._warehouse, error.strerror) from error
        owner = self._warehouse / "_state" / "jvm"
        if owner.exists():
            _wait_for_exit(int(owner.read_text() or 0), self._java)
        write_atomically(owner, str(self._java))

    def __exit__(self, *_: object) -> None:
        (self._warehouse / "_state" / "jvm").unlink(missing_ok=True)
        self._lock.release()


def _wait_for_exit(pid: int, own: int) -> None:
    if os.name == "nt":
        # There, signal 0 would end the process instead of asking for it.
        return
    deadline = time.monotonic() + 30
    while pid and pid != own and time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
        except OSError:
            return
        time.sleep(0.1)
