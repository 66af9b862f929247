"""Programs from PyPI that tests run in environments of their own."""

import os
import subprocess
from pathlib import Path

from pypi import find_uv
from versions import ROOT, version


def tool(
    package: str, *command: object, cwd: Path | None = None
) -> subprocess.CompletedProcess:
    """Runs a command of a PyPI package whose dependencies are no business of .venv.

    tool("datacontract-cli", "datacontract", "lint", contract), with the version that
    library/versions.tmpl says, and what it needs, if anything, as tools/locks says.
    """
    lock = ROOT / f"tools/locks/{package}.txt"
    requirement = f"{package}=={version(package.replace('-', '_'))}"
    uv = ["tool", "run", "--quiet", "--from", requirement, *map(str, command)]
    return subprocess.run(
        [find_uv()[0], *uv],
        cwd=cwd,
        # uv before 0.6 has no such setting, and takes the newest.
        env={**os.environ, "UV_CONSTRAINT": str(lock) if lock.exists() else ""},
        capture_output=True,
        text=True,
    )
