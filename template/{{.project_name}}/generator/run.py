"""Batch after batch, at once or one in a while."""

import time
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta, timezone
from threading import Event
from typing import NamedTuple

from generator.landing import Landing
from generator.maker import Batch, Maker, State, Window
from generator.planted import Planted
from generator.settings import GeneratorError, Settings


class Written(NamedTuple):
    """A batch that is in the landing folder: its number, rows by source, and faults."""

    number: int
    until: datetime
    rows: dict[str, int]
    planted: list[Planted]


def generate(settings: Settings) -> list[Planted]:
    """Write the batches that are asked for; returns all lines with something planted.

    Goes on from what is in the landing folder. Raises GeneratorError where that cannot
    be read or written.
    """
    return [entry for batch in stream(settings) for entry in batch.planted]


def stream(
    settings: Settings,
    stop: Event | None = None,
    now: Callable[[], datetime] = lambda: datetime.now(timezone.utc),
    tell: Callable[[str], None] = lambda remark: None,
) -> Iterator[Written]:
    """Write batch after batch, and tell of each when it is in the landing folder.

    `tell` is called with each sentence about what cannot be done as it is wanted.
    Ends after `settings.batches`, or between two batches once `stop` is set.
    """
    stop = stop or Event()
    maker = settings.maker()
    landing = Landing(settings.landing, maker, settings.ledger)
    state = landing.resume(settings.start) or maker.begin(_start(settings, now))
    done = told = 0
    while not stop.is_set():
        began = time.monotonic()
        batch = _batch(maker, state, settings, now)
        for remark in maker.remarks[told:]:
            tell(remark)
        told = len(maker.remarks)
        planted = landing.commit(state, batch.files)
        yield Written(state.batch, state.clock, batch.rows, planted)
        done += 1
        if done == settings.batches:
            return
        if settings.continuous:
            stop.wait(max(0, settings.interval - (time.monotonic() - began)))


def _start(settings: Settings, now: Callable[[], datetime]) -> datetime:
    if settings.continuous and settings.wall_clock:
        return now() - timedelta(seconds=settings.interval)
    return settings.start


def _batch(
    maker: Maker, state: State, settings: Settings, now: Callable[[], datetime]
) -> Batch:
    """The next batch, whose rows may be later than what they tell of, by a year."""
    window = _window(state, settings, now)
    try:
        return maker.next_batch(state, window)
    except OverflowError as error:
        raise GeneratorError(
            f"before {window[0]:%Y-%m-%d} no calendar reaches far enough: choose a "
            "later start, or a smaller skew or late_hours"
        ) from error


def _window(state: State, settings: Settings, now: Callable[[], datetime]) -> Window:
    """When the next batch happens: after the last one, or by the clock up to now."""
    begin, seconds = state.clock, settings.step
    if settings.continuous:
        seconds = max(settings.interval, 1)
        if settings.wall_clock:
            begin = max(begin, now() - timedelta(seconds=seconds))
    try:
        return begin, begin + timedelta(seconds=seconds)
    except OverflowError as error:
        raise GeneratorError(
            f"{seconds} seconds after {begin:%Y-%m-%d} no calendar goes on: choose an "
            "earlier start, or a shorter step or interval"
        ) from error
