"""The arguments of the functions that create AUTO CDC flows, read and checked."""

import difflib
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from pyspark.errors import ParseException
from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from localrun.spark import jvm

Names = tuple[str, ...]
# Any: each reader returns the type of a field of a flow.
Reader = Callable[[str, object], Any]


def read(
    arguments: Mapping[str, object], readers: Mapping[str, Reader], needed: Names
) -> dict[str, Any]:
    """The arguments that were given (not None), each as its reader has it.

    Raises TypeError for an argument without a reader, or for a missing one, and what
    the readers raise.
    """
    for argument in arguments:
        if argument not in readers:
            hint = did_you_mean(argument, readers)
            raise TypeError(f"there is no argument {argument}{hint}")
    for argument in needed:
        if arguments.get(argument) is None:
            raise TypeError(f"the argument {argument} is missing")
    return {
        argument: readers[argument](argument, value)
        for argument, value in arguments.items()
        if value is not None
    }


def among(name: str, names: Iterable[str]) -> bool:
    return name.lower() in {other.lower() for other in names}


def did_you_mean(name: str, known: Iterable[str]) -> str:
    close = difflib.get_close_matches(name, list(known), 1)
    return f"; did you mean {close[0]}?" if close else ""


def not_both(one: str, other: str) -> ValueError:
    return ValueError(f"give {one} or {other}, not both")


# -- readers


def text(argument: str, value: object) -> str:
    if not isinstance(value, str) or not value:
        raise TypeError(f"{argument} must be a name, not {value!r}")
    return value


def flag(argument: str, value: object) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"{argument} must be True or False, not {value!r}")
    return value


def not_here(argument: str, value: object) -> None:
    raise NotImplementedError(f"{argument} does not run on the laptop")


def scd_type(argument: str, value: object) -> int:
    if value == "bitemporal":
        raise NotImplementedError(f"{argument}='bitemporal' does not run on the laptop")
    if isinstance(value, bool) or str(value) not in ("1", "2"):
        raise ValueError(f"{argument} must be 1 or 2, not {value!r}")
    return int(str(value))


def expression(argument: str, value: object) -> Column:
    if isinstance(value, Column):
        return value
    if not isinstance(value, str):
        raise TypeError(f"{argument} must be SQL text or a Column, not {value!r}")
    try:
        jvm.check_expression(SparkSession.active(), value)
    except ParseException:
        raise ValueError(f"{argument} is not a SQL expression: {value!r}") from None
    return F.expr(value)


def names(argument: str, value: object) -> Names:
    if not isinstance(value, list):
        raise TypeError(f"{argument} must be a list of columns, not {value!r}")
    found = tuple(_name(argument, item) for item in value)
    if not found and argument == "keys":
        raise ValueError("keys must name at least one column")
    for i, name in enumerate(found):
        if among(name, found[:i]):
            raise ValueError(f"{argument} names {name} twice")
    return found


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
