"""What can be wrong with how a column writes its numbers."""

from collections.abc import Iterator

from medallion.checks.shapes import shown
from medallion.documents import custom_properties
from medallion.sql_types import Type

NAMES = ("decimalSeparator", "groupSeparator")
_DECIMAL = (",", ".")
_GROUP = (".", ",", " ", "'", "_")


# Whose numbers are numbers: their text would be taken for another one.
_TYPED = ("parquet", "avro", "orc", "delta")


def faults(column: dict, type_: Type, format_: str) -> Iterator[tuple[str, str]]:
    """(message, remedy) of each fault in the separators of a column."""
    custom = custom_properties(column)
    stated = [name for name in NAMES if name in custom]
    if not stated:
        return
    if not type_.family.endswith("number"):
        for name in stated:
            yield f"{name} means nothing for {type_}", "remove it, or make it a DECIMAL"
        return
    if format_ in _TYPED:
        yield f"{stated[0]} means nothing for {format_}, which has numbers", "remove it"
        return
    if column.get("transformLogic") is not None:
        yield f"{stated[0]} means nothing for what is derived", "remove it"
    decimal, group = custom.get(NAMES[0], "."), custom.get(NAMES[1])
    if decimal not in _DECIMAL:
        yield f"decimalSeparator is {shown(decimal)}", 'write "," or "."'
    elif group is not None and group not in _GROUP:
        known = ", ".join(f'"{sign}"' for sign in _GROUP)
        yield f"groupSeparator is {shown(group)}", f"write one of {known}"
    elif decimal == group:
        other = _DECIMAL[1 - _DECIMAL.index(decimal)]
        message = f"a {decimal} cannot both begin the decimals and part the thousands"
        yield message, f'add decimalSeparator: "{other}"'
