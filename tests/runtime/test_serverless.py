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
        ("df._jdf", "_jdf is not possible"),
        ("df['id']._jc", "_jc is not possible"),
        ("spark._jvm", "_jvm is not possible"),
        ("spark._sc", "_sc is not possible"),
        ("spark._jsparkSession", "_jsparkSession is not possible"),
        ("spark.catalog.tableExists('numbers')", "tableExists is not possible"),
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
    table = bundle.pipeline.table("greedy")
    assert table.count() == 3
    assert table._jdf.isEmpty() is False
    assert table.sparkSession.catalog.tableExists("nowhere") is False


def test_what_spark_does_inside_of_a_dataset_function_is_its_own_affair(bundle):
    """Its Python API reaches for the JVM itself, in plans, expressions and SQL."""
    joined = "df = df.join(spark.sql('SELECT id AS other FROM numbers'), {})"
    wide = joined.format("F.col('other') == F.expr('id')")
    bundle.write(CODE.format(f"{wide}.withColumn('n', F.lit(1)).dropDuplicates()"))
    result = bundle.run()
    assert result.ok, result.flows["greedy"].error


CLASSIC = """
@dp.materialized_view
def counted():
    df = spark.range(3).cache()
    assert df.count() == 3 and df.collect() and df.rdd and spark.sparkContext
    assert df._jdf
    return df

@dp.materialized_view
def written():
    df = spark.range(3)
    df.write.format("noop").save()
    return df
"""


def test_classic_compute_lets_a_function_look_at_data_but_not_write(bundle):
    resource = bundle.root / "databricks.yml"
    serverless = resource.read_text()
    classic = serverless.replace("schema: small", "serverless: false")
    resource.write_text(classic)
    flows = bundle.write(CLASSIC).run().flows
    assert flows["counted"].error == ""
    assert flows["written"].error.startswith("write is not possible in a dataset")

    resource.write_text(serverless)
    error = bundle.run().flows["counted"].error
    assert error.startswith("cache is not possible in a dataset function: serverless")
