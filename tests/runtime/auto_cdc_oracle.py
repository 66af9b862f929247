"""What an AUTO CDC target must hold, by plain Python: one key, one change at a time.

Written from https://docs.databricks.com/aws/en/ldp/cdc and the arguments' reference,
without a look at how `localrun` computes the same.
"""

import itertools
import random
from dataclasses import dataclass, field


@dataclass(frozen=True)
class Options:
    """What the flow was called with. `ignored`: columns whose NULL updates nothing."""

    columns: tuple[str, ...]
    scd_type: int = 1
    ignored: frozenset[str] = frozenset()
    untracked: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Change:
    """One row of a change feed. `op` is U (upsert), D (delete) or T (truncate)."""

    key: object
    sequence: object
    op: str
    values: dict = field(default_factory=dict)


def expected(changes: list[Change], options: Options) -> list[tuple]:
    """Rows (key, values…) for SCD type 1, (key, values…, start, end) for type 2."""
    truncated = [change.sequence for change in changes if change.op == "T"]
    keys: dict[object, list[Change]] = {}
    for change in changes:
        if change.op != "T" and all(change.sequence >= s for s in truncated):
            keys.setdefault(change.key, []).append(change)
    rows = []
    for key, history in keys.items():
        for version in _versions(history, options):
            if options.scd_type == 2:
                rows.append((key, *version["values"], version["start"], version["end"]))
            elif version["end"] is None:
                rows.append((key, *version["values"]))
    return rows


def _versions(history: list[Change], options: Options) -> list[dict]:
    """All versions of one key, the open one with the end None."""
    versions: list[dict] = []
    current = None
    for change in _in_order(history):
        if change.op == "D":
            if current is not None:
                versions[-1]["end"] = change.sequence
            current = None
            continue
        before = current or {}
        current = {
            column: _updated(
                before.get(column), change.values.get(column), column in options.ignored
            )
            for column in options.columns
        }
        values = tuple(current[column] for column in options.columns)
        if before and (options.scd_type == 1 or _same(before, current, options)):
            versions[-1]["values"] = values
            continue
        if before:
            versions[-1]["end"] = change.sequence
        versions.append({"values": values, "start": change.sequence, "end": None})
    return versions


def _in_order(history: list[Change]) -> list[Change]:
    """By sequence; of an upsert and a delete with the same one the upsert counts."""
    at: dict[object, Change] = {}
    for change in history:
        known = at.get(change.sequence)
        if known is None or known.op == "D":
            at[change.sequence] = change
    return [at[sequence] for sequence in sorted(at)]


def _updated(old: object, new: object, ignores_null: bool) -> object:
    if not ignores_null:
        return new
    if isinstance(new, dict):
        old = old or {}
        return {name: _updated(old.get(name), new[name], True) for name in new}
    return old if new is None else new


def _same(before: dict, after: dict, options: Options) -> bool:
    return all(
        before[column] == after[column]
        for column in options.columns
        if column not in options.untracked
    )


def random_feed(
    rnd: random.Random, keys: list, batches: int, options: Options, truncates: bool
) -> list[list[Change]]:
    """Batches of changes: late and repeated ones, NULLs, deletes, re-inserts.

    Values are few, so that many changes change nothing. No two different upserts of a
    key have the same sequence.
    """
    feed: list[list[Change]] = [[] for _ in range(batches)]
    for key in keys:
        sequences = rnd.sample(range(1, 25), rnd.randint(1, 9))
        if rnd.random() < 0.5:
            sequences.sort()  # no late changes
        at = 0.0
        for sequence in sequences:
            at = min(at + rnd.random() * batches / len(sequences), batches - 1)
            change = Change(key, sequence, "U", _random_values(rnd, options))
            if rnd.random() < 0.2:
                change = Change(key, sequence, "D")
            copies = [change] * rnd.choice([1, 1, 1, 2])
            if rnd.random() < 0.05:
                copies.append(Change(key, sequence, "D"))
            for i, copy in enumerate(copies):
                batch = int(at) if i == 0 else rnd.randrange(batches)
                feed[batch].append(copy)
    if truncates:
        for sequence in rnd.sample(range(1, 12), 2):
            feed[rnd.randrange(batches)].append(Change(None, sequence, "T"))
    for batch in feed:
        rnd.shuffle(batch)
    return feed


def _random_values(rnd: random.Random, options: Options) -> dict:
    values: dict[str, object] = {}
    for column in options.columns:
        values[column] = rnd.choice(["a", "b", None])
        if column == "home":
            parts = {"city": rnd.choice(["x", "y", None]), "zip": rnd.choice([1, None])}
            values[column] = rnd.choice([parts, parts, None])
    return values


# -- snapshots


@dataclass(frozen=True)
class Snapshot:
    """All rows of a source at one version: the values of each key."""

    version: int
    rows: dict[object, dict]


def expected_of_snapshots(snapshots: list[Snapshot], options: Options) -> list[tuple]:
    """Rows as of `expected`: a key that a snapshot lacks was deleted at its version."""
    keys = sorted({key for snapshot in snapshots for key in snapshot.rows})
    return expected(
        [
            Change(key, snapshot.version, "U", snapshot.rows[key])
            if key in snapshot.rows
            else Change(key, snapshot.version, "D")
            for snapshot in snapshots
            for key in keys
        ],
        options,
    )


def random_snapshots(rnd: random.Random, keys: int, options: Options) -> list[Snapshot]:
    """Snapshots of few values, so that many rows stay the same; some keys come and go.

    One snapshot in the middle is empty.
    """
    versions = sorted(rnd.sample(range(1, 100), 5))
    snapshots = [
        Snapshot(
            version,
            {
                key: _random_values(rnd, options)
                for key in range(keys)
                if rnd.random() < 0.8
            },
        )
        for version in versions
    ]
    for before, after in itertools.pairwise(snapshots):
        for key in before.rows.keys() & after.rows.keys():
            if rnd.random() < 0.5:
                after.rows[key] = before.rows[key]
    snapshots[3].rows.clear()
    return snapshots
