"""Canaries of nested types, as validation lets them out."""

import sys

import pytest
from projects import ROOT

from medallion.contract import Column, Table

sys.path.append(str(ROOT / "template/{{.project_name}}/validation"))
import canaries

TYPES = {
    "tags": "ARRAY<STRING>",
    "prices": "MAP<STRING,DECIMAL(10,2)>",
    "of": "STRUCT<a: BIGINT, b: ARRAY<STRUCT<at: TIMESTAMP, day: DATE, ok: BOOLEAN>>>",
    "data": "STRUCT<x: DOUBLE, y: BINARY, z: TIMESTAMP_NTZ>",
}


def table(types: dict[str, str]) -> Table:
    columns = tuple(Column(name, type_) for name, type_ in types.items())
    return Table("t", "", "fact", "json", columns=columns)


def test_a_canary_of_every_type_is_read(spark):
    assert canaries.unread(spark, table({"id": "BIGINT", **TYPES})) == []


@pytest.mark.parametrize("name", TYPES)
def test_a_canary_has_a_value_in_every_field(spark, name):
    text = canaries.canary(spark, Column(name, TYPES[name]))
    assert text not in ("[]", "{}")
    assert "null" not in text


def test_a_column_that_reads_none_is_named(spark):
    """As of an engine that is stricter: here, numbers with a comma are asked for."""
    columns = (Column("at", TYPES["tags"], decimal=","), Column("tags", TYPES["tags"]))
    asked = Table("t", "", "fact", "json", columns=columns)
    assert canaries.unread(spark, asked) == ["at"]
