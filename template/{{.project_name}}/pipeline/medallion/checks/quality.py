"""What can be wrong with the rules of a table."""

from collections.abc import Iterator

from medallion.checks import predicates
from medallion.checks.columns import regex_fault
from medallion.checks.shapes import rule_place, shown
from medallion.documents import custom_properties
from medallion.model import KAFKA, TOPIC_FORMATS, Column, Rule
from medallion.problems import Fault, did_you_mean, nearest
from medallion.quality_entries import (
    ACTIONS,
    ENGINE,
    OPERATORS,
    kind_of,
    metric_of,
    read_quality,
)

# What a rule may look at besides the table's own columns
AUDIT = ("_ingested_at", "_source_file", "_source_modified_at")
TECHNICAL = (*AUDIT, "_misfits", "_corrupt_record", "_rescued_data")
_IMPLEMENTATION = ("expectation", "action", "strictAction")
_KINDS = ("library", "sql", "custom", "text")
_METRICS = (
    "nullValues",
    "missingValues",
    "invalidValues",
    "duplicateValues",
    "rowCount",
)


def faults(entry: dict, types: dict) -> Iterator[Fault]:
    """The faults of all quality entries in the entry of a table; `types` by column."""
    columns = [property_["name"] for property_ in entry.get("properties") or []]
    known = (*columns, *TECHNICAL) if columns else ()
    if columns and custom_properties(entry).get("format") in TOPIC_FORMATS:
        known += KAFKA
    yield from _same_names(entry)
    for i, quality in enumerate(entry.get("quality") or [], 1):
        place = rule_place(quality, i)
        yield from (Fault(place, *f) for f in _quality(quality, None, known))
    for property_ in entry.get("properties") or []:
        name = property_["name"]
        column = Column(name, str(types[name])) if name in types else None
        for i, quality in enumerate(property_.get("quality") or [], 1):
            place = rule_place(quality, i, f"property {name}")
            if column:
                yield from (Fault(place, *f) for f in _quality(quality, column, known))
        yield from (
            Fault(f"property {name}", *fault) for fault in _enum(property_, column)
        )


def _same_names(entry: dict) -> Iterator[Fault]:
    seen = set()
    for owner in (entry, *(entry.get("properties") or [])):
        for quality in owner.get("quality") or []:
            name = str(quality.get("name", "")).lower()
            if name in seen:
                message = "another rule of the table has this name, too"
                yield Fault(f"rule {quality['name']}", message, "rename one of them")
            seen |= {name} - {""}


def predicate_faults(predicate: str, known: tuple) -> Iterator[tuple[str, str]]:
    """Why a text cannot be a predicate over the known columns (none: not known)."""
    if fault := predicates.fault(predicate):
        yield fault
    elif known:
        for name, remedy in predicates.unknown_columns(predicate, known):
            yield f"it names {name}, which is no column of the table", remedy


def _quality(entry: dict, column: Column | None, known: tuple) -> Iterator:
    kind = kind_of(entry)
    if kind not in _KINDS:
        yield f"type {kind} is not known", did_you_mean(kind, _KINDS)
        return
    found = {
        "library": _library,
        "sql": _sql,
        "custom": _custom,
        "text": lambda *_: (),
    }[kind]
    implementation = entry.get("implementation")
    for holder in (custom_properties(entry), implementation):
        if isinstance(holder, dict):
            for name in ("action", "strictAction"):
                yield from _action(name, holder.get(name))
    misshapen = list(found(entry, column))
    yield from misshapen
    if misshapen:
        return
    acts = kind == "sql" or "expectation" in custom_properties(entry)
    ours = kind == "custom" and entry.get("engine") == ENGINE
    if "name" not in entry and (ours or acts):
        yield "it has no name", "add name, such as amount_is_small"
        return
    rule = read_quality(entry, column)
    if isinstance(rule, Rule) and not rule.lets_null_pass:
        yield from predicate_faults(rule.expectation, known)


def _action(name: str, action: object) -> Iterator[tuple[str, str]]:
    if action is not None and action not in ACTIONS:
        yield f"{name} {action} is not known", did_you_mean(action, ACTIONS)


def _custom(entry: dict, _: Column | None) -> Iterator[tuple[str, str]]:
    engine, implementation = entry.get("engine"), entry.get("implementation")
    if engine != ENGINE:
        if not engine or nearest(engine, [ENGINE], 0.75):
            yield f"engine {engine} is not known", f"did you mean {ENGINE}?"
        return
    example = "implementation: {expectation: amount > 0, action: drop}"
    if not isinstance(implementation, dict):
        yield f"implementation is {shown(implementation)}", f"write {example}"
        return
    for key in implementation:
        if key not in _IMPLEMENTATION:
            remedy = did_you_mean(key, _IMPLEMENTATION)
            yield f"implementation has {key}, which is not known", remedy
    expectation = implementation.get("expectation")
    if not isinstance(expectation, str):
        yield f"expectation is {shown(expectation)}", f"write {example}"


def _sql(entry: dict, _: Column | None) -> Iterator[tuple[str, str]]:
    if "query" not in entry:
        yield "it has no query", "add query: SELECT COUNT(*) FROM … WHERE NOT (…)"
    yield from _operator(entry)


def _library(entry: dict, column: Column | None) -> Iterator[tuple[str, str]]:
    metric = metric_of(entry)
    if metric is None:
        if "expectation" not in custom_properties(entry):
            yield "it has neither type nor metric", f"add type: {' | '.join(_KINDS)}"
        return
    if "rule" not in entry and metric not in _METRICS:
        yield f"metric {metric} is not known", did_you_mean(metric, _METRICS)
        return
    yield from _operator(entry)
    arguments = {**entry, **(entry.get("arguments") or {})}
    for name in ("validValues", "missingValues"):
        if name in arguments:
            yield from _values(name, arguments[name], column)
    if "pattern" in arguments and (fault := regex_fault(arguments["pattern"])):
        yield fault
    if metric == "invalidValues" and not {"validValues", "pattern"} & set(arguments):
        yield "it does not say what is valid", "add arguments: {validValues: […]}"


def _operator(entry: dict) -> Iterator[tuple[str, str]]:
    stated = [operator for operator in OPERATORS if operator in entry]
    if not stated:
        yield "it does not say how many rows may break it", "add mustBe: 0"
    elif len(stated) > 1:
        yield f"it has both {stated[0]} and {stated[1]}", "keep one of the two"


def _enum(property_: dict, column: Column | None) -> Iterator[tuple[str, str]]:
    custom = custom_properties(property_).get("enum")
    if custom is not None:
        if property_.get("enum"):
            yield "enum stands twice", "remove the custom property"
        yield from _values("enum", custom, column)
    if not property_.get("enum"):
        return
    values = []
    for entry in property_["enum"]:
        if not isinstance(entry, dict) or "value" not in entry:
            yield f"enum holds {shown(entry)}", "write entries as {value: small}"
            return
        values.append(entry["value"])
    yield from _values("enum", values, column)


def _values(name: str, values: object, column: Column | None) -> Iterator:
    """YAML reads NO as false and 007 as 7: only quotes keep a text as it is."""
    if not isinstance(values, list) or not values:
        yield f"{name} is {shown(values)}", "write a list, as [small, large]"
        return
    for value in values:
        if isinstance(value, dict | list):
            yield f"{name} holds {shown(value)}", "write plain values"
        elif value is None and name != "missingValues":
            yield f"{name} holds an empty value", "remove it, or put it in quotes"
        elif column and column.type == "STRING" and not isinstance(value, str | None):
            yield f"{name} holds {shown(value)} for a text", "put it in quotes"
