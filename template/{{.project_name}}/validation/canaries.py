"""A canary for each nested type of the contract: a value that every engine must read.

Nested values are read by `from_json`, of which engines differ in how strict they are.
One that refused a sound value would send every row of a source to quarantine.
"""

import json

from pyspark.sql import SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    BinaryType,
    BooleanType,
    DataType,
    DateType,
    MapType,
    NumericType,
    StructType,
    TimestampNTZType,
    TimestampType,
)

from medallion import casting
from medallion.model import Column, Table
from medallion.sql_types import NESTED

_VALUES = {
    BooleanType: True,
    DateType: "2026-01-02",
    TimestampType: "2026-01-02T03:04:05Z",
    TimestampNTZType: "2026-01-02T03:04:05",
    BinaryType: "AA==",
}


def unread(spark: SparkSession, table: Table) -> list[str]:
    """The nested columns of a table whose canary does not fit its type here."""
    nested = [c for c in table.source_columns if c.type.startswith(NESTED)]
    if not nested or not table.is_text:
        return []
    # Not of literals alone, which would be computed before the engine gets to them.
    nothing = F.expr("repeat('x', CAST(id AS INT))")
    texts = {c.name: F.concat(F.lit(canary(spark, c)), nothing) for c in nested}
    rows = spark.range(1).withColumns(texts)
    row = rows.select(*[casting.typed(c).isNotNull().alias(c.name) for c in nested])
    read = row.first()
    return [column.name for column in nested if not read[column.name]]


def canary(spark: SparkSession, column: Column) -> str:
    """JSON with a value in every field of the column's type."""
    type_ = spark.createDataFrame([], f"value {column.type}").schema["value"].dataType
    return json.dumps(_value(type_))


def _value(type_: DataType):
    if isinstance(type_, StructType):
        return {field.name: _value(field.dataType) for field in type_.fields}
    if isinstance(type_, ArrayType):
        return [_value(type_.elementType)]
    if isinstance(type_, MapType):
        return {str(_value(type_.keyType)): _value(type_.valueType)}
    if isinstance(type_, NumericType):
        return 1
    return _VALUES.get(type(type_), "text")
