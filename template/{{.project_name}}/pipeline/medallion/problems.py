"""What is wrong with a contract, said so that its author can mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple


class Fault(NamedTuple):
    """Of one table: the field, what is wrong with it, what to do (may be empty)."""

    field: str
    message: str
    remedy: str = ""


@dataclass(frozen=True)
class Problem:
    """One fault with its place: file, table and field (the last two may be empty)."""

    file: str
    table: str
    field: str
    message: str
    remedy: str = ""

    def __str__(self) -> str:
        place = f"contract {self.file}"
        if self.table:
            place += f", table {self.table}"
        if self.field:
            place += f", {self.field}"
        sentence = f"{place}: {self.message}"
        return f"{sentence}; {self.remedy}" if self.remedy else sentence


class ContractError(ValueError):
    """The contract cannot be used: `problems` has every fault, the message, too."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def nearest(wrong: object, known: Iterable[str], cutoff: float = 0.6) -> str | None:
    """The known name that was probably meant, whatever its case and dashes."""
    by_plain = {_plain(name): name for name in known}
    close = difflib.get_close_matches(_plain(str(wrong)), by_plain, 1, cutoff)
    return by_plain[close[0]] if close else None


def did_you_mean(wrong: object, known: Iterable[str]) -> str:
    """A remedy: the nearest of the known names, or all where none is near."""
    names = list(known)
    meant = nearest(wrong, names)
    if meant:
        return f"did you mean {meant}?"
    public = [name for name in names if not name.startswith("_")]
    return f"known are: {', '.join(public)}" if public else ""


def _plain(name: str) -> str:
    return name.lower().replace("_", "").replace("-", "")
