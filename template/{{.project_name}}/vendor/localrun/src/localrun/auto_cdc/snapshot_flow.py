"""The definition of a flow of snapshots: the arguments of
`dp.create_auto_cdc_from_snapshot_flow`.

Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes-from-snapshot.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from localrun.auto_cdc import arguments as args
from localrun.auto_cdc.arguments import Names, among

# What returns the snapshot after the last version, and its own version; None: no more.
NextSnapshot = Callable[[Any], Any]


@dataclass(frozen=True, eq=False)
class SnapshotFlow:
    """One flow of snapshots. A list of columns that was not given is None.

    `source` is the name of a table or view, or a function that returns the snapshot
    after a version. A `once` flow takes what its first run finds, and nothing after it.
    """

    name: str
    target: str
    source: str | NextSnapshot
    keys: Names
    scd_type: int = 1
    track_history_column_list: Names | None = None
    track_history_except_column_list: Names | None = None
    once: bool = False

    def is_key(self, name: str) -> bool:
        return among(name, self.keys)

    def tracks(self, name: str) -> bool:
        """Whether a change of this column opens a new version (SCD type 2)."""
        if self.track_history_column_list is not None:
            return among(name, self.track_history_column_list)
        return not among(name, self.track_history_except_column_list or ())

    @property
    def described_source(self) -> str:
        """The source as a sentence names it."""
        if isinstance(self.source, str):
            return self.source
        return f"what {getattr(self.source, '__name__', 'its source function')} returns"


def snapshot_flow_from_arguments(**arguments: object) -> SnapshotFlow:
    """The flow that `dp.create_auto_cdc_from_snapshot_flow` with these defines.

    Raises TypeError for an argument of a wrong type or an unknown name, ValueError for
    a wrong value or combination, NotImplementedError for what the laptop lacks.
    """
    try:
        return _flow(arguments)
    except (TypeError, ValueError, NotImplementedError) as error:
        where = f"create_auto_cdc_from_snapshot_flow into {arguments.get('target')}"
        raise type(error)(f"{where}: {error}") from None


def _flow(arguments: Mapping[str, object]) -> SnapshotFlow:
    given = args.read(arguments, _READERS, ("target", "source", "keys"))
    given.setdefault("name", given["target"])
    given["scd_type"] = given.pop("stored_as_scd_type", 1)
    flow = SnapshotFlow(**given)
    lists = [name for name in _NAME_LISTS if getattr(flow, name) is not None]
    if len(lists) > 1:
        raise args.not_both(*_NAME_LISTS)
    if lists and flow.scd_type == 1:
        raise ValueError(f"{lists[0]} needs stored_as_scd_type=2")
    return flow


def _source(argument: str, value: object) -> object:
    if callable(value):
        return value
    if not isinstance(value, str) or not value:
        raise TypeError(
            f"{argument} must be the name of a table or view, or a function that "
            f"returns a snapshot and its version, not {value!r}"
        )
    return value


_NAME_LISTS = ("track_history_column_list", "track_history_except_column_list")
_READERS: dict[str, args.Reader] = {
    **dict.fromkeys(("target", "name"), args.text),
    **dict.fromkeys(("keys", *_NAME_LISTS), args.names),
    "source": _source,
    "stored_as_scd_type": args.scd_type,
    "once": args.flag,
}
