"""What a contract demands of its data and rows are not judged by."""

from collections.abc import Iterable, Iterator

from medallion.documents import options_of
from medallion.model import Column, Table
from medallion.quality_entries import metric_of, read_quality

_OF_OBJECTS = ("required", "minProperties", "maxProperties")


def remarks(entry: dict, table: Table) -> Iterator[str]:
    """One sentence each, with table, property and reason; `entry` is the table's."""
    place = f"table {table.name}"
    yield from _qualities(entry, place)
    for property_ in entry.get("properties") or []:
        column = table.column(property_["name"])
        place = f"table {table.name}, property {column.name}"
        yield from _qualities(property_, place, column)
        yield from _constraints(property_, place, column)


def undated(table: Table, tables: Iterable[Table]) -> Iterator[str]:
    """A fact that nothing dates but its file: few authors mean that."""
    dated = table.sequence_is_time or table.untyped_sequence or table.dated_by
    if table.role != "fact" or dated:
        return
    others = [t.name for t in tables if t.role == "fact" and t.sequence_is_time]
    others = [name for name in others if name != table.name]
    has, remedy = "it has no time", "add sequenceBy"
    if table.sequence_by:
        has = f"its sequence begins with {table.sequence_by[0]}, which is not a time"
        remedy = "begin it with a time"
    if others:
        remedy += f", or relate it to {' or '.join(others)}"
    yield (
        f"table {table.name}: {has}, so it is dated by its file's modification time; "
        f"{remedy}"
    )


def _qualities(entry: dict, place: str, column: Column | None = None) -> Iterator[str]:
    for quality in entry.get("quality") or []:
        if isinstance(why := read_quality(quality, column), str):
            name = quality.get("name") or metric_of(quality) or "a rule without name"
            yield f"{place}: {name} is not enforced: {why}"


def _constraints(entry: dict, place: str, column: Column) -> Iterator[str]:
    if entry.get("unique"):
        yield f"{place}: unique is not enforced: it is about the whole table"
    options = options_of(entry)
    if column.type == "STRING" and "format" in options:
        stated = f"format {options['format']}"
        yield f"{place}: {stated} is not enforced: only a pattern is"
    for name in _OF_OBJECTS:
        if name in options:
            yield f"{place}: {name} is not enforced: only columns are judged"
    if any(map(_demands, _fields(entry))):
        yield f"{place}: rules on its fields are not enforced: only columns are judged"


def _fields(entry: dict) -> Iterator[dict]:
    """What is described within a column, at any depth."""
    within = [*(entry.get("properties") or []), entry.get("items"), entry.get("map")]
    for field in within:
        if isinstance(field, dict):
            yield field
            yield from _fields(field)


def _demands(field: dict) -> bool:
    return any(field.get(k) for k in ("required", "unique", "quality", "enum")) or any(
        name != "format" for name in options_of(field)
    )
