"""Whether the parts of a contract have the shape that they are read in.

Only what the pipeline reads is looked at; the JSON schema of the standard, which
`make check` applies, looks at everything.
"""

from collections.abc import Iterator

from medallion.problems import Fault, nearest

TABLE = {
    "name": "text",
    "description": "text",
    "customProperties": "entries",
    "properties": "entries",
    "quality": "entries",
    "relationships": "entries",
}
COLUMN = {
    "name": "text",
    "description": "text",
    "physicalName": "text",
    "logicalType": "text",
    "physicalType": "text",
    "logicalTypeOptions": "mapping",
    "primaryKey": "flag",
    "primaryKeyPosition": "number",
    "required": "flag",
    "unique": "flag",
    "transformLogic": "text",
    "enum": "list",
    "relationships": "entries",
    "quality": "entries",
    "customProperties": "entries",
}
QUALITY = {
    "name": "text",
    "description": "text",
    "type": "text",
    "engine": "text",
    "query": "text",
    "metric": "text",
    "rule": "text",
    "arguments": "mapping",
    "customProperties": "entries",
}
TABLE_CUSTOM = {
    "role": "text",
    "format": "text",
    "location": "text",
    "kafka": "mapping",
    "readerOptions": "mapping",
    "keys": "texts",
    "sequenceBy": "texts",
    "into": "text",
    "once": "flag",
    "deleteWhen": "text",
    "truncateWhen": "text",
    "ignoreNullUpdates": "flag",
    "technicalColumns": "texts",
    "historyColumns": "texts",
    "historyType": "number",
    "snapshotVersion": "mapping",
    "deduplicateWithin": "text",
    "clusterBy": "texts",
    "maxQuarantineShare": "share",
}
QUALITY_CUSTOM = {"expectation": "text", "action": "text", "strictAction": "text"}

COLUMN_CUSTOM = {
    "formats": "texts",
    "enum": "list",
    "decimalSeparator": "sign",
    "groupSeparator": "sign",
}
RELATIONSHIP_CUSTOM = {"inheritKeys": "keys", "onMissing": "choice"}
# What is described within a column is only read to say that it is not enforced
_WITHIN = {"properties": "entries", "items": "mapping", "map": "mapping"}
# Of the standard, not read here, and near enough to something that is
_OTHERS = ("partitioned", "partitionKeyPosition", "items", "examples")
_KINDS = {
    "text": ("text", lambda v: isinstance(v, str) and bool(v.strip())),
    "texts": (
        "a text, or a list of texts",
        lambda v: all(isinstance(x, str) and x for x in (v if _is_list(v) else [v])),
    ),
    "sign": (
        "one sign in quotes",
        lambda v: isinstance(v, str) and len(v) == 1,
    ),
    "choice": ("quarantine, warn or fail", lambda v: isinstance(v, str)),
    "flag": ("true or false", lambda v: isinstance(v, bool)),
    "keys": (
        "true, or a list of keys such as [customers_key]",
        lambda v: isinstance(v, bool) or _is_list_of_texts(v),
    ),
    "number": (
        "a whole number",
        lambda v: isinstance(v, int) and not isinstance(v, bool),
    ),
    "share": (
        "a number from 0 to 1",
        lambda v: type(v) in (int, float) and 0 <= v <= 1,
    ),
    "list": ("a list", lambda v: isinstance(v, list)),
    "mapping": ("a mapping", lambda v: isinstance(v, dict)),
    "entries": (
        "a list of mappings",
        lambda v: isinstance(v, list) and all(isinstance(x, dict) for x in v),
    ),
}


class Misspelt(Fault):
    """A name that nothing reads: all else can be looked at nevertheless."""

    __slots__ = ()


def faults(entry: dict) -> Iterator[Fault]:
    """What has the wrong shape in the entry of a table."""
    yield from _of(entry, TABLE, "")
    yield from _custom(entry, TABLE_CUSTOM, "")
    yield from _qualities(entry, "")
    for relationship in _entries(entry, "relationships"):
        yield from _reference(relationship, ("from", "to"), "relationships")
    for i, column in enumerate(_entries(entry, "properties"), 1):
        name = column.get("name")
        place = f"property {name}" if isinstance(name, str) else f"property number {i}"
        if "name" not in column:
            yield Fault(place, "it has no name", "add name")
        yield from _of(column, COLUMN, place)
        yield from _within(column, place)
        yield from _custom(column, COLUMN_CUSTOM, place)
        yield from _qualities(column, place)
        for relationship in _entries(column, "relationships"):
            yield from _reference(relationship, ("to",), place)


def shown(value: object) -> str:
    """A value as its author wrote it, roughly: for messages."""
    if isinstance(value, bool):
        return f"the flag {str(value).lower()}"
    if value is None:
        return "empty"
    if isinstance(value, int | float):
        return f"the number {value}"
    if isinstance(value, dict | list):
        kind = "mapping" if isinstance(value, dict) else "list"
        return f"a {kind}" if value else f"an empty {kind}"
    return f"the text {value!r}"


def _of(entry: dict, shape: dict[str, str], place: str) -> Iterator[Fault]:
    for key, value in entry.items():
        if key in shape:
            words, fits = _KINDS[shape[key]]
            if not fits(value):
                yield Fault(place, *_misshapen(key, value, words))
        elif key not in _OTHERS:
            meant = nearest(key, shape, 0.85)
            if meant:
                remedy = f"did you mean {meant}?"
                yield Misspelt(place, f"{key} is not known", remedy)


def _within(entry: dict, place: str) -> Iterator[Fault]:
    """The shape of fields of a struct, items of an array and values of a map."""
    for key in (key for key in _WITHIN if key in entry):
        words, fits = _KINDS[_WITHIN[key]]
        value = entry[key]
        if value is not None and not fits(value):
            yield Fault(place, *_misshapen(key, value, words))
            continue
        for field in value if _is_list(value) else [value or {}]:
            named = f"property {field.get('name')}" if _is_list(value) else key
            inner = f"{place}, {named}"
            options = field.get("logicalTypeOptions")
            if options is not None:
                yield from _of({"logicalTypeOptions": options}, COLUMN, inner)
            yield from _within(field, inner)


def _misshapen(key: str, value: object, words: str) -> tuple[str, str]:
    plain = isinstance(value, int | float) and words.startswith(("text", "a text"))
    remedy = "put it in quotes" if plain else f"write {words}"
    return f"{key} is {shown(value)}", remedy


def _custom(entry: dict, shape: dict[str, str], place: str) -> Iterator[Fault]:
    """Properties that are not ours may belong to other tools, unless one letter off."""
    place = f"{place}, customProperties" if place else "customProperties"
    seen = set()
    for custom in _entries(entry, "customProperties"):
        name = custom.get("property")
        if not isinstance(name, str) or "value" not in custom:
            example = "{property: role, value: fact}"
            yield Fault(place, "an entry lacks its property or value", f"as {example}")
            continue
        if name in seen:
            yield Fault(place, f"{name} stands twice", "keep one of the two")
        seen.add(name)
        yield from _of({name: custom["value"]}, shape, place)


def _qualities(entry: dict, place: str) -> Iterator[Fault]:
    for i, quality in enumerate(_entries(entry, "quality"), 1):
        rule = rule_place(quality, i, place)
        yield from _of(quality, QUALITY, rule)
        yield from _custom(quality, QUALITY_CUSTOM, rule)


def rule_place(quality: dict, number: int, place: str = "") -> str:
    """How messages call a quality entry: `property amount, rule amount_is_small`."""
    name = quality.get("name") or quality.get("metric") or f"number {number}"
    return f"{place}, rule {name}" if place else f"rule {name}"


def _reference(entry: dict, ends: tuple[str, ...], place: str) -> Iterator[Fault]:
    custom = {key: entry[key] for key in entry if key == "customProperties"}
    yield from _of(custom, TABLE, place)
    yield from _custom(entry, RELATIONSHIP_CUSTOM, place)
    for name in entry:
        meant = nearest(name, RELATIONSHIP_CUSTOM, 0.85)
        if meant:
            message = f"a relationship has no {name} of its own in the standard"
            example = f"{{property: {meant}, value: …}}"
            yield Fault(place, message, f"write customProperties: [{example}]")
    lengths = set()
    for end in ends:
        value = entry.get(end)
        texts = value if isinstance(value, list) else [value]
        lengths.add(len(texts))
        right = [isinstance(text, str) and text.count(".") == 1 for text in texts]
        if not right or not all(right):
            message = f"a relationship's {end} is {shown(value)}"
            each = "each column" if isinstance(value, list) else "it"
            yield Fault(place, message, f"write {each} as customers.customer_id")
            return
        if len({text.partition(".")[0] for text in texts}) > 1:
            message = f"a relationship's {end} names columns of several tables"
            yield Fault(place, message, "write one relationship a table")
    if len(lengths) > 1:
        message = "a relationship has a different number of columns in from and to"
        yield Fault(place, message, "name as many on either side")


def _entries(entry: dict, key: str) -> list[dict]:
    value = entry.get(key)
    return [v for v in value if isinstance(v, dict)] if _is_list(value) else []


def _is_list_of_texts(value: object) -> bool:
    return _is_list(value) and all(isinstance(x, str) and x for x in value)


def _is_list(value: object) -> bool:
    return isinstance(value, list)
