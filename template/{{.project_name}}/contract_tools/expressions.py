"""The SQL in a contract, held against Spark: does it parse, do its types fit.

Every text is analysed over an empty row of its own table, so that what is wrong with it
is said of its place in the contract, and together with all other faults.
"""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

from pyspark.errors import AnalysisException, ParseException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from contract_tools import patterns as check_patterns
from contract_tools.standard import importable
from localrun.spark.messages import first_sentence

_ADDED = """
    _misfits MAP<STRING, STRING>, _corrupt_record STRING, _rescued_data STRING,
    _ingested_at TIMESTAMP, _source_file STRING, _source_modified_at TIMESTAMP
"""


def check_folder(spark: SparkSession, folder: Path, known: Iterable) -> list:
    """The problems of the SQL in a folder's contracts, but for places that have some.

    `known` are the problems that were found without Spark.
    """
    problems = []
    places = {(p.file, p.table, p.field) for p in known if hasattr(p, "field")}
    for path in sorted(Path(folder).glob("*.odcs.yaml")):
        with importable(path.resolve().parent.parent / "pipeline"):
            from medallion import checks, documents
            from medallion.checks import shapes
            from medallion.problems import Problem
        document, _ = documents.read(path)
        if not checks.has_tables(document):
            continue
        for table in document["schema"]:
            if not checks.are_misspelt(shapes.faults(table)):
                continue
            name = str(table.get("name"))
            faulty = {
                field for file, of, field in places if (file, of) == (path.name, name)
            }
            patterns = list(check_patterns.faults(spark, table, faulty))
            for field, *fault in [*_faults(spark, table, faulty), *patterns]:
                problems.append(Problem(path.name, name, field, *fault))
    return problems


def _faults(
    spark: SparkSession, table: dict, known: set[str]
) -> Iterator[tuple[str, str, str]]:
    """(field, message, remedy) of each text of a table that Spark refuses.

    Where a column is there twice or has no valid type, grammar is all that can be told.
    """
    from medallion.checks import columns

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


def _predicates(table, types, known: set[str]) -> Iterator[tuple[str, str]]:
    """(field, SQL) of the predicates in which nothing else is wrong."""
    from medallion import documents
    from medallion.checks.shapes import rule_place
    from medallion.model import Column, Rule
    from medallion.quality_entries import read_quality

    delete = documents.custom_properties(table).get("deleteWhen")
    if delete and "deleteWhen" not in known:
        yield "deleteWhen", delete
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


def _empty(spark: SparkSession, properties: list[dict], types: dict) -> DataFrame:
    """A table's rows as the rules see them, before any column is derived."""
    from medallion import sql_text

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
        spark._jsparkSession.sessionState().sqlParser().parseExpression(sql)
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
    type_ = error.getMessageParameters()["type"].strip('"')
    return f"it must be true or false (BOOLEAN), and is {type_}"


def _plain(error: Exception) -> str:
    noise = r"^\[[\w.]+\] | SQLSTATE: \w+|; line \d+ pos \d+;*"
    return re.sub(noise, "", first_sentence(error)).rstrip(". ")
