"""What can be wrong with the properties of a table."""

import re
import warnings
from collections.abc import Iterable, Iterator
from datetime import datetime

from medallion import sql_types
from medallion.checks import names, patterns, predicates, separators
from medallion.checks.shapes import shown
from medallion.documents import (
    as_tuple,
    custom_properties,
    formats_of,
    keys_of,
    options_of,
)
from medallion.problems import Fault, did_you_mean
from medallion.sql_types import INTEGERS, TIMES, Type, TypeFault

_LOGICAL = {
    "string": ("STRING", "BINARY"),
    "date": TIMES,
    "timestamp": ("TIMESTAMP", "TIMESTAMP_NTZ"),
    "time": ("STRING",),
    "integer": (*INTEGERS, "DECIMAL"),
    "number": (*INTEGERS, "DECIMAL", "FLOAT", "DOUBLE"),
    "boolean": ("BOOLEAN",),
    "object": ("STRUCT", "MAP"),
    "array": ("ARRAY",),
    "map": ("MAP",),
    "vector": ("ARRAY",),
}
_USUAL = {
    "string": "STRING",
    "date": "DATE",
    "timestamp": "TIMESTAMP",
    "time": "STRING",
    "integer": "BIGINT",
    "number": "DECIMAL(18,2)",
    "boolean": "BOOLEAN",
    "object": "STRUCT<…>",
    "array": "ARRAY<…>",
    "map": "MAP<STRING, …>",
    "vector": "ARRAY<FLOAT>",
}
_BOUNDS = ("minimum", "exclusiveMinimum", "maximum", "exclusiveMaximum")
_LENGTHS = ("minLength", "maxLength")
_ITEMS = ("minItems", "maxItems", "uniqueItems")
_NOT_READ = ("format", "timezone", "defaultTimezone", "required")
_NOT_READ_EITHER = ("minProperties", "maxProperties", "dimensions", "elementType")
_OPTIONS = (*_BOUNDS, *_LENGTHS, *_ITEMS, "pattern", "multipleOf")


# What Python says of what is not a fault in Java: (?i) in the middle, possessive
# quantifiers, atomic groups, flags of its own, and a look-behind of several widths
_OF_JAVA = (
    *("global flags", "multiple repeat", "unknown extension", "unknown flag"),
    *("look-behind", "missing -, : or )"),
)


def types(properties: Iterable[dict]) -> dict[str, Type]:
    """The type of each column that has a valid one, by name."""
    found = {}
    for entry in properties:
        try:
            found[entry["name"]] = sql_types.parse(entry.get("physicalType") or "")
        except TypeFault:
            continue
    return found


def faults(entry: dict) -> Iterator[Fault]:
    """The faults of all columns in the entry of a table, whose shape is right."""
    properties = entry.get("properties") or []
    format_ = str(custom_properties(entry).get("format"))
    sequence = as_tuple(custom_properties(entry).get("sequenceBy"))
    needed = {*keys_of(entry), *sequence}
    for column in properties:
        found = [
            *_type(column, format_),
            *_transform(column, entry, needed),
        ]
        if column.get("primaryKey") and column.get("required") is False:
            found.append(("a key is always required", "write required: true"))
        yield from (Fault(f"property {column['name']}", *fault) for fault in found)


def _type(column: dict, format_: str) -> Iterator[tuple[str, str]]:
    logical, physical = column.get("logicalType"), column.get("physicalType")
    if logical is not None and logical not in _LOGICAL:
        remedy = did_you_mean(logical, _LOGICAL)
        yield f"logicalType {logical} is not known", remedy
    if not physical:
        usual = _USUAL.get(str(logical), "STRING")
        yield "it has no physicalType", f"add physicalType: {usual}"
        return
    try:
        type_ = sql_types.parse(physical)
    except TypeFault as fault:
        yield fault.message, fault.remedy
        return
    if logical in _LOGICAL and type_.base not in _LOGICAL[logical]:
        fitting = next(k for k, bases in _LOGICAL.items() if type_.base in bases)
        yield (
            f"logicalType {logical} and physicalType {physical} contradict each other",
            f"write logicalType: {fitting}, or physicalType: {_USUAL[logical]}",
        )
    if fault := names.nested_fault(type_):
        yield fault
    yield from _options(column, type_)
    yield from _formats(column, type_)
    yield from separators.faults(column, type_, format_)


def _options(column: dict, type_: Type) -> Iterator[tuple[str, str]]:
    options = options_of(column)
    numeric = type_.family.endswith("number")
    fits = {
        **dict.fromkeys(_BOUNDS, numeric or type_.base in TIMES),
        **dict.fromkeys((*_LENGTHS, "pattern"), type_.base == "STRING"),
        **dict.fromkeys(_ITEMS, type_.base == "ARRAY"),
        "multipleOf": type_.family == "exact number",
    }
    sound = {}
    for name, value in options.items():
        if name in (*_NOT_READ, *_NOT_READ_EITHER):
            continue
        if name not in _OPTIONS:
            remedy = did_you_mean(name, _OPTIONS)
            yield f"logicalTypeOptions {name} is not known", remedy
        elif not fits[name]:
            yield f"{name} means nothing for {type_}", "remove it, or change the type"
        elif fault := _value_fault(name, value, type_):
            yield fault
        else:
            sound[name] = value
    yield from _order(sound, type_)


def _value_fault(name: str, value: object, type_: Type) -> tuple[str, str] | None:
    whole = isinstance(value, int) and not isinstance(value, bool)
    if name in (*_LENGTHS, "minItems", "maxItems"):
        right, remedy = whole and value >= 0, "write a whole number from 0 on"
    elif name == "uniqueItems":
        right, remedy = isinstance(value, bool), "write true or false"
    elif name == "pattern":
        return _regex_fault(value)
    elif type_.base in TIMES:
        right, remedy = _is_time(value), 'write a date in quotes, as "2020-01-31"'
    else:
        number = whole or (isinstance(value, float) and abs(value) < float("inf"))
        right, remedy = number, "write a number, without quotes"
        if right and name == "multipleOf":
            right, remedy = value > 0, "write a number above 0"
    return None if right else (f"{name} is {shown(value)}", remedy)


def _order(options: dict, type_: Type) -> Iterator[tuple[str, str]]:
    """Bounds that no value can keep."""
    lows = ("minimum", "exclusiveMinimum", "minLength", "minItems")
    highs = ("maximum", "exclusiveMaximum", "maxLength", "maxItems")
    for low in (name for name in lows if name in options):
        for high in (name for name in highs if name in options):
            same_kind = low.lower()[-6:] == high.lower()[-6:] or low.endswith("imum")
            if not same_kind or low.endswith("imum") != high.endswith("imum"):
                continue
            a, b = (_comparable(options[end], type_) for end in (low, high))
            exclusive = "exclusive" in low or "exclusive" in high
            if a > b or (a == b and exclusive):
                ends = f"{low} {options[low]} and {high} {options[high]}"
                yield f"no value is between {ends}", "swap them, or widen the range"


def _comparable(value: object, type_: Type) -> object:
    if type_.base in TIMES:
        time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
        return time.replace(tzinfo=None)
    return value


def _is_time(value: object) -> bool:
    try:
        datetime.fromisoformat(value.replace("Z", "+00:00"))
    except (ValueError, AttributeError, TypeError):
        return False
    return True


def regex_fault(regex: object) -> tuple[str, str] | None:
    return _regex_fault(regex)


def _regex_fault(regex: object) -> tuple[str, str] | None:
    """Faults that every dialect has: Java knows escapes that Python does not."""
    if not isinstance(regex, str) or not regex:
        return f"pattern is {shown(regex)}", "write a regular expression in quotes"
    plain = re.sub(r"\\Q.*?\\E", "x", regex, flags=re.DOTALL)
    plain = re.sub(r"\\[pP]\{\w+\}|\\.", "x", plain)
    plain = re.sub(r"\(\?<(?=[a-zA-Z])", "(?P<", plain)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of sets within sets
            re.compile(plain)
    except re.error as error:
        # What an escape stands for may begin a range
        of_java = (*_OF_JAVA, "bad character range") if plain != regex else _OF_JAVA
        if any(words in str(error) for words in of_java):
            return None
        return f"pattern {regex} is not a regular expression: {error.msg}", "fix it"
    return None


def _formats(column: dict, type_: Type) -> Iterator[tuple[str, str]]:
    formats = formats_of(column, type_.base in TIMES)
    if formats and type_.base not in TIMES:
        yield f"formats mean nothing for {type_}", "remove them, or make it a DATE"
        return
    for format_ in map(str, formats):
        if fault := patterns.fault(format_):
            yield fault


def _transform(column: dict, entry: dict, needed: set) -> Iterator[tuple[str, str]]:
    """A derived column may be made of the source's, and of derived ones before it."""
    logic, name = column.get("transformLogic"), column["name"]
    if logic is None:
        return
    if name in needed:
        role = "key" if name in keys_of(entry) else "sequence"
        yield f"a {role} column cannot be derived", "remove transformLogic"
    if fault := predicates.fault(logic):
        yield f"transformLogic cannot be used: {fault[0]}", fault[1]
        return
    known, before = [], True
    for other in entry.get("properties") or []:
        before = before and other["name"] != name
        if "transformLogic" not in other or before:
            known.append(other["name"])
    for unknown, remedy in predicates.unknown_columns(logic, known):
        yield f"transformLogic names {unknown}, which is no column before it", remedy
