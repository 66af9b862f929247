"""Which tables an update touches, by the names that a user gave."""

import difflib
from collections.abc import Callable
from dataclasses import dataclass, field

from localrun.engine.definitions import Definitions
from localrun.engine.explanations import Explain
from localrun.errors import FlowError, UsageError
from localrun.storage import resets
from localrun.storage.names import Names
from localrun.storage.state import State


@dataclass
class Selection:
    """Which tables an update touches. `full` is a subset of `tables`.

    `kept` would be rebuilt with all others, but must not be: they are refreshed.
    """

    tables: set[str]
    full: set[str] = field(default_factory=set)
    kept: set[str] = field(default_factory=set)


def select(
    definitions: Definitions,
    state: State,
    refresh: list[str],
    full_refresh: list[str] | None,
    lost: Callable[[str], str] = lambda table: "",
    own_explanation: Explain = lambda table, message: None,
) -> Selection:
    """The tables to refresh, and those among them to rebuild.

    No names to refresh are all tables; `full_refresh=None` rebuilds none, `[]` all that
    may be (see `storage.resets`). A name ends in + to take the table's streaming
    readers along. `lost` says what rebuilding a table would lose, if anything, and
    `own_explanation` the project's own words on a refusal.

    Raises UsageError for an unknown name, where a table would be rebuilt under a reader
    that goes on, and for one that must not be rebuilt.
    """
    tables = set(definitions.tables)
    readers = streaming_readers(state, tables)

    def expand(names: list[str]) -> set[str]:
        return _expand(names, tables, readers, definitions.names)

    if full_refresh is None:
        return Selection(expand(refresh) or tables)
    full = expand(full_refresh)
    kept = {t for t in tables if not resets.is_allowed(definitions.outputs[t])}
    if not full:
        return Selection(tables, tables - kept, kept)
    for table in sorted(full & kept):
        others = rebuilding(readers.get(table, set()), readers)
        words = f", and {loss} if it were" if (loss := lost(table)) else ""
        message = (
            f"{table} is not rebuilt, since its {resets.PROPERTY} is false{words}: "
            f"{resets.remedy(definitions.outputs[table], others)}"
        )
        raise UsageError(own_explanation(table, message) or message)
    for table in sorted(full):
        left = sorted(readers.get(table, set()) - full)
        if left:
            raise UsageError(
                f"{table} is read as a stream by {', '.join(left)}, which cannot "
                f"go on after its full refresh: use --full-refresh {table}+ to "
                "take its readers along"
            )
    return Selection(full | expand(refresh), full)


def rebuilding(tables: set[str], readers: dict[str, set[str]]) -> str:
    """What to write after --full-refresh to rebuild tables with their readers."""
    more = {table for table in tables if readers.get(table, set()) - tables}
    return " ".join(f"{t}+" if t in more else t for t in sorted(tables))


def unknown(what: str, name: str, known: list[str]) -> str:
    close = difflib.get_close_matches(name, known, 1, 0.5)
    hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
    return f"no {what} is named {name}: {hint if known else 'none exists yet'}"


def streaming_readers(state: State, tables: set[str]) -> dict[str, set[str]]:
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
