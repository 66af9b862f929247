"""Notebooks in the source format of Python: cells, and what their magics mean.

Follows https://docs.databricks.com/aws/en/notebooks/notebooks-code#mix-languages. Code
and `%python` run, `%run` runs another notebook in the same place, `%md` is text, and
`%pip install` is held against what is installed. No other magic runs on a laptop.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

FIRST_LINE = "# Databricks notebook source"
_CELL = re.compile(r"^# COMMAND -+\s*$")
_MAGIC = re.compile(r"^# MAGIC ?(.*)$")
_PACKAGE = re.compile(r"^[A-Za-z0-9][\w.-]*(?=$|[\[<>=!~;@ ])")


@dataclass(frozen=True)
class Cell:
    """One cell: its language or command, its text, and the line at which that starts.

    `kind` is `python`, `run` (the text is a path), or the name of another magic.
    """

    kind: str
    text: str
    line: int


def cells(text: str) -> Iterator[Cell]:
    """The cells of a notebook, in order, without those that are empty or text."""
    lines, start = text.splitlines(), 0
    for number, line in enumerate([*lines, "# COMMAND ----------"]):
        if _CELL.match(line):
            yield from _cell(lines[start:number], start + 1)
            start = number + 1


def _cell(lines: list[str], first: int) -> Iterator[Cell]:
    """A cell of one language, or lines of Python with single commands among them."""
    magics = [match and match[1] for match in map(_MAGIC.match, lines)]
    code = [line for line in lines if line.strip() and line != FIRST_LINE]
    stated = [text for text in magics if text is not None]
    if not code:
        return
    if len(stated) == len(code) and not stated[0].startswith("%python"):
        yield from _commands(magics, first)
        return
    plain = [
        line if magic is None else "" if magic.startswith("%python") else magic
        for line, magic in zip(lines, magics, strict=True)
    ]
    yield Cell("python", "\n".join(plain), first)


def _commands(magics: list[str | None], first: int) -> Iterator[Cell]:
    """The magics of a cell that is nothing else: `%pip` and `%run` are a line each."""
    kind, text, start = "", [""], first
    for number, magic in enumerate(magics):
        if magic is None:
            continue
        if match := re.match(r"%(\S+)\s*(.*)", magic):
            if kind and kind != "md":
                yield Cell(kind, "\n".join(text).strip(), start)
            kind, text, start = match[1], [match[2]], first + number
        else:
            text.append(magic)
    if kind and kind not in ("md", "md-sandbox"):
        yield Cell(kind, "\n".join(text).strip(), start)


def run(
    file: Path,
    scope: dict[str, object],
    note: Callable[[Path, int, str], None],
    running: tuple[Path, ...] = (),
) -> None:
    """Run a notebook in `scope`; `note` is told of what does not run on a laptop.

    Raises what its code raises.
    """
    for cell in cells(file.read_text(encoding="utf-8")):
        if cell.kind == "python":
            # Blank lines in front, so that errors name the lines of the file.
            code = "\n" * (cell.line - 1) + cell.text
            exec(compile(code, str(file), "exec"), scope)
        elif cell.kind == "run":
            _run_other(file, cell, scope, note, (*running, file))
        elif cell.kind == "pip":
            if missing := _missing_packages(cell.text):
                note(
                    file,
                    cell.line,
                    f"%pip install: {', '.join(missing)} is not installed here: add it "
                    "to the environment that localrun runs in",
                )
        else:
            note(file, cell.line, f"a cell in %{cell.kind} does not run on the laptop")


def _run_other(
    file: Path,
    cell: Cell,
    scope: dict[str, object],
    note: Callable[[Path, int, str], None],
    running: tuple[Path, ...],
) -> None:
    name = cell.text.strip().strip("\"'").split(" $")[0]
    other = (file.parent / name).resolve()
    if not other.is_file():
        other = other.with_name(f"{other.name}.py")
    if not other.is_file():
        note(file, cell.line, f"%run {name}: there is no notebook {other}")
    elif other in running:
        note(file, cell.line, f"%run {name}: that notebook runs this one")
    else:
        run(other, scope, note, running)


def _missing_packages(text: str) -> list[str]:
    """The packages that `%pip install` names and that are not installed."""
    words = text.split()
    if words[:1] != ["install"]:
        return []
    missing = []
    for word in words[1:]:
        if match := _PACKAGE.match(word):
            try:
                distribution(match[0])
            except PackageNotFoundError:
                missing.append(match[0])
    return missing
