"""What is known of CSV files before Spark reads them: their headers, how they quote.

Spark's parser is told one number of cells for all files of a read, and takes columns by
position. So a header is read here, file by file, and joined to the file's rows.
"""

import codecs
import itertools
import os
import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any, cast

from pyspark import cloudpickle
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from localrun import autoloader, errors
from localrun.autoloader import foreign
from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.files import opened
from localrun.autoloader.options import Options
from localrun.errors import FlowError

_BLOCK = 2**16
_LONGEST_HEADER = 2**20
_LINE_END = re.compile("\r\n|\r|\n")
_NOT_IN_URI = re.compile(r"[^\w\-.!~'()*,;:$&+=@]", re.ASCII)
STAMPED = "size: BIGINT, modified: BIGINT, name: STRING, beginning: STRING"

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
    header: bool

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
            options.header,
        )


def beginning(path: str, quoting: Quoting) -> str:
    """The text of a file from the lines to skip to the end of its header.

    It is longer where that end is unclear.

    Raises FlowError where the file is not text, or not CSV, or is cut off.
    """
    decoder = codecs.getincrementaldecoder(quoting.encoding)("replace")
    text, header = "", slice(0, 0)
    with opened(path) as file:
        while len(text) < _LONGEST_HEADER:
            block = file.read(_BLOCK)
            if not text and (what := foreign.binary(block, "CSV")):
                raise FlowError(f"{path} is not CSV but {what}")
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
    if quoting.header and (what := foreign.text(text)):
        raise FlowError(f"{path} is not CSV but {what}")
    return text


def known(spark: SparkSession, paths: Iterable[str], quoting: Quoting) -> DataFrame:
    """The beginnings of these files: `file BIGINT, beginning STRING`; see `key`."""
    found = [(*stamp(path), beginning(path, quoting)) for path in paths]
    return keyed(spark.createDataFrame(found, STAMPED))


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


def keyed(files: DataFrame) -> DataFrame:
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
