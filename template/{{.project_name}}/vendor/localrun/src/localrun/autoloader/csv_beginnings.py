"""What is known of CSV files before Spark reads them: their headers, how they quote.

Spark's parser is told one number of cells for all files of a read, and takes columns by
position. So a header is read here, file by file, and joined to the file's rows.
"""

import bz2
import codecs
import functools
import gzip
import itertools
import os
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import IO, Any, cast

from pyspark import cloudpickle
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from localrun import autoloader, errors
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.files import matching, name_filter
from localrun.autoloader.options import Options
from localrun.errors import FlowError

_BLOCK = 2**16
_LONGEST_HEADER = 2**20
_SCANNED = 2**22
_LINE_END = re.compile("\r\n|\r|\n")
_FIRST_END = re.compile(rb"\r\n|\r|\n")
# What Hadoop decompresses and Python does not.
_FOREIGN = (".deflate", ".lz4", ".snappy", ".zst", ".zstd")
# Of a path, these stand in a URI as they are.
_IN_URI = re.compile(r"[^\w\-.!~'()*,;:$&+=/@]", re.ASCII)

# The workers need not find this package: what they run travels to them by value.
for _module in (autoloader, errors):
    cast(Callable[[Any], None], cloudpickle.register_pickle_by_value)(_module)


@dataclass(frozen=True)
class Quoting:
    """How the files of a load are written, as far as a look at their bytes needs it."""

    encoding: str
    separator: str
    quote: str
    escape: str
    comment: str
    goes_on: bool
    blanks_count: bool
    skipped: int

    @classmethod
    def of(cls, options: Options) -> "Quoting":
        grammar = Grammar.of(options)
        blanks = ("ignoreleadingwhitespace", "ignoretrailingwhitespace")
        try:
            codecs.lookup(options.encoding)
        except LookupError as error:
            raise FlowError(f"encoding {options.encoding} is not known") from error
        return cls(
            options.encoding,
            grammar.separator,
            grammar.quote,
            grammar.escape,
            options.parser.get("comment", "\0").strip("\0"),
            options.flag("multiline"),
            not any(options.flag(name) for name in blanks),
            int(options.parser.get("skiprows", "0")),
        )


def beginning(path: str, quoting: Quoting) -> str:
    """The text of a file from the lines to skip to the end of its header.

    It is longer where that end is unclear.

    Raises FlowError where the file is not text, or is cut off.
    """
    decoder = codecs.getincrementaldecoder(quoting.encoding)("replace")
    text, header = "", slice(0, 0)
    with _opened(path) as file:
        while len(text) < _LONGEST_HEADER:
            block = file.read(_BLOCK)
            text += decoder.decode(block, final=not block)
            header = _header(text, quoting)
            if header.stop is not None or not block:
                break
    text = text[header].removeprefix("\ufeff")
    if "\0" in text:
        raise FlowError(
            f"{path} is not text in {quoting.encoding}: give its encoding as an option "
            "of the reader, such as encoding UTF-16, or take it out of the folder"
        )
    return text


def is_plain(path: str, quoting: Quoting) -> bool:
    """Whether Spark's parser and `csv_grammar` cannot differ on a file.

    Quotes stand around whole cells and are all closed, lines end in one way, and no
    further sign has a meaning.
    """
    if quoting.comment or not quoting.blanks_count or len(quoting.separator) > 1:
        return False
    if codecs.lookup(quoting.encoding).name not in ("utf-8", "ascii", "iso8859-1"):
        return False
    ends, inside, first = set[bytes](), False, None
    with _opened(path) as file:
        while block := file.read(_SCANNED):
            rest = file.readline(_SCANNED)
            if len(rest) == _SCANNED:
                return False  # one line that is longer than what is looked at
            block = (block + rest).removeprefix(b"" if first else codecs.BOM_UTF8)
            # Spark takes the first end of a line that it sees for the file's own
            first = first or _FIRST_END.search(block)
            parts = block.split(quoting.quote.encode()) if quoting.quote else [block]
            outside, quoted = parts[inside::2], parts[not inside :: 2]
            if not _is_well_quoted(outside, inside, len(parts) % 2 == 1, quoting):
                return False
            if quoting.escape != quoting.quote and quoting.escape.encode() in block:
                return False
            if not quoting.goes_on and _ends(b"".join(quoted)):
                return False
            ends |= _ends(b"\0".join(outside))
            if b"\r" in ends or (ends and first and ends != {first[0]}):
                return False
            inside ^= len(parts) % 2 == 0
    return not inside


def known(spark: SparkSession, paths: Iterable[str], quoting: Quoting) -> DataFrame:
    """The beginnings of these files: `file STRING, beginning STRING`."""
    found = [(uri(path), beginning(path, quoting)) for path in paths]
    return spark.createDataFrame(found, "file STRING, beginning STRING")


def current(
    spark: SparkSession, path: str, options: Options, plain: set[str] | None
) -> DataFrame:
    """The same for all files that are there when a micro-batch runs.

    Where the batch takes all files for plain, `plain` are those that are known to be.
    One that came since is looked at now: FlowError where it is not.
    """
    quoting, pattern = Quoting.of(options), name_filter(options.source)

    @F.udf(returnType="array<struct<file:string,beginning:string>>", useArrow=False)
    def listed() -> list[tuple[str, str]]:
        found = []
        for file in matching(path, pattern):
            known = plain is None or file.path in plain
            if not known and not is_plain(file.path, quoting):
                raise FlowError(
                    f"{file.path} came while the update began, and its quotes need "
                    "another way of reading: run the update again"
                )
            found.append((uri(file.path), beginning(file.path, quoting)))
        return found

    files = spark.range(1).select(F.explode(listed()).alias("file"))
    return files.select("file.*")


def uri(path: str) -> str:
    """A path as the column `_metadata.file_path` has it."""

    def encoded(found: re.Match[str]) -> str:
        letter = found[0]
        if letter.isprintable() and not letter.isascii() and not letter.isspace():
            return letter
        return "".join(f"%{byte:02X}" for byte in letter.encode())

    return "file:" + _IN_URI.sub(encoded, path)


@contextmanager
def _opened(path: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed as Hadoop does it by the file's name."""
    openers: dict[str, Callable[[str], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(os.path.splitext(path)[1], functools.partial(open, mode="rb"))
    if path.endswith(_FOREIGN):
        raise FlowError(
            f"{path} is compressed in a way that is not read here: use gzip or bzip2"
        )
    try:
        with opener(path) as file:
            yield file
    except (EOFError, gzip.BadGzipFile) as error:
        raise FlowError(
            f"{path} is cut off or damaged, its compression does not end: deliver it "
            "again whole"
        ) from error


def _header(text: str, quoting: Quoting) -> slice:
    """Where the first line with something in it is, as far as the text tells."""
    start = begun = 0
    lines = _LINE_END.finditer(text)
    for found in itertools.islice(lines, quoting.skipped):
        start = begun = found.end()
    is_begun = False
    for found in lines:
        line = text[start : found.end()]
        start = found.end()
        comment = quoting.comment and line.startswith(quoting.comment)
        if not is_begun and (comment or not line.strip()):
            begun = start
            continue
        is_begun = True
        quotes = text.count(quoting.quote, begun, start) if quoting.quote else 0
        if not quoting.goes_on or quotes % 2 == 0:
            return slice(begun, start)
    return slice(begun, None)


def _is_well_quoted(
    outside: list[bytes], opens: bool, even: bool, quoting: Quoting
) -> bool:
    """Whether quotes are next to separators, ends of lines, or one another.

    `outside` is what stands outside of quotes in one block, which ends with a line. It
    `opens` behind a quote where the block begins inside of one; an `even` number of
    quotes is in it.
    """
    signs = quoting.separator.encode() + b"\r\n"
    ends_quoted = opens == even
    behind = outside if opens else outside[1:]
    ahead = outside if ends_quoted else outside[:-1]
    doubled = quoting.escape == quoting.quote
    if not doubled and b"" in outside[not opens : len(ahead)]:
        return False
    return all(not part or part[0] in signs for part in behind) and all(
        not part or part[-1] in signs for part in ahead
    )


def _ends(part: bytes) -> set[bytes]:
    """The ways in which lines end."""
    pairs, returns, feeds = (part.count(end) for end in (b"\r\n", b"\r", b"\n"))
    found = {b"\r\n"} if pairs else set()
    if returns > pairs:
        found.add(b"\r")
    if feeds > pairs:
        found.add(b"\n")
    return found
