"""The variables of a bundle and where their values come from.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/variables. The first of
these that is there counts: the option --var, the environment variable
BUNDLE_VAR_<name>, .databricks/bundle/<target>/variable-overrides.json, the target's
`variables`, the `default`. A variable that the CLI looks up in the workspace has a
value here only by one of the first three.
"""

import os
from collections.abc import Mapping
from dataclasses import dataclass, replace
from pathlib import Path

from localrun.bundle import documents
from localrun.bundle.nodes import Node, Place, did_you_mean, kind, mapping
from localrun.errors import UsageError

# A mapping with other keys than these, in a target, is the value of a complex variable.
_DEFINITION = {"default", "description", "lookup", "type"}


@dataclass(frozen=True)
class Variable:
    """A variable; `value` is None where it has none here."""

    name: str
    value: Node | None
    complex: bool
    looked_up: bool
    place: Place


def overrides_file(target: str) -> str:
    """Where the CLI reads a developer's own values, seen from the bundle's root."""
    return f".databricks/bundle/{target}/variable-overrides.json"


def assign(
    root: Path,
    target: str,
    defined: Node | None,
    overridden: Node | None,
    given: Mapping[str, str],
) -> dict[str, Variable]:
    """The variables `defined` by the bundle with their values for a target.

    `overridden` are the target's `variables`, `given` those of the option --var.
    Raises UsageError for a value of a variable that is not defined, and for a value of
    the wrong kind.
    """
    variables = {
        name: _defined(name, node)
        for name, node in mapping(defined, "variables").items()
    }
    for name, node in mapping(overridden, "variables").items():
        if name not in variables:
            raise UsageError(
                f"{node.place}: variable {name} is not defined in the bundle's "
                f"variables{did_you_mean(name, variables)}"
            )
        variables[name] = _overridden(variables[name], node)
    for name in given:
        if name not in variables:
            raise UsageError(
                f"--var {name}: the bundle does not define this variable"
                f"{did_you_mean(name, variables)}"
            )
    saved = _saved(root, target)
    return {
        name: _assigned(variable, target, given, saved.get(name))
        for name, variable in variables.items()
    }


def _defined(name: str, node: Node) -> Variable:
    """One of the top level, in its long form or as its value alone."""
    if isinstance(node.value, dict):
        return _in_long_form(Variable(name, None, False, False, node.place), node)
    value = None if node.value is None else node
    return Variable(name, value, isinstance(node.value, list), False, node.place)


def _overridden(variable: Variable, node: Node) -> Variable:
    if node.value is None:
        return variable
    keys = node.value.keys() if isinstance(node.value, dict) else set()
    if keys & {"default", "lookup"} and keys <= _DEFINITION:
        return _in_long_form(variable, node)
    return replace(variable, value=node, looked_up=False)


def _in_long_form(variable: Variable, node: Node) -> Variable:
    stated = node.get("type")
    if stated is not None and stated.value == "complex":
        variable = replace(variable, complex=True)
    if default := node.get("default"):
        return replace(variable, value=default, looked_up=False)
    if node.get("lookup"):
        return replace(variable, value=None, looked_up=True)
    return variable


def _assigned(
    variable: Variable, target: str, given: Mapping[str, str], saved: Node | None
) -> Variable:
    in_environment = f"BUNDLE_VAR_{variable.name}"
    for source, value in (
        (f"--var {variable.name}", given.get(variable.name)),
        (in_environment, os.environ.get(in_environment)),
    ):
        if value is None:
            continue
        if variable.complex:
            raise UsageError(
                f"{source}: variable {variable.name} is of type complex, for which "
                f"the CLI takes no text: write its value into {overrides_file(target)}"
            )
        return replace(variable, value=Node(value, variable.place), looked_up=False)
    if saved is None or saved.value is None:
        return variable
    if variable.complex != isinstance(saved.value, (dict, list)):
        wanted = "a list or a mapping" if variable.complex else "a text"
        raise UsageError(
            f"{saved.place}: the value of variable {variable.name} is "
            f"{kind(saved.value)} and must be {wanted}: write one, or change the "
            f"variable's type in {variable.place}"
        )
    return replace(variable, value=saved, looked_up=False)


def _saved(root: Path, target: str) -> dict[str, Node]:
    path = root / overrides_file(target)
    if not path.is_file():
        return {}
    return mapping(documents.read(path, root), "the file")
