"""Row-level rules: the contract's own, and those that its constraints imply.

A rule is a SQL predicate with a name, an action and a reason for people. Derived rules
let NULL pass: that a value is missing is said once, by `<column>_is_present`; that it
does not fit its type, by `<column>_fits_type`; that a line is no JSON or CSV, by
`line_is_readable`. None of these is also reported as something else.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, replace

from medallion import sql_text

ACTIONS = ("warn", "drop", "fail")
LINE_IS_READABLE = "line_is_readable"
BOUNDS = {
    "minimum": (">=", "at least"),
    "exclusiveMinimum": (">", "greater than"),
    "maximum": ("<=", "at most"),
    "exclusiveMaximum": ("<", "less than"),
}
# SELECT … WHERE NOT (<predicate>): what other tools count, this pipeline acts upon.
_COUNTED = re.compile(r"\bWHERE\s+NOT\s*\((?P<predicate>.*)\)\s*;?\s*$", re.I | re.S)
_PLACEHOLDER = re.compile(r"\$?\{(?:property|column|field)\}")


@dataclass(frozen=True)
class Rule:
    """`expectation` is the predicate as its author would read it.

    What excuses a row from it (an unreadable line, a delete) is added where rules
    become predicates: `Table.rules_with`. `concerns_deletes` marks the rules on keys
    and sequence, which a delete has to keep, too.
    """

    name: str
    expectation: str
    action: str = "drop"
    reason: str = ""
    concerns_deletes: bool = False


@dataclass(frozen=True)
class Unenforced:
    """A quality rule that no row can be judged by, and why."""

    table: str
    name: str
    why: str

    def __str__(self) -> str:
        return f"table {self.table}: {self.name} is not enforced: {self.why}"


def derive(table, properties: list[dict], quality: list[dict]) -> tuple[Rule, ...]:
    """Every rule of a table: of the format, its columns, its keys, and its own.

    `table` is a contract.Table without rules, `properties` and `quality` are the
    contract's entries for it.
    """
    rules: dict[str, Rule] = {}
    for rule in _all_rules(table, properties, quality):
        # The same thing may be said twice: `required`, and nullValues mustBe 0.
        if rules.get(rule.name, rule).expectation != rule.expectation:
            raise ValueError(f"two rules are named {rule.name}")
        rules[rule.name] = rule
    return tuple(rules.values())


def _all_rules(table, properties, quality) -> Iterator[Rule]:
    if table.is_text:
        unreadable = f"the line must be readable as {table.format.upper()}"
        readable = "_corrupt_record IS NULL"
        yield Rule(LINE_IS_READABLE, readable, "drop", unreadable, True)
    needed = (*table.keys, *table.sequence_by)
    if not properties:
        for name in dict.fromkeys(needed):
            yield _is_present(name, f"{sql_text.name(name)} IS NOT NULL", True)
    for entry in properties:
        for rule in _of_column(table, entry):
            yield replace(rule, concerns_deletes=entry["name"] in needed)
    for entry in quality:
        if isinstance(rule := read_quality(entry), Rule):
            yield rule


def _of_column(table, entry: dict) -> Iterator[Rule]:
    column = table.column(entry["name"])
    name, sql = column.name, sql_text.name(column.name)
    needed = name in (*table.keys, *table.sequence_by)
    misfit = f"_misfits[{sql_text.literal(name)}]"
    may_misfit = column.type != "STRING" and not column.transform
    if may_misfit:
        reason = f"{name} must be a valid {column.type}"
        yield Rule(f"{name}_fits_type", f"{misfit} IS NULL", "drop", reason)
    if needed or (column.required and not table.ignore_null_updates):
        excuse = f" OR {misfit} IS NOT NULL" if may_misfit else ""
        if column.transform:  # it may be missing because something else is a misfit
            excuse = " OR _misfits IS NOT NULL"
        yield _is_present(name, f"{sql} IS NOT NULL{excuse}")
    yield from _constraints(name, column.type, entry)
    for item in entry.get("quality") or []:
        rule = read_quality(item, name, column.type)
        if isinstance(rule, Rule):
            yield rule


def _is_present(name: str, expectation: str, concerns_deletes: bool = False) -> Rule:
    reason = f"{name} must not be missing"
    return Rule(f"{name}_is_present", expectation, "drop", reason, concerns_deletes)


def _constraints(name: str, type_name: str, entry: dict) -> Iterator[Rule]:
    """What logicalTypeOptions and enum say, as rules that an empty value passes."""
    options, sql = entry.get("logicalTypeOptions") or {}, sql_text.name(name)

    def rule(suffix: str, test: str, reason: str) -> Rule:
        expectation = f"{sql} IS NULL OR {test}"
        return Rule(f"{name}_{suffix}", expectation, "drop", f"{name} must {reason}")

    for option, (operator, words) in BOUNDS.items():
        if option in options:
            bound = sql_text.literal(options[option], type_name)
            suffix = re.sub("([A-Z])", r"_\1", option).lower()
            yield rule(
                suffix, f"{sql} {operator} {bound}", f"be {words} {options[option]}"
            )
    if "multipleOf" in options:
        step = sql_text.literal(options["multipleOf"])
        yield rule(
            "multiple_of", f"{sql} % {step} = 0", f"be a multiple of {step}"
        )
    if "pattern" in options:
        yield rule(*_pattern(sql, options["pattern"]))
    for measure, unit in (("Length", "characters"), ("Items", "items")):
        function = "length" if measure == "Length" else "size"
        for kind, operator, words in (("min", ">=", "least"), ("max", "<=", "most")):
            if f"{kind}{measure}" in options:
                limit = options[f"{kind}{measure}"]
                yield rule(
                    f"{kind}_{measure.lower()}",
                    f"{function}({sql}) {operator} {limit}",
                    f"have at {words} {limit} {unit}",
                )
    if entry.get("enum"):
        values = [v["value"] if isinstance(v, dict) else v for v in entry["enum"]]
        yield rule(*_allowed(sql, values, type_name))


def _pattern(sql: str, regex: str) -> tuple[str, str, str]:
    return "pattern", f"{sql} RLIKE {sql_text.pattern(regex)}", f"match {regex}"


def _allowed(sql: str, values: list, type_name: str) -> tuple[str, str, str]:
    literals = ", ".join(sql_text.literal(value, type_name) for value in values)
    words = ", ".join(map(str, values))
    return "allowed_values", f"{sql} IN ({literals})", f"be one of {words}"


def read_quality(entry: dict, column: str = "", type_name: str = "") -> Rule | str:
    """A quality entry of a table, or of a column, as a rule.

    Returns a text that says why where it cannot be judged row by row.
    """
    kind = entry.get("type", "library")
    if kind == "library":
        return _library(entry, column, type_name)
    custom = {p["property"]: p["value"] for p in entry.get("customProperties") or []}
    if kind == "custom" and entry.get("engine") == "lakeflow":
        custom = entry["implementation"]
    elif kind == "sql" and "expectation" not in custom:
        counted = _COUNTED.search(entry.get("query", ""))
        if not counted:
            return "its query has no WHERE NOT (<predicate>)"
        if not _counts_nothing(entry):
            return "it tolerates a number of rows (only mustBe: 0 judges each row)"
        predicate = counted["predicate"].strip()
        if column:
            predicate = _PLACEHOLDER.sub(lambda _: sql_text.name(column), predicate)
        custom = {"expectation": predicate, **custom}
    if "expectation" not in custom:
        return {
            "text": "it is text, without a predicate",
            "custom": f"it is for the engine {entry.get('engine')}",
        }.get(kind, f"its type is {kind}")
    expectation = str(custom["expectation"]).strip()
    described = (entry.get("description") or "").strip().rstrip(".")
    return Rule(
        entry["name"],
        expectation,
        custom.get("action", "drop"),
        described or f"{expectation} must hold",
    )


def _library(entry: dict, column: str, type_name: str) -> Rule | str:
    """A metric of the standard's library as a rule, where it allows no exception."""
    metric = entry.get("metric") or entry.get("rule")
    arguments = {**entry, **(entry.get("arguments") or {})}
    if metric in ("duplicateValues", "duplicateCount", "rowCount"):
        return f"{metric} is a matter of the whole table"
    if not column:
        return f"{metric} belongs to a column"
    if not _counts_nothing(entry):
        return "it tolerates a number of rows (only mustBe: 0 judges each row)"
    sql = sql_text.name(column)
    if metric in ("nullValues", "nullCheck"):
        suffix, test, reason = "is_present", f"{sql} IS NOT NULL", "not be missing"
    elif metric == "missingValues":
        missing = [v for v in arguments.get("missingValues") or [] if v is not None]
        test = f"{sql} IS NOT NULL"
        if missing:
            literals = ", ".join(sql_text.literal(v, type_name) for v in missing)
            test += f" AND {sql} NOT IN ({literals})"
        suffix, reason = "is_present", "not be missing"
    elif arguments.get("validValues"):
        suffix, test, reason = _allowed(sql, arguments["validValues"], type_name)
        test = f"{sql} IS NULL OR {test}"
    elif arguments.get("pattern"):
        suffix, test, reason = _pattern(sql, arguments["pattern"])
        test = f"{sql} IS NULL OR {test}"
    else:
        return f"{metric} has neither validValues nor a pattern"
    custom = {p["property"]: p["value"] for p in entry.get("customProperties") or []}
    return Rule(
        entry.get("name") or f"{column}_{suffix}",
        test,
        custom.get("action", "drop"),
        (entry.get("description") or "").strip().rstrip(".") or f"{column} must {reason}",
    )


def _counts_nothing(entry: dict) -> bool:
    return entry.get("mustBe") == 0 and not isinstance(entry["mustBe"], bool)
