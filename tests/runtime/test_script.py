"""A Python file on the tables, as a Python task of a job runs it."""

import sys

import pytest

from localrun.errors import UsageError

SCRIPT = """
import sys, threading
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
spark.sql("USE CATALOG `main`")
spark.sql("USE SCHEMA `Small`")
spark.sql("USE main.small;")
rows = [spark.read.table("gold").count()]
rows.append(spark.sql("SELECT * FROM main.silver.orders JOIN gold USING (id)").count())
# As a test runner does:
count = lambda: rows.append(spark.table("silver.orders").count())
thread = threading.Thread(target=count)
thread.start()
thread.join()
open(sys.argv[1], "w").write(f"{__name__} {rows}")
"""


@pytest.fixture
def filled(bundle):
    bundle.write("""
        @dp.materialized_view
        def gold():
            return spark.range(3)

        @dp.materialized_view(name="silver.orders")
        def orders():
            return spark.range(2)
        """)
    assert bundle.run().ok
    (bundle.root / "task.py").write_text(SCRIPT)
    return bundle


def test_the_file_finds_the_tables_by_name_and_has_its_arguments(filled):
    told = filled.root / "told"
    arguments = sys.argv
    filled.pipeline.run_script(filled.root / "task.py", [str(told)])

    assert told.read_text() == "__main__ [3, 2, 2]"
    assert sys.argv is arguments


@pytest.mark.parametrize(
    ("statement", "said"),
    [
        ("USE CATALOG `other`", "there is no catalog other, only main"),
        ("USE SCHEMA `other`", "there is no schema other, only small"),
        ("use other.small;", "there is no catalog other, only main"),
        ("USE DATABASE other", "there is no schema other, only small"),
    ],
)
def test_a_schema_that_is_not_the_pipelines_fails(filled, statement, said):
    (filled.root / "task.py").write_text(
        SCRIPT.replace("USE CATALOG `main`", statement)
    )
    with pytest.raises(UsageError, match=said):
        filled.pipeline.run_script(filled.root / "task.py", ["told"])


EXISTS = """
import sys
from pyspark.sql import SparkSession
exists = SparkSession.builder.getOrCreate().catalog.tableExists
names = ("gold", "`main`.`silver`.Orders", "silver.orders", "none", "silver.none")
found = [exists(name) for name in names] + [exists("orders", "silver")]
open(sys.argv[1], "w").write(str(found))
"""


def test_the_catalog_knows_which_tables_there_are_in_any_schema(filled):
    told = filled.root / "told"
    (filled.root / "task.py").write_text(EXISTS)
    filled.pipeline.run_script(filled.root / "task.py", [str(told)])

    assert told.read_text() == "[True, True, True, False, False, True]"


def test_a_missing_file_is_a_wrong_call(filled):
    with pytest.raises(UsageError, match="there is no file"):
        filled.pipeline.run_script(filled.root / "none.py")
