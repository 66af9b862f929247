"""Values of a bundle's files that know where they were written, and their shapes."""

import difflib
import math
import os
from collections.abc import Iterable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import NoReturn, Union

from localrun.errors import UsageError

Scalar = str | int | float | bool | None
Value = Union[Scalar, "dict[str, Node]", "list[Node]"]


@dataclass(frozen=True)
class Place:
    """A line of a file of the bundle in folder `root`, printed as `x.yml, line 4`."""

    root: Path
    path: Path
    line: int

    def __str__(self) -> str:
        return f"{shown(self.path, self.root)}, line {self.line}"


@dataclass(frozen=True)
class Node:
    """A value and its place: that of its key, where it has one."""

    value: Value
    place: Place

    def get(self, *keys: str) -> "Node | None":
        """What these nested keys lead to; None where one is absent or has no value."""
        found: Node | None = self
        for key in keys:
            inside = found.value if found is not None else None
            found = inside.get(key) if isinstance(inside, dict) else None
        return None if found is None or found.value is None else found


def shown(path: Path, root: Path) -> str:
    """`path` as messages name it: seen from the bundle's root, with forward slashes."""
    try:
        return Path(os.path.relpath(path, root)).as_posix()
    except ValueError:  # another drive
        return path.as_posix()


def mapping(node: Node | None, what: str) -> "dict[str, Node]":
    """The entries of a mapping, none for None. UsageError for any other value."""
    if node is None:
        return {}
    if not isinstance(node.value, dict):
        _wrong(node, what, "a mapping", "write its entries as `key: value`, one a line")
    return node.value


def sequence(node: Node | None, what: str) -> "list[Node]":
    """The entries of a list, none for None. UsageError for any other value."""
    if node is None:
        return []
    if not isinstance(node.value, list):
        _wrong(node, what, "a list", "write its entries as `- entry`, one a line")
    return node.value


def text(node: Node, what: str) -> str:
    """A value as text, as `text_of` does it. UsageError for a list or a mapping."""
    if node.value is None:
        raise UsageError(
            f'{node.place}: {what} is empty: write a value, or "" for an empty text'
        )
    if isinstance(node.value, (dict, list)):
        _wrong(node, what, "a text", "write one value after its colon")
    return text_of(node.value)


def text_of(value: Scalar) -> str:
    """A value as the CLI prints it: `true`, `1.5`, and `1` for 1.0."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, float) and math.isfinite(value):
        return format(Decimal(repr(value)), "f").removesuffix(".0")
    return str(value)


def kind(value: Value) -> str:
    """What a message calls a value of this shape."""
    if value is None:
        return "empty"
    for types, name in (
        (dict, "a mapping"),
        (list, "a list"),
        (bool, "a boolean"),
        ((int, float), "a number"),
    ):
        if isinstance(value, types):
            return name
    return "a text"


def did_you_mean(name: str, names: Iterable[str]) -> str:
    """`; did you mean x?` where one of `names` is close to `name`, else nothing."""
    close = difflib.get_close_matches(name, list(names), 1)
    return f"; did you mean {close[0]}?" if close else ""


def listed(names: Iterable[str]) -> str:
    """Names in a sentence: `a`, `a and b`, `a, b and c`."""
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


def _wrong(node: Node, what: str, wanted: str, fix: str) -> NoReturn:
    raise UsageError(
        f"{node.place}: {what} is {kind(node.value)} and must be {wanted}: {fix}"
    )
