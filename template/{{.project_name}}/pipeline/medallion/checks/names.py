"""What can be wrong with what a table and its source call its columns."""

from collections.abc import Iterator

from medallion.documents import custom_properties
from medallion.model import (
    ADDED,
    ADDED_TO_DIMENSIONS,
    ADDED_TO_FACTS,
    CHANGE,
    KAFKA,
    MESSAGE_PARTS,
    PLATFORM,
)
from medallion.names import in_tables, is_kept, refused_in
from medallion.problems import Fault
from medallion.sql_types import Type

_KEPT = {*ADDED, *ADDED_TO_FACTS, *CHANGE, *KAFKA, *MESSAGE_PARTS, *PLATFORM}


def faults(entry: dict) -> Iterator[Fault]:
    """The faults of the names of all columns in the entry of a table."""
    dimension = custom_properties(entry).get("role") != "fact"
    kept = _KEPT | set(ADDED_TO_DIMENSIONS if dimension else ())
    named: dict[str, str] = {}
    sources: dict[str, str] = {}
    for column in entry.get("properties") or []:
        name = column["name"]
        found = list(_name(column, kept))
        if name.lower() in named:
            found.append(("it is there twice", f"as {named[name.lower()]}, too"))
        elif column.get("transformLogic") is None:
            source = column.get("physicalName", name)
            if source.lower() in sources:
                message = f"its source's column {source} is that of another property"
                remedy = f"derive it from {sources[source.lower()]} by transformLogic"
                found.append((message, remedy))
            sources.setdefault(source.lower(), name)
        elif "physicalName" in column:
            message = "a derived column is not in the source, where physicalName is"
            found.append((message, "remove physicalName, or transformLogic"))
        named.setdefault(name.lower(), name)
        yield from (Fault(f"property {name}", *fault) for fault in found)


def nested_fault(type_: Type) -> tuple[str, str] | None:
    """A field within a column that Delta would not store under its name."""
    for name, inner in type_.fields:
        if (bad := refused_in(name)) and bad not in ".'\"`":
            message = f"the field {name} within it has {bad!r}, which Delta refuses"
            remedy = "write physicalType: STRING, which keeps JSON, or a MAP"
            return message, remedy
        if fault := nested_fault(inner):
            return fault
    return None


def _name(column: dict, kept: set[str]) -> Iterator[tuple[str, str]]:
    name = column["name"]
    # Of a name that would do as that of the source the whole remedy can be told.
    is_of_source = "physicalName" not in column and "transformLogic" not in column
    if bad := refused_in(name):
        instead = f"write name: {in_tables(name)} and physicalName: {name!r}"
        remedy = f"{instead}, as the source calls it"
        yield (
            f"a name cannot hold {bad!r}",
            remedy if is_of_source else "choose another",
        )
    if is_kept(name, kept):
        instead = f"write name: source_{name.lstrip('_')} and physicalName: {name}"
        remedy = f"{instead}, as the source calls it"
        message = "the pipeline keeps this name for itself"
        yield message, remedy if is_of_source else "choose another"
