"""The definition of an AUTO CDC flow: what `dp.create_auto_cdc_flow` was called with.

Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pyspark.sql import Column

from localrun.auto_cdc import arguments as args
from localrun.auto_cdc.arguments import Names, among

# Pairs of which one may be given: these columns, or all but these.
NAME_LISTS = (
    "column_list",
    "except_column_list",
    "ignore_null_updates_column_list",
    "ignore_null_updates_except_column_list",
    "track_history_column_list",
    "track_history_except_column_list",
)
# What makes one table of the events of several flows, and so is the same for all.
SHARED = ("keys", "scd_type", "ignore_null_updates", *NAME_LISTS[2:])


@dataclass(frozen=True, eq=False)
class AutoCdcFlow:
    """One AUTO CDC flow. A list of columns that was not given is None.

    A `once` flow reads what its source holds at its first run, and nothing after it.
    """

    name: str
    target: str
    source: str
    keys: Names
    sequence_by: Column
    apply_as_deletes: Column | None = None
    apply_as_truncates: Column | None = None
    column_list: Names | None = None
    except_column_list: Names | None = None
    scd_type: int = 1
    ignore_null_updates: bool = False
    ignore_null_updates_column_list: Names | None = None
    ignore_null_updates_except_column_list: Names | None = None
    track_history_column_list: Names | None = None
    track_history_except_column_list: Names | None = None
    once: bool = False

    def is_key(self, name: str) -> bool:
        return among(name, self.keys)

    def ignores_null(self, name: str) -> bool:
        """Whether a NULL in this column leaves the value that the row has."""
        if self.ignore_null_updates_column_list is not None:
            return among(name, self.ignore_null_updates_column_list)
        if self.ignore_null_updates_except_column_list is not None:
            return not among(name, self.ignore_null_updates_except_column_list)
        return self.ignore_null_updates

    def tracks(self, name: str) -> bool:
        """Whether a change of this column opens a new version (SCD type 2)."""
        if self.track_history_column_list is not None:
            return among(name, self.track_history_column_list)
        return not among(name, self.track_history_except_column_list or ())


def differences(one: AutoCdcFlow, other: AutoCdcFlow) -> list[str]:
    """The arguments that must be the same for two flows into one table, and are not."""
    return [
        _ARGUMENT_NAMES.get(name, name)
        for name in SHARED
        if _plain(getattr(one, name)) != _plain(getattr(other, name))
    ]


def _plain(value: object) -> object:
    return {str(v).lower() for v in value} if isinstance(value, tuple) else value


def flow_from_arguments(**arguments: object) -> AutoCdcFlow:
    """The flow that `dp.create_auto_cdc_flow` with these arguments defines.

    Raises TypeError for an argument of a wrong type or an unknown name, ValueError for
    a wrong value or combination, NotImplementedError for what the laptop lacks.
    """
    try:
        return _flow(arguments)
    except (TypeError, ValueError, NotImplementedError) as error:
        where = f"create_auto_cdc_flow into {arguments.get('target')}"
        raise type(error)(f"{where}: {error}") from None


def _flow(arguments: Mapping[str, object]) -> AutoCdcFlow:
    needed = ("target", "source", "keys", "sequence_by")
    given = args.read(arguments, _READERS, needed)
    given.setdefault("name", given["target"])
    given["scd_type"] = given.pop("stored_as_scd_type", 1)
    flow = AutoCdcFlow(**given)
    _check_combination(flow)
    return flow


def _check_combination(flow: AutoCdcFlow) -> None:
    given = [name for name in NAME_LISTS if getattr(flow, name) is not None]
    for one, other in zip(NAME_LISTS[::2], NAME_LISTS[1::2], strict=True):
        if one in given and other in given:
            raise args.not_both(one, other)
    for argument in given:
        if argument.startswith("ignore_null_updates_") and flow.ignore_null_updates:
            raise args.not_both("ignore_null_updates=True", argument)
        if argument.startswith("track_history_") and flow.scd_type == 1:
            raise ValueError(f"{argument} needs stored_as_scd_type=2")
    if flow.scd_type == 2 and flow.apply_as_truncates is not None:
        raise ValueError("apply_as_truncates needs stored_as_scd_type=1")
    for key in flow.keys:
        if flow.column_list is not None and not among(key, flow.column_list):
            raise ValueError(f"column_list lacks the key {key}")
        if among(key, flow.except_column_list or ()):
            raise ValueError(f"except_column_list excludes the key {key}")


_ARGUMENT_NAMES = {"scd_type": "stored_as_scd_type"}
_READERS: dict[str, args.Reader] = {
    **dict.fromkeys(("target", "source", "name"), args.text),
    **dict.fromkeys(("keys", *NAME_LISTS), args.names),
    **dict.fromkeys(
        ("sequence_by", "apply_as_deletes", "apply_as_truncates"), args.expression
    ),
    **dict.fromkeys(("system_sequence_by", "columns_to_update"), args.not_here),
    **dict.fromkeys(("ignore_null_updates", "once"), args.flag),
    "stored_as_scd_type": args.scd_type,
}
