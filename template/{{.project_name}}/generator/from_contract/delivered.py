"""Rows under the names that their source has for columns: `physicalName`."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

from generator.from_contract.judge import Row
from medallion.model import Table


def source_of(table: Table) -> Table:
    """The table as its files, messages or Delta table have it: what formats write."""
    called = table.source_names

    def renamed(names: Iterable[str]) -> tuple[str, ...]:
        return tuple(called.get(name, name) for name in names)

    columns = tuple(replace(c, name=called.get(c.name, c.name)) for c in table.columns)
    return replace(
        table,
        columns=columns,
        keys=renamed(table.keys),
        sequence_by=renamed(table.sequence_by),
    )


def names_of(table: Table, names: Iterable[str]) -> tuple[str, ...]:
    """What the source calls these columns."""
    return tuple(table.source_names.get(name, name) for name in names)


def rows_of(table: Table, rows: Iterable[Row | str]) -> Iterator[Row | str]:
    """Rows as the source has them; a text is a line of its own."""
    return _renamed(rows, table.source_names)


def read_back(table: Table, rows: Iterable[Row]) -> Iterator[Row]:
    """Rows of the source under the names of the contract."""
    named = {source: name for name, source in table.source_names.items()}
    return _renamed(rows, named)


def _renamed(rows: Iterable, called: dict[str, str]) -> Iterator:
    for row in rows:
        if isinstance(row, str):
            yield row
        else:
            yield {called.get(name, name): value for name, value in row.items()}
