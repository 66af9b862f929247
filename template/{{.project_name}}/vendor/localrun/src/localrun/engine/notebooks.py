"""Notebooks in the source format of Python: cells, and what their magics mean.

Follows https://docs.databricks.com/aws/en/notebooks/notebooks-code#mix-languages. Code
and `%python` run, `%run` runs another notebook in the same place, `%md` is text, and
`%pip install` is checked against what is installed. Magics of the editor, such as
`%autoreload`, have no effect; no other magic runs on a laptop.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path

_CELL = re.compile(r"^# COMMAND -+\s*$")
_MAGIC = re.compile(r"^# MAGIC ?(.*)$")
_PACKAGE = re.compile(r"([A-Za-z0-9][\w.-]*)(?:\[[^\]]*\])?(?:==([\w.]+)|[<>!~;]|$)")


# Options of pip that no value follows.
_FLAGS = ("-q", "-U", "--quiet", "--upgrade", "--no-deps", "--force-reinstall")
# Magics that are a line each, after which a cell goes on in Python.
_LINES = ("pip", "run", "load_ext", "reload_ext", "autoreload", "matplotlib")
# These make no difference to what a notebook defines.
_WITHOUT_EFFECT = ("md", "md-sandbox", *_LINES[2:])


@dataclass(frozen=True)
class Cell:
    """A piece of a notebook: its language or magic, its text, and where that starts.

    `kind` is `python`, or the name of another magic: of `run` the text is a path.
    """

    kind: str
    text: str
    line: int


def cells(text: str) -> Iterator[Cell]:
    """The pieces of a notebook, in order, without those that have no effect."""
    lines, start = text.splitlines(), 0
    for number, line in enumerate([*lines, "# COMMAND ----------"]):
        if _CELL.match(line):
            for cell in _pieces(lines[start:number], start + 1):
                if cell.kind not in _WITHOUT_EFFECT and cell.text.strip():
                    yield cell
            start = number + 1


def _pieces(lines: list[str], first: int) -> Iterator[Cell]:
    """A cell in one language, or Python with magics of a line each among it.

    Comments do not count, such as the title of a cell.
    """
    text: list[str] = []
    kind, start = "python", first
    for number, line in enumerate(lines, first):
        magic = _MAGIC.match(line)
        content = line if magic is None else magic[1]
        command = re.match(r"%([\w-]+) ?(.*)", content) if magic else None
        if command and command[1] != "python":
            yield Cell(kind, "\n".join(text), start)
            kind, text, start = command[1], [command[2]], number
        elif command:
            text.append(command[2])
        elif kind in _LINES:
            yield Cell(kind, "\n".join(text), start)
            kind, text, start = "python", [content], number
        elif kind == "python" or magic:
            text.append(content)
    yield Cell(kind, "\n".join(text), start)


def run(
    file: Path,
    scope: dict[str, object],
    note: Callable[[Path, int, str], None],
    running: tuple[Path, ...] = (),
) -> None:
    """Run a notebook in `scope`; `note` is told of what does not run on a laptop.

    Raises what its code raises.
    """
    for cell in cells(file.read_text(encoding="utf-8-sig")):
        if cell.kind == "python":
            # Blank lines in front, so that errors name the lines of the file.
            code = "\n" * (cell.line - 1) + cell.text
            exec(compile(code, str(file), "exec"), scope)
        elif cell.kind == "run":
            _run_other(file, cell, scope, note, (*running, file))
        elif cell.kind == "pip":
            for text in _not_installed(cell.text):
                note(file, cell.line, f"%pip {cell.text.strip()}: {text}")
        else:
            note(file, cell.line, f"a cell in %{cell.kind} does not run on the laptop")


def _run_other(
    file: Path,
    cell: Cell,
    scope: dict[str, object],
    note: Callable[[Path, int, str], None],
    running: tuple[Path, ...],
) -> None:
    name, _, arguments = cell.text.strip().partition(" $")
    name = name.strip("\"'")
    other = (file.parent / name).resolve()
    if not other.is_file():
        other = other.with_name(f"{other.name}.py")
    if arguments:
        note(file, cell.line, f"%run {name}: arguments do not run on the laptop")
    elif not other.is_file():
        note(file, cell.line, f"%run {name}: there is no notebook {other}")
    elif other in running:
        note(file, cell.line, f"%run {name}: that notebook runs this one")
    else:
        run(other, scope, note, running)


def _not_installed(text: str) -> Iterator[str]:
    """What is to be done about each package that `%pip install` names.

    What is not a package's name, such as a wheel or a file of requirements, is the
    user's to install: an import tells where it is missing.
    """
    command, *words = text.split() or [""]
    following_option = False
    for word in words if command == "install" else ():
        match = _PACKAGE.match(word.strip("\"'"))
        if match and not following_option and not word.endswith((".whl", ".txt")):
            yield from _not_met(match[1], match[2] or "")
        following_option = word.startswith("-") and word not in _FLAGS


def _not_met(package: str, pinned: str) -> Iterator[str]:
    try:
        found = version(package)
    except PackageNotFoundError:
        yield f"install {package} into the environment that localrun runs in"
        return
    if pinned and found != pinned:
        yield f"{package} is installed as {found}: install {pinned}, or change the line"
