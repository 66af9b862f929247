"""Programs on the PATH and their versions, a line to the user, a lock on a file."""

import fcntl
import os
import re
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path


class ToolError(Exception):
    """A tool can be neither found nor fetched; the message is one sentence."""


def say(line: str) -> None:
    """To standard error: standard output is for whoever asked for a path."""
    print(line, file=sys.stderr, flush=True)


def on_path(name: str) -> Iterator[Path]:
    """All programs of this name, as an older one may hide a good one."""
    for folder in os.get_exec_path():
        program = Path(folder or ".").absolute() / name
        if program.is_file() and os.access(program, os.X_OK):
            yield program


def version_of(
    program: Path, pattern: str, environment: Mapping[str, str] = {}
) -> str | None:
    """What `program --version` says, where its first line is of the pattern."""
    try:
        answer = subprocess.run(
            [program, "--version"],
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            errors="replace",
            timeout=60,
            env={**os.environ, **environment},
        )
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = answer.stdout.splitlines()
    match = re.fullmatch(pattern, lines[0].strip()) if lines else None
    return match[1] if match and answer.returncode == 0 else None


@contextmanager
def locked(path: Path) -> Iterator[None]:
    """One process at a time; the lock falls when the process ends, however it does."""
    path.parent.mkdir(parents=True, exist_ok=True)
    with open(path.with_name(path.name + ".lock"), "w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
