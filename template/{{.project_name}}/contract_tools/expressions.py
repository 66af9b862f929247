"""The SQL in a contract, held against Spark: whether it parses, and its types fit.

Every text is analysed over an empty row of its own table, so that its faults are told
with their place in the contract, together with all others.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contract_tools import patterns
from contract_tools.tables import contracts, well_formed
from localrun.spark import jvm
from localrun.spark.messages import first_sentence
from medallion import documents, sql_text
from medallion.checks import columns
from medallion.checks.shapes import rule_place
from medallion.model import Column, Rule
from medallion.problems import Problem
from medallion.quality_entries import read_quality
from medallion.sql_types import Type

_ADDED = """
    _misfits MAP<STRING, STRING>, _corrupt_record STRING, _rescued_data STRING,
    _ingested_at TIMESTAMP, _source_file STRING, _source_modified_at TIMESTAMP,
    _kafka_key STRING, _kafka_value BINARY, _kafka_topic STRING, _kafka_partition INT,
    _kafka_headers ARRAY<STRUCT<key: STRING, value: STRING>>, _kafka_offset BIGINT,
    _kafka_timestamp TIMESTAMP, _kafka_tombstone BOOLEAN
"""


def check_folder(
    spark: SparkSession, folder: Path, known: Iterable[Problem | str]
) -> list[Problem]:
    """The problems of the SQL in a folder's contracts, but for places that have some.

    `known` are the problems that were found without Spark.
    """
    placed = [problem for problem in known if isinstance(problem, Problem)]
    problems = []
    for path in contracts(folder):
        for table in well_formed(path):
            place = path.name, table["name"]
            faulty = {p.field for p in placed if (p.file, p.table) == place}
            problems += [
                Problem(*place, *fault)
                for find in (_faults, patterns.faults)
                for fault in find(spark, table, faulty)
            ]
    return problems


def _faults(
    spark: SparkSession, table: dict[str, Any], known: set[str]
) -> Iterator[tuple[str, str, str]]:
    """(field, message, remedy) of each text of a table that Spark refuses.

    Where a column is there twice or has no valid type, only the grammar can be checked.
    """
    properties = table.get("properties") or []
    types = columns.types(properties)
    names = {property_["name"].lower() for property_ in properties}
    typed = bool(names) and len(types) == len(names) == len(properties)
    rows = _empty(spark, properties, types) if typed else None
    for property_ in properties:
        logic, field = property_.get("transformLogic"), f"property {property_['name']}"
        if logic is None:
            continue
        type_ = str(types[property_["name"]]) if typed else ""
        if field not in known and (words := _refusal(spark, logic, rows, type_)):
            yield field, f"transformLogic {words}", f"correct {logic}"
        if rows is not None:
            empty = F.lit(None).cast(type_)
            rows = rows.withColumn(property_["name"], empty)
    for field, predicate in _predicates(table, types, known):
        if words := _refusal(spark, predicate, rows):
            yield field, f"its SQL {words}", f"correct {predicate}"


def _predicates(
    table: dict[str, Any], types: Mapping[str, Type], known: set[str]
) -> Iterator[tuple[str, str]]:
    """(field, SQL) of the predicates in which nothing else is wrong."""
    delete = documents.custom_properties(table).get("deleteWhen")
    if delete and "deleteWhen" not in known:
        yield "deleteWhen", str(delete)
    for owner in (table, *(table.get("properties") or [])):
        is_table = owner is table
        column = None
        if not is_table and owner["name"] in types:
            column = Column(owner["name"], str(types[owner["name"]]))
        of = "" if is_table else f"property {owner['name']}"
        for number, entry in enumerate(owner.get("quality") or [], 1):
            field = rule_place(entry, number, of)
            if field in known or not (is_table or column):
                continue
            rule = read_quality(entry, column)
            if isinstance(rule, Rule):
                yield field, rule.expectation


def _empty(
    spark: SparkSession, properties: list[dict[str, Any]], types: Mapping[str, Type]
) -> DataFrame:
    """A table's rows as the rules see them, before any column is derived."""
    stated = [
        f"{sql_text.name(p['name'])} {types[p['name']]}"
        for p in properties
        if p.get("transformLogic") is None
    ]
    return spark.createDataFrame([], ", ".join([*stated, _ADDED]))


def _refusal(
    spark: SparkSession, sql: str, rows: DataFrame | None, type_: str = ""
) -> str | None:
    """Why Spark refuses a text, as a predicate or as a value of a type."""
    try:
        jvm.check_expression(spark, sql)
        column = F.expr(sql)
        if rows is not None and type_:
            rows.select(column.try_cast(type_))
        elif rows is not None:
            rows.where(column)
    except ParseException as error:
        return f"does not parse: {_plain(error)}"
    except AnalysisException as error:
        return f"does not fit the table: {_no_condition(error) or _plain(error)}"
    return None


def _no_condition(error: AnalysisException) -> str | None:
    """What to say of a predicate that is something else; Spark shows its plan."""
    if error.getCondition() != "DATATYPE_MISMATCH.FILTER_NOT_BOOLEAN":
        return None
    type_ = (error.getMessageParameters() or {})["type"].strip('"')
    return f"it must be true or false (BOOLEAN), and is {type_}"


def _plain(error: Exception) -> str:
    noise = r"^\[[\w.]+\] | SQLSTATE: \w+|; line \d+ pos \d+;*"
    return re.sub(noise, "", first_sentence(error)).rstrip(". ")
