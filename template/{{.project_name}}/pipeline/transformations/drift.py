"""Drift: what the sources bring that the contract does not know, each thing once."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, drift

spark = SparkSession.active()

# A reference is reloaded, and nothing in it is seen first.
TABLES = [t for t in contract.configured(spark.conf) if t.role != "reference"]


def watch(table):
    @dp.append_flow(target="drift", name=f"drift_{table.name}")
    def differences():
        bronze = spark.readStream.table(f"bronze_{table.name}")
        return drift.differences(bronze, table)


typed = [table for table in TABLES if table.columns]
if typed:
    dp.create_streaming_table(
        name="drift",
        comment="Columns and types that differ from the contract, as first seen.",
        table_properties={"quality": "bronze"},
    )
for table in typed:
    watch(table)
