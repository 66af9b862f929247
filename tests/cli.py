"""Programs from PyPI that tests run in environments of their own."""

import os
import subprocess
from pathlib import Path

from pypi import find_uv
from versions import ROOT, pinned


def tool(
    package: str,
    *command: object,
    also: tuple[str, ...] = (),
    cwd: Path | None = None,
) -> subprocess.CompletedProcess:
    """Runs a command of a PyPI package whose dependencies are no business of .venv.

    tool("datacontract-cli", "datacontract", "lint", contract), with the version that
    library/versions.tmpl says, and what it needs, if anything, as tools/locks says.
    `also` are packages that stand in that file too, for the same environment.
    """
    lock = ROOT / f"tools/locks/{package.partition('[')[0]}.txt"
    others = [argument for name in also for argument in ("--with", pinned(name))]
    uv = ["tool", "run", "--quiet", "--from", pinned(package), *others]
    return subprocess.run(
        [find_uv()[0], *uv, *map(str, command)],
        cwd=cwd,
        # uv before 0.6 has no such setting, and takes the newest.
        env={**os.environ, "UV_CONSTRAINT": str(lock) if lock.exists() else ""},
        capture_output=True,
        text=True,
    )
