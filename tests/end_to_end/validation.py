"""The validation task of a rendered bundle, with the packages that it has there."""

import subprocess
import sys
from pathlib import Path

from end_to_end.project import Project

from pypi import find_uv
from versions import version

# In validation/fixtures.py.
ASSERTIONS = 14


def command(*arguments: object) -> list[str]:
    """A Python command line with our packages, and nutter."""
    words = [find_uv()[0], "run", "--quiet", "--no-project", "--python", sys.executable]
    words += ["--with", f"nutter=={version('nutter')}", "python", *arguments]
    return [*map(str, words)]


def validate(
    project: Project, warehouse: Path, *arguments: object
) -> subprocess.CompletedProcess:
    """`make validation` with our Python, so that the bundle needs none of its own."""
    words = ["make", "--no-print-directory", "--assume-old", ".venv/ready"]
    settings = {
        "BIN": Path(sys.executable).parent,
        "UV": find_uv()[0],
        "WAREHOUSE": warehouse,
        "ARGS": " ".join(map(str, arguments)),
    }
    return subprocess.run(
        [
            *words,
            "validation",
            *(f"{name}={value}" for name, value in settings.items()),
        ],
        cwd=project.root,
        # Where `make setup` has installed the laptop runtime, it needs no such path.
        env=project.environment,
        capture_output=True,
        text=True,
    )
