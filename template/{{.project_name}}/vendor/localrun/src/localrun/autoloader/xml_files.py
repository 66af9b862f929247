"""XML files: the elements `rowTag` are records, what is in them are their fields.

Follows https://docs.databricks.com/aws/en/query/formats/xml. Spark's parser reads each
record into a variant, in which all text is kept as it is written. Its JSON then goes
the way of JSON files: an attribute is a field with the prefix `_`, an element that is
repeated an array, and what is nested is the text of its JSON.
"""

from dataclasses import replace
from typing import Any

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.types import (
    ArrayType,
    DataType,
    IntegerType,
    LongType,
    MapType,
    StringType,
    StructField,
    StructType,
)

from localrun.autoloader import csv_types, json_files
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.records import Paths, Reader
from localrun.autoloader.types import from_ddl

# Text is kept: Spark's own guess would make 7 of 007.
_AS_TEXT = {"inferSchema": "false", "singleVariantColumn": "document"}


def read(
    reader: Reader[Paths], path: Paths, names: list[str], options: Options
) -> DataFrame:
    """Records with the fields `names`; see `records`.

    Where a file is not well formed, its last record is the text of the whole file.
    """
    df = _records(reader, path, options)
    return json_files.with_fields(df, names, _plain_json(options))


def typed(columns: list[StructField], options: Options) -> Column:
    """A struct of the columns in their types, NULL where a text does not fit."""
    return F.struct(*[_read_as(c, options).alias(c.name) for c in columns])


def infer(spark: SparkSession, paths: list[str], options: Options) -> StructType:
    """The columns of these files, ordered by name as Spark's own inference does.

    Nested values are text, also where types are inferred: hint the others.
    """
    df = _records(literal_reader(spark), paths, options)
    found = json_files.named_fields(df, _plain_json(options))
    if not options.infer_types or not found.names:
        return found
    df = json_files.with_fields(df, found.names, _plain_json(options))
    types = csv_types.inferred(df, found.names)
    # Spark's inference of XML knows no type for whole numbers but BIGINT
    wide = {n: LongType() if t == IntegerType() else t for n, t in types.items()}
    return StructType([StructField(n, wide.get(n, StringType())) for n in found.names])


def _records(reader: Reader[Paths], path: Paths, options: Options) -> DataFrame:
    reader = reader.format("xml").options(**options.source).options(**options.parser)
    reader = reader.options(mode="PERMISSIVE", columnNameOfCorruptRecord="broken")
    schema = from_ddl("document VARIANT, broken STRING")
    reader = reader.options(**_AS_TEXT).schema(schema)
    df = reader.load(path)
    record = F.coalesce(F.to_json("document"), F.col("broken"))
    return df.select(record.alias("record"))


def _plain_json(options: Options) -> Options:
    """Without the options of XML, which have other meanings in JSON."""
    return replace(options, parser={})


def _read_as(column: StructField, options: Options) -> Column:
    text, data_type = F.col("fields")[column.name], column.dataType
    if not isinstance(data_type, ArrayType | MapType | StructType):
        return csv_types.read_as(column, options)
    parsed = F.from_json(text, _as_strings(data_type))
    if isinstance(data_type, ArrayType):
        # one element alone is not an array in XML
        element = F.array(text)
        if isinstance(data_type.elementType, ArrayType | MapType | StructType):
            alone = F.concat(F.lit("["), text, F.lit("]"))
            element = F.from_json(alone, _as_strings(data_type))
        parsed = F.when(F.startswith(text, F.lit("[")), parsed).otherwise(element)
    else:
        parsed = F.when(F.startswith(text, F.lit("{")), parsed)
    return parsed.try_cast(data_type)


def _as_strings(data_type: DataType) -> Any:
    """The same nesting, with strings in it."""
    if isinstance(data_type, ArrayType):
        return ArrayType(_as_strings(data_type.elementType))
    if isinstance(data_type, MapType):
        return MapType(StringType(), _as_strings(data_type.valueType))
    if isinstance(data_type, StructType):
        return StructType(
            [StructField(c.name, _as_strings(c.dataType)) for c in data_type]
        )
    return StringType()
