"""The command line: exit code 0, or 2 for what cannot be done as it was asked for."""

import argparse
import signal
import sys
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from generator.chosen import Settings
from generator.run import Written, stream
from generator.settings import GeneratorError


def main(arguments: list[str] | None = None) -> int:
    """Run the command line; returns the exit code."""
    given = vars(_parser().parse_args(arguments))
    file = given.pop("settings", None)
    if given.get("continuous"):
        given.setdefault("batches", 0)
        if "start" in given:  # an event time of one's own: not that of the clock
            given["wall_clock"] = False
    try:
        settings = Settings.load(file, **given)
        with _stop_on_signals() as stop:
            for batch in stream(settings, stop, tell=_remark):
                _tell(batch, settings)
        if stop.is_set():
            print("generator: stopped; the next run goes on from here", file=sys.stderr)
    except GeneratorError as error:
        print(f"generator: {error}", file=sys.stderr)
        return 2
    return 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m generator",
        description="Write files of sample data, batch by batch.",
        argument_default=argparse.SUPPRESS,
        allow_abbrev=False,
    )
    parser.add_argument(
        "--settings", type=Path, metavar="FILE", help="instead of settings.yml"
    )
    parser.add_argument(
        "--continuous",
        action="store_true",
        help="a batch every --interval seconds, at the time of the clock, until Ctrl-C",
    )
    for name, (value, what) in Settings.FLAGS.items():
        parser.add_argument(f"--{name.replace('_', '-')}", metavar=value, help=what)
    return parser


def _remark(sentence: str) -> None:
    print(f"generator: {sentence}", file=sys.stderr)


def _tell(batch: Written, settings: Settings) -> None:
    counts = ", ".join(f"{rows} {source}" for source, rows in batch.rows.items())
    broken = sum(bool(entry.rules) for entry in batch.planted)
    print(
        f"batch {batch.number} until {batch.until:%Y-%m-%d %H:%M:%S}: {counts}; "
        f"{broken} rows break a rule -> {settings.landing}",
        flush=True,
    )


@contextmanager
def _stop_on_signals() -> Iterator[threading.Event]:
    """Set by the first Ctrl-C (or SIGTERM), so that the batch in hand is finished.

    The second one ends the program; what it leaves behind, the next run clears away.
    """
    stop = threading.Event()
    if threading.current_thread() is not threading.main_thread():
        yield stop  # handlers are for the main thread only
        return

    def handle(number, frame):
        stop.set()
        signal.signal(number, signal.SIG_DFL)

    before = {n: signal.signal(n, handle) for n in (signal.SIGINT, signal.SIGTERM)}
    try:
        yield stop
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
