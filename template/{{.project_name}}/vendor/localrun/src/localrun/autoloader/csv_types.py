"""The types of CSV columns: those that are inferred, and cells read as them."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    DateType,
    MapType,
    StructField,
    StructType,
    TimestampType,
)

from localrun.autoloader import records
from localrun.autoloader.options import Options
from localrun.errors import FlowError

# What a column of text can be read as, the narrowest first, and how such text looks.
_CANDIDATES = {
    "int": "",
    "bigint": "",
    "double": "",
    "date": r"^\d{4}-\d{1,2}-\d{1,2}$",
    "timestamp": r"^\d{4}-\d{1,2}-\d{1,2}[T ]\d",
    "boolean": "^(?i:true|false)$",
}


def typed(columns: list[StructField], options: Options) -> Column:
    """A struct of the columns in their types, NULL where a text does not fit."""
    for column in columns:
        if isinstance(column.dataType, ArrayType | MapType | StructType):
            raise FlowError(
                f"column {column.name} of a CSV file cannot be "
                f"{column.dataType.simpleString()}: hint it as STRING, and parse the "
                "text in the query"
            )
    return F.struct(
        *[read_as(column, options).alias(column.name) for column in columns]
    )


def inferred(df: DataFrame, names: list[str]) -> dict[str, DataType]:
    """The narrowest type of each field that all of its values fit."""
    entries = [records.entry(F.lit(name), F.col("fields")[name]) for name in names]
    cells = df.select(F.explode(F.array(*entries)).alias("cell")).select("cell.*")
    value = F.col("value")
    fits = [
        F.bool_and(
            F.rlike(value, F.lit(look)) & value.try_cast(candidate).isNotNull()
        ).alias(candidate)
        for candidate, look in _CANDIDATES.items()
    ]
    fitting = cells.where(value.isNotNull()).groupBy("key").agg(*fits).collect()
    types = {row.key: [c for c in _CANDIDATES if row[c]] for row in fitting}
    return {name: DataType.fromDDL(fit[0]) for name, fit in types.items() if fit}


def read_as(column: StructField, options: Options) -> Column:
    """The text of a field in the column's type; NULL where it does not fit."""
    text = F.col("fields")[column.name]
    date_format = options.parser.get("dateformat")
    time_format = options.parser.get("timestampformat")
    if date_format and isinstance(column.dataType, DateType):
        return F.try_to_date(text, date_format)
    if time_format and isinstance(column.dataType, TimestampType):
        return F.try_to_timestamp(text, F.lit(time_format))
    return text.try_cast(column.dataType)
