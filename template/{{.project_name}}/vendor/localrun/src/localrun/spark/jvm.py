"""All that reaches into the JVM beneath classic PySpark, behind a few functions.

Nothing else in this package touches py4j, `_jdf` or `_jsparkSession`: an engine without
a JVM needs its own version of this module, and of no other.
"""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from py4j.protocol import Py4JError
from pyspark.errors import PySparkException
from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql.classic.column import Column as ClassicColumn
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame

from localrun.errors import FlowError

# What a statement may raise while Spark analyses or runs it.
ERRORS = (PySparkException, Py4JError)
# The classes of what a dataset function is given, for those who guard their methods.
CLASSIC_DATAFRAME = ClassicDataFrame
# The attributes that lead into the JVM. Spark Connect does not have them.
ATTRIBUTES: dict[type, tuple[str, ...]] = {
    ClassicDataFrame: ("_jdf",),
    ClassicColumn: ("_jc",),
    SparkSession: ("_jsparkSession", "_jvm", "_sc", "_jsc"),
}
LOGGERS = ("py4j", "DataFrameQueryContextLogger", "SQLQueryContextLogger")
_COMMAND = "org.apache.spark.sql.catalyst.plans.logical.Command"


@dataclass(frozen=True)
class Relation:
    """A table as a query names it; `streaming` where it is read as a stream."""

    parts: tuple[str, ...]
    streaming: bool


@dataclass(frozen=True)
class Named:
    """What a statement names: tables, and CTEs of its own, these in lower case."""

    relations: tuple[Relation, ...]
    ctes: frozenset[str]


@dataclass(frozen=True)
class Topic:
    """A topic of Kafka: an id that no other one has, and the end of each partition."""

    id: str
    ends: dict[int, int]


def kafka_topics(
    spark: SparkSession,
    client: Mapping[str, str],
    names: Sequence[str],
    pattern: str | None = None,
) -> dict[str, Topic]:
    """Those of `names`, or that match the pattern of Java, which exist.

    `client` is the configuration of Kafka's client. Raises Py4JError where the broker
    does not answer, or does not let it.
    """
    java, kafka = _jvm(spark).java.util, _jvm(spark).org.apache.kafka
    admin = kafka.clients.admin.Admin.create(java.HashMap(dict(client)))
    try:
        known = [str(name) for name in admin.listTopics().names().get()]
        if pattern is not None:
            known = [n for n in known if java.regex.Pattern.matches(pattern, n)]
        wanted = java.ArrayList([n for n in known if pattern is not None or n in names])
        found = admin.describeTopics(wanted).allTopicNames().get()
        ends = java.HashMap()
        for name in found:
            for partition in found[name].partitions():
                place = kafka.common.TopicPartition(name, partition.partition())
                ends[place] = kafka.clients.admin.OffsetSpec.latest()
        offsets = admin.listOffsets(ends).all().get()
        topics = {str(name): Topic(str(found[name].topicId()), {}) for name in found}
        for place in offsets:
            end = int(offsets[place].offset())
            topics[place.topic()].ends[int(place.partition())] = end
        return topics
    finally:
        admin.close()


def process_id(spark: SparkSession) -> int:
    return int(_jvm(spark).java.lang.ProcessHandle.current().pid())


def execute(spark: SparkSession, statement: str) -> None:
    """Run a statement past whatever stands in for `SparkSession.sql`."""
    _session(spark).sql(statement)


def named(spark: SparkSession, query: str) -> Named:
    """The tables and views that a statement names, those of subqueries included.

    Raises ParseException where it does not parse, FlowError where a name is computed.
    """
    plan = _parsed(spark, query)
    ctes: set[str] = set()
    for node in _nodes(plan):
        if _kind(node) == "UnresolvedWith":
            ctes |= {cte._1().lower() for cte in _sequence(node.cteRelations())}
        elif _kind(node).startswith("PlanWithUnresolvedIdentifier"):
            raise FlowError(
                "IDENTIFIER(…) in a query does not run on the laptop: write the name"
            )
    found = dict.fromkeys(_relations(plan, frozenset()))
    return Named(tuple(found), frozenset(ctes))


def check_expression(spark: SparkSession, text: str) -> None:
    """Raises ParseException where a text is not one SQL expression."""
    _session(spark).sessionState().sqlParser().parseExpression(text)


def writes(spark: SparkSession, query: str) -> bool:
    """Whether a statement, below its WITH or FROM, changes a table or file.

    Raises ParseException where it does not parse.
    """
    command = _jvm(spark).java.lang.Class.forName(_COMMAND)
    return any(
        command.isInstance(node) or node.getClass().getSimpleName().startswith("Insert")
        for node in _nodes(_parsed(spark, query))
    )


def canonical_plan(df: DataFrame) -> str:
    """The analysed plan as text, without the names of columns."""
    return str(_analyzed(df).canonicalized().toString())


def analyzed_plan(df: DataFrame) -> str:
    """The analysed plan as text."""
    return str(_analyzed(df).toString())


def is_deterministic(df: DataFrame) -> bool:
    return bool(_analyzed(df).deterministic())


def name_parts(column: Column) -> tuple[str, ...] | None:
    """The parts of the name that a column is, `None` where it is an expression."""
    node = _of(column, "_jc").node()
    if node.getClass().getSimpleName() != "UnresolvedAttribute":
        return None
    return tuple(_sequence(node.nameParts()))


def parquet_types(spark: SparkSession, path: str) -> dict[str, str]:
    """The logical types of a Parquet file's values, by the paths of their columns.

    Raises Py4JError where it is not a Parquet file.
    """
    java = _jvm(spark)
    configuration = _session(spark).sessionState().newHadoopConf()
    place = java.org.apache.hadoop.fs.Path(java.java.net.URI(Path(path).as_uri()))
    hadoop = java.org.apache.parquet.hadoop
    file = hadoop.util.HadoopInputFile.fromPath(place, configuration)
    reader = hadoop.ParquetFileReader.open(file)
    try:
        found = {}
        for column in reader.getFileMetaData().getSchema().getColumns():
            annotation = column.getPrimitiveType().getLogicalTypeAnnotation()
            found[".".join(column.getPath())] = str(annotation or "")
        return found
    finally:
        reader.close()


def innermost_message(error: BaseException) -> str:
    """The message of the innermost Java exception, where Spark wrapped it in others."""
    java = getattr(error, "_origin", None) or getattr(error, "java_exception", None)
    message = str(error)
    while java is not None:
        message = java.getMessage() or java.getClass().getName()
        java = java.getCause()
    return message


def _of(owner: object, attribute: str) -> Any:
    return getattr(owner, attribute)


def _session(spark: SparkSession) -> Any:
    return _of(spark, "_jsparkSession")


def _jvm(spark: SparkSession) -> Any:
    return _of(spark, "_jvm")


def _parsed(spark: SparkSession, query: str) -> Any:
    return _session(spark).sessionState().sqlParser().parsePlan(query)


def _analyzed(df: DataFrame) -> Any:
    return _of(df, "_jdf").queryExecution().analyzed()


def _sequence(scala: Any) -> Iterator[Any]:
    for number in range(scala.size()):
        yield scala.apply(number)


def _nodes(plan: Any) -> Iterator[Any]:
    """The plan and all below it."""
    yield plan
    for child in _below(plan):
        yield from _nodes(child)


def _below(plan: Any) -> Iterator[Any]:
    """What a plan stands on; CTEs and subqueries are its inner children."""
    yield from _sequence(plan.children())
    yield from _sequence(plan.innerChildren())
    if _kind(plan) == "RelationTimeTravel":
        yield plan.relation()


def _kind(plan: Any) -> str:
    return str(plan.getClass().getSimpleName())


def _relations(plan: Any, ctes: frozenset[str]) -> Iterator[Relation]:
    """The tables in a plan; the names of `ctes` are not those of tables in it."""
    if _kind(plan) == "UnresolvedWith":
        for cte in _sequence(plan.cteRelations()):
            name = frozenset([cte._1().lower()])
            own = ctes | name if plan.allowRecursion() else ctes
            yield from _relations(cte._2(), own)
            ctes |= name
        yield from _relations(plan.child(), ctes)
        return
    if _kind(plan) in (
        "UnresolvedRelation",
        "UnresolvedTable",
        "UnresolvedTableOrView",
    ):
        parts = tuple(_sequence(plan.multipartIdentifier()))
        if len(parts) > 1 or parts[0].lower() not in ctes:
            streaming = _kind(plan) == "UnresolvedRelation" and plan.isStreaming()
            yield Relation(parts, bool(streaming))
    for child in _below(plan):
        yield from _relations(child, ctes)
