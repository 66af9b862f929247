"""What of the contract makes the rows of each table that is not made again each time.

A stream goes over a row once: rows stay as they were made when the contract changes,
until their table is rebuilt. localrun names them by what is said here, and
`make contract-changes` says beforehand which they will be.
"""

import json
from collections.abc import Callable, Iterable

from medallion.model import Table

Parts = dict[str, str]
_NAMED = 4


def made_by(
    tables: Iterable[Table], in_layer: Callable[[str], str] = str
) -> dict[str, Parts]:
    """By the name of a table of the pipeline: each part that makes its rows, as text.

    A reference is made again at each update, and is not among them.
    """
    found: dict[str, Parts] = {}
    for table in tables:
        if table.role == "reference":
            continue
        silver = found.setdefault(f"silver_{table.into or table.name}", {})
        of = f" of {table.name}" if table.into else ""
        parts = {**_columns(table), **_identity(table), **_rules(table, "drop", "fail")}
        silver.update({f"{name}{of}": text for name, text in parts.items()})
        if table.once:  # all but its part of silver is made again, too
            continue
        found[in_layer(f"bronze_{table.name}")] = _reading(table)
        judged = {**_derived(table), **_rules(table, "drop")}
        found[f"quarantine_{table.name}"] = judged
        if table.is_dumped:
            found[f"accepted_{table.name}"] = {**_derived(table), **_rules(table)}
        if table.stores_verdicts:
            found[f"resolved_{table.name}"] = {**_derived(table), **_members(table)}
    return found


def differing(old: Parts, new: Parts) -> list[str]:
    """The parts that differ, or that one of them lacks."""
    return sorted(n for n in old.keys() | new.keys() if old.get(n) != new.get(n))


def listed(parts: list[str]) -> str:
    """Their names in a sentence, no more than a few."""
    few = [*parts[:_NAMED], *([f"{len(parts) - _NAMED} more"] * (len(parts) > _NAMED))]
    return " and ".join([", ".join(few[:-1]), few[-1]] if few[:-1] else few)


def _columns(table: Table) -> Parts:
    return {
        f"the column {column.name}": f"{column.type} {column.transform or ''}"
        for column in table.columns
        if column.name not in table.technical_columns
    }


def _derived(table: Table) -> Parts:
    names = {f"the column {column.name}" for column in table.derived_columns}
    return {name: text for name, text in _columns(table).items() if name in names}


def _identity(table: Table) -> Parts:
    """What says which rows are the same one, in which order, and which are deleted."""
    stated = {
        "role": table.role,
        "keys": table.keys,
        "sequenceBy": table.sequence_by,
        "deleteWhen": table.delete_when,
        "truncateWhen": table.truncate_when,
        "ignoreNullUpdates": table.ignore_null_updates,
        "historyColumns": table.history_columns,
        "historyType": table.history_type,
        "deduplicateWithin": table.deduplicate_within if table.role == "fact" else "",
    }
    return {name: json.dumps(value) for name, value in stated.items()}


def _rules(table: Table, *actions: str) -> Parts:
    return {
        f"the rule {name}": predicate
        for action in actions or ("drop", "fail")
        for name, predicate in table.rules_with(action).items()
    }


def _members(table: Table) -> Parts:
    """Which members must be there, and by which time they are looked for."""
    found = {
        f"onMissing of {', '.join(r.columns)}": f"{r.table} {r.to}"
        for r in table.must_exist
    }
    return {**found, "sequenceBy": json.dumps(table.sequence_by)}


def _reading(table: Table) -> Parts:
    """How bronze reads its source; what is new to it is in no older row."""
    types = {
        f"the type of {c.name}": json.dumps([c.type, c.formats, c.decimal, c.group])
        for c in table.source_columns
    }
    options = json.dumps(table.reader_options, sort_keys=True)
    return {"readerOptions": options, **types}
