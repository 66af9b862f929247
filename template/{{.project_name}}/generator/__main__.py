"""`python -m generator`, and the file to name in a `spark_python_task`."""

import sys
from pathlib import Path

if not __package__:  # run as a file: its folder is on the path, its package is not
    sys.path.insert(0, str(Path(sys.argv[0]).resolve().parent.parent))

from generator.cli import main

if code := main():  # a job takes any exit, even with 0, for a failure
    sys.exit(code)
