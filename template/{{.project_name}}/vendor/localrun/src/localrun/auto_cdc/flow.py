"""The definition of an AUTO CDC flow: what `dp.create_auto_cdc_flow` was called with.

Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes.
"""

import difflib
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from pyspark.errors import ParseException
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from localrun.spark import jvm

Names = tuple[str, ...]
# Pairs of which one may be given: these columns, or all but these.
NAME_LISTS = (
    "column_list",
    "except_column_list",
    "ignore_null_updates_column_list",
    "ignore_null_updates_except_column_list",
    "track_history_column_list",
    "track_history_except_column_list",
)


@dataclass(frozen=True, eq=False)
class AutoCdcFlow:
    """One AUTO CDC flow. A list of columns that was not given is None."""

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


def among(name: str, names: Iterable[str]) -> bool:
    return name.lower() in {other.lower() for other in names}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


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


def _flow(arguments: dict[str, object]) -> AutoCdcFlow:
    for argument in arguments:
        if argument not in _ARGUMENTS:
            hint = did_you_mean(argument, _ARGUMENTS)
            raise TypeError(f"there is no argument {argument}{hint}")
    for argument in ("target", "source", "keys", "sequence_by"):
        if arguments.get(argument) is None:
            raise TypeError(f"the argument {argument} is missing")
    given = {
        argument: _ARGUMENTS[argument](argument, value)
        for argument, value in arguments.items()
        if value is not None
    }
    given.setdefault("name", given["target"])
    given["scd_type"] = given.pop("stored_as_scd_type", 1)
    given.pop("once", None)
    flow = AutoCdcFlow(**given)
    _check_combination(flow)
    return flow


def _check_combination(flow: AutoCdcFlow) -> None:
    given = [name for name in NAME_LISTS if getattr(flow, name) is not None]
    for one, other in zip(NAME_LISTS[::2], NAME_LISTS[1::2], strict=True):
        if one in given and other in given:
            raise ValueError(f"give {one} or {other}, not both")
    for argument in given:
        if argument.startswith("ignore_null_updates_") and flow.ignore_null_updates:
            raise ValueError(f"give ignore_null_updates=True or {argument}, not both")
        if argument.startswith("track_history_") and flow.scd_type == 1:
            raise ValueError(f"{argument} needs stored_as_scd_type=2")
    if flow.scd_type == 2 and flow.apply_as_truncates is not None:
        raise ValueError("apply_as_truncates needs stored_as_scd_type=1")
    for key in flow.keys:
        if flow.column_list is not None and not among(key, flow.column_list):
            raise ValueError(f"column_list lacks the key {key}")
        if among(key, flow.except_column_list or ()):
            raise ValueError(f"except_column_list excludes the key {key}")


def _text(argument: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{argument} must be a name, not {value!r}")
    return value


def _flag(argument: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False, not {value!r}")
    return value


def _not_once(argument: str, value: object) -> bool:
    once = _flag(argument, value)
    if once:
        raise NotImplementedError("once=True does not run on the laptop")
    return once


def _not_here(argument: str, value: object) -> None:
    raise NotImplementedError(f"{argument} does not run on the laptop")


def _scd_type(argument: str, value: object) -> int:
    if value == "bitemporal":
        raise NotImplementedError(f"{argument}='bitemporal' does not run on the laptop")
    if isinstance(value, bool) or str(value) not in ("1", "2"):
        raise ValueError(f"{argument} must be 1 or 2, not {value!r}")
    return int(str(value))


def _expression(argument: str, value: object) -> Column:
    if isinstance(value, Column):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be SQL text or a Column, not {value!r}")
    try:
        jvm.check_expression(SparkSession.active(), value)
    except ParseException:
        raise ValueError(f"{argument} is not a SQL expression: {value!r}") from None
    return F.expr(value)


def _names(argument: str, value: object) -> Names:
    if not isinstance(value, list):
        raise TypeError(f"{argument} must be a list of columns, not {value!r}")
    names = tuple(_name(argument, item) for item in value)
    if not names and argument == "keys":
        raise ValueError("keys must name at least one column")
    for i, name in enumerate(names):
        if among(name, names[:i]):
            raise ValueError(f"{argument} names {name} twice")
    return names


def _name(argument: str, value: object) -> str:
    if isinstance(value, Column):
        parts = jvm.name_parts(value)
        if parts is None:
            raise ValueError(f"{argument} holds an expression, {value}: name a column")
        if len(parts) == 1:
            return parts[0]
        qualified = ".".join(parts)
    elif not isinstance(value, str):
        raise TypeError(f"{argument} must hold names or Columns, not {value!r}")
    elif value[:1] == value[-1:] == "`":
        return value[1:-1].replace("``", "`")
    elif "." not in value and value.strip():
        return value
    else:
        qualified = value
    raise ValueError(f"{argument} names {qualified!r}: write the column's name alone")


# Any: each returns the type of a field of AutoCdcFlow.
_ARGUMENTS: dict[str, Callable[[str, object], Any]] = {
    **dict.fromkeys(("target", "source", "name"), _text),
    **dict.fromkeys(("keys", *NAME_LISTS), _names),
    **dict.fromkeys(
        ("sequence_by", "apply_as_deletes", "apply_as_truncates"), _expression
    ),
    **dict.fromkeys(("system_sequence_by", "columns_to_update"), _not_here),
    "ignore_null_updates": _flag,
    "stored_as_scd_type": _scd_type,
    "once": _not_once,
}
