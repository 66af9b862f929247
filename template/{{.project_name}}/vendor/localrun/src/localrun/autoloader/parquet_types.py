"""Types of Parquet that Spark does not read: which column of which file has one.

Spark's own message names neither. Follows
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-datatypes.
"""

import re
from collections.abc import Iterable

from pyspark.sql import SparkSession

from localrun.autoloader.files import matching
from localrun.spark import jvm

_ILLEGAL = re.compile(
    r"PARQUET_TYPE_(?:ILLEGAL|NOT_\w+|NOT_SUPPORTED)|UNSUPPORTED_TIME_TYPE"
)
_NOT_READ = re.compile(r"(TIMESTAMP\(NANOS|TIME\((?:MILLIS|MICROS|NANOS))")
_REMEDIES = {"TIMESTAMP": "write microseconds", "TIME": "write it as text"}


def unreadable(
    spark: SparkSession, paths: Iterable[str], error: BaseException
) -> str | None:
    """What to say of an error that a type causes, of which column; None of all others.

    `paths` are files, or folders of files.
    """
    message = jvm.innermost_message(error)
    if not _ILLEGAL.search(message):
        return None
    for file in (file for path in paths for file in matching(path)):
        try:
            types = jvm.parquet_types(spark, file.path)
        except jvm.ERRORS:
            continue
        for column, type_ in types.items():
            if found := _NOT_READ.match(type_):
                return (
                    f"column {column} of {file.path} has the type {found[1]}), which "
                    f"Spark does not read: {_REMEDIES[found[1].partition('(')[0]]}"
                )
    return None
