"""Facts that are lines of other facts, as order lines are of orders: what they inherit.

A header says when its lines happened, and who its members are. Chains are followed to
their end: a line of a line has what its header inherits.
"""

from collections.abc import Iterable
from dataclasses import replace

from medallion.model import HEADER, Relationship, Table


def inherit(tables: Iterable[Table]) -> list[Table]:
    """The tables, with the keys that each line takes over from its headers.

    A key that a line has itself is its own. What names no key of the header is left
    out, as `checks.relationships` reports it. There must be no cycle among the tables.
    """
    by_name = {table.name: table for table in tables}
    done: dict[str, Table] = {}

    def with_inherited(table: Table) -> Table:
        if table.name not in done:
            found: list[Relationship] = []
            taken = {name for name, _ in table.star_keys}
            for relationship in table.relationships:
                if relationship.kind == HEADER and relationship.table in by_name:
                    header = with_inherited(by_name[relationship.table])
                    keys = [
                        k for k in offered(relationship, header) if k[0] not in taken
                    ]
                    taken |= {name for name, _ in keys}
                    relationship = replace(relationship, inherits=tuple(keys))
                found.append(relationship)
            done[table.name] = replace(table, relationships=tuple(found))
        return done[table.name]

    return [with_inherited(table) for table in by_name.values()]


def offered(relationship: Relationship, header: Table) -> list[tuple[str, str]]:
    """The keys of a header that a relationship asks for, each with its dimension."""
    keys = header.star_keys[1:]
    if relationship.inherit_keys is True:
        return list(keys)
    return [key for key in keys if key[0] in (relationship.inherit_keys or ())]
