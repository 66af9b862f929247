"""References such as ``${var.schema}``, and the values that they stand for.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/variables. It differs from
a deployment where the bundle stays on this machine:

- ``${workspace.file_path}`` and ``${workspace.root_path}`` are the bundle's own folder,
  where its files are
- ``${workspace.current_user.userName}`` is the name of the local user
- names are the plain ones, without the prefix ``[dev you]`` or ``dev_you_`` that the
  CLI puts before names in development mode
- what only a workspace knows, such as the id of a job, stays without a value
"""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localrun.bundle.computed import computed
from localrun.bundle.nodes import Node, did_you_mean, kind, text_of
from localrun.bundle.variables import Variable

_NAME = r"[^\W\d_](?:[\w-]*[^\W_])?"
_REFERENCE = re.compile(
    rf"\$\{{({_NAME}(?:\.{_NAME}(?:\[[0-9]+\])*)*(?:\[[0-9]+\])*)\}}"
)
_NESTED = re.compile(r"\$\{[^${}]*" + _REFERENCE.pattern)
_STEP = re.compile(r"[^.\[\]]+")
# The CLI drops the prefix too, and puts the bundle's files into this folder.
_PREFIX = re.compile(r"/Workspace/?(?=\$\{workspace\.)")
_FILES = re.compile(r"\$\{workspace\.root_path\}/files(?![^/])")
_DEPLOYED = ("bundle.git", "workspace")


@dataclass(frozen=True)
class Cause:
    """Why a reference has no value; `variable` is one to give so that it has."""

    reference: str
    why: str
    variable: Variable | None = None


class Unresolved(Exception):
    """A value refers to what has no value on this machine."""

    def __init__(self, causes: Iterable[Cause]):
        super().__init__()
        self.causes = tuple(causes)


@dataclass(frozen=True)
class References:
    """Resolves references in the merged configuration of one target."""

    root: Path
    target: str
    config: Node = field(repr=False)
    variables: Mapping[str, Variable] = field(repr=False)

    def resolve(self, node: Node) -> Node:
        """The value with every reference in it resolved, at its own place.

        A text that is one reference takes the type of what it refers to. Raises
        Unresolved with all references that have no value.
        """
        return self._resolve(node, ())

    def follow(self, node: Node) -> Node:
        """The list, mapping or other value that a text of one reference stands for.

        What is inside stays unresolved. Raises Unresolved.
        """
        return self._follow(node, ())[0]

    def _follow(
        self, node: Node, seen: tuple[str, ...]
    ) -> tuple[Node, tuple[str, ...]]:
        while isinstance(node.value, str):
            if _NESTED.search(node.value):
                node = Node(self._text(node, seen), node.place)
                continue
            whole = _REFERENCE.fullmatch(_local(str(node.value)))
            if whole is None:
                break
            reference = _short(whole[1])
            if reference in seen:
                cycle = " -> ".join([*seen[seen.index(reference) :], reference])
                raise Unresolved([Cause(reference, f"it refers to itself, {cycle}")])
            seen = (*seen, reference)
            node = Node(self._find(reference, seen).value, node.place)
        return node, seen

    def _resolve(self, node: Node, seen: tuple[str, ...]) -> Node:
        node, seen = self._follow(node, seen)
        if isinstance(node.value, str):
            return Node(self._text(node, seen), node.place)
        if not isinstance(node.value, (dict, list)):
            return node
        parts = node.value.values() if isinstance(node.value, dict) else node.value
        resolved: list[Node] = []
        causes: list[Cause] = []
        for part in parts:
            try:
                resolved.append(self._resolve(part, seen))
            except Unresolved as error:
                causes += error.causes
        if causes:
            raise Unresolved(causes)
        if isinstance(node.value, dict):
            return Node(dict(zip(node.value, resolved, strict=True)), node.place)
        return Node(resolved, node.place)

    def _text(self, node: Node, seen: tuple[str, ...]) -> str:
        """A text with the innermost references in it replaced."""
        causes: list[Cause] = []

        def replaced(match: re.Match[str]) -> str:
            try:
                found = self._resolve(Node(match[0], node.place), seen).value
            except Unresolved as error:
                causes.extend(error.causes)
                return ""
            if isinstance(found, (dict, list)):
                why = f"it is {kind(found)}, which cannot be a part of a text"
                causes.append(Cause(match[1], why))
                return ""
            return text_of(found)

        result = _REFERENCE.sub(replaced, _local(str(node.value)))
        if causes:
            raise Unresolved(causes)
        return result

    def _find(self, reference: str, seen: tuple[str, ...]) -> Node:
        """What is written at the path `reference`, itself not resolved."""
        steps = _STEP.findall(reference)
        known = computed(steps, self.root, self.target, self.config)
        if known is not None:
            return Node(known, self.config.place)
        found: Node | None = self.config
        if steps[0] == "var" and len(steps) > 1:
            variable = self.variables.get(steps[1])
            found = variable.value if variable else None
            steps = steps[2:]
        for step in steps:
            if found is not None:
                found = _inside(self._follow(found, seen)[0], step)
        if found is None or found.value is None:
            raise Unresolved([self._cause(reference, seen)])
        return found

    def _cause(self, reference: str, seen: tuple[str, ...]) -> Cause:
        names = [_STEP.findall(one)[1] for one in seen if one.startswith("var.")]
        known = [self.variables[name] for name in names if name in self.variables]
        if reference.startswith("var.") and known and known[-1].value is not None:
            known.pop()  # another text in its place has no such part either
        return Cause(reference, self._why(reference), known[-1] if known else None)

    def _why(self, reference: str) -> str:
        match _STEP.findall(reference):
            case ["var", name, *_] if name not in self.variables:
                hint = did_you_mean(name, self.variables)
                return f"the bundle defines no variable {name}{hint}"
            case ["var", name, *_]:
                variable = self.variables[name]
                if variable.value is not None:
                    return f"its value has no such part ({variable.place})"
                if variable.looked_up:
                    return f"it is looked up in a workspace ({variable.place})"
                return f"it has no value ({variable.place})"
            case ["resources", group, key, *_]:
                keys = self.config.get("resources", group)
                known = keys.value if keys and isinstance(keys.value, dict) else {}
                if key not in known:
                    hint = did_you_mean(key, known)
                    return f"the bundle defines no such resource{hint}"
                return "only a deployment gives it a value"
        if reference.startswith(_DEPLOYED):
            return "only a deployment gives it a value"
        return "the bundle does not state it"


def _local(text: str) -> str:
    return _FILES.sub("${workspace.file_path}", _PREFIX.sub("", text))


def _short(reference: str) -> str:
    """``variables.x.value`` is the long form of ``var.x``."""
    return re.sub(r"^variables\.([^.\[]+)\.value(?![^.\[])", r"var.\1", reference)


def _inside(node: Node, step: str) -> Node | None:
    value = node.value
    if isinstance(value, dict):
        return value.get(step)
    if isinstance(value, list) and step.isdigit() and int(step) < len(value):
        return value[int(step)]
    return None
