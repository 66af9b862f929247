"""Programs that tests run: the CLI, and tools with environments of their own."""

import subprocess
from collections.abc import Mapping
from pathlib import Path

from pypi import find_uv
from toolchain import find_cli
from versions import version


def databricks(
    *arguments: object, cwd: Path, env: Mapping[str, str], exit_code: int = 0
) -> str:
    """Standard output of the CLI; of a command that must fail, standard error.

    Raises AssertionError, with all that it printed, where the exit code is another.
    """
    result = subprocess.run(
        [find_cli()[0], *map(str, arguments)],
        cwd=cwd,
        env=env,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
    )
    assert result.returncode == exit_code, result.stdout + result.stderr
    return result.stderr if exit_code else result.stdout


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
