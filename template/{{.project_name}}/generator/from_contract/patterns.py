"""The texts that a regular expression matches, in a fixed order: number i gives text i.

Different numbers give different texts (as long as the expression says each of them in
one way only), so that a key can follow a pattern and stay unique. Repetitions without
end are cut off; look-arounds are passed over, so that a text has to be looked at again.
"""

import re
import string
from functools import lru_cache

try:
    from re import _constants as codes
    from re import _parser as parser
except ImportError:  # before Python 3.11
    import sre_constants as codes
    import sre_parse as parser

_WORD = string.ascii_lowercase + string.ascii_uppercase + string.digits
_ALPHABET = _WORD + "_-.:/+#,;!?&%$@*()=<> "
# How many times more than it must something is repeated that has no end.
_MORE = 5
_CATEGORIES = {
    codes.CATEGORY_DIGIT: str.isdigit,
    codes.CATEGORY_NOT_DIGIT: lambda c: not c.isdigit(),
    codes.CATEGORY_SPACE: str.isspace,
    codes.CATEGORY_NOT_SPACE: lambda c: not c.isspace(),
    codes.CATEGORY_WORD: lambda c: c.isalnum() or c == "_",
    codes.CATEGORY_NOT_WORD: lambda c: not (c.isalnum() or c == "_"),
}
# What Java writes and Python does not know, in and out of brackets.
_JAVA = {
    r"\p{L}": "a-zA-Z",
    r"\p{Alpha}": "a-zA-Z",
    r"\p{Lu}": "A-Z",
    r"\p{Upper}": "A-Z",
    r"\p{Ll}": "a-z",
    r"\p{Lower}": "a-z",
    r"\p{N}": "0-9",
    r"\p{Nd}": "0-9",
    r"\p{Digit}": "0-9",
    r"\p{Alnum}": "a-zA-Z0-9",
}


class UnknownPattern(ValueError):
    """No text can be made of the expression."""


@lru_cache(maxsize=256)
def compiled(regex: str) -> re.Pattern:
    """A Java expression for Python's `search`. Raises UnknownPattern."""
    try:
        return re.compile(_python(regex))
    except re.error as error:
        raise UnknownPattern(str(error)) from error


@lru_cache(maxsize=256)
def language(regex: str) -> "Language":
    """The texts of a Java expression. Raises UnknownPattern."""
    return Language(_python(compiled(regex).pattern))


class Language:
    """`size` texts; `text(i)` is one of them, for i from 0."""

    def __init__(self, regex: str):
        self._tree = _sequence(parser.parse(regex))
        self.size = self._tree.size

    def text(self, number: int) -> str:
        return self._tree.text(number % self.size)


class _Choice:
    """One of several parts, or of single characters."""

    def __init__(self, parts):
        self.parts, self.size = parts, sum(_size(part) for part in parts)

    def text(self, number: int) -> str:
        for part in self.parts:
            if number < (size := _size(part)):
                return part if isinstance(part, str) else part.text(number)
            number -= size
        raise IndexError(number)


class _Sequence:
    """All parts, one after the other; the last one counts first."""

    def __init__(self, parts):
        self.parts, self.size = parts, 1
        for part in parts:
            self.size *= part.size

    def text(self, number: int) -> str:
        found = []
        for part in reversed(self.parts):
            number, digit = divmod(number, part.size)
            found.append(part.text(digit))
        return "".join(reversed(found))


def _size(part) -> int:
    return 1 if isinstance(part, str) else part.size


def _sequence(items) -> _Sequence:
    return _Sequence([part for item in items if (part := _part(*item))])


def _part(code, value):
    if code in (codes.AT, codes.ASSERT, codes.ASSERT_NOT):
        return None
    if code is codes.LITERAL:
        return _Choice([chr(value)])
    if code is codes.NOT_LITERAL:
        return _Choice([c for c in _WORD if c != chr(value)])
    if code is codes.ANY:
        return _Choice(list(_WORD))
    if code is codes.IN:
        return _Choice(_characters(value))
    if code is codes.BRANCH:
        return _Choice([_sequence(branch) for branch in value[1]])
    if code is codes.SUBPATTERN:
        return _sequence(value[-1])
    if code in (codes.MAX_REPEAT, codes.MIN_REPEAT, _code("POSSESSIVE_REPEAT")):
        least, most, inner = value
        one = _sequence(inner)
        most = min(int(most), least + _MORE)
        # Longer texts first: they are many, and look more like what people write
        counts = range(most, least - 1, -1) if least else range(least, most + 1)
        return _Choice([_Sequence([one] * count) for count in counts])
    if code is _code("ATOMIC_GROUP"):
        return _sequence(value)
    raise UnknownPattern(f"{code} is not understood")


def _code(name: str):
    return getattr(codes, name, object())


def _characters(items) -> list[str]:
    negated = items[0][0] is codes.NEGATE
    found: list[str] = []
    for code, value in items[1:] if negated else items:
        if code is codes.LITERAL:
            found.append(chr(value))
        elif code is codes.RANGE:
            found += map(chr, range(value[0], min(value[1], value[0] + 255) + 1))
        elif code is codes.CATEGORY:
            found += [c for c in _ALPHABET if _CATEGORIES[value](c)]
    if negated:
        others = [c for c in _ALPHABET if c not in found]
        found = [c for c in others if c.isalnum()] or others
    if not found:
        raise UnknownPattern("no character is allowed in one place")
    return list(dict.fromkeys(found))


def _python(regex: str) -> str:
    """Names of Unicode classes and quoted parts in Python's own words."""
    regex = re.sub(r"\\Q(.*?)\\E", lambda m: re.escape(m[1]), regex, flags=re.DOTALL)
    regex = re.sub(r"\(\?<(?=[a-zA-Z])", "(?P<", regex).replace(r"\z", r"\Z")
    for java, class_ in _JAVA.items():
        regex = re.sub(
            rf"(\[[^\]]*){re.escape(java)}", lambda m, c=class_: m[1] + c, regex
        )
        regex = regex.replace(java, f"[{class_}]")
    return regex
