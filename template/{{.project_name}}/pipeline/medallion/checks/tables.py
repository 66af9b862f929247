"""What can be wrong with a table as a whole: its role, source, keys and sequence."""

import re
from collections.abc import Iterator

from medallion import sql_types
from medallion.checks import topics
from medallion.checks.quality import AUDIT, predicate_faults
from medallion.documents import as_tuple, custom_properties, keys_of
from medallion.model import FILE_FORMATS, KAFKA, TOPIC_FORMATS, Table
from medallion.names import is_kept
from medallion.problems import Fault, did_you_mean
from medallion.sql_types import FLOATS, NESTED, Type

ROLES = ("fact", "scd1", "scd2", "snapshot", "reference")
FORMATS = (*FILE_FORMATS, "delta", *TOPIC_FORMATS)
# Which roles a custom property means something for
_MEANT_FOR = {
    "sequenceBy": ("fact", "scd1", "scd2"),
    "deleteWhen": ("scd1", "scd2"),
    "truncateWhen": ("scd1",),
    "ignoreNullUpdates": ("scd1", "scd2"),
    "technicalColumns": ("scd1", "scd2", "snapshot"),
    "historyColumns": ("scd2", "snapshot"),
    "historyType": ("snapshot",),
    "snapshotVersion": ("snapshot",),
    "deduplicateWithin": ("fact",),
}
# The custom properties of a table that name columns, beside its keys
NAME_COLUMNS = ("sequenceBy", "technicalColumns", "historyColumns", "clusterBy")
_NAME = re.compile(r"[A-Za-z][A-Za-z0-9_]*")
_TABLE = re.compile(r"[\w-]+\.[\w-]+\.[\w-]+")
_WITHIN = re.compile(r"[1-9]\d* (second|minute|hour|day|week)s?")
# What the pipeline sets itself, or what would lose rows before they can be checked
_MANAGED = (
    "cloudFiles.format",
    "cloudFiles.inferColumnTypes",
    "cloudFiles.schemaHints",
    "cloudFiles.schemaLocation",
    "checkpointLocation",
    "columnNameOfCorruptRecord",
    "inferSchema",
    "mode",
    "path",
    "rescuedDataColumn",
)


def faults(entry: dict, types: dict[str, Type]) -> Iterator[Fault]:
    """The faults of a table's own fields; `types` has the types of its columns."""
    custom = custom_properties(entry)
    columns = [p["name"] for p in entry.get("properties") or []]
    if not _NAME.fullmatch(entry["name"]):
        remedy = "write letters, digits and _, beginning with a letter"
        yield Fault("name", f"{entry['name']} cannot name a table", remedy)
    if entry["name"].lower() == "date" and custom.get("role") != "fact":
        yield Fault("name", "gold_dim_date is the calendar", "choose another")
    for name, known in (("role", ROLES), ("format", FORMATS)):
        yield from _choice(name, custom.get(name), known)
    yield from _combination(custom, _keys_in_source(entry))
    yield from _reader_options(custom)
    yield from topics.faults(entry, custom, columns)
    yield from _keys(entry, columns, types)
    role = custom.get("role")
    for name, roles in _MEANT_FOR.items():
        if name in custom and role in ROLES and role not in roles:
            message = f"{name} means nothing for role {role}"
            yield Fault(name, message, f"remove it (it is for {', '.join(roles)})")
    within = custom.get("deduplicateWithin")
    if within is not None and not _WITHIN.fullmatch(within.strip()):
        message = f"{within} is no time span"
        yield Fault("deduplicateWithin", message, "write it as 7 days")
    if role == "snapshot":
        yield from _snapshot(custom)
    if columns:
        yield from _named_columns(entry, custom, columns, types)


def untyped_faults(table: Table) -> Iterator[Fault]:
    """Columns of a table without properties that the pipeline would have to rename."""
    named = {
        "keys": table.keys,
        "sequenceBy": table.sequence_by,
        "historyColumns": table.history_columns,
        "clusterBy": table.cluster_by,  # the keys, where the contract says nothing
    }
    seen: set[str] = set()
    for place, names in named.items():
        for name in () if table.columns else names:
            if is_kept(name, table.added_columns) and name not in seen:
                message = f"{name} is the name of a column that the pipeline adds"
                remedy = "add properties to the table, this one with another name and "
                remedy += f"physicalName: {table.source_names.get(name, name)}"
                yield Fault(place, message, remedy)
            seen.add(name)


def _choice(name: str, value: object, known: tuple[str, ...]) -> Iterator[Fault]:
    place = f"customProperties {name}"
    if value is None:
        example = f"{{property: {name}, value: {known[0]}}}"
        yield Fault(place, "it is missing", f"add {example}, or {', '.join(known[1:])}")
    elif value not in known:
        yield Fault(place, f"{value} is no {name}", did_you_mean(value, known))


def _keys_in_source(entry: dict) -> tuple[str, ...]:
    properties = entry.get("properties") or []
    called = {p["name"]: p.get("physicalName", p["name"]) for p in properties}
    return tuple(called.get(key, key) for key in keys_of(entry))


def _combination(custom: dict, keys: tuple[str, ...]) -> Iterator[Fault]:
    """What a format cannot be, or needs; the prompt refuses the same."""
    role, format_ = custom.get("role"), custom.get("format")
    place = "customProperties role"
    if format_ in TOPIC_FORMATS and role in ("reference", "snapshot"):
        message = f"{role} reads the whole of a source, and a topic has no whole"
        yield Fault(place, message, "write fact, scd1 or scd2")
    if format_ == "orc" and role != "reference":
        message = "Auto Loader cannot tell which columns files of ORC have"
        yield Fault(place, message, "write reference, or have Parquet delivered")
    if format_ == "delta" and role == "snapshot":
        message = "a Delta table knows its own changes"
        yield Fault(place, message, "write scd1 or scd2, which follow them")
    if format_ == "text" and role in ("scd1", "scd2", "snapshot"):
        yield Fault(place, "lines of text have no versions", "write fact or reference")
    if format_ == "text" and keys and keys != ("value",):
        message = f"a file of text has one column, value, and not {', '.join(keys)}"
        yield Fault("keys", message, "make value the key")
    if format_ == "xml" and "rowTag" not in (custom.get("readerOptions") or {}):
        remedy = "add {property: readerOptions, value: {rowTag: order}}"
        yield Fault("readerOptions", "rowTag is missing, the element of a row", remedy)
    if format_ == "delta":
        yield from _delta(custom)


def _delta(custom: dict) -> Iterator[Fault]:
    location = custom.get("location")
    if not isinstance(location, str) or not _TABLE.fullmatch(location):
        message = f"{location} does not name a table" if location else "it is missing"
        yield Fault("location", message, "write it as catalog.schema.table")
    if custom.get("role") not in ("scd1", "scd2") or custom.get("once"):
        return
    for name in ("sequenceBy", "deleteWhen", "truncateWhen"):
        if name in custom:
            message = f"the commits of a Delta table say it, and {name} would not agree"
            yield Fault(name, message, "remove it")


def _snapshot(custom: dict) -> Iterator[Fault]:
    """How dumps are told apart and kept."""
    history = custom.get("historyType", 2)
    if history not in (1, 2):
        remedy = "write 1 for the last dump only, 2 for all versions"
        yield Fault("historyType", f"{history} is not a type of history", remedy)
    if history == 1 and "historyColumns" in custom:
        message = "historyColumns means nothing for historyType 1"
        yield Fault("historyColumns", message, "remove one of the two")
    stated = custom.get("snapshotVersion")
    if stated is None:
        return
    example = r"write {pattern: 'customers_(\d{4}-\d{2}-\d{2})'}"
    for name in stated.keys() - {"pattern", "type"}:
        remedy = did_you_mean(name, ("pattern", "type"))
        yield Fault("snapshotVersion", f"{name} is not known", remedy)
    if stated.get("type", "time") not in ("time", "number"):
        message = f"type {stated['type']} is not known"
        yield Fault("snapshotVersion", message, "write time or number")
    pattern = stated.get("pattern")
    try:
        groups = re.compile(pattern).groups if isinstance(pattern, str) else None
    except re.error as error:
        message = f"{pattern} is not a regular expression: {error}"
        yield Fault("snapshotVersion", message, example)
        return
    if groups != 1:
        message = f"{pattern} has {groups} groups" if pattern else "it has no pattern"
        remedy = f"put brackets around the version in a file's name: {example}"
        yield Fault("snapshotVersion", message, remedy)


def _reader_options(custom: dict) -> Iterator[Fault]:
    by_lower = {name.lower(): name for name in _MANAGED}
    is_csv = custom.get("format") == "csv"
    for name, value in (custom.get("readerOptions") or {}).items():
        if str(name).lower() in by_lower:
            message = f"{name} is set by the pipeline, so that no row is lost"
            yield Fault("readerOptions", message, "remove it")
        elif not isinstance(value, str | int | float):
            yield Fault("readerOptions", f"{name} has no plain value", "write a text")
        elif is_csv and str(name).lower() == "header" and str(value).lower() != "true":
            message = "files without a header are not read: columns go by name"
            yield Fault("readerOptions", message, "begin each file with its header")


def _keys(entry: dict, columns: list[str], types: dict) -> Iterator[Fault]:
    keys, stated = keys_of(entry), custom_properties(entry).get("keys")
    if columns and stated is not None:
        message = "keys are for a table without properties"
        yield Fault("keys", message, "write primaryKey: true at the properties")
    if not keys:
        remedy = "write primaryKey: true at the properties that make a row unique"
        if not columns:
            remedy = "add {property: keys, value: [order_id]} to its customProperties"
        yield Fault("", "it has no key", remedy)
    for key in keys:
        if key in types and types[key].base in (*NESTED, *FLOATS):
            message = f"a key cannot be {types[key].base}, whose values compare badly"
            yield Fault(f"property {key}", message, "choose a plain, exact type")


def _named_columns(
    entry: dict, custom: dict, columns: list[str], types: dict[str, Type]
) -> Iterator[Fault]:
    """Custom properties that name columns, or hold predicates on them."""
    lists = {name: as_tuple(custom.get(name)) for name in NAME_COLUMNS}
    for place, names in lists.items():
        for name in names:
            if name not in columns:
                message = f"{name} is no column of the table"
                yield Fault(place, message, did_you_mean(name, columns))
            if names.count(name) > 1:
                yield Fault(place, f"{name} is there twice", "name it once")
    for name in lists["sequenceBy"]:
        if name in types and not sql_types.is_orderable(types[name]):
            message = f"{name} is {types[name].base}, which has no order"
            yield Fault("sequenceBy", message, "choose a time, a number or a text")
    technical = lists["technicalColumns"]
    for name in technical:
        if name in keys_of(entry):
            message = f"{name} is a key, which every version needs"
            yield Fault("technicalColumns", message, "remove it")
    for place in ("historyColumns", "clusterBy"):
        for name in set(lists[place]) & set(technical):
            message = f"{name} is a technical column, which silver does not keep"
            yield Fault(place, message, "remove it from one of the two")
    if len(lists["clusterBy"]) > 4:
        yield Fault("clusterBy", "it names more than 4 columns", "keep at most 4")
    for name in lists["clusterBy"]:
        if name in types and not sql_types.is_clusterable(types[name]):
            message = f"{name} is {types[name].base}, which cannot be clustered by"
            yield Fault("clusterBy", message, "choose a number, a text or a time")
    for place in ("deleteWhen", "truncateWhen"):
        known = (*columns, *AUDIT)
        known += KAFKA if custom.get("format") in TOPIC_FORMATS else ()
        if custom.get(place):
            for message, remedy in predicate_faults(custom[place], known):
                yield Fault(place, message, remedy)
