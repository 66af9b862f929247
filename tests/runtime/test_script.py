"""A Python file on the tables, as a Python task of a job runs it."""

import sys

import pytest
from pyspark.sql import SparkSession

from localrun.engine import script
from localrun.errors import UsageError

SCRIPT = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("USE CATALOG `main-eu`")
spark.sql("USE SCHEMA `sales`")
rows = spark.read.table("gold").count()
open(sys.argv[1], "w").write(f"{__name__} {rows}")
"""


@pytest.fixture
def filled(bundle):
    bundle.write("""
        @dp.materialized_view
        def gold():
            return spark.range(3)
        """)
    bundle.run()
    (bundle.root / "task.py").write_text(SCRIPT)
    return bundle


@pytest.mark.parametrize("schema", ["", "main-eu.sales"])
def test_the_file_finds_the_tables_by_name_and_has_its_arguments(filled, schema):
    told = filled.root / "told"
    arguments = sys.argv
    script.run(filled.pipeline, filled.root / "task.py", [str(told)], schema)

    assert told.read_text() == "__main__ 3"
    assert sys.argv is arguments


@pytest.mark.parametrize(
    ("schema", "said"),
    [
        ("main.sales", "there is no catalog main-eu, only main"),
        ("main-eu.other", "there is no schema sales, only other"),
    ],
)
def test_a_schema_that_is_not_this_one_fails(filled, schema, said):
    plain = SparkSession.sql
    with pytest.raises(UsageError, match=said):
        script.run(filled.pipeline, filled.root / "task.py", ["told"], schema)

    assert SparkSession.sql is plain


def test_a_missing_file_is_a_wrong_call(filled):
    with pytest.raises(UsageError, match="there is no file"):
        script.run(filled.pipeline, filled.root / "none.py", [])
