"""Texts of the right length that match their patterns."""

from collections.abc import Callable
from random import Random
from typing import Any

from generator.from_contract import patterns, words
from generator.from_contract.limits import Limits
from generator.maker import Window

# How many values, chance, and when: the values.
Draw = Callable[[int, Random, Window], list[Any]]

_MANY = 512  # texts of a pattern that are made once, and drawn from
_TRIES = 200


def draw(name: str, limits: Limits, table: str) -> Draw:
    """What fills a column of texts. Raises UnknownPattern."""
    make = words.text_maker(name, table)
    if limits.patterns:
        usual = [make(Random(i)) for i in range(20)]
        if not all(fits(text, limits) for text in usual):
            return _of_patterns(limits)
    shortest, longest = limits.shortest, limits.longest

    def drawn(n: int, rng: Random, when: Window) -> list[Any]:
        found = [make(rng) for _ in range(n)]
        if shortest or longest is not None:
            found = [_fitted(text, shortest, longest) for text in found]
        return found

    return drawn


def _fitted(text: str, shortest: int, longest: int | None) -> str:
    """A text of the right length: its last word, or cut off, or filled up."""
    if longest is not None and len(text) > longest:
        text = text.split()[-1][:longest]
    return text + "x" * (shortest - len(text))


def _of_patterns(limits: Limits) -> Draw:
    # The same in every run: what is drawn from it is chance enough.
    pool = matching(limits, Random(0), _MANY)
    return lambda n, rng, _: rng.choices(pool, k=n)


def matching(limits: Limits, rng: Random, number: int) -> list[str]:
    """Texts that match all patterns and lengths. Raises UnknownPattern."""
    language = patterns.language(limits.patterns[0])
    found = []
    for attempt in range(number * _TRIES):
        text = language.text(rng.randrange(language.size))
        if fits(text, limits):
            found.append(text)
            if len(found) == number:
                break
        elif attempt == 20 * _TRIES and not found:
            break
    if not found:
        raise patterns.UnknownPattern(f"no text was found for {limits.patterns[0]}")
    return found


def fits(text: str, limits: Limits) -> bool:
    """Whether a text has the right length and matches all patterns."""
    if len(text) < limits.shortest:
        return False
    if limits.longest is not None and len(text) > limits.longest:
        return False
    return all(patterns.compiled(regex).search(text) for regex in limits.patterns)
