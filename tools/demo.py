"""Two updates of the retail sample, with more data before the second.

    cd build/demo && PYTHONPATH=. .venv/bin/python …/tools/demo.py

`make generate`, `make run`, `make generate BATCHES=1` and `make run` do the same there,
each in a process of its own; here, Spark starts once.
"""

import sys

from generator import cli as generator
from localrun import cli as localrun

STEPS = [
    ("sample data", generator, []),
    ("first run", localrun, ["run"]),
    ("more sample data", generator, ["--batches", "1"]),
    ("second run: reads the new files, and no others", localrun, ["run"]),
]


def main() -> int:
    for title, command, arguments in STEPS:
        print(f"\n== {title}", flush=True)
        if code := command.main(arguments):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
