"""Whether a statement only asks: `localrun sql` is no way around the pipeline.

Read by Spark's own parser. Its plans alone do not tell: not all that writes is a
Command there, so that a statement must also begin as a query does.
"""

import re
from collections.abc import Iterator

from pyspark.errors import ParseException
from pyspark.sql import SparkSession

from localrun.errors import UsageError, first_sentence

_BEFORE = re.compile(r"(?:\s|\(|--(?:\\\n|[^\n])*|/\*.*?\*/)*", re.DOTALL)
_TELLING = ("DESC", "DESCRIBE", "EXPLAIN", "SHOW")
_ASKING = ("FROM", "SELECT", "TABLE", "VALUES", "WITH")
_COMMAND = "org.apache.spark.sql.catalyst.plans.logical.Command"


def check(spark: SparkSession, statement: str) -> None:
    """Raise UsageError where a statement is no query, or none at all."""
    try:
        plan = spark._jsparkSession.sessionState().sqlParser().parsePlan(statement)
    except ParseException as error:
        raise UsageError(first_sentence(error)) from None
    first = _first_word(statement)
    if first in _TELLING or (first in _ASKING and not _writes(spark, plan)):
        return
    raise UsageError(
        "sql takes queries only (SELECT, WITH, VALUES, TABLE, FROM, DESCRIBE, SHOW, "
        "EXPLAIN): what is in the tables is written by the pipeline, so edit the "
        "contract or pipeline/, and use localrun run"
    )


def _first_word(statement: str) -> str:
    start = _BEFORE.match(statement).end()
    return re.match(r"\w*", statement[start:])[0].upper()


def _writes(spark: SparkSession, plan) -> bool:
    """Whether a plan, below its WITH or FROM, holds what changes a table or file."""
    command = spark._jvm.java.lang.Class.forName(_COMMAND)
    return any(
        command.isInstance(node) or node.getClass().getSimpleName().startswith("Insert")
        for node in _nodes(plan)
    )


def _nodes(plan) -> Iterator:
    yield plan
    children = plan.children()
    for number in range(children.size()):
        yield from _nodes(children.apply(number))
