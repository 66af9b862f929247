"""Reads by `spark.sql`: the names in its text mean what they mean in the pipeline.

Spark parses the query and tells which tables it names. Those that the pipeline answers
are temporary views while Spark analyses the query, and no longer.
"""

from collections.abc import Iterable, Mapping
from threading import Lock
from typing import Any

from pyspark.errors import ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.sql_formatter import SQLStringFormatter
from pyspark.sql.streaming.readwriter import DataStreamReader

from localrun.engine import file_reads, sql_names
from localrun.engine.patch import Patch
from localrun.engine.reads import Reading, current_reading, path_in_name
from localrun.engine.serverless import own_code
from localrun.errors import FlowError
from localrun.spark import jvm
from localrun.spark.quoting import quoted

_views = Lock()
_sql_as_it_is = SparkSession.sql
_stream_as_it_is = DataStreamReader.table
_batch_as_it_is = DataFrameReader.table


def _sql(
    self: SparkSession, sqlQuery: str, args: Any = None, **kwargs: Any
) -> DataFrame:
    current = current_reading()
    if current is None:
        return _sql_as_it_is(self, sqlQuery, args, **kwargs)
    own = current.engine.statement(sqlQuery)
    if own is not None:
        return own
    formatter = SQLStringFormatter(self)
    try:
        # As Spark does: `{name}` stands for an argument, which may be a DataFrame.
        text = formatter.format(sqlQuery, **kwargs) if kwargs else sqlQuery
        try:
            query, views = _resolved(self, text, current)
        except ParseException:  # Spark says it better
            query, views = text, {}
        return _sql_over(self, query, views, args)
    finally:
        formatter.clear()


def _resolved(
    spark: SparkSession, query: str, current: Reading
) -> tuple[str, dict[str, DataFrame]]:
    """The query with names that Spark finds, and the views that are to be there then.

    Raises ParseException where it does not parse.
    """
    with own_code():
        views: dict[str, DataFrame] = {}
        names: dict[tuple[str, ...], str] = {}
        found = jvm.named(spark, query)
        _check_one_way(found.relations)
        taken = {one.parts[0].lower() for one in found.relations if not one.parts[1:]}
        taken |= found.ctes
        for relation in found.relations:
            if path := path_in_name(relation.parts):
                local = file_reads.found_locally(path[1], path[0], current)
                local = local or str(current.empty_folder)
                names[relation.parts] = f"{path[0]}.{quoted(local)}"
                continue
            name = ".".join(map(quoted, relation.parts))
            answer = current.engine.resolve(name, relation.streaming, current)
            if isinstance(answer, str) and _ends_in(answer, relation.parts[-1]):
                names[relation.parts] = answer
            elif answer is not None:
                view = _view_name(relation.parts, taken | {*map(str.lower, views)})
                views[view] = _as_frame(spark, answer, relation.streaming)
                names[relation.parts] = quoted(view)
    return sql_names.replace(query, names), views


def _check_one_way(relations: Iterable[jvm.Relation]) -> None:
    """Raises FlowError where a query reads a table as a stream and as it is."""
    ways: dict[tuple[str, ...], bool] = {}
    for relation in relations:
        key = tuple(part.lower() for part in relation.parts)
        if ways.setdefault(key, relation.streaming) != relation.streaming:
            raise FlowError(
                f"a query reads {'.'.join(relation.parts)} with STREAM and without it, "
                "which does not run on the laptop: read one of them by spark.read.table"
            )


def _ends_in(name: str, table: str) -> bool:
    """Whether a query's own words for columns, `orders.id`, go with Spark's name."""
    return name.rpartition(".")[2] == table.lower()


def _as_frame(
    spark: SparkSession, answer: DataFrame | str, streaming: bool
) -> DataFrame:
    if isinstance(answer, DataFrame):
        return answer
    if streaming:
        return _stream_as_it_is(spark.readStream, answer)
    return _batch_as_it_is(spark.read, answer)


def _view_name(parts: tuple[str, ...], taken: set[str]) -> str:
    """As a query would call the columns' table; another one where that is taken."""
    if len(parts) == 1 or parts[-1].lower() not in taken:
        return parts[-1]
    return "__".join(parts)


def _sql_over(
    spark: SparkSession, query: str, views: Mapping[str, DataFrame], args: Any
) -> DataFrame:
    """Analyse the query while `views` are temporary views, and no longer."""
    with _views:
        for name, df in views.items():
            df.createOrReplaceTempView(quoted(name))
        try:
            return _sql_as_it_is(spark, query, args)
        finally:
            for name in views:
                spark.catalog.dropTempView(name)


PATCHES = (Patch(SparkSession, "sql", _sql),)
