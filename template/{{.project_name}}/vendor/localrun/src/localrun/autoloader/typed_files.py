"""Parquet, Avro and ORC files: they bring their types, read by name.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema:
a column has the widest type of the files that it was inferred from; later, or against a
hint, values of another type are rescued. Of ORC files nothing is inferred or rescued:
their columns are given.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.streaming.readwriter import DataStreamReader
from pyspark.sql.types import DataType, StructField, StructType

from localrun.autoloader import parquet_types, records
from localrun.autoloader.columns import Columns
from localrun.autoloader.files import literal_reader
from localrun.autoloader.options import Options
from localrun.autoloader.types import by_name, is_number, wider
from localrun.errors import FlowError
from localrun.spark import jvm
from localrun.spark.messages import first_sentence

FORMATS = ("parquet", "avro", "orc")
_NAMES = {"parquet": "a Parquet", "avro": "an Avro", "orc": "an ORC"}
# PySpark knows no class for some of Spark's errors.
_NOT_READ = jvm.ERRORS


def infer(spark: SparkSession, paths: list[str], options: Options) -> StructType:
    """The columns of these files, each with the widest of its types.

    Raises FlowError where a file is of another format, or where a column has types in
    these files that no type holds together.
    """
    reader = literal_reader(spark).options(**options.source)
    reader = reader.option("mergeSchema", True).format(options.format)
    try:
        if options.format != "avro":  # Spark looks at one Avro file alone
            return reader.load(paths).schema
    except _NOT_READ:  # they do not merge just so: look at them one by one
        pass
    return _merged({path: _own(spark, reader, path, options.format) for path in paths})


def _own(
    spark: SparkSession, reader: DataFrameReader, path: str, file_format: str
) -> StructType:
    try:
        return reader.load(path).schema
    except _NOT_READ as error:
        if said := parquet_types.unreadable(spark, [path], error):
            raise FlowError(said) from error
        if "COLUMN_ALREADY_EXISTS" in str(error):
            raise FlowError(
                f"{path} has columns whose names differ in letter case only, of which "
                "Spark would read one: have one of them delivered under another name "
                f"({first_sentence(error)})"
            ) from error
        raise FlowError(
            f"{path} is not {_NAMES[file_format]} file, take it out of the folder "
            f"({first_sentence(error)})"
        ) from error


def _merged(schemas: dict[str, StructType]) -> StructType:
    merged: dict[str, tuple[StructField, str]] = {}
    for path, schema in schemas.items():
        for name, column in by_name(schema).items():
            before, first_path = merged.get(name, (column, path))
            data_type = wider(before.dataType, column.dataType)
            if data_type is None:
                types = (column.dataType.simpleString(), before.dataType.simpleString())
                raise FlowError(
                    f"column {column.name} is {types[0]} in {path} and {types[1]} in "
                    f"{first_path}, which Spark cannot read together: load the files "
                    "in two updates (values of the second type are rescued), or "
                    "rewrite one of them"
                )
            merged[name] = (StructField(before.name, data_type), first_path)
    return StructType([column for column, _ in merged.values()])


def load(
    reader: DataStreamReader,
    path: str,
    columns: Columns,
    files: StructType,
    options: Options,
) -> DataFrame:
    """The columns, from files whose own columns are `files`, where these are known.

    Raises FlowError where a type does not fit, and nothing takes what is rescued.
    """
    written = by_name(files)
    read, selected, rescued = [], {}, []
    for column in columns.data:
        own = written.pop(column.name.lower(), column)
        if _is_read_as(own.dataType, column.dataType):
            read.append(StructField(column.name, column.dataType))
            selected[column.name] = _column(column.name)
            continue
        if columns.rescued is None:
            raise FlowError(
                f"column {column.name} is {own.dataType.simpleString()} in files in "
                f"{path}, and {column.dataType.simpleString()} in the schema: give it "
                "the files' type, and cast it in the query"
            )
        read.append(StructField(column.name, own.dataType))
        value = _fitting(column, own)
        selected[column.name] = value
        rescued.append(F.when(value.isNull(), _column(column.name)).alias(column.name))
    for column in (c for c in written.values() if c.name not in columns.partitions):
        read.append(StructField(column.name, column.dataType))
        rescued.append(_column(column.name))
    reader = reader.options(**options.source).options(**options.parser)
    df = reader.format(options.format).schema(StructType(read)).load(path)
    # Files may have a column `_metadata`, which hides that of Spark by its name.
    file = df.metadataColumn("_metadata")["file_path"]
    folders = {name: records.from_path(name, file) for name in columns.partitions}
    selected.update(folders)
    if columns.rescued is not None:
        selected[columns.rescued] = _as_json(rescued, file)
    return df.select(
        *[
            selected.get(c.name, F.lit(None)).cast(c.dataType).alias(c.name)
            for c in columns.schema
        ]
    )


def _is_read_as(own: DataType, wanted: DataType) -> bool:
    both = wider(own, wanted)
    return both is not None and both.simpleString() == wanted.simpleString()


def _column(name: str) -> Column:
    return F.col(f"`{name.replace('`', '``')}`")


def _fitting(column: StructField, own: StructField) -> Column:
    """Numbers that are the same in the column's type; NULL for all that is not."""
    value = _column(column.name)
    if not (is_number(own.dataType) and is_number(column.dataType)):
        return F.lit(None).cast(column.dataType)
    narrowed = value.try_cast(column.dataType)
    return F.when(narrowed.cast(own.dataType) == value, narrowed)


def _as_json(rescued: list[Column], file: Column) -> Column:
    if not rescued:
        return F.lit(None).cast("string")
    path = file.alias(records.FILE_PATH)
    values = F.struct(*rescued)
    return F.when(F.to_json(values) != "{}", F.to_json(F.struct(*rescued, path)))
