"""Rows that were made before what makes them changed.

A stream does not go over a row twice: what is defined later, a column or a rule, is not
in the rows of before until their table is rebuilt. What a table is made by, a project
says (`Extension.made_by`); on record is what it said, and how many rows there were when
it said otherwise. Follows https://docs.databricks.com/aws/en/ldp/concepts/refresh (a
refresh uses the current definition, and goes over no older record).
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from localrun.engine.definitions import Definitions
from localrun.engine.explanations import Explain
from localrun.engine.results import Note
from localrun.engine.selection import rebuilding, streaming_readers
from localrun.storage import resets
from localrun.storage.state import State
from localrun.storage.tables import Tables

# What makes a table, by the name of each part: a column, a rule, a key.
Parts = Mapping[str, str]


@dataclass(frozen=True)
class Outdated:
    """`rows` of a table were made by other `parts` than those of now.

    There may be none: what came to another table might have come to this one.
    `at_most` where rows may have been replaced since, which nothing counts.
    """

    table: str
    rows: int
    parts: tuple[str, ...]
    at_most: bool = False


class MadeBy:
    """What makes the tables of one pipeline, and made them before.

    `stated` are the parts of each table, by any of its names; tables that are computed
    as a whole need none.
    """

    def __init__(
        self,
        stated: Mapping[str, Parts],
        definitions: Definitions,
        tables: Tables,
        state: State,
    ):
        self._definitions, self._tables, self._state = definitions, tables, state
        known = {definitions.dataset(name): parts for name, parts in stated.items()}
        self._stated = {t: dict(parts) for t, parts in known.items() if t is not None}

    def remember(self, rebuilt: set[str]) -> None:
        """Write down what makes each table from now on; `rebuilt` start over."""
        for table, parts in self._stated.items():
            record = {} if table in rebuilt else self._record(table)
            self._state.remember_made(table, record or {"now": parts, "before": []})

    def outdated(self) -> Iterator[Outdated]:
        """The tables that were made otherwise before, by what is on record."""
        for table in sorted(self._stated):
            if record := self._record(table):
                found = self._of(table, record)
                if found.parts:
                    yield found

    def _record(self, table: str) -> dict[str, Any]:
        """What is on record of a table, up to now; nothing of one that starts over."""
        record, parts = self._state.made(table), self._stated[table]
        if not self._tables.exists(table) or self._state.is_resetting(table):
            return {}
        if record and record["now"] != parts:
            ended = {"parts": record["now"], "rows": self._tables.row_count(table)}
            return {"now": parts, "before": [*record["before"], ended]}
        return record

    def _of(self, table: str, record: dict[str, Any]) -> Outdated:
        replaces = "CDC" in self._state.table(table).get("kind", "")
        rows = counted = 0
        names: set[str] = set()
        for era in record["before"]:
            if differ := self._differing(table, era["parts"]):
                names |= differ
                rows = era["rows"] if replaces else rows + era["rows"] - counted
            counted = era["rows"]
        if replaces:
            rows = min(rows, self._tables.row_count(table))
        return Outdated(table, rows, tuple(sorted(names)), replaces)

    def _differing(self, table: str, before: Parts) -> set[str]:
        now = self._stated[table]
        named = now.keys() | before.keys()
        if not resets.is_allowed(self._definitions.outputs[table]):
            # Of a store, which is not made again, what is new is in no older row.
            named = now.keys() & before.keys()
        return {name for name in named if now.get(name) != before.get(name)}

    # -- in words

    def notes(self, own_explanation: Explain) -> list[Note]:
        """A sentence for each table with older rows, and the command that makes them
        again."""
        if not (found := list(self.outdated())):
            return []
        allowed = {
            one.table
            for one in found
            if resets.is_allowed(self._definitions.outputs[one.table])
        }
        readers = streaming_readers(self._state, set(self._definitions.tables))
        together = f"rebuild them with --full-refresh {rebuilding(allowed, readers)}"
        notes = []
        for one in (one for one in found if one.rows > 0):
            output = self._definitions.outputs[one.table]
            how = together if one.table in allowed else resets.remedy(output)
            up_to = "up to " if one.at_most else ""
            sentence = (
                f"{up_to}{one.rows:,} of its {self._tables.row_count(one.table):,} "
                f"rows were made before a change of {listed(one.parts)}: {how}"
            )
            sentence = own_explanation(one.table, sentence) or sentence
            notes.append(Note(one.table, sentence))
        return notes


def listed(names: tuple[str, ...]) -> str:
    """The names of parts in a sentence, no more than a few."""
    few = [*names[:4], *([f"{len(names) - 4} more"] if len(names) > 4 else [])]
    if len(few) == 1:
        return few[0]
    return f"{', '.join(few[:-1])} and {few[-1]}"
