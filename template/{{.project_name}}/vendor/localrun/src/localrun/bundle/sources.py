"""The source files of a pipeline, from its `libraries`.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/resources, `pipelines`, and
https://docs.databricks.com/aws/en/notebooks/notebook-format for notebooks.
"""

import os
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from localrun.bundle import globs
from localrun.bundle.nodes import Place, shown
from localrun.errors import UsageError

# Extensions of what a pipeline runs, and of notebooks in languages that it does not.
_KINDS = {".py": "python", ".sql": "sql", ".ipynb": "ipynb"}
_OTHER_LANGUAGES = {".scala": "Scala", ".r": "R"}
_HEADERS = {
    ".py": (b"# Databricks notebook source", "notebook"),
    ".sql": (b"-- Databricks notebook source", "sql_notebook"),
}
_SCHEME = re.compile(r"[A-Za-z][A-Za-z0-9+.-]+:")
_IN_A_WORKSPACE = ("/Workspace/", "/Repos/", "/Users/", "/Shared/")


@dataclass(frozen=True)
class Source:
    """A source file: its absolute path, and how it is to be read.

    `kind` is "python", "sql" or "ipynb", and for a file that begins with the line
    `# Databricks notebook source` "notebook", in SQL "sql_notebook".
    """

    path: Path
    kind: str


@dataclass(frozen=True)
class Library:
    """An entry of `libraries`: "glob", "file" or "notebook", and its path."""

    type: str
    path: str
    place: Place


def sources(libraries: Iterable[Library]) -> tuple[Source, ...]:
    """The files of all entries in their order, each once; those of one entry sorted.

    Raises UsageError, with file and line, for an entry that names no source file.
    """
    paths = [path for library in libraries for path in _files(library)]
    return tuple(Source(path, _kind(path)) for path in dict.fromkeys(paths))


def local(path: str, place: Place) -> Path:
    """The absolute path that stands at `place`: relative ones begin at their file.

    Raises UsageError for a path in a workspace or in cloud storage.
    """
    if _SCHEME.match(path):
        raise UsageError(
            f"{place}: {path} lies outside this machine: copy what is there into the "
            "bundle and write its path"
        )
    found = Path(os.path.normpath(place.path.parent / path))
    if path.startswith(_IN_A_WORKSPACE) and (
        path.startswith("/Workspace/") or not found.exists()
    ):
        raise UsageError(
            f"{place}: {path} lies in a workspace, which cannot be read here: write "
            "the path of the file in the bundle"
        )
    return found


def _files(library: Library) -> list[Path]:
    path, place = library.path, library.place
    found = local(path, place)
    if globs.has_wildcard(path):
        matches = globs.matching(place.path.parent, path)
        files = [match for match in matches if match.suffix.lower() in _KINDS]
        if files:
            return files
        raise UsageError(
            f"{place}: {path} matches no .py, .sql or .ipynb file: correct the pattern "
            "or write a source file there"
        )
    if found.is_dir():
        raise UsageError(
            f"{place}: {path} is a folder: write {path.rstrip('/')}/** under glob, "
            "include"
        )
    if not found.is_file():
        found = _with_extension(found, library)
    extension = found.suffix.lower()
    if extension in _KINDS:
        return [found]
    language = _OTHER_LANGUAGES.get(extension)
    raise UsageError(
        f"{place}: {path} is "
        + (f"written in {language}" if language else "not a source file")
        + ": a pipeline runs .py, .sql and .ipynb files"
    )


def _with_extension(path: Path, library: Library) -> Path:
    """A notebook may be named as in a workspace, where it has no extension."""
    if library.type == "notebook":
        for extension in (*_KINDS, *_OTHER_LANGUAGES):
            named = path.with_name(path.name + extension)
            if named.is_file():
                return named
    raise _missing(library, path)


def _missing(library: Library, path: Path) -> UsageError:
    place = library.place
    sentence = f"{place}: {library.type} {library.path} does not exist"
    if Path(library.path).is_absolute():
        return UsageError(f"{sentence}: correct the path")
    return UsageError(
        f"{sentence}, which is {shown(path, place.root)} in the bundle: correct the "
        "path; it begins at the folder of its YAML file"
    )


def _kind(path: Path) -> str:
    extension = path.suffix.lower()
    header, kind = _HEADERS.get(extension, (b"", ""))
    try:
        with path.open("rb") as file:
            first = file.readline(100).removeprefix(b"\xef\xbb\xbf").rstrip()
    except OSError as error:
        raise UsageError(
            f"{path} cannot be read, {error.strerror}: check its rights"
        ) from error
    return kind if header and first == header else _KINDS[extension]
