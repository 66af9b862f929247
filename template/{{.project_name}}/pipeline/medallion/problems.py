"""What is wrong with a contract, said so that its author can mend it."""

import difflib
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True)
class Problem:
    """One fault: where it is, what it is, and what to do about it (may be empty)."""

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
    """The contract cannot be used. `problems` has every fault; the message, one a line."""

    def __init__(self, problems: Iterable[Problem]):
        self.problems = list(problems)
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(wrong: object, known: Iterable[str]) -> str:
    """A remedy: the nearest of the known names, or all of them where none is near."""
    names = list(known)
    by_lower = {name.lower(): name for name in names}
    close = difflib.get_close_matches(str(wrong).lower(), by_lower, 1)
    if close:
        return f"did you mean {by_lower[close[0]]}?"
    return f"known are: {', '.join(names)}" if names else ""
