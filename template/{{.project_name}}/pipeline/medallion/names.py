"""Names of columns: what a source calls them, and what its tables call them.

Tables have names that Delta takes without column mapping, which streams, change feeds
and readers of other engines cannot all follow; see
https://docs.databricks.com/aws/en/delta/column-mapping. So bronze renames, and nobody
has to rename anything at the source. The contract says `name` for tables and
`physicalName` for the source. What it does not name keeps its name, but for characters
that a name in a table cannot hold, and for names that the pipeline needs itself.
"""

import re
from collections.abc import Iterable

from medallion.model import CHANGE_FEED, CORRUPT, RESCUED, Table

# What Delta refuses, what would need escapes in SQL, and what cannot be seen
NOT_IN_NAMES = " ,;{}()=.`'\"\t\n"
# What the pipeline adds to rows by number, one for each key or reference
_NUMBERED = re.compile(r"_(to|key|found|is_missing|is_there)_\d+")
# What Auto Loader and Spark are told to call two columns of theirs, so that files may
# have columns of the usual names, as exports of a bronze table do.
READ_AS = {
    CORRUPT: "_corrupt_record_of_reader",
    RESCUED: "_rescued_data_of_reader",
}


def in_tables(name: str) -> str:
    """A name of a source as tables have it: `_` for each character they cannot hold."""
    return "".join("_" if _cannot_be(c) else c for c in name) or "_"


def refused_in(name: str) -> str | None:
    """The first character of a name that a table cannot hold."""
    return next((c for c in name if _cannot_be(c)), None)


def is_kept(name: str, added: Iterable[str]) -> bool:
    """Whether the pipeline needs a name for itself; `added` are such, in lower case."""
    return name.lower() in added or bool(_NUMBERED.fullmatch(name.lower()))


def of_source(found: Iterable[str], table: Table) -> list[str]:
    """What bronze calls the columns of a source, in their order.

    What the contract names has its name there. Of all others `record` is
    `source_record`, as the pipeline needs that name itself, or `source_source_record`
    where that is taken, and `Net (EUR)` is `Net__EUR_`. Raises ValueError where two
    columns would have the same name, and where one is a whole line of CSV.
    """
    found = list(found)
    if table.topic:  # whose payload was read by the contract's names
        return found
    if table.format == "csv":
        _expect_cells(found, table)
    feed = CHANGE_FEED if table.reads_changes else ()
    known = {read: name for name, read in READ_AS.items()}
    known |= {name: name for name in feed} | _stated(found, table)
    of_contract = {name.lower() for name in table.source_names}
    taken = {name.lower() for name in (*found, *table.expected_columns)}
    used: dict[str, str] = {}
    for column in found:
        name = known.get(column) or in_tables(column)
        if column not in known and name.lower() in of_contract:
            if name != column:
                raise ValueError(_is_meant(column, name, table))
            name = _apart(name, taken)  # the contract's column has another physicalName
        elif column not in known and is_kept(name, table.added_columns):
            name = _apart(name, taken)
        if name.lower() in used:
            raise ValueError(_both(used[name.lower()], column, name, table))
        used[name.lower()] = column
        known[column] = name
    return [known[column] for column in found]


def _expect_cells(found: list[str], table: Table) -> None:
    """A header with another separator is one column, in which the key is.

    The key is among the columns itself, too, where Auto Loader has a hint of it.
    """
    keys = {table.source_names[key].lower() for key in table.keys}
    for column in found:
        for separator in (";", "|", "\t", ","):
            cells = {cell.strip(' "').lower() for cell in column.split(separator)}
            if keys and len(cells) > 1 and cells >= keys:
                shown = '"\\t"' if separator == "\t" else f"'{separator}'"
                raise ValueError(
                    f"table {table.name}: the column {column!r} of its files is a "
                    "whole line: name the separator in the contract (readerOptions: "
                    f"{{sep: {shown}}}); then run with --full-refresh "
                    f"bronze_{table.name}+, since columns that were seen once are "
                    "remembered"
                )


def _stated(found: list[str], table: Table) -> dict[str, str]:
    """By the source's columns, the names that the contract has for them.

    Files and tables of others may spell a name in other letters, as Spark reads them.
    """
    by_source = {source: name for name, source in table.source_names.items()}
    stated = {column: by_source[column] for column in found if column in by_source}
    missing = {s.lower(): n for s, n in by_source.items() if s not in stated}
    for column in found:
        if column not in stated and column.lower() in missing:
            stated[column] = missing.pop(column.lower())
    return stated


def _apart(name: str, taken: set[str]) -> str:
    other = f"source_{name.lstrip('_')}"
    while other.lower() in taken:
        other = f"source_{other}"
    taken.add(other.lower())
    return other


def _is_meant(column: str, name: str, table: Table) -> str:
    return (
        f"table {table.name}: its source has a column {column!r}, which would be "
        f"{name} in bronze, and so is the property {name} of the contract: add "
        f"physicalName: {column!r} to that property where it is meant, or to a "
        "property of another name"
    )


def _both(first: str, second: str, name: str, table: Table) -> str:
    return (
        f"table {table.name}: its source has the columns {first!r} and {second!r}, "
        f"which would both be {name} in bronze: give one of them a property in the "
        f"contract, with physicalName: {second!r} and another name"
    )


def _cannot_be(character: str) -> bool:
    return character in NOT_IN_NAMES or not (
        character.isprintable() or character.isalnum()
    )
