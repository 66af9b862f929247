"""`make`, as a user types it."""

import os
import subprocess
from pathlib import Path

from pypi import find_uv
from versions import ROOT


def make(*words: str, folder: Path = ROOT) -> str:
    """What a target printed. Raises AssertionError with all of it where it failed."""
    done = subprocess.run(
        ["make", "--no-print-directory", *words],
        cwd=folder,
        env={**os.environ, "UV": str(find_uv()[0])},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == 0, done.stdout
    return done.stdout
