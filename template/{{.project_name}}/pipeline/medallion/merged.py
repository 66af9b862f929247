"""Sources that flow into the table of another one: what they take over from it."""

from collections.abc import Iterable
from dataclasses import replace

from medallion.model import Table


def inherit(tables: Iterable[Table]) -> list[Table]:
    """The tables, each source with the relationships of the table it flows into.

    So its rows point to members that are there, where those of that table must, and
    are dated as they are. The tables must be sound: see `checks.merging`.
    """
    by_name = {table.name: table for table in tables}
    return [
        _with_references(table, by_name[table.into]) if table.into else table
        for table in by_name.values()
    ]


def _with_references(source: Table, target: Table) -> Table:
    names = {relationship.rule for relationship in target.must_exist}
    rules = tuple(rule for rule in target.rules if rule.name in names)
    return replace(
        source, relationships=target.relationships, rules=(*source.rules, *rules)
    )
