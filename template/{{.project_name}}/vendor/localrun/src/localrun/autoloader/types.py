"""How the types of one column in different files go together."""

from pyspark.sql.types import (
    ArrayType,
    ByteType,
    DataType,
    DecimalType,
    DoubleType,
    FloatType,
    IntegerType,
    LongType,
    ShortType,
    StructField,
    StructType,
)

from localrun.errors import FlowError

_INTEGERS = (ByteType, ShortType, IntegerType, LongType)
_TO_DOUBLE = (ByteType, ShortType, IntegerType, FloatType, DoubleType)
_DIGITS: dict[type[DataType], int] = {
    ByteType: 3,
    ShortType: 5,
    IntegerType: 10,
    LongType: 20,
}


def is_number(data_type: DataType) -> bool:
    return isinstance(data_type, (*_INTEGERS, *_TO_DOUBLE, DecimalType))


def wider(one: DataType, other: DataType) -> DataType | None:
    """The narrower of the types in which every value of both can be read exactly.

    None where there is no such type. Follows what Spark's Parquet reader converts.
    """
    if one.simpleString() == other.simpleString():
        return one
    if isinstance(one, StructType) and isinstance(other, StructType):
        return _wider_struct(one, other)
    if isinstance(one, ArrayType) and isinstance(other, ArrayType):
        element = wider(one.elementType, other.elementType)
        return element and ArrayType(element)
    if isinstance(one, _INTEGERS) and isinstance(other, _INTEGERS):
        return max(one, other, key=lambda t: _INTEGERS.index(type(t)))
    if isinstance(one, _TO_DOUBLE) and isinstance(other, _TO_DOUBLE):
        return DoubleType()
    return _wider_decimal(one, other)


def with_new_fields(known: DataType, found: DataType) -> DataType:
    """The known type, with the fields inside of it that only the found one has."""
    if isinstance(known, ArrayType) and isinstance(found, ArrayType):
        return ArrayType(with_new_fields(known.elementType, found.elementType))
    if not isinstance(known, StructType) or not isinstance(found, StructType):
        return known
    others = by_name(found)
    fields = []
    for column in known:
        same = others.pop(column.name.lower(), column)
        inner = with_new_fields(column.dataType, same.dataType)
        fields.append(StructField(column.name, inner))
    return StructType([*fields, *others.values()])


def union(one: StructType, other: StructType) -> StructType:
    """All columns of both; where no type holds a column of both, it has the other's."""
    others = by_name(other)
    columns = []
    for column in one:
        found = others.pop(column.name.lower(), column).dataType
        columns.append(StructField(column.name, wider(column.dataType, found) or found))
    return StructType([*columns, *others.values()])


def from_ddl(ddl: str) -> StructType:
    """The columns of a text such as `id STRING, total DOUBLE`.

    Raises ParseException where it does not parse, FlowError where it is a type alone.
    """
    columns = DataType.fromDDL(ddl)
    if not isinstance(columns, StructType):
        raise FlowError(f"{ddl} is a type: write columns, each with a name and a type")
    return columns


def by_name(schema: StructType) -> dict[str, StructField]:
    """The columns by their names in lower case: Spark's names have no case."""
    return {column.name.lower(): column for column in schema}


def _wider_struct(one: StructType, other: StructType) -> StructType | None:
    others = by_name(other)
    fields = []
    for column in one:
        found = others.pop(column.name.lower(), column)
        data_type = wider(column.dataType, found.dataType)
        if data_type is None:
            return None
        fields.append(StructField(column.name, data_type))
    return StructType([*fields, *others.values()])


def _wider_decimal(one: DataType, other: DataType) -> DataType | None:
    sizes = []
    for data_type in (one, other):
        if isinstance(data_type, DecimalType):
            sizes.append((data_type.precision - data_type.scale, data_type.scale))
        elif type(data_type) in _DIGITS:
            sizes.append((_DIGITS[type(data_type)], 0))
        else:
            return None
    whole, scale = (max(size) for size in zip(*sizes, strict=True))
    return DecimalType(whole + scale, scale) if whole + scale <= 38 else None
