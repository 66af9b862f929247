"""The validation task of a rendered bundle, with the packages that it has there."""

import subprocess
from pathlib import Path

from end_to_end.project import Project

from pypi import find_uv
from versions import version


def command(project: Project, *arguments: object) -> list[str]:
    """A Python command line with what is locked, and nutter."""
    lock = ["--with-requirements", project.root / "requirements.lock"]
    nutter = ["--with", f"nutter=={version('nutter')}"]
    words = [
        find_uv()[0],
        "run",
        "--quiet",
        "--isolated",
        "--no-project",
        *lock,
        *nutter,
    ]
    return [*map(str, [*words, "python", *arguments])]


def validate(
    project: Project, warehouse: Path, *arguments: object
) -> subprocess.CompletedProcess:
    """What `make validation` runs."""
    script = ["-m", "localrun.cli", "script", "--warehouse", warehouse]
    script += ["validation/run.py", "--", *arguments]
    return subprocess.run(
        command(project, *script), cwd=project.root, capture_output=True, text=True
    )
