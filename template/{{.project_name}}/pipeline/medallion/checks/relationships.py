"""What can be wrong with the relationships between tables."""

from collections.abc import Callable, Collection, Iterable, Iterator

from medallion.checks import columns as column_checks
from medallion.checks.shapes import RELATIONSHIP_CUSTOM
from medallion.documents import (
    Reference,
    as_tuple,
    custom_properties,
    keys_of,
    references,
)
from medallion.headers import offered
from medallion.model import (
    CALENDAR,
    DAY,
    HEADER,
    MEMBER,
    ON_MISSING,
    Relationship,
    Table,
)
from medallion.problems import Fault, did_you_mean
from medallion.sql_types import TIMES

_CALLED = {
    MEMBER: "its surrogate key",
    DAY: "its key",
    HEADER: "a column of its header",
}
_BRIDGE = (
    "make a bridge: a fact with a row for each pair, related to this table and to {}"
)


def faults(
    entry: dict, tables: dict[str, dict], unread: Collection[str] = ()
) -> Iterator[Fault]:
    """The faults of a table's relationships.

    `tables` has the entries by name; those of the tables `unread` have faults that are
    reported as such, and are no reason to call a relationship wrong.
    """
    for reference in references(entry):
        if reference.table in unread:
            continue
        place = f"property {', '.join(reference.columns)}"
        yield from (Fault(place, *f) for f in _one(entry, reference, tables))
    for relationship in entry.get("relationships") or []:
        for source in as_tuple(relationship["from"]):
            if source.rpartition(".")[0] != entry["name"]:
                message = f"a relationship of this table is from {source}"
                name = source.rpartition(".")[2]
                yield Fault("relationships", message, f"write {entry['name']}.{name}")


def key_faults(table: Table, tables: Collection[Table] = ()) -> Iterator[Fault]:
    """Keys of the star schema whose name is taken already, or that no header has."""
    taken = {name.lower(): f"column {name}" for name in table.column_names}
    if table.role != "fact":
        own = f"{table.name}_key"
        if own.lower() in taken:
            message = "the dimension's surrogate key has this name"
            yield Fault(f"property {own}", message, "choose another")
        return
    by_name = {other.name: other for other in tables}
    taken["date_key"] = "that of the fact's own day"
    for relationship in table.relationships:
        columns = ", ".join(relationship.columns)
        place = f"property {columns}"
        names = [relationship.key]
        if relationship.kind == HEADER:
            names = [name for name, _ in relationship.inherits]
            if relationship == table.dated_by:
                names.append(relationship.time)
            if header := by_name.get(relationship.table):
                yield from (Fault(place, *f) for f in _unoffered(relationship, header))
        for name in names:
            if owner := taken.get(name.lower()):
                what = _CALLED[relationship.kind]
                message = f"{what} would be {name}, as is {owner}"
                yield Fault(place, message, "rename one of the columns")
            taken[name.lower()] = f"that of {columns}"


def _unoffered(relationship: Relationship, header: Table) -> Iterator[tuple[str, str]]:
    if isinstance(relationship.inherit_keys, bool):
        return
    known = [name for name, _ in header.star_keys[1:]]
    given = [name for name, _ in offered(relationship, header)]
    for name in relationship.inherit_keys:
        if name not in given:
            message = f"inheritKeys names {name}, which is not a key of {header.name}"
            remedy = did_you_mean(name, known) or "remove it: that table has no keys"
            yield message, remedy


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


def _one(entry: dict, reference: Reference, tables: dict) -> Iterator[tuple[str, str]]:
    columns, target, to, custom = reference
    name = f"the relationship to {target}.{', '.join(to)}"
    if target == CALENDAR and target not in tables:
        yield from _day(entry, reference)
        return
    if target not in tables:
        others = [other for other in tables if other != entry["name"]]
        remedy = did_you_mean(target, others) or f"add the table {target}"
        yield f"{name} leads to no table", remedy
        return
    member = tables[target]
    if _is_fact(member) and not _is_fact(entry):
        yield f"{name} leads to a fact", "relate to an scd1, scd2 or reference table"
        return
    if _is_fact(member) and (way := _circle(entry["name"], target, tables, _to_facts)):
        message = f"{name} makes a fact a line of itself: {way}"
        yield message, "remove one of these relationships"
        return
    if "onMissing" in custom:
        yield from _on_missing(entry["name"], name, reference, tables)
    if "inheritKeys" in custom and not _is_fact(member):
        message = f"{name} has inheritKeys, which are for a fact that is a header"
        yield message, "remove inheritKeys"
    keys = keys_of(member)
    if sorted(to) != sorted(keys) and keys:
        yield _not_to_the_key(entry["name"], name, member, to, keys)
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
        elif column in here and here[column].base == "ARRAY":
            yield f"{name} is from a list: it is many-to-many", _BRIDGE.format(target)
        elif column in here and key in there:
            ours, theirs = here[column], there[key]
            if ours.family != theirs.family:
                message = f"{name} compares {ours} with {theirs}"
                yield message, f"make {column} {theirs}, too"


def _not_to_the_key(
    table: str, name: str, member: dict, to: tuple[str, ...], keys: tuple[str, ...]
) -> tuple[str, str]:
    """Part of a key needs the rest of it; of another column many rows may be found."""
    others = {p["name"] for p in member.get("properties") or []} - set(keys)
    if set(to) <= others:
        message = f"{name} leads to a column that many of its rows may share"
        path = ", ".join(f"{member['name']}.{key}" for key in keys)
        bridge = _BRIDGE.format(member["name"])
        return message, f"relate to its key, {path}; if it is many-to-many, {bridge}"
    message = f"{name} does not lead to that table's key"
    return message, _way_to(table, member["name"], keys)


def _day(entry: dict, reference: Reference) -> Iterator[tuple[str, str]]:
    """The calendar needs no table in the contract: any time leads to its days."""
    name = f"the relationship to {CALENDAR}.{', '.join(reference.to)}"
    if reference.to != (CALENDAR,) or len(reference.columns) != 1:
        message = f"{name} does not lead to the calendar's key"
        yield message, f"write {CALENDAR}.{CALENDAR}, from one column"
        return
    for setting in reference.custom:
        if setting in RELATIONSHIP_CUSTOM:
            yield f"{setting} means nothing for the calendar", "remove it"
    if not _is_fact(entry):
        yield f"{name} is for facts only: others get no keys", "remove it"
    (column,) = reference.columns
    types = column_checks.types(entry.get("properties") or [])
    if types and column not in types:
        remedy = did_you_mean(column, types)
        yield f"{name} is from {column}, which is no column", remedy
    elif not types or types[column].base not in TIMES:
        found = types[column] if types else "of no type"
        remedy = "relate a column whose physicalType is DATE or TIMESTAMP"
        yield f"{name} is from {column}, which is {found}", remedy


def _is_fact(entry: dict) -> bool:
    return custom_properties(entry).get("role") == "fact"


def _on_missing(
    table: str, name: str, reference: Reference, tables: dict[str, dict]
) -> Iterator[tuple[str, str]]:
    stated = reference.custom["onMissing"]
    if stated not in ON_MISSING:
        yield f"onMissing is {stated}", did_you_mean(stated, ON_MISSING)
    elif way := _circle(table, reference.table, tables, _to_members):
        message = f"{name} would have the rows of {table} wait for each other: {way}"
        yield message, "remove onMissing from one of these relationships"


def _to_facts(table: str, tables: dict[str, dict]) -> Iterator[str]:
    """The facts that a fact is a line of."""
    for reference in references(tables[table]):
        target = tables.get(reference.table)
        if target and _is_fact(target):
            yield reference.table


def _to_members(table: str, tables: dict[str, dict]) -> Iterator[str]:
    """The tables that must know what a table's rows point to."""
    for reference in references(tables[table]):
        if "onMissing" in reference.custom and reference.table in tables:
            yield reference.table


def _circle(
    start: str,
    second: str,
    tables: dict[str, dict],
    lead: Callable[[str, dict[str, dict]], Iterable[str]],
) -> str | None:
    """The way from a table by a second one back to itself; None where there is none.

    Of the tables of a circle, the first in the contract tells of it.
    """
    ways = [(start, second)]
    seen = {second}
    while ways:
        way = ways.pop()
        if way[-1] == start:
            first = min(way, key=list(tables).index)
            return " → ".join(way) if first == start else None
        for name in lead(way[-1], tables):
            if name not in seen:
                seen.add(name)
                ways.append((*way, name))
    return None
