"""A table is clustered only by columns that Delta keeps statistics of.

Follows https://docs.databricks.com/aws/en/delta/data-skipping, and the clustering page,
https://docs.databricks.com/aws/en/delta/clustering.
"""

import pytest
from pyspark.pipelines.output import Table
from pyspark.sql.types import StructType

from localrun.errors import FlowError
from localrun.storage import statistics

# 31 columns as Delta counts them: a struct of three, a map, a list, and 26 more
WIDE = "named_struct('a', 1, 'b', named_struct('c', 2, 'd', 3)) AS s, map(1, 2) AS m, "
WIDE += "array(1) AS l, " + ", ".join(f"{n} AS c{n}" for n in range(26))
CODE = """
@dp.materialized_view(cluster_by=["id"], table_properties={properties!r})
def wide():
    return spark.sql({query!r})
"""
BEYOND = (
    "[DELTA_CLUSTERING_COLUMN_MISSING_STATS] wide is clustered by id, and Delta has "
    "statistics of the first 32 columns only, each field of a nested one being a "
    "column: let the query give it among those, or name the columns that need "
    "statistics: table_properties={'delta.dataSkippingStatsColumns': '`id`'}"
)


def code(query: str, **properties: str) -> str:
    named = {f"delta.{key}": value for key, value in properties.items()}
    return CODE.format(query=f"SELECT {query}", properties=named)


def test_the_32nd_column_can_cluster_a_table_and_the_33rd_cannot(bundle):
    bundle.write(code(f"{WIDE}, 7 AS id"))
    result = bundle.run()
    assert result.ok, result.flows["wide"].error
    properties = bundle.pipeline.sql("SHOW TBLPROPERTIES wide").collect()
    assert not [row.key for row in properties if "dataSkipping" in row.key]

    bundle.write(code(f"{WIDE}, 1 AS one_more, 7 AS id"))
    assert bundle.pipeline.validate().problems == {"wide": BEYOND}
    assert bundle.run().flows["wide"].error == BEYOND

    named = code(f"{WIDE}, 1 AS one_more, 7 AS id", dataSkippingStatsColumns="`id`")
    result = bundle.write(named).run()
    assert result.ok, result.flows["wide"].error


def test_a_table_takes_a_clustering_that_it_did_not_have(bundle):
    plain = code("7 AS id").replace('cluster_by=["id"], ', "")
    assert bundle.write(plain).run().ok

    result = bundle.write(code("7 AS id")).run()
    assert result.ok, result.flows["wide"].error
    (detail,) = bundle.pipeline.sql("DESCRIBE DETAIL wide").collect()
    assert detail["clusteringColumns"] == ["id"]
    assert "delta.dataSkippingNumIndexedCols" not in detail["properties"]


@pytest.mark.parametrize(
    ("properties", "fits"),
    [
        ({statistics.INDEXED: "-1"}, True),
        ({statistics.INDEXED: "3"}, False),
        ({statistics.INDEXED: 4}, True),
        ({statistics.NAMED: "a, `i``d`"}, True),
        ({statistics.NAMED: "a", statistics.INDEXED: "-1"}, False),
    ],
)
def test_the_tables_own_properties_say_which(spark, properties, fits):
    output = Table("t", None, None, properties, None, ["i`d"], None, None)
    schema = StructType.fromDDL("a INT, s STRUCT<x: INT, y: INT>, `i``d` INT")

    if fits:
        statistics.check(output, schema)
    else:
        with pytest.raises(FlowError, match="t is clustered by i`d, "):
            statistics.check(output, schema)
