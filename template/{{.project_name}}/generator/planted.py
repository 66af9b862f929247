"""The ledger's entries."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Planted:
    """A line in which something is planted: a line of the ledger.

    `file` (relative to the landing folder) and `line` (from 1) say where it lies. `key`
    is the row's key as the pipeline can read it, else None. `rules` are all rules that
    send the row to quarantine (none: it is accepted), `warnings` those that warn.
    """

    batch: int
    source: str
    file: str
    line: int
    key: object
    kind: str
    rules: tuple[str, ...]
    warnings: tuple[str, ...]
