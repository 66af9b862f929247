"""The names of tables in SQL text, replaced by others."""

import re
from collections.abc import Mapping

_TOKEN = re.compile(
    r"""
      (?P<text> r?'(?:[^'\\]|\\.|'')*' | r?"(?:[^"\\]|\\.|"")*" )
    | (?P<comment> --[^\n]* | /\*.*?\*/ )
    | (?P<name> (?:`(?:[^`]|``)*`|[^\W\d]\w*)
        (?: \s*\.\s* (?:`(?:[^`]|``)*`|\w+) )* )
    | (?P<other> . )
    """,
    re.VERBOSE | re.DOTALL,
)
_PART = re.compile(r"`((?:[^`]|``)*)`|(\w+)")


def replace(query: str, names: Mapping[tuple[str, ...], str]) -> str:
    """The query with each of these names as the SQL text that it is mapped to.

    A name is its parts, at least two, compared regardless of case. It is replaced in
    front of a column, too: `s.orders.id` becomes `<the text for s.orders>.id`. Strings
    and comments stay as they are.
    """
    if not names:
        return query
    known = {tuple(part.lower() for part in name): text for name, text in names.items()}

    def token(match: re.Match[str]) -> str:
        return _replaced(match[0], known) if match["name"] else match[0]

    return _TOKEN.sub(token, query)


def _replaced(chain: str, known: Mapping[tuple[str, ...], str]) -> str:
    """A dotted name in which the longest known name in front is replaced."""
    found = list(_PART.finditer(chain))
    parts = [
        (match[1].replace("``", "`") if match[2] is None else match[2]).lower()
        for match in found
    ]
    for length in range(len(parts), 1, -1):
        text = known.get(tuple(parts[:length]))
        if text is not None:
            return text + chain[found[length - 1].end() :]
    return chain
