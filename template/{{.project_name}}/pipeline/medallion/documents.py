"""A contract's YAML as Python values, and the few shapes that recur in it."""

from pathlib import Path
from typing import NamedTuple

import yaml

from medallion.names import in_tables
from medallion.problems import Problem


class Reference(NamedTuple):
    """A relationship as the contract has it: these columns lead to those of a table."""

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    custom: dict[str, object]


_DATE = "tag:yaml.org,2002:timestamp"


def read(path: str | Path) -> tuple[object, list[Problem]]:
    """The document, and what is wrong with its YAML; None where it cannot be read."""
    path = Path(path)

    def problem(message: str, remedy: str) -> Problem:
        return Problem(path.name, "", "", message, remedy)

    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return None, [problem("there is no such file", f"looked for {path}")]
    except UnicodeDecodeError as error:
        at = f"byte {error.start} is not UTF-8"
        return None, [problem(at, "save the file as UTF-8")]
    loader = _Loader(text)
    try:
        document = loader.get_single_data()
    except yaml.YAMLError as error:
        return None, [problem(*_explained(error))]
    finally:
        loader.dispose()
    return document, [problem(*fault) for fault in loader.faults]


class _Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):
    """Notes what YAML accepts in silence: a key said twice, a date without quotes."""

    def __init__(self, text: str):
        super().__init__(text)
        self.faults: list[tuple[str, str]] = []

    def construct_mapping(self, node, deep=False):
        seen: dict[str, int] = {}
        for key, _ in node.value if isinstance(node, yaml.MappingNode) else ():
            if not isinstance(key, yaml.ScalarNode):
                continue  # which YAML itself refuses
            line = key.start_mark.line + 1
            if key.value in seen and key.tag != "tag:yaml.org,2002:merge":
                message = f"line {line}: {key.value} stands twice in the same place"
                remedy = f"keep this one or the one in line {seen[key.value]}"
                self.faults.append((message, remedy))
            seen[str(key.value)] = line
        return super().construct_mapping(node, deep)

    def construct_date(self, node):
        line = node.start_mark.line + 1
        message = f"line {line}: the date {node.value} is not in quotes"
        self.faults.append((message, f'write "{node.value}", so that it stays text'))
        return node.value


_Loader.add_constructor(_DATE, _Loader.construct_date)


def _explained(error: yaml.YAMLError) -> tuple[str, str]:
    mark = getattr(error, "problem_mark", None) or getattr(error, "context_mark", None)
    cause = getattr(error, "problem", None) or str(error).splitlines()[0]
    context = getattr(error, "context", None) or ""
    remedies = {
        "mapping values are not allowed": "a text that holds ': ' needs quotes",
        "cannot start any token": "indent with spaces, and put quotes around the text",
        "unhashable key": "a text that begins with { or [ needs quotes",
        "alias": "a text that begins with * needs quotes",
        "expected a single document": "keep one contract a file, without a second ---",
    }
    remedy = next(
        (r for part, r in remedies.items() if part in f"{context} {cause}"), "mend it"
    )
    where = f"line {mark.line + 1}, column {mark.column + 1}: " if mark else ""
    return f"{where}this is not YAML, {cause}", remedy


def custom_properties(entry: dict) -> dict[str, object]:
    """`customProperties`, which are a list of names and values, as a mapping."""
    return {p["property"]: p["value"] for p in entry.get("customProperties") or []}


def as_tuple(value: object) -> tuple:
    """A list, or a single value where the contract allows either, as a tuple."""
    if value is None:
        return ()
    return tuple(value) if isinstance(value, list) else (value,)


def options_of(entry: dict) -> dict[str, object]:
    """`logicalTypeOptions` of a column as in version 3.1: exclusive bounds are values.

    Before, `exclusiveMinimum: true` said that the minimum itself is excluded.
    """
    options = dict(entry.get("logicalTypeOptions") or {})
    for bound in ("Minimum", "Maximum"):
        exclusive = options.get(f"exclusive{bound}")
        if isinstance(exclusive, bool):
            del options[f"exclusive{bound}"]
            if exclusive and bound.lower() in options:
                options[f"exclusive{bound}"] = options.pop(bound.lower())
    return options


def formats_of(entry: dict, is_time: bool) -> tuple[str, ...]:
    """The patterns of a column's times, as Spark reads them.

    The option `format` of the standard means that of a time only.
    """
    stated = options_of(entry).get("format")
    formats = as_tuple(custom_properties(entry).get("formats"))
    formats = (stated, *formats) if stated and is_time else formats
    return tuple(_of_spark(f) if isinstance(f, str) else f for f in formats)


def _of_spark(format_: str) -> str:
    """A pattern of Java's with `y` in place of `u`, which Spark does not know.

    Both are years, and differ before the year 1 only. Text in quotes stays as it is.
    """
    parts = format_.split("'")
    return "'".join(
        p.replace("u", "y") if i % 2 == 0 else p for i, p in enumerate(parts)
    )


def allowed_of(entry: dict) -> list:
    """The values that a column may have; empty where it may have any.

    They stand in `enum`, which is a list of mappings since version 3.2; before, there
    was a custom property of that name at most.
    """
    stated = entry.get("enum") or custom_properties(entry).get("enum") or []
    return [v["value"] if isinstance(v, dict) else v for v in stated]


def keys_of(entry: dict) -> tuple[str, ...]:
    """The key columns of a table, in the order of their primaryKeyPosition.

    A table without properties states them as its source calls them.
    """
    keys = [p for p in entry.get("properties") or [] if p.get("primaryKey")]
    keys.sort(key=lambda p: max(p.get("primaryKeyPosition") or 0, 0))
    stated = map(in_tables, as_tuple(custom_properties(entry).get("keys")))
    return tuple(p["name"] for p in keys) or tuple(stated)


def one_line(text: str | None) -> str:
    return " ".join((text or "").split())


def references(entry: dict) -> list[Reference]:
    """The relationships of a table, in file order."""
    found = [
        _reference((column["name"],), relationship)
        for column in entry.get("properties") or []
        for relationship in column.get("relationships") or []
    ]
    for relationship in entry.get("relationships") or []:
        columns = (c.rpartition(".")[2] for c in as_tuple(relationship["from"]))
        found.append(_reference(tuple(columns), relationship))
    return found


def _reference(columns: tuple[str, ...], relationship: dict) -> Reference:
    to = as_tuple(relationship["to"])
    names = tuple(path.rpartition(".")[2] for path in to)
    table = to[0].rpartition(".")[0]
    return Reference(columns, table, names, custom_properties(relationship))
