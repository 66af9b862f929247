"""The strict check of contracts: the standard's own JSON schema besides our checks.

The pipeline checks what it reads when it loads a contract. Here, all of a contract is
held against the JSON schema of its standard, so that a field that nobody knows is found
before other tools stumble over it.
"""

import json
import re
from collections.abc import Iterator
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from jsonschema import Draft201909Validator
from jsonschema.exceptions import ValidationError, relevance

from contract_tools.tables import contracts
from medallion import contract, documents
from medallion.problems import Problem, did_you_mean, nearest

_UNKNOWN_KEYS = ("unevaluatedProperties", "additionalProperties")
# Version 3.2 only adds to 3.1; before that, some of what is allowed had another shape.
_CHECKED = ("v3.1.0", "v3.2.0")
_ADDED_LAST = ("enum", "semanticType", "synonyms", "deprecated", "context")
_QUOTED = re.compile(r"'([^']*)'")


def check_folder(folder: Path) -> tuple[list[Problem | str], list[str]]:
    """The problems of the contracts in a folder, and remarks on them.

    A problem's text names file, table, field and remedy. A remark is not a problem: it
    names a quality rule that the pipeline does not judge rows by.
    """
    paths = contracts(folder)
    if not paths:
        return [f"{folder} holds no contract: write one as <name>.odcs.yaml"], []
    problems: list[Problem | str] = []
    remarks = []
    for path in paths:
        found, said = check(path)
        problems += found
        remarks += [f"contract {path.name}: {remark}" for remark in said]
    return problems, remarks


def check(path: Path) -> tuple[list[Problem], list[str]]:
    """The problems of one contract, and remarks on it."""
    problems: list[Problem] = []
    remarks: list[str] = []
    try:
        remarks += contract.unenforced(path)
    except contract.ContractError as error:
        problems += error.problems
    document, _ = documents.read(path)
    if not isinstance(document, dict):
        return problems, remarks
    version = document.get("apiVersion")
    if version not in _CHECKED or version not in _versions():
        remarks.append(
            f"the JSON schema of {version} is not installed: only what the pipeline "
            "reads was checked"
        )
        return problems, remarks
    # Our own words on a place are better than a schema's.
    known = [(problem.table, problem.field) for problem in problems]
    if version != _CHECKED[-1]:
        newer = dict.fromkeys(_newer(document))
        problems += [Problem(path.name, *fault) for fault in newer]
    for table, field, *fault in dict.fromkeys(_faults(document)):
        owner = field.rpartition(", ")[0] or field
        if (table, field) not in known and (table, owner) not in known:
            problems.append(Problem(path.name, table, field, *fault))
    return problems, remarks


@cache
def schema() -> dict[str, Any]:
    """The JSON schema of the version that open-data-contract-standard is made for."""
    # Its model would import pydantic, which takes longer than all of this check.
    text = (files("open_data_contract_standard") / "schema.json").read_text("utf-8")
    found: dict[str, Any] = json.loads(text)
    return found


def _versions() -> tuple[str, ...]:
    return tuple(schema()["properties"]["apiVersion"]["enum"])


def _newer(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(table, field, message, remedy) of each field that other tools refuse in 3.1."""
    tables = document.get("schema")
    for table in tables if isinstance(tables, list) else ():
        if not isinstance(table, dict):
            continue
        for place, entry in _within(table, ""):
            for name in (name for name in _ADDED_LAST if name in entry):
                message = f"{name} came with version 3.2 of the standard"
                fault = (message, f"write apiVersion: {_CHECKED[-1]}")
                yield str(table.get("name", "")), place, *fault


def _within(entry: dict[str, Any], place: str) -> Iterator[tuple[str, dict[str, Any]]]:
    """An entry and all properties in it, at any depth, each with its place."""
    yield place, entry
    properties = entry.get("properties")
    inner = properties if isinstance(properties, list) else []
    for property_ in [*inner, entry.get("items")]:
        if isinstance(property_, dict):
            name = f"property {property_['name']}" if "name" in property_ else "items"
            yield from _within(property_, f"{place}, {name}" if place else name)


@cache
def _fields_of_the_standard() -> tuple[str, ...]:
    definitions = [schema(), *schema()["$defs"].values()]
    return tuple({name for d in definitions for name in d.get("properties", {})})


def _faults(document: dict[str, Any]) -> Iterator[tuple[str, str, str, str]]:
    """(table, field, message, remedy) of each place that the schema does not allow."""
    known = _fields_of_the_standard()
    found = Draft201909Validator(schema()).iter_errors(document)
    errors = sorted((e for e in found if not _is_of_another_type(e)), key=_place)
    others = [_place(e) for e in errors if e.validator not in _UNKNOWN_KEYS]
    for error in errors:
        place = _place(error)
        table, field = _named(document, list(error.absolute_path))
        if error.validator not in _UNKNOWN_KEYS:
            yield table, field, *_explained(error)
            continue
        # Where something else is wrong, known fields are reported as unknown, too.
        spoilt = any(other[: len(place)] == place for other in others)
        for name in _QUOTED.findall(error.message.partition("(")[2]):
            if not (spoilt and name in known):
                message = f"{name} is not a field of the standard here"
                meant = nearest(name, known, 0.75)
                yield (
                    table,
                    field,
                    message,
                    f"did you mean {meant}?" if meant else "write it as customProperty",
                )


def _is_of_another_type(error: ValidationError) -> bool:
    """The schema of 3.2 asks `map` of what has no logicalType as if it were a map."""
    wants_map = error.validator == "required" and error.validator_value == ["map"]
    return wants_map and "logicalType" not in error.instance


def _place(error: ValidationError) -> list[str]:
    return [str(part) for part in error.absolute_path]


def _explained(error: ValidationError) -> tuple[str, str]:
    """What is wrong, and a remedy: of alternatives, in the one that comes nearest."""
    while error.context:
        error = min(error.context, key=relevance)
    value, allowed = error.instance, error.validator_value
    if error.validator == "required":
        name = next(name for name in allowed if name not in value)
        return f"{name} is missing", f"add {name}"
    if error.validator == "enum" and isinstance(value, str):
        return f"{value} is not known", did_you_mean(value, map(str, allowed))
    if error.validator == "type":
        quotes = allowed == "string" and isinstance(value, int | float)
        remedy = "put it in quotes" if quotes else f"write a value of type {allowed}"
        return f"{value} is not of type {allowed}", remedy
    if error.validator == "pattern" and "relationships" in _place(error):
        # Of the standard; the pipeline itself would take any name.
        message = f"the standard has no reference to {value}"
        return message, "rename the column to letters, digits and _ in the files"
    return error.message, ""


def _named(document: dict[str, Any], path: list[Any]) -> tuple[str, str]:
    """A path such as schema/0/properties/2/physicalType as a table and its field."""
    table = ""
    fields: list[str] = []
    value: Any = document
    singular = {"properties": "property", "quality": "rule"}
    while path:
        key = path.pop(0)
        value = value[key]
        if not isinstance(key, int):
            fields.append(key)
            continue
        stated = value.get("name") if isinstance(value, dict) else None
        name = stated or f"number {key + 1}"
        if fields == ["schema"]:
            table, fields = str(name), []
        else:
            kind = fields.pop() if fields else ""
            fields.append(f"{singular.get(kind, kind)} {name}")
    return table, ", ".join(fields)
