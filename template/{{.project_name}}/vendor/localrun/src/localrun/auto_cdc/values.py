"""Values of any type, made fit to be compared and hashed.

Spark neither compares nor hashes maps, variants and calendar intervals; where a column
holds one of them its JSON stands in for it.
"""

from collections.abc import Iterable

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    AtomicType,
    CalendarIntervalType,
    DataType,
    MapType,
    StructField,
    StructType,
    VariantType,
)

from localrun.spark.quoting import column

# The default formats would cut timestamps to milliseconds.
_JSON = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


def has_order(kind: DataType) -> bool:
    """Whether Spark compares values of this type."""
    if isinstance(kind, StructType):
        return all(has_order(field.dataType) for field in kind)
    if isinstance(kind, ArrayType):
        return has_order(kind.elementType)
    return not isinstance(kind, MapType | VariantType | CalendarIntervalType)


def comparable(value: Column, kind: DataType) -> Column:
    """An expression that is equal exactly where the values are."""
    return value if has_order(kind) else F.to_json(F.struct(value.alias("v")), _JSON)


def fingerprint(fields: Iterable[StructField]) -> Column:
    """A 64-bit hash (BIGINT) of what these columns hold.

    Neither their order nor a column that is NULL counts: an event keeps its fingerprint
    when its source gains a column.
    """
    parts = []
    for field in sorted(fields, key=lambda field: field.name.lower()):
        value = column(field.name)
        parts.append(F.when(value.isNotNull(), F.lit(field.name.lower())))
        # A hash of nested values does not tell (NULL, 1) from (1, NULL)
        plain = isinstance(field.dataType, AtomicType) and has_order(field.dataType)
        parts.append(value if plain else F.to_json(F.struct(value.alias("v")), _JSON))
    return F.xxhash64(*parts) if parts else F.lit(0).cast("bigint")
