"""Programs from PyPI that tests run in environments of their own."""

import subprocess
from pathlib import Path

from pypi import find_uv
from versions import version


def tool(
    package: str, *command: object, cwd: Path | None = None
) -> subprocess.CompletedProcess:
    """Runs a command of a PyPI package whose dependencies are no business of .venv.

    tool("datacontract-cli", "datacontract", "lint", contract), with the version that
    library/versions.tmpl says.
    """
    requirement = f"{package}=={version(package.replace('-', '_'))}"
    uv = ["tool", "run", "--quiet", "--from", requirement, *map(str, command)]
    return subprocess.run([find_uv()[0], *uv], cwd=cwd, capture_output=True, text=True)
