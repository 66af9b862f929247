"""The rules of a table: those that its constraints imply, then its own.

That a value is missing is said once, by `<column>_is_present`; that it does not fit its
type, by `<column>_fits_type`; that it orders no rows, by `<column>_is_ordered`; that a
line is no JSON or CSV, by `line_is_readable`; that what it points to is not known, by
`<column>_exists`. No other derived rule is broken by the
same thing: all let NULL pass.
"""

import re
from collections.abc import Iterator
from dataclasses import replace

from medallion import sql_text
from medallion.documents import allowed_of, options_of
from medallion.model import LINE_IS_READABLE, Column, Rule, Table
from medallion.quality_entries import (
    allowed_values,
    is_present,
    matches,
    metric_of,
    read_quality,
)

BOUNDS = {
    "minimum": (">=", "at least"),
    "exclusiveMinimum": (">", "greater than"),
    "maximum": ("<=", "at most"),
    "exclusiveMaximum": ("<", "less than"),
}
SIZES = {
    "minLength": ("length", ">=", "at least {} characters long"),
    "maxLength": ("length", "<=", "at most {} characters long"),
    "minItems": ("size", ">=", "a list of at least {} items"),
    "maxItems": ("size", "<=", "a list of at most {} items"),
}


def derive(
    table: Table, properties: list[dict], quality: list[dict]
) -> tuple[Rule, ...]:
    """Every rule of a table, by `properties` and `quality` as the contract has them.

    What is said twice (`required`, and nullValues mustBe 0) is one rule. Rules that
    share a name and nothing else are kept: `checks.clashes` reports them.
    """
    found: dict[tuple[str, ...], Rule] = {}
    for rule in _rules(table, properties, quality):
        found.setdefault((rule.name, rule.expectation, rule.action), rule)
    return tuple(found.values())


def _rules(table: Table, properties, quality) -> Iterator[Rule]:
    if table.is_text:
        yield Rule(
            name=LINE_IS_READABLE,
            expectation="_corrupt_record IS NULL",
            reason=_readable_as(table),
            lets_null_pass=True,
            concerns_deletes=True,
            concerns_truncates=True,
        )
    needed = (*table.keys, *table.sequence_by)
    if not properties:
        for name in dict.fromkeys(needed):
            present = _is_present(name, f"{sql_text.name(name)} IS NOT NULL")
            orders = name in table.sequence_by
            yield replace(present, concerns_deletes=True, concerns_truncates=orders)
    for name in table.untyped_sequence:
        yield _is_ordered(name)
    for entry in properties:
        for rule in _of_column(table, table.column(entry["name"]), entry):
            orders = entry["name"] in table.sequence_by
            yield replace(
                rule,
                concerns_deletes=entry["name"] in needed,
                concerns_truncates=orders,
            )
    for relationship in table.must_exist:
        columns = " + ".join(relationship.columns)
        yield Rule(
            name=relationship.rule,
            expectation=f"NOT array_contains(_missing, '{relationship.rule}')",
            action=relationship.on_missing,
            reason=f"{columns} must be in {relationship.table}",
            lets_null_pass=True,
        )
    for entry in quality:
        if isinstance(rule := read_quality(entry), Rule):
            yield rule


def _readable_as(table: Table) -> str:
    if table.topic:
        kind = {"json": "one JSON object", "avro": "Avro", "text": "UTF-8"}
        return f"the payload must be readable as {kind[table.topic.payload]}"
    must = f"the line must be readable as {table.format.upper()}"
    if table.format != "json" or table.reader_options.get("multiLine") == "true":
        return must
    remedy = "readerOptions {multiLine: true}"
    return f"{must}; an object over several lines needs {remedy}"


def _of_column(table: Table, column: Column, entry: dict) -> Iterator[Rule]:
    name = column.name
    if column.type != "STRING" and not column.transform:
        fits = f"{sql_text.misfit(name)} IS NULL"
        reason = f"{name} must be a valid {column.type}"
        yield Rule(f"{name}_fits_type", fits, "drop", reason, lets_null_pass=True)
    # Where NULL updates are ignored, an empty value means that nothing changed
    needed = name in (*table.keys, *table.sequence_by)
    may_be_absent = table.ignore_null_updates and not needed
    if needed or (column.required and not may_be_absent):
        yield _is_present(name, is_present(column))
    yield from _constraints(column, entry)
    for item in entry.get("quality") or []:
        rule = read_quality(item, column)
        absence = metric_of(item) in ("nullValues", "nullCheck", "missingValues")
        if isinstance(rule, Rule) and not (absence and may_be_absent):
            yield rule


def _is_present(name: str, expectation: str) -> Rule:
    reason = f"{name} must not be missing"
    return Rule(f"{name}_is_present", expectation, "drop", reason)


def _is_ordered(name: str) -> Rule:
    return Rule(
        name=f"{name}_is_ordered",
        expectation=f"{sql_text.misfit(name)} IS NULL",
        reason=f"{name} must be a number or a time such as 2026-11-21T10:00:00Z, or "
        "have a type in the contract",
        lets_null_pass=True,
        concerns_deletes=True,
        concerns_truncates=True,
    )


def _constraints(column: Column, entry: dict) -> Iterator[Rule]:
    """What logicalTypeOptions and enum say."""
    options, sql = options_of(entry), sql_text.name(column.name)

    def rule(suffix: str, test: str, words: str) -> Rule:
        return Rule(
            name=f"{column.name}_{suffix}",
            expectation=f"{sql} IS NULL OR {test}",
            reason=f"{column.name} must {words}",
            lets_null_pass=True,
        )

    for option, (operator, words) in BOUNDS.items():
        if option in options:
            test = f"{sql} {operator} {sql_text.literal(options[option], column.type)}"
            yield rule(_snake(option), test, f"be {words} {options[option]}")
    for option, (function, operator, words) in SIZES.items():
        if option in options:
            test = f"{function}({sql}) {operator} {options[option]}"
            yield rule(_snake(option), test, f"be {words.format(options[option])}")
    if options.get("uniqueItems"):
        test = f"size({sql}) = size(array_distinct({sql}))"
        yield rule("unique_items", test, "hold each item once")
    if "multipleOf" in options:
        step = sql_text.literal(options["multipleOf"])
        yield rule("multiple_of", f"{sql} % {step} = 0", f"be a multiple of {step}")
    if "pattern" in options:
        test, words = matches(sql, options["pattern"])
        yield rule("pattern", test, words)
    if values := allowed_of(entry):
        test, words = allowed_values(sql, values, column.type)
        yield rule("allowed_values", test, words)


def _snake(option: str) -> str:
    return re.sub("([A-Z])", r"_\1", option).lower()
