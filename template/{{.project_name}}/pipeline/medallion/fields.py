"""Values with fields, as sources that have types bring them: Parquet, Avro, Delta.

Delta refuses the same characters in the name of a field as in that of a column.
"""

from collections.abc import Mapping

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

from medallion import casting, names, sql_text
from medallion.contract import Table

_NESTED = (ArrayType, MapType, StructType)


def storable(types: Mapping[str, DataType], table: Table) -> dict[str, Column]:
    """The columns of bronze that must become others, so that a table can hold them.

    `types` are those of the source by the names of bronze. What the contract takes for
    a STRING is JSON; of what it does not name, fields are called as columns are. Raises
    ValueError where two fields would have the same name.
    """
    stated = {column.name: column.type for column in table.source_columns}
    found = {}
    for name, type_ in types.items():
        column = F.col(sql_text.name(name))
        if not isinstance(type_, _NESTED):
            continue
        if stated.get(name) == "STRING":
            found[name] = F.to_json(column, casting.EXACT_TIMES)
        elif name not in stated:
            renamed = _renamed(type_, f"table {table.name}: column {name}")
            if renamed != type_:
                found[name] = column.cast(renamed)
    return found


def _renamed(type_: DataType, place: str) -> DataType:
    if isinstance(type_, ArrayType):
        return ArrayType(_renamed(type_.elementType, place), type_.containsNull)
    if isinstance(type_, MapType):
        inner = [_renamed(part, place) for part in (type_.keyType, type_.valueType)]
        return MapType(*inner, type_.valueContainsNull)
    if not isinstance(type_, StructType):
        return type_
    fields: dict[str, StructField] = {}
    for field in type_:
        name = names.in_tables(field.name)
        if name.lower() in fields:
            raise ValueError(
                f"{place} has two fields that would be {name} in bronze, "
                f"{field.name!r} among them: give the column a property in the "
                "contract, with physicalType: STRING, which keeps it as JSON"
            )
        inner = _renamed(field.dataType, place)
        fields[name.lower()] = StructField(name, inner, field.nullable)
    return StructType(list(fields.values()))
