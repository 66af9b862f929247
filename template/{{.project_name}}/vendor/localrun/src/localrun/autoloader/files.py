"""The files that a path stands for, found the way Spark's file source finds them."""

import bz2
import functools
import glob
import gzip
import hashlib
import os
import re
import zlib
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from fnmatch import fnmatchcase
from typing import IO, Any
from urllib.parse import unquote

from pyspark.sql import SparkSession
from pyspark.sql.readwriter import DataFrameReader

from localrun.errors import FlowError

_GLOB = re.compile(r"[\[\]{}*?\\]")
_SCHEME = re.compile(r"[a-zA-Z][\w+.-]+:/")
# What Hadoop decompresses and Python does not.
FOREIGN = (".deflate", ".lz4", ".snappy", ".zst", ".zstd")
_PIECE = 2**20
_FILE_FILTERS = ("pathglobfilter", "filenamepattern")


@dataclass(frozen=True)
class SourceFile:
    path: str
    size: int
    modified: int


def signature(path: str, options: Mapping[str, object] | None = None) -> str:
    """A hash of the path, size and modification time of every matching file."""
    return digest(matching(local_path(path), name_filter(options or {})))


def digest(files: Iterable[SourceFile]) -> str:
    found = repr([(file.path, file.size, file.modified) for file in files])
    return hashlib.sha256(found.encode("utf-8", "surrogateescape")).hexdigest()


NO_FILES = digest([])


def name_filter(options: Mapping[str, object]) -> str | None:
    """The glob pattern that file names have to match, under either of its names."""
    given = {key.lower(): str(value) for key, value in options.items()}
    return next((given[key] for key in _FILE_FILTERS if key in given), None)


def local_path(path: str) -> str:
    """The path without its `file:` scheme.

    Raises FlowError for a path that is not on this machine.
    """
    if path.startswith("file:"):
        path = "/" + path.removeprefix("file:").lstrip("/")
        # Hadoop takes such a path literally, Python's `Path.as_uri` writes it encoded
        if not os.path.exists(path) and os.path.exists(unquote(path)):
            path = unquote(path)
    elif _SCHEME.match(path):
        raise FlowError(
            f"{path} is not on this machine: on the laptop Auto Loader reads local "
            "folders, so give the source's folder under the landing folder"
        )
    return os.path.abspath(path)


def is_pattern(path: str) -> bool:
    """A pattern names nothing that exists; existing names may have brackets in them."""
    return bool(_GLOB.search(path.removeprefix(base_folder(path))))


def base_folder(path: str) -> str:
    """The longest part of the path that exists."""
    while not os.path.exists(path):
        path = os.path.dirname(path)
    return path


def spark_path(path: str) -> str:
    """The path in Spark's notation: brackets and the like of existing names escaped."""
    if not is_pattern(path):
        return _GLOB.sub(r"\\\g<0>", path)
    base = base_folder(path)
    return _GLOB.sub(r"\\\g<0>", base) + path.removeprefix(base)


def literal_reader(spark: SparkSession) -> DataFrameReader:
    """A batch reader that takes the paths of files as they are.

    Where Spark looks for patterns, names that have a colon fail.
    """
    return spark.read.option("__globPaths__", "false")


def matching(path: str, name_pattern: str | None = None) -> list[SourceFile]:
    """All files under the path, at any depth, in the order of their modification.

    Names that begin with `.` or `_` are left out, folders too, as Spark does.
    """
    roots = [path]
    if is_pattern(path):
        base = base_folder(path)
        patterns = _alternatives(path.removeprefix(base))
        expanded = (glob.glob(glob.escape(base) + pattern) for pattern in patterns)
        roots = sorted({root for found in expanded for root in found})
    names = _alternatives(name_pattern) if name_pattern else ["*"]
    found = []
    for file in (file for root in roots for file in _walk(root)):
        if any(fnmatchcase(os.path.basename(file), name) for name in names):
            stat = os.stat(file)
            found.append(SourceFile(file, stat.st_size, stat.st_mtime_ns))
    return sorted(found, key=lambda file: (file.modified, file.path))


def partition_names(path: str, files: Iterable[SourceFile]) -> list[str]:
    """The names of Hive-style folders (`name=value`) between the path and its files."""
    names: dict[str, None] = {}
    for folder in {os.path.dirname(file.path) for file in files}:
        below = os.path.relpath(folder, base_folder(path))
        for part in below.split(os.sep):
            name, equals, _ = part.partition("=")
            if equals and name:
                names[name] = None
    return sorted(names)


@contextmanager
def opened(path: str) -> Iterator[IO[bytes]]:
    """The bytes of a file, decompressed as Hadoop does it by the file's name.

    Raises FlowError where that is not done here, or does not succeed.
    """
    openers: dict[str, Callable[[str], Any]] = {".gz": gzip.open, ".bz2": bz2.open}
    opener = openers.get(os.path.splitext(path)[1], functools.partial(open, mode="rb"))
    if path.endswith(FOREIGN):
        raise FlowError(
            f"{path} is compressed in a way that is not read here: use gzip or bzip2"
        )
    try:
        with opener(path) as file:
            yield file
    except (EOFError, zlib.error, OSError) as error:
        if isinstance(error, OSError) and error.errno is not None:
            raise
        raise FlowError(
            f"{path} is cut off or damaged, its compression does not end: deliver it "
            "again whole"
        ) from error


def check_whole(path: str) -> None:
    """Raises FlowError for a compressed file that cannot be decompressed to its end."""
    if path.endswith((".gz", ".bz2")):
        with opened(path) as file:
            while file.read(_PIECE):
                pass


def _walk(root: str) -> Iterable[str]:
    if os.path.isfile(root):
        yield root
    for folder, folders, files in os.walk(root, followlinks=True):
        folders[:] = [name for name in folders if not _hidden(name)]
        yield from (os.path.join(folder, name) for name in files if not _hidden(name))


def _hidden(name: str) -> bool:
    return name.startswith((".", "_"))


def _alternatives(pattern: str) -> list[str]:
    """Hadoop's `{a,b}` written out: Python's globs do not know it."""
    braces = re.search(r"\{([^{}]*)\}", pattern)
    if not braces:
        return [pattern]
    before, after = pattern[: braces.start()], pattern[braces.end() :]
    patterns = [before + choice + after for choice in braces[1].split(",")]
    return [option for pattern in patterns for option in _alternatives(pattern)]
