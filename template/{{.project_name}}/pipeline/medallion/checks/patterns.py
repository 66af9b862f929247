"""Patterns of days and times, as Spark reads them.

Follows https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datetime-pattern:
a letter stands for a part of a time, its number for how that is written. `make check`
tries each pattern on Spark besides.
"""

import re
from itertools import groupby

# How many of a letter there may be, of those by which times are read
_NUMBERS = {
    **dict.fromkeys("MLzG", (1, 2, 3, 4)),
    **dict.fromkeys("dhHkKms", (1, 2)),
    **dict.fromkeys("XxZ", (1, 2, 3, 4, 5)),
    **{"y": range(1, 7), "D": (1, 2, 3), "S": range(1, 10)},
    **{"a": (1,), "V": (2,), "O": (1, 4)},
}
# Those by which Spark only writes
_WRITTEN = frozenset("BEFQqu")
_REMEDY = "write one as dd.MM.yyyy HH:mm"
# What SQL, JavaScript and Python write, as Spark has it
_ELSEWHERE = {
    **{"YYYY": "yyyy", "YY": "yy", "DD": "dd", "HH24": "HH", "MI": "mm"},
    **{"%Y": "yyyy", "%y": "yy", "%m": "MM", "%d": "dd", "%b": "MMM", "%B": "MMMM"},
    **{"%H": "HH", "%I": "hh", "%M": "mm", "%S": "ss", "%f": "SSSSSS", "%p": "a"},
    **{"%z": "Z", "T": "'T'", "%T": "HH:mm:ss", "%F": "yyyy-MM-dd"},
}
_WORDS = re.compile("'[^']*'|" + "|".join(sorted(_ELSEWHERE, key=len, reverse=True)))


def fault(format_: str) -> tuple[str, str] | None:
    """Why Spark reads no times by a pattern, and what to write; None where it does."""
    message = _message(format_)
    if message is None:
        return None
    meant = _WORDS.sub(lambda m: _ELSEWHERE.get(m[0], m[0]), format_)
    remedy = f"did you mean {meant}?" if _message(meant) is None else _REMEDY
    return f"the format {format_} {message}", remedy


def _message(format_: str) -> str | None:
    plain = re.sub("'[^']*'", "", format_)
    if "'" in plain:
        return "has a quote ' that is not closed"
    found = [(c, len(list(same))) for c, same in groupby(plain)]
    letters = {c: n for c, n in found if c.isascii() and c.isalpha()}
    for letter, number in found:
        if letter in letters and letter not in _NUMBERS:
            only = f" to read by ({letter})" if letter in _WRITTEN else ""
            return f"is not a pattern{only}"
        if letter in letters and number not in _NUMBERS[letter]:
            return f"is not a pattern: it has {letter * number}"
        if letter in "#{}":
            return f"is not a pattern: {letter} must be in quotes, as '{letter}'"
    if not letters:
        return "is not a pattern"
    if "D" in letters and letters.keys() & set("MLd"):
        return "has D, the day of the year, beside a month"
    opened = 0
    for bracket in re.findall(r"[\[\]]", plain):
        opened += 1 if bracket == "[" else -1
        if opened < 0:
            return "has a bracket ] that closes nothing"
    return None
