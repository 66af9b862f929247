"""The contract's `quality` entries as rules, as far as they judge row by row.

Read are: `library` metrics that allow no exception (`mustBe: 0`), `sql` whose query
ends in `WHERE NOT (<predicate>)`, `custom` for the engine `lakeflow`, and any type with
the customProperties `expectation` and `action`. Without an action, a severity of `info`
or `warning` warns, and all else drops. `strictAction` is the action of a strict
pipeline.
"""

import re

from medallion import sql_text
from medallion.documents import custom_properties, one_line
from medallion.model import Column, Rule

ACTIONS = ("warn", "drop", "fail")
ENGINE = "lakeflow"
OPERATORS = (
    "mustBe",
    "mustNotBe",
    "mustBeGreaterThan",
    "mustBeGreaterOrEqualTo",
    "mustBeLessThan",
    "mustBeLessOrEqualTo",
    "mustBeBetween",
    "mustNotBeBetween",
)
_OF_THE_TABLE = ("rowCount", "duplicateValues", "duplicateCount", "unique")
_COUNTED = re.compile(r"\bWHERE\s+NOT\s*\((?P<predicate>.*)\)\s*;?\s*$", re.I | re.S)
_PLACEHOLDER = re.compile(r"\$?\{(?:property|column|field)\}")
_TOLERANT = "only mustBe: 0 judges each row"


def read_quality(entry: dict, column: Column | None = None) -> Rule | str:
    """An entry of a table, or of a column, as a rule.

    Returns a text that says why where rows cannot be judged by it.
    """
    custom = custom_properties(entry)
    kind = kind_of(entry)
    if kind == "custom" and entry.get("engine") == ENGINE:
        custom = entry["implementation"]
    elif "expectation" not in custom and kind == "sql":
        if _number_of_rows(entry) != 0:
            return _TOLERANT
        counted = _COUNTED.search(entry["query"])
        if not counted:
            return "its query does not end in WHERE NOT (<predicate>)"
        custom["expectation"] = counted["predicate"]
    elif "expectation" not in custom:
        if kind == "library":
            return _library(entry, column)
        if kind == "custom":
            return f"it is for the engine {entry.get('engine')}, not for {ENGINE}"
        return "it is text, without a predicate"
    expectation = one_line_predicate(custom["expectation"])
    if column:
        expectation = _PLACEHOLDER.sub(
            lambda _: sql_text.name(column.name), expectation
        )
    return Rule(
        name=entry["name"],
        expectation=expectation,
        action=custom.get("action") or action_of(entry),
        reason=_described(entry) or f"{expectation} must hold",
        strict_action=custom.get("strictAction") or _strict_action_of(entry),
    )


def kind_of(entry: dict) -> str:
    """The entry's type; where it has none, what its other fields make it."""
    by_field = {"engine": "custom", "query": "sql"}
    implied = next((kind for key, kind in by_field.items() if key in entry), "library")
    return entry.get("type") or implied


def metric_of(entry: dict) -> str | None:
    """What a library entry measures; before version 3.1 the field was `rule`."""
    return entry.get("metric") or entry.get("rule")


def action_of(entry: dict) -> str:
    stated = custom_properties(entry).get("action")
    mild = str(entry.get("severity")).lower() in ("info", "warn", "warning")
    return stated or ("warn" if mild else "drop")


def one_line_predicate(text: str) -> str:
    """Lines joined, as an event log shows it; text within quotes stays as it is."""
    parts = re.split(r"('(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\")", text.strip())
    kept = [p if i % 2 else re.sub(r"\s+", " ", p) for i, p in enumerate(parts)]
    return "".join(kept)


def is_present(column: Column) -> str:
    """A predicate: there is a value, be it one that is reported as a misfit."""
    test = f"{sql_text.name(column.name)} IS NOT NULL"
    if column.transform:
        return f"{test} OR _misfits IS NOT NULL"  # perhaps of what it is made of
    if column.type != "STRING":
        return f"{test} OR {sql_text.misfit(column.name)} IS NOT NULL"
    return test


def matches(sql: str, regex: str) -> tuple[str, str]:
    """A predicate, and the words after "must"."""
    return f"{sql} RLIKE {sql_text.pattern(regex)}", f"match {regex}"


def allowed_values(sql: str, values: list, type_name: str) -> tuple[str, str]:
    """A predicate, and the words after "must"."""
    literals = ", ".join(sql_text.literal(value, type_name) for value in values)
    return f"{sql} IN ({literals})", f"be one of {', '.join(map(str, values))}"


def _library(entry: dict, column: Column | None) -> Rule | str:
    metric = metric_of(entry)
    if metric in _OF_THE_TABLE:
        return f"{metric} is about the whole table, not about a row"
    if column is None:
        return f"{metric} has to stand at a property"
    if _number_of_rows(entry) != 0:
        return _TOLERANT
    arguments = {**entry, **(entry.get("arguments") or {})}
    sql = sql_text.name(column.name)
    suffix = "is_present"
    if metric in ("nullValues", "nullCheck"):
        test, words = is_present(column), "not be missing"
    elif metric == "missingValues":
        test, words = is_present(column), "not be missing"
        texts = [v for v in arguments.get("missingValues") or [] if v is not None]
        if texts:
            stand_ins, _ = allowed_values(sql, texts, column.type)
            test = f"({test}) AND {stand_ins.replace(' IN ', ' NOT IN ', 1)}"
    elif arguments.get("validValues"):
        suffix = "allowed_values"
        test, words = allowed_values(sql, arguments["validValues"], column.type)
    elif arguments.get("pattern"):
        suffix = "pattern"
        test, words = matches(sql, arguments["pattern"])
    else:
        return f"{metric} has neither validValues nor a pattern"
    passes = suffix != "is_present"
    return Rule(
        name=entry.get("name") or f"{column.name}_{suffix}",
        expectation=f"{sql} IS NULL OR {test}" if passes else test,
        action=action_of(entry),
        reason=_described(entry) or f"{column.name} must {words}",
        lets_null_pass=passes,
        strict_action=_strict_action_of(entry),
    )


def _strict_action_of(entry: dict) -> str | None:
    return custom_properties(entry).get("strictAction")


def _number_of_rows(entry: dict) -> object:
    """How many rows may break the entry; None where it does not say."""
    rows = entry.get("mustBe")
    return None if isinstance(rows, bool) else rows


def _described(entry: dict) -> str:
    return one_line(entry.get("description")).rstrip(".")
