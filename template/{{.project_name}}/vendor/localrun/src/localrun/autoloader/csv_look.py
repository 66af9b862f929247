"""A look at the bytes of a CSV file: whether Spark's own parser may be trusted with it.

It is one pass of regular expressions over blocks of the file, several times as quick as
Spark's parser. The memory that it takes is that of a block and of the longest record.
"""

import codecs
import re
import sys
from collections.abc import Iterator
from dataclasses import dataclass

from localrun.autoloader.csv_beginnings import Quoting
from localrun.autoloader.files import opened

_BLOCK = 2**22
_LONGEST_RECORD = 2**24
_FIRST_END = re.compile(rb"\r\n|\r|\n")
_ASCII = ("utf-8", "ascii", "iso8859-1")
# Python has possessive repetition since 3.11. It finds the same in half the time.
_IS_POSSESSIVE = sys.version_info >= (3, 11)


@dataclass(frozen=True)
class Look:
    """What a look at the bytes of a file found.

    It is `plain` where every quote that opens a cell is closed, lines end in one way,
    and no further sign has a meaning: then Spark's parser and `csv_grammar` do not
    differ. `cells` are the numbers of cells that its records have.
    """

    plain: bool
    cells: frozenset[int] = frozenset()


ODD = Look(plain=False)


def look(path: str, quoting: Quoting) -> Look:
    """Whether a file is plain, and how many cells its records have.

    Raises FlowError for a compressed file that is cut off or damaged.
    """
    signs = (quoting.separator, quoting.quote, quoting.escape)
    if quoting.comment or not quoting.blanks_count or len(quoting.separator) > 1:
        return ODD
    is_ascii = all(sign.isascii() for sign in signs)
    if codecs.lookup(quoting.encoding).name not in _ASCII or not is_ascii:
        return ODD
    escape = b"" if quoting.escape == quoting.quote else quoting.escape.encode()
    cells: set[int] = set()
    records, rest = None, b""
    for block in _blocks(path):
        if escape and escape in block:
            return ODD
        rest += block
        if records is None:
            # Spark takes the first end of a line that it sees for the file's own
            end = _FIRST_END.search(rest.removesuffix(b"\r"))
            if end is None and len(rest) <= _LONGEST_RECORD:
                continue
            records = _Records(quoting, end[0] if end else b"\n")
        rest = rest[records.counted(rest, cells) :]
        if len(rest) > _LONGEST_RECORD or records.end == b"\r":
            return ODD
    records = records or _Records(quoting, b"\n")
    last = rest + records.end
    if records.counted(last, cells) < len(last):
        return ODD
    return Look(True, frozenset(cells))


def _blocks(path: str) -> Iterator[bytes]:
    with opened(path) as file:
        block = file.read(_BLOCK).removeprefix(codecs.BOM_UTF8)
        while block:
            yield block
            block = file.read(_BLOCK)


class _Records:
    """The records of one dialect, as regular expressions over bytes.

    A quote that opens a cell is its first sign; the one that closes it is the first
    after it that is not doubled. What follows up to the separator belongs to the cell.
    """

    def __init__(self, quoting: Quoting, end: bytes):
        separator = re.escape(quoting.separator)
        cell = plain = rf"[^{separator}\r\n]*+"
        if quote := re.escape(quoting.quote):
            inner = f"[^{quote}]*+" if quoting.goes_on else rf"[^{quote}\r\n]*+"
            closed = f"{quote}{inner}(?:{quote}{quote}{inner})*+{quote}(?!{quote})"
            cell = f"(?:{closed}|(?!{quote})){plain}"
        self.end = end
        self._cell, self._separator = cell, separator
        self._line_end = re.escape(end.decode())
        self._one = _compiled(f"{cell}(?:{separator}|{self._line_end})")
        self._any = _compiled(f"{cell}(?:{separator}{cell})*+{self._line_end}")
        self._usual = _compiled(f"(?:{self._line_end})*+")

    def counted(self, block: bytes, cells: set[int]) -> int:
        """Where the last whole record of a block ends; the numbers of cells are added.

        Empty lines are not records.
        """
        at = 0
        while True:
            at = _end(self._usual.match(block, at), at)
            record = self._any.match(block, at)
            if record is None:
                return at
            at = record.end()
            width = len(self._one.findall(record[0]))
            cells.add(width)
            others = f"(?:{self._separator}{self._cell}){{{width - 1}}}"
            usual = f"(?:(?:{self._cell}{others})?{self._line_end})*+"
            self._usual = _compiled(usual)


def _compiled(pattern: str) -> re.Pattern[bytes]:
    if not _IS_POSSESSIVE:
        pattern = pattern.replace("*+", "*")
    return re.compile(pattern.encode())


def _end(match: re.Match[bytes] | None, otherwise: int) -> int:
    return match.end() if match else otherwise
