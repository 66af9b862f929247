"""A contract's YAML as Python values, and the few shapes that recur in it."""

from pathlib import Path

import yaml
from medallion.problems import Problem


def read(path: str | Path) -> tuple[dict, list[Problem]]:
    """The document, and what is wrong with it as YAML; {} where it cannot be read."""
    path = Path(path)
    return yaml.safe_load(path.read_text(encoding="utf-8")), []


def custom_properties(entry: dict) -> dict[str, object]:
    return {p["property"]: p["value"] for p in entry.get("customProperties") or []}


def as_tuple(value: object) -> tuple:
    """A list, or a single value where the contract allows either, as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def references(entry: dict) -> list[tuple[tuple[str, ...], str, tuple[str, ...]]]:
    """(columns, table, its columns) of each relationship of a table, in file order."""
    found = []
    for column in entry.get("properties") or []:
        for relationship in column.get("relationships") or []:
            to = [t.split(".") for t in as_tuple(relationship["to"])]
            found.append(((column["name"],), to[0][0], tuple(t[-1] for t in to)))
    for relationship in entry.get("relationships") or []:
        columns = tuple(c.split(".")[-1] for c in as_tuple(relationship["from"]))
        to = [t.split(".") for t in as_tuple(relationship["to"])]
        found.append((columns, to[0][0], tuple(t[-1] for t in to)))
    return found
