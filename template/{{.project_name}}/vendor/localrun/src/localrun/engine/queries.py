"""Whether a statement is a query: `localrun sql` is not a way around the pipeline.

Read by Spark's own parser. Its plans alone do not tell: not all that writes is a
command there, so a statement must also begin as a query does.
"""

import re

from pyspark.errors import ParseException
from pyspark.sql import SparkSession

from localrun.errors import UsageError
from localrun.spark import jvm
from localrun.spark.messages import first_sentence

_BEFORE = re.compile(r"(?:\s|\(|--(?:\\\n|[^\n])*|/\*.*?\*/)*", re.DOTALL)
_TELLING = ("DESC", "DESCRIBE", "EXPLAIN", "SHOW")
_ASKING = ("FROM", "SELECT", "TABLE", "VALUES", "WITH")


def check(spark: SparkSession, statement: str) -> None:
    """Raises UsageError where a statement is not a query, or does not parse."""
    try:
        writes = jvm.writes(spark, statement)
    except ParseException as error:
        raise UsageError(first_sentence(error)) from None
    first = _first_word(statement)
    if first in _TELLING or (first in _ASKING and not writes):
        return
    raise UsageError(
        "sql takes queries only (SELECT, WITH, VALUES, TABLE, FROM, DESCRIBE, SHOW, "
        "EXPLAIN): what is in the tables is written by the pipeline, so edit its "
        "source, and use localrun run"
    )


def _first_word(statement: str) -> str:
    start = _BEFORE.match(statement)
    word = re.match(r"\w*", statement[start.end() if start else 0 :])
    return word[0].upper() if word else ""
