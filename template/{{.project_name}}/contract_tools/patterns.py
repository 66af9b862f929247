"""The patterns of times and of text in a contract, held against Spark, which uses them.

Java's dialect of both is its own, and a pattern is looked at when the first value is:
without this, a run would find the fault that no other check can.
"""

import re
from collections.abc import Iterator
from typing import Any

from pyspark.sql import Column, SparkSession
from pyspark.sql import functions as F

from localrun.spark import jvm
from localrun.spark.messages import first_sentence
from medallion.checks import columns
from medallion.checks.shapes import rule_place
from medallion.documents import formats_of, options_of
from medallion.sql_types import TIMES

_NOISE = re.compile(r"^\[[\w.]+\] | SQLSTATE: \w+|(?<= near index )(\d+).*")


def faults(
    spark: SparkSession, table: dict[str, Any], known: set[str]
) -> Iterator[tuple[str, str, str]]:
    """(field, message, remedy) of each pattern of a table that Spark cannot use.

    `known` are fields that have a problem already.
    """
    value = F.lit("2026-11-21")
    for field, pattern in _formats(table):
        test = F.try_to_timestamp(value, F.lit(pattern))
        if field not in known and (cause := _refusal(spark, test)):
            message = f"Spark reads no times by the format {pattern}: {cause}"
            yield field, message, "write one as dd.MM.yyyy HH:mm"
    for field, pattern in _regular_expressions(table):
        if field not in known and (cause := _refusal(spark, value.rlike(pattern))):
            message = f"pattern {pattern} is not a regular expression of Java: {cause}"
            yield field, message, "correct it"


def _formats(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    properties = table.get("properties") or []
    types = columns.types(properties)
    for property_ in properties:
        type_ = types.get(property_["name"])
        is_time = type_ is not None and type_.base in TIMES
        for format_ in formats_of(property_, is_time):
            yield f"property {property_['name']}", format_


def _regular_expressions(table: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for property_ in table.get("properties") or []:
        place = f"property {property_['name']}"
        if "pattern" in options_of(property_):
            yield place, str(options_of(property_)["pattern"])
        for number, entry in enumerate(property_.get("quality") or [], 1):
            stated = {**entry, **(entry.get("arguments") or {})}
            if "pattern" in stated:
                yield rule_place(entry, number, place), stated["pattern"]


def _refusal(spark: SparkSession, test: Column) -> str | None:
    """Why Spark cannot compute a constant, which it does while it plans."""
    try:
        spark.sql("SELECT 1").select(test).collect()
    except jvm.ERRORS as error:
        return _NOISE.sub(r"\1", first_sentence(error)).rstrip(". ")
    return None
