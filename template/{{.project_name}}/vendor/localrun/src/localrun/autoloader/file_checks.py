"""What the first bytes of a file, or a failure to read it, say about it.

A file in UTF-16 that nothing says so of would leave names full of NUL characters in its
table for good; of one that is cut off Spark says no more than that its stream ended.
"""

import gzip
import zlib
from collections.abc import Iterable

from localrun.autoloader.options import Options
from localrun.errors import FlowError

_BEGINNING = 4
_CHUNK = 2**20
_MARKS = {b"\xff\xfe": "UTF-16", b"\xfe\xff": "UTF-16"}


def refuse_unsaid_encoding(paths: Iterable[str], options: Options) -> None:
    """Raises FlowError for JSON in UTF-16 where no option says so.

    JSON begins with a character of ASCII, so that two bytes tell.
    """
    if options.format != "json" or {"encoding", "charset"} & options.parser.keys():
        return
    for path in paths:
        if encoding := _encoding(_beginning(path)):
            raise FlowError(
                f"{path} is in {encoding}, which no option says: give the reader's "
                f"option encoding {encoding}, or write the file as UTF-8"
            )


def refuse_cut_off(paths: Iterable[str]) -> None:
    """Raises FlowError for the first file that gzip cannot unpack to its end."""
    for path in (path for path in paths if path.endswith(".gz")):
        try:
            with gzip.open(path) as file:
                while file.read(_CHUNK):
                    pass
        except (EOFError, gzip.BadGzipFile, zlib.error) as error:
            raise FlowError(
                f"{path} is not a whole gzip file ({error}): deliver it again, whole, "
                "under another name"
            ) from error


def _beginning(path: str) -> bytes:
    try:
        with gzip.open(path) if path.endswith(".gz") else open(path, "rb") as file:
            return file.read(_BEGINNING)
    except (EOFError, gzip.BadGzipFile, zlib.error):
        return b""


def _encoding(data: bytes) -> str | None:
    if data[:2] in _MARKS:
        return _MARKS[data[:2]]
    zeros = [byte == 0 for byte in data]
    if zeros == [False, True, False, True]:
        return "UTF-16LE"
    return "UTF-16BE" if zeros == [True, False, True, False] else None
