"""Every fault of a contract at once, before anything is made of it."""

import re
from collections.abc import Iterable, Iterator

from medallion.checks import (
    columns,
    merging,
    names,
    quality,
    relationships,
    shapes,
    tables,
)
from medallion.documents import custom_properties
from medallion.model import Table
from medallion.problems import Fault, Problem

_READ = re.compile(r"v3\.[012]\.\d+")


def problems(document: object, file: str) -> list[Problem]:
    """The faults of a contract's document: of the whole, then table by table."""
    found = [Problem(file, "", *fault) for fault in _document(document)]
    if not has_tables(document):
        return found
    entries = [e for e in document["schema"] if isinstance(e.get("name"), str)]
    names = [entry["name"] for entry in entries]
    seen: set[str] = set()
    misshapen = [list(shapes.faults(e)) for e in entries]
    both = list(zip(entries, misshapen, strict=True))
    sound = {e["name"]: e for e, faults in both if are_misspelt(faults)}
    for entry, faults in both:
        # What has the wrong shape cannot be looked at any further
        if are_misspelt(faults):
            faults += _table(entry, sound, names)
        found += [Problem(file, entry["name"], *fault) for fault in faults]
        if entry["name"].lower() in seen:
            fault = ("", "another table has this name, too", "keep one of them")
            found.append(Problem(file, entry["name"], *fault))
        seen.add(entry["name"].lower())
    return list(dict.fromkeys(found))


def are_misspelt(faults: Iterable[Fault]) -> bool:
    """Whether nothing worse is wrong with the shape of a table."""
    return all(isinstance(fault, shapes.Misspelt) for fault in faults)


def has_tables(document: object) -> bool:
    """Whether there is a list of tables to look at."""
    schema = document.get("schema") if isinstance(document, dict) else None
    return (
        isinstance(schema, list)
        and bool(schema)
        and all(isinstance(entry, dict) for entry in schema)
    )


def clashes(contract: Iterable[Table], file: str) -> list[Problem]:
    """Names that stand twice, among those that the pipeline makes of the contract."""
    found, datasets = [], {}
    contract = list(contract)
    for table in contract:
        rules: dict[str, str] = {}
        for rule in table.rules:
            if rule.name.lower() in rules:
                fault = (
                    f"rule {rule.name}",
                    f"two rules have this name: {rules[rule.name.lower()]}, and "
                    f"{rule.expectation}",
                    "rename one; a derived rule cannot be replaced",
                )
                found.append(Problem(file, table.name, *fault))
            rules.setdefault(rule.name.lower(), rule.expectation)
        faults = list(relationships.key_faults(table, contract))
        faults += tables.untyped_faults(table)
        faults += merging.faults(table, contract)
        found += [Problem(file, table.name, *fault) for fault in faults]
        for dataset in _datasets(table):
            if dataset in datasets:
                message = f"it and table {datasets[dataset]} would both make {dataset}"
                problem = Problem(file, table.name, "", message, "rename one of them")
                found.append(problem)
            datasets.setdefault(dataset, table.name)
    return found


def _document(document: object) -> Iterator[Fault]:
    if not isinstance(document, dict):
        yield Fault("", "it is no mapping", "begin with apiVersion: v3.1.0")
        return
    version = document.get("apiVersion")
    if not isinstance(version, str) or not _READ.fullmatch(version):
        message = f"apiVersion {version} is not read" if version else "it is missing"
        yield Fault("apiVersion", message, "write v3.1.0 (3.0 to 3.2 are read)")
    if document.get("kind") != "DataContract":
        yield Fault("kind", f"it is {document.get('kind')}", "write kind: DataContract")
    if not has_tables(document):
        message = "it is no list of tables" if "schema" in document else "it is missing"
        yield Fault("schema", message, "list the tables in it, each with a name")
        return
    for i, entry in enumerate(document["schema"], 1):
        if not isinstance(entry.get("name"), str):
            yield Fault("schema", f"table number {i} has no name", "add name: sales")


def _table(entry: dict, sound: dict, all_names: list[str]) -> Iterator[Fault]:
    types = columns.types(entry.get("properties") or [])
    yield from tables.faults(entry, types)
    yield from names.faults(entry)
    yield from columns.faults(entry)
    yield from quality.faults(entry, types)
    yield from relationships.faults(entry, sound, set(all_names) - set(sound))
    custom = custom_properties(entry)
    yield from merging.stated_faults(entry["name"], custom, all_names)


def _datasets(table: Table) -> Iterator[str]:
    for layer in ("bronze", "checked", "quarantine", "accepted"):
        yield f"{layer}_{table.name}".lower()
    if table.stores_verdicts:
        yield f"resolved_{table.name}".lower()
    if table.into:
        return
    yield f"silver_{table.name}".lower()
    if table.has_history:
        yield f"silver_{table.name}_current".lower()
    kind = "fact" if table.role == "fact" else "dim"
    yield f"gold_{kind}_{table.name}".lower()
