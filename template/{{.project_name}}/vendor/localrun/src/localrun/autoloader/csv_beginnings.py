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
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from localrun import autoloader, errors
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.files import matching, name_filter
from localrun.autoloader.options import Options
from localrun.errors import FlowError

_BLOCK = 2**16
_LONGEST_HEADER = 2**20
_SCANNED = _LONGEST_LINE = 2**22
_LINE_END = re.compile("\r\n|\r|\n")
_FIRST_END = re.compile(rb"\r\n|\r|\n")
# What Hadoop decompresses and Python does not.
_FOREIGN = (".deflate", ".lz4", ".snappy", ".zst", ".zstd")
_NOT_IN_URI = re.compile(r"[^\w\-.!~'()*,;:$&+=@]", re.ASCII)
_STAMPED = "size: BIGINT, modified: BIGINT, name: STRING, beginning: STRING"

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


@dataclass(frozen=True)
class Look:
    """What a look at the bytes of a file found.

    It is `plain` where quotes stand around whole cells and are all closed, lines end in
    one way, and no further sign has a meaning: then Spark's parser and `csv_grammar` do
    not differ. `cells` are the numbers of cells that its records have.
    """

    plain: bool
    cells: frozenset[int] = frozenset()


_ODD = Look(plain=False)


def look(path: str, quoting: Quoting) -> Look:
    """Whether a file is plain, and how many cells its records have."""
    if quoting.comment or not quoting.blanks_count or len(quoting.separator) > 1:
        return _ODD
    if codecs.lookup(quoting.encoding).name not in ("utf-8", "ascii", "iso8859-1"):
        return _ODD
    separator = quoting.separator.encode()
    ends, cells, inside, first, rest = set[bytes](), set[int](), False, None, b""
    with _opened(path) as file:
        while block := file.read(_SCANNED):
            line = file.readline(_LONGEST_LINE)
            if len(line) == _LONGEST_LINE:
                return _ODD  # one line that is longer than what is looked at
            block = (block + line).removeprefix(b"" if first else codecs.BOM_UTF8)
            # Spark takes the first end of a line that it sees for the file's own
            first = first or _FIRST_END.search(block)
            parts = block.split(quoting.quote.encode()) if quoting.quote else [block]
            outside, quoted = parts[inside::2], parts[not inside :: 2]
            if not _is_well_quoted(outside, inside, len(parts) % 2 == 1, quoting):
                return _ODD
            if quoting.escape != quoting.quote and quoting.escape.encode() in block:
                return _ODD
            if not quoting.goes_on and _ends(b"".join(quoted)):
                return _ODD
            text = b"\0".join(outside)
            ends |= _ends(text)
            if b"\r" in ends or (ends and first and ends != {first[0]}):
                return _ODD
            lines = (rest + text).split(b"\n")
            rest = lines.pop() + (b"\0" if len(parts) > 1 else b"")
            cells |= {one.count(separator) for one in lines if one.strip(b"\r")}
            inside ^= len(parts) % 2 == 0
    if rest.strip(b"\0"):
        cells.add(rest.count(separator))
    return _ODD if inside else Look(True, frozenset(count + 1 for count in cells))


def known(spark: SparkSession, paths: Iterable[str], quoting: Quoting) -> DataFrame:
    """The beginnings of these files: `file BIGINT, beginning STRING`; see `key`."""
    found = [(*stamp(path), beginning(path, quoting)) for path in paths]
    return _keyed(spark.createDataFrame(found, _STAMPED))


def current(
    spark: SparkSession,
    path: str,
    options: Options,
    plain: set[str] | None,
    width: int = 0,
) -> DataFrame:
    """The same for all files that are there when a micro-batch runs.

    Where the batch takes all files for as plain as the known ones, these are `plain`.
    One that came since is looked at now: FlowError where it is not.
    """
    quoting, pattern = Quoting.of(options), name_filter(options.source)

    @F.udf(returnType=f"array<struct<{_STAMPED}>>", useArrow=False)
    def listed() -> list[tuple[int, int, str, str]]:
        found = []
        for file in matching(path, pattern):
            text = beginning(file.path, quoting)
            if plain is not None and file.path not in plain:
                seen = look(file.path, quoting)
                if not seen.plain or (width and seen.cells - {width}):
                    raise FlowError(
                        f"{file.path} came while the update began, and is not written "
                        "as the files before it: run the update again"
                    )
            found.append((*stamp(file.path), text))
        return found

    files = spark.range(1).select(F.explode(listed()).alias("file"))
    return _keyed(files.select("file.*"))


def stamp(path: str) -> tuple[int, int, str]:
    """Size, time and name, by which a file is known: Spark takes them along with each
    record at less cost than the whole path."""
    stat = os.stat(path)
    return stat.st_size, stat.st_mtime_ns // 10**6, _in_uri(os.path.basename(path))


def _in_uri(name: str) -> str:
    """A name as it stands in the URI that Java makes of a path."""

    def encoded(found: re.Match[str]) -> str:
        letter = found[0]
        if letter.isprintable() and not letter.isascii() and not letter.isspace():
            return letter
        return "".join(f"%{byte:02X}" for byte in letter.encode())

    return _NOT_IN_URI.sub(encoded, name)


def key(size: Column, modified: Column, name: Column) -> Column:
    """One number for what `stamp` tells of a file."""
    return F.xxhash64(size.cast("bigint"), modified.cast("bigint"), name)


def _keyed(files: DataFrame) -> DataFrame:
    """One row a key. Files of one key must have one header: else the flow fails."""
    twins = F.raise_error(
        F.concat(
            F.lit("two files with the name "),
            F.min("name"),
            F.lit(" have one size, one time and two headers: touch one of them"),
        )
    )
    files = files.withColumn(
        "file", key(F.col("size"), F.col("modified"), F.col("name"))
    )
    several = F.min("beginning") != F.max("beginning")
    text = F.when(several, twins.cast("string")).otherwise(F.min("beginning"))
    return files.groupBy("file").agg(text.alias("beginning"))


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
