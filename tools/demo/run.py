"""Two updates of a sample, with more data before the second.

    cd build/demo && PYTHONPATH=. .venv/bin/python …/tools/demo/run.py

`make generate`, `make run`, `make generate BATCHES=1` and `make run` do the same there,
each in a process of its own; here, Spark starts once. Where the sample has a topic,
`make kafka` comes first and `make kafka-stop` last.
"""

import json
import sys
from pathlib import Path

from generator import cli as generator
from localrun import cli as localrun

WITH_A_BROKER = ("online_sales",)
STEPS = [
    ("sample data", generator, []),
    ("first run", localrun, ["run"]),
    ("more sample data", generator, ["--batches", "1"]),
    ("second run: reads what is new, and nothing else", localrun, ["run"]),
]


def main() -> int:
    answers = json.loads(Path(".template/answers.json").read_text(encoding="utf-8"))
    if answers["sources"] not in WITH_A_BROKER:
        return run(STEPS)
    code = run([("a Kafka broker on this machine", localrun, ["kafka", "start"])])
    try:
        return code or run(STEPS)
    finally:
        run([("the broker stops; its data are kept", localrun, ["kafka", "stop"])])


def run(steps: list) -> int:
    for title, command, arguments in steps:
        print(f"\n== {title}", flush=True)
        if code := command.main(arguments):
            return code
    return 0


if __name__ == "__main__":
    sys.exit(main())
