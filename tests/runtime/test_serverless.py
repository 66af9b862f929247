"""What Databricks forbids in a dataset function is refused on the laptop as well.

Follows https://docs.databricks.com/aws/en/ldp/developer/python-ref.
"""

import pytest

CODE = """
@dp.materialized_view
def numbers():
    return spark.range(3)

@dp.materialized_view
def greedy():
    df = spark.read.table("numbers")
    {}
    return df
"""


@pytest.mark.parametrize(
    ("statement", "word"),
    [
        ("df.collect()", "collect"),
        ("df.count()", "count"),
        ("df.toPandas()", "toPandas"),
        ("df.show()", "show"),
        ("df = df.cache()", "cache"),
        ("df = df.persist()", "persist"),
        ("df.rdd", "rdd"),
        ("spark.sparkContext", "sparkContext"),
        ("df.write.save('/nowhere')", "write"),
        ("df = df.groupBy().pivot('id').count()", "pivot"),
        ("df = 7", "returns int"),
    ],
)
def test_a_dataset_function_that_runs_or_stores_a_query_fails(bundle, statement, word):
    bundle.write(CODE.format(statement))
    result = bundle.run()
    assert result.flows["numbers"].status == "COMPLETED"
    assert result.flows["greedy"].status == "FAILED"
    assert word in result.flows["greedy"].error


def test_outside_of_a_dataset_function_nothing_is_forbidden(bundle):
    bundle.write(CODE.format(""))
    bundle.run()
    assert bundle.pipeline.table("greedy").count() == 3
