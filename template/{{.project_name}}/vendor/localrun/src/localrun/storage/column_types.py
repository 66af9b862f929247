"""The types of a stored table's columns, which it keeps until it is rebuilt.

Delta would cast what is written into the old type, and lose what does not go into it,
or fail in words that do not help. Databricks demands a full refresh for such a change,
too: https://docs.databricks.com/aws/en/ldp/updates#full-refresh.
"""

from collections.abc import Iterator

from pyspark.pipelines.output import Table
from pyspark.sql.types import (
    ArrayType,
    CharType,
    DataType,
    MapType,
    NullType,
    StringType,
    StructType,
    TimestampNTZType,
    VarcharType,
)

from localrun.errors import FlowError
from localrun.storage import resets

_FEATURES = {TimestampNTZType: "timestampNtz"}


def check_kept(output: Table, stored: StructType, defined: StructType) -> None:
    """Raises FlowError where a column of the table would have to change its type."""
    found = [
        f"{column} was {old.simpleString()} and is {new.simpleString()} now"
        for column, old, new in changes("", stored, defined)
    ]
    if found:
        raise FlowError(
            f"in {output.name}, {', '.join(found)}, but a table keeps the types of "
            f"its columns: {resets.remedy(output)}"
        )


def check_required(output: Table, stored: StructType, defined: StructType) -> None:
    """Raises FlowError where a column that may hold NULL would become NOT NULL."""
    optional = {field.name.lower() for field in stored if field.nullable}
    names = [f.name for f in defined if not f.nullable and f.name.lower() in optional]
    if names:
        raise FlowError(
            f"in {output.name}, {', '.join(names)} could be NULL and is NOT NULL now, "
            f"as the columns of a primary key are: {resets.remedy(output)}"
        )


def added_features(stored: StructType, defined: StructType) -> list[str]:
    """The features of Delta that the table needs for columns that are new to it.

    A table that is made has them at once; an existing one must be given them.
    """
    return [
        feature
        for type_, feature in _FEATURES.items()
        if _holds(defined, type_) and not _holds(stored, type_)
    ]


def changes(
    place: str, old: DataType, new: DataType
) -> Iterator[tuple[str, DataType, DataType]]:
    """(column, old type, new type) of what both have and is not the same, at any depth.

    What is always NULL has no type of its own, and Delta has no sizes of text.
    """
    if isinstance(old, StructType) and isinstance(new, StructType):
        known = {field.name.lower(): field for field in old}
        for field in new:
            if before := known.get(field.name.lower()):
                inner = f"{place}.{before.name}".lstrip(".")
                yield from changes(inner, before.dataType, field.dataType)
    elif isinstance(old, ArrayType) and isinstance(new, ArrayType):
        yield from changes(f"{place}.element", old.elementType, new.elementType)
    elif isinstance(old, MapType) and isinstance(new, MapType):
        yield from changes(f"{place}.key", old.keyType, new.keyType)
        yield from changes(f"{place}.value", old.valueType, new.valueType)
    elif NullType not in (type(old), type(new)) and _plain(old) != _plain(new):
        yield place, old, new


def _plain(type_: DataType) -> DataType:
    return StringType() if isinstance(type_, CharType | VarcharType) else type_


def _holds(type_: DataType, sought: type) -> bool:
    if isinstance(type_, StructType):
        return any(_holds(field.dataType, sought) for field in type_)
    if isinstance(type_, ArrayType):
        return _holds(type_.elementType, sought)
    if isinstance(type_, MapType):
        return any(_holds(part, sought) for part in (type_.keyType, type_.valueType))
    return isinstance(type_, sought)
