"""What changed between two versions of a contract, and whether it breaks its readers.

A change breaks readers when a query or a running pipeline that worked before would not
work after it: tables, columns and keys that are gone or are something else now. Whoever
means it raises the first number of the contract's `version`
(https://semver.org), and the change passes.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from contract_tools.made_by import differing, listed, made_by
from medallion import contract, documents
from medallion.contract import Table
from medallion.model import Topic

# A stream cannot change its source, nor a history what orders and identifies it.
_BREAKING = (
    *("role", "keys", "sequence_by", "format", "location"),
    *("topic", "into", "once", "history_type", "version_pattern", "version_type"),
)
_HARMLESS = (
    *("delete_when", "truncate_when", "ignore_null_updates"),
    "history_columns",
)


@dataclass(frozen=True)
class Change:
    """One difference; `place` is a table, or a table's column or rule."""

    place: str
    text: str
    breaks: bool = False

    def __str__(self) -> str:
        return f"{'BREAKING  ' if self.breaks else ''}{self.place}: {self.text}"


def outdated(old: Path, new: Path) -> Iterator[str]:
    """Which tables keep rows that the old contract made, and how they are rebuilt.

    Raises medallion's ContractError for a file that is not a contract.
    """
    before, after = made_by(contract.load(old)), made_by(contract.load(new))
    sources: list[str] = []
    tables: list[str] = []
    for name in sorted(before.keys() & after.keys()):
        layer = name.partition("_")[0]
        changed = differing(before[name], after[name])
        if layer == "bronze":  # what is new to it is in no older row
            changed = [part for part in changed if part in before[name]]
            changed = [part for part in changed if part in after[name]]
        if not changed:
            continue
        (sources if layer == "bronze" else tables).append(name)
        yield f"{name}: its rows stay as they are in {listed(changed)}"
    if tables:
        command = f'make update ARGS="--full-refresh {",".join(tables)}"'
        yield (
            f"Once this is deployed, rebuild {', '.join(tables)} and what reads them "
            f"as streams, from bronze: {command}"
        )
    if sources:
        yield (
            f"Only their sources can make {', '.join(sources)} again, as far as they "
            'still have the rows: see "A column or rule that comes later" in README.md'
        )


def compare(old: Path, new: Path) -> tuple[list[Change], bool]:
    """The changes from one contract file to another, and whether a new major version
    says that the breaking ones are meant.

    Raises medallion's ContractError for a file that is not a contract.
    """
    before = {table.name: table for table in contract.load(old)}
    after = {table.name: table for table in contract.load(new)}
    changes = [
        Change(name, "the table is gone", True) for name in before.keys() - after
    ]
    changes += [Change(name, "the table is new") for name in after.keys() - before]
    for name in before.keys() & after.keys():
        changes += _of_table(before[name], after[name])
    meant = _major(new) > _major(old)
    return sorted(changes, key=lambda c: (not c.breaks, c.place, c.text)), meant


def _of_table(old: Table, new: Table) -> Iterator[Change]:
    for field in (*_BREAKING, *_HARMLESS):
        before, after = _said(old, field), _said(new, field)
        if before != after:
            what = field.replace("_", " ")
            text = f"its {what} was {_words(before)} and is {_words(after)}"
            yield Change(old.name, text, field in _BREAKING)
    yield from _columns(old, new)
    yield from _relationships(old, new)
    yield from _rules(old, new)


def _said(table: Table, field: str) -> object:
    value = getattr(table, field)
    return value.name if isinstance(value, Topic) else value


def _columns(old: Table, new: Table) -> Iterator[Change]:
    before = {c.name: c for c in old.columns if c.name not in old.technical_columns}
    after = {c.name: c for c in new.columns if c.name not in new.technical_columns}
    if not before or not after:
        if before or after:
            text = "its columns are named now" if after else "its columns are text now"
            yield Change(old.name, text, True)
        return
    for name in before.keys() - after:
        yield Change(f"{old.name}.{name}", "the column is gone", True)
    for name in after.keys() - before:
        yield Change(f"{old.name}.{name}", f"the column is new, {after[name].type}")
    for name in before.keys() & after.keys():
        types = before[name].type, after[name].type
        if types[0] != types[1]:
            text = f"its type was {types[0]} and is {types[1]}"
            yield Change(f"{old.name}.{name}", text, True)
        called = before[name].source_name, after[name].source_name
        if called[0] != called[1]:
            text = f"its source called it {called[0]!r} and calls it {called[1]!r}"
            yield Change(f"{old.name}.{name}", text)
        if before[name].transform != after[name].transform:
            yield Change(f"{old.name}.{name}", "it is derived in another way")


def _relationships(old: Table, new: Table) -> Iterator[Change]:
    before, after = _leading(old), _leading(new)
    for key in before.keys() - after:
        yield Change(f"{old.name}.{key}", "the relationship is gone from gold", True)
    for key in after.keys() - before:
        yield Change(f"{old.name}.{key}", "the relationship is new in gold")
    for key in before.keys() & after.keys():
        if before[key] != after[key]:
            text = f"it pointed to {before[key][0]} and points to {after[key][0]}"
            yield Change(f"{old.name}.{key}", text, True)


def _leading(table: Table) -> dict[str, tuple[str, ...]]:
    """What a table's relationships make in gold, and where it comes from, by name."""
    if table.into:
        return {}
    own = {
        r.key: (f"{r.table}.{', '.join(r.to)}", *r.columns) for r in table.relationships
    }
    inherited = {key: (name,) for h in table.headers for key, name in h.inherits}
    return {**inherited, **own}


def _rules(old: Table, new: Table) -> Iterator[Change]:
    before = {rule.name: rule for rule in old.rules}
    after = {rule.name: rule for rule in new.rules}
    for name in before.keys() ^ after.keys():
        text = f"the rule is {'gone' if name in before else 'new'}"
        yield Change(f"{old.name}, rule {name}", text)
    for name in before.keys() & after.keys():
        if before[name].action != after[name].action:
            text = f"it was {before[name].action} and is {after[name].action}"
            yield Change(f"{old.name}, rule {name}", text)
        elif before[name].expectation != after[name].expectation:
            text = f"it was {before[name].expectation}, is {after[name].expectation}"
            yield Change(f"{old.name}, rule {name}", text)


def _words(value: object) -> str:
    return " + ".join(value) or "none" if isinstance(value, tuple) else str(value)


def _major(path: Path) -> int:
    """The first number of a sound contract's version, 0 where it states none."""
    document: Any = documents.read(path)[0]
    first = str(document.get("version", "")).partition(".")[0]
    return int(first) if first.isdigit() else 0
