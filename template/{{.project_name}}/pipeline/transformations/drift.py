"""Drift: what the sources bring that the contract does not know, each thing once."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, drift, layers

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

# A reference is reloaded, and nothing in it is seen first.
TABLES = [t for t in contract.configured(spark.conf) if not t.is_reloaded]


def watch(table):
    @dp.append_flow(target="drift", name=f"drift_{table.name}")
    def differences():
        bronze = spark.readStream.table(in_layer(f"bronze_{table.name}"))
        return drift.differences(bronze, table)


typed = [table for table in TABLES if table.columns]
if typed:
    dp.create_streaming_table(
        name="drift",
        comment="Columns and types that differ from the contract, as first seen.",
        schema=drift.SCHEMA,
        table_properties={"quality": "bronze"},
    )
for table in typed:
    watch(table)
