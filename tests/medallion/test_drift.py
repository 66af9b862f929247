"""What of a source differs from its contract, each difference once."""

import pytest

from medallion import drift
from medallion.model import Column, Table

TABLE = Table(
    *("sales", "", "fact", "json"),
    keys=("id",),
    columns=(Column("id", "BIGINT"), Column("total", "INT", transform="id * 2")),
)
BRONZE = (
    "id BIGINT, `new one` STRING, parts STRUCT<n: INT>, _rescued_data STRING, "
    "_misfits MAP<STRING, STRING>, _source_file STRING, _ingested_at TIMESTAMP"
)


@pytest.fixture(scope="module")
def found(spark):
    """(column, kind, sample, file) of each difference in four rows."""

    def row(id, new=None, parts=None, rescued=None, misfits=None, file="1.json"):
        return (id, new, parts, rescued, misfits, file, None)

    rows = spark.createDataFrame(
        [
            row(1),
            row(2, new="red", file="2.json"),
            row(None, misfits={"id": "seven"}, file="2.json"),
            row(3, rescued='{"ID": "4", "_file_path": "3.json"}', parts=(5,)),
        ],
        BRONZE,
    ).coalesce(1)
    differences = drift.differences(rows, TABLE)
    assert {row.source for row in differences.collect()} == {"sales"}
    return {
        (row.column, row.kind, row.sample, row.source_file)
        for row in differences.collect()
    }


def test_a_column_that_the_contract_does_not_name_is_found_with_a_sample(found):
    assert ("new one", "new column", "red", "2.json") in found
    assert ("parts", "new column", "{5}", "1.json") in found


def test_a_value_of_another_type_is_found(found):
    assert ("id", "other type", "seven", "2.json") in found


def test_what_was_rescued_is_found_and_not_its_files_path(found):
    assert ("ID", "new column", "4", "1.json") in found
    assert len(found) == 4


def test_what_was_rescued_for_its_type_is_not_a_new_column(spark):
    rows = spark.sql(
        "SELECT 1L AS id, CAST(NULL AS MAP<STRING, STRING>) AS _misfits, "
        """'{"id": "x"}' AS _rescued_data, """
        "'1.json' AS _source_file, current_timestamp() AS _ingested_at"
    )
    (row,) = drift.differences(rows, TABLE).collect()
    assert (row.column, row.kind, row.sample) == ("id", "other type", "x")


def test_a_name_that_a_record_has_several_times_is_that_of_the_contract(spark):
    columns = (Column("id", "BIGINT", physical="Order No."),)
    rows = spark.sql(
        "SELECT 1L AS id, CAST(NULL AS MAP<STRING, STRING>) AS _misfits, "
        """'{"Order No.": "x", "Order No.": "y"}' AS _rescued_data, """
        "'1.json' AS _source_file, current_timestamp() AS _ingested_at"
    )
    table = Table("sales", "", "fact", "json", keys=("id",), columns=columns)
    (row,) = drift.differences(rows, table).collect()
    assert (row.column, row.kind) == ("id", "other type")


def test_each_difference_is_told_once(spark):
    rows = spark.sql("SELECT 1L AS id, 'a' AS new FROM range(3)").selectExpr(
        *("*", "CAST(NULL AS MAP<STRING, STRING>) AS _misfits"),
        *("'1.json' AS _source_file", "current_timestamp() AS _ingested_at"),
    )
    assert drift.differences(rows, TABLE).count() == 1


def test_a_source_that_keeps_to_its_contract_has_none(spark):
    rows = spark.sql(
        "SELECT 1L AS id, CAST(NULL AS MAP<STRING, STRING>) AS _misfits, "
        "'1.json' AS _source_file, current_timestamp() AS _ingested_at"
    )
    assert drift.differences(rows, TABLE).count() == 0
