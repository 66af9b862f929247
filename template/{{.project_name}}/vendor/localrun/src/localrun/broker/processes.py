"""Processes of this machine, known by a text of their command line.

The number of a process alone does not tell: after a restart of the machine another one
may have it.
"""

import os
import signal
import subprocess
import time
from pathlib import Path


def runs(pid: int, mark: str) -> bool:
    """Whether process `pid` is alive, and `mark` is in its command line."""
    return mark in _command_line(pid)


def end(pid: int, mark: str, patience: float) -> None:
    """Ask a process to end, and after that many seconds make it."""
    for how, seconds in ((signal.SIGTERM, patience), (signal.SIGKILL, 10.0)):
        if not runs(pid, mark):
            return
        os.kill(pid, how)
        deadline = time.monotonic() + seconds
        while runs(pid, mark) and time.monotonic() < deadline:
            time.sleep(0.05)


def _command_line(pid: int) -> str:
    if Path("/proc/self/cmdline").exists():
        try:
            stat = Path(f"/proc/{pid}/cmdline").read_bytes()
        except OSError:
            return ""
        return stat.replace(b"\0", b" ").decode(errors="replace")
    listed = subprocess.run(
        ["ps", "-ww", "-o", "command=", "-p", str(pid)], capture_output=True, text=True
    )
    return listed.stdout
