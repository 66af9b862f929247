"""Times as a contract's `formats` write them, which are patterns of Java."""

import re
from collections.abc import Callable
from datetime import datetime

_LETTERS = {
    "yyyy": "%Y",
    "uuuu": "%Y",
    "yy": "%y",
    "MMMM": "%B",
    "MMM": "%b",
    "MM": "%m",
    "dd": "%d",
    "HH": "%H",
    "hh": "%I",
    "mm": "%M",
    "ss": "%S",
    "a": "%p",
    "SSSSSS": "%f",
}
_TOKEN = re.compile(r"'([^']*)'|([A-Za-z])\2*|.", re.DOTALL)


def writer(pattern: str) -> Callable[[str], str] | None:
    """Writes a time that is text in ISO 8601 in a pattern; None for an unknown one.

    So is a pattern that says no whole day: it cannot say the same time.
    """
    python = ""
    for token in _TOKEN.finditer(pattern):
        text = token.group()
        if token[1] is not None:
            python += (token[1] or "'").replace("%", "%%")
        elif token[2]:
            if text not in _LETTERS:
                return None
            python += _LETTERS[text]
        else:
            python += text.replace("%", "%%")
    if not all(part in python for part in ("%Y", "%d")):
        return None

    def write(text: str) -> str:
        return datetime.fromisoformat(text.replace("Z", "+00:00")).strftime(python)

    return write
