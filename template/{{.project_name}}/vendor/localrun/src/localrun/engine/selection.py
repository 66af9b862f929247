"""Which tables an update touches, by the names that a user gave."""

import difflib
from dataclasses import dataclass, field

from localrun.engine.definitions import Definitions
from localrun.errors import FlowError, UsageError
from localrun.storage.names import Names
from localrun.storage.state import State


@dataclass
class Selection:
    """Which tables an update touches. `full` is a subset of `tables`."""

    tables: set[str]
    full: set[str] = field(default_factory=set)


def select(
    definitions: Definitions,
    state: State,
    refresh: list[str],
    full_refresh: list[str] | None,
) -> Selection:
    """The tables to refresh, and those among them to rebuild.

    No names to refresh are all tables; `full_refresh=None` rebuilds none, `[]` all. A
    name ends in + to take the table's streaming readers along.

    Raises UsageError for an unknown name, and where a table would be rebuilt under a
    reader that goes on.
    """
    tables = set(definitions.tables)
    readers = _streaming_readers(state, tables)

    def expand(names: list[str]) -> set[str]:
        return _expand(names, tables, readers, definitions.names)

    if full_refresh is None:
        return Selection(expand(refresh) or tables)
    full = expand(full_refresh)
    if not full:
        return Selection(tables, set(tables))
    for table in sorted(full):
        left = sorted(readers.get(table, set()) - full)
        if left:
            raise UsageError(
                f"{table} is read as a stream by {', '.join(left)}, which cannot "
                f"go on after its full refresh: use --full-refresh {table}+ to "
                "take its readers along"
            )
    return Selection(full | expand(refresh), full)


def unknown(what: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"no {what} is named {name}: {hint if known else 'none exists yet'}"


def _streaming_readers(state: State, tables: set[str]) -> dict[str, set[str]]:
    """Which tables have read which as a stream, by what is on record."""
    readers: dict[str, set[str]] = {}
    known = {state.key(table): table for table in tables}
    for flow in state.started():
        if flow.target in known:
            for read in flow.record().get("streams", {}):
                readers.setdefault(read, set()).add(known[flow.target])
    return readers


def _expand(
    names: list[str], known: set[str], readers: dict[str, set[str]], naming: Names
) -> set[str]:
    """The tables named; `table+` stands for the table and all its streaming readers."""
    chosen: set[str] = set()
    for name in names:
        try:
            table = naming.short(name.removesuffix("+"))
        except FlowError as error:
            raise UsageError(str(error)) from error
        if table not in known:
            raise UsageError(unknown("table", name.removesuffix("+"), sorted(known)))
        waiting = [table]
        while waiting:
            one = waiting.pop()
            if one not in chosen:
                chosen.add(one)
                waiting += sorted(readers.get(one, ())) if name.endswith("+") else []
    return chosen
