"""What can be wrong with the relationships between tables."""

from collections.abc import Collection, Iterator

from medallion.checks import columns as column_checks
from medallion.documents import as_tuple, custom_properties, keys_of, references
from medallion.model import Table
from medallion.problems import Fault, did_you_mean


def faults(
    entry: dict, tables: dict[str, dict], unread: Collection[str] = ()
) -> Iterator[Fault]:
    """The faults of a table's relationships.

    `tables` has the entries by name; those of the tables `unread` have faults that are
    reported as such, and are no reason to call a relationship wrong.
    """
    for columns, target, to in references(entry):
        if target in unread:
            continue
        place = f"property {', '.join(columns)}"
        yield from (Fault(place, *f) for f in _one(entry, columns, target, to, tables))
    for relationship in entry.get("relationships") or []:
        for source in as_tuple(relationship["from"]):
            if source.rpartition(".")[0] != entry["name"]:
                message = f"a relationship of this table is from {source}"
                name = source.rpartition(".")[2]
                yield Fault("relationships", message, f"write {entry['name']}.{name}")


def key_faults(table: Table) -> Iterator[Fault]:
    """Surrogate keys of the star schema whose name is taken already."""
    taken = {name.lower(): f"column {name}" for name in table.column_names}
    if table.role != "fact":
        own = f"{table.name}_key"
        if own.lower() in taken:
            message = "the dimension's surrogate key has this name"
            yield Fault(f"property {own}", message, "choose another")
        return
    for relationship in table.relationships:
        columns = ", ".join(relationship.columns)
        owner = taken.get(relationship.key.lower())
        if owner:
            message = f"its surrogate key would be {relationship.key}, as is {owner}"
            yield Fault(f"property {columns}", message, "rename one of the columns")
        taken[relationship.key.lower()] = f"that of {columns}"


def _way_to(table: str, target: str, keys: tuple[str, ...]) -> str:
    """How a relationship to that key is written; of several columns, at the table."""
    paths = [f"{target}.{key}" for key in keys]
    if len(paths) == 1:
        return f"its key is {paths[0]}"
    columns = ", ".join(f"{table}.…" for _ in paths)
    return (
        "write it beside `properties`, with this table's columns for the dots: "
        f"relationships: [{{from: [{columns}], to: [{', '.join(paths)}]}}]"
    )


def _one(entry, columns, target, to, tables) -> Iterator[tuple[str, str]]:
    name = f"the relationship to {target}.{', '.join(to)}"
    if target not in tables:
        others = [other for other in tables if other != entry["name"]]
        remedy = did_you_mean(target, others) or f"add the table {target}"
        yield f"{name} leads to no table", remedy
        return
    member = tables[target]
    if custom_properties(member).get("role") == "fact":
        yield f"{name} leads to a fact", "relate to an scd1, scd2 or reference table"
        return
    keys = keys_of(member)
    if sorted(to) != sorted(keys) and keys:
        yield (
            f"{name} does not lead to that table's key",
            _way_to(entry["name"], target, keys),
        )
        return
    if len(columns) != len(to):
        return
    here = column_checks.types(entry.get("properties") or [])
    there = column_checks.types(member.get("properties") or [])
    known = [p["name"] for p in entry.get("properties") or []]
    for column, key in zip(columns, to, strict=True):
        if known and column not in known:
            yield (
                f"{name} is from {column}, which is no column",
                did_you_mean(column, known),
            )
        elif column in here and key in there:
            ours, theirs = here[column], there[key]
            if ours.family != theirs.family:
                message = f"{name} compares {ours} with {theirs}"
                yield message, f"make {column} {theirs}, too"
