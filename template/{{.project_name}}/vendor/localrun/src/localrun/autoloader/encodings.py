"""The encoding of a JSON file, as its first bytes tell it.

A file in UTF-16 that nothing says so of would leave names full of NUL characters in its
table for good.
"""

from collections.abc import Iterable

from localrun.autoloader.files import FOREIGN, opened
from localrun.errors import FlowError

_BEGINNING = 4
_MARKS = (b"\xff\xfe", b"\xfe\xff")


def refuse_unsaid(paths: Iterable[str], options: Iterable[str]) -> None:
    """Raises FlowError for JSON in UTF-16 where none of the reader's options says so.

    JSON begins with a character of ASCII, so that two bytes tell.
    """
    if {"encoding", "charset"} & {name.lower() for name in options}:
        return
    for path in (path for path in paths if not path.endswith(FOREIGN)):
        with opened(path) as file:
            encoding = _of(file.read(_BEGINNING))
        if encoding:
            raise FlowError(
                f"{path} is in {encoding}, which no option says: give the reader's "
                f"option encoding {encoding}, or write the file as UTF-8"
            )


def _of(data: bytes) -> str | None:
    if data[:2] in _MARKS:
        return "UTF-16"
    zeros = [byte == 0 for byte in data]
    if zeros == [False, True, False, True]:
        return "UTF-16LE"
    return "UTF-16BE" if zeros == [True, False, True, False] else None
