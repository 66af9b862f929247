"""Bronze: every source as it arrives, typed by the contract. Nothing is dropped."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, sources

spark = SparkSession.active()


def stream(table):
    @dp.table(
        name=f"bronze_{table.name}",
        comment=f"Raw {table.name}, as delivered. {table.comment}",
        table_properties={"quality": "bronze", "delta.enableRowTracking": "true"},
    )
    def bronze():
        return sources.type_columns(sources.new_rows(spark, table), table)


def reload(table):
    @dp.materialized_view(
        name=f"bronze_{table.name}",
        comment=f"Raw {table.name}, reloaded at each update. {table.comment}",
        table_properties={"quality": "bronze", "delta.enableRowTracking": "true"},
    )
    def bronze():
        return sources.type_columns(sources.all_rows(spark, table), table)


for table in contract.configured(spark.conf):
    reload(table) if table.role == "reference" else stream(table)
