"""Bronze: every source as it arrives, typed by the contract. Nothing is dropped."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, landing, layers, sources

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)


def stream(table, known):
    @dp.table(
        name=in_layer(f"bronze_{table.name}"),
        comment=f"Raw {table.name}, as delivered. {table.comment}",
        table_properties={"quality": "bronze", "delta.enableRowTracking": "true"},
    )
    def bronze():
        return sources.type_columns(sources.new_rows(spark, table, known), table)


def reload(table, known):
    @dp.materialized_view(
        name=in_layer(f"bronze_{table.name}"),
        comment=f"Raw {table.name}, reloaded at each update. {table.comment}",
        table_properties={"quality": "bronze", "delta.enableRowTracking": "true"},
    )
    def bronze():
        return sources.type_columns(sources.all_rows(spark, table, known), table)


for table in contract.configured(spark.conf):
    # The columns of a source without files, which nothing else tells
    known = landing.awaited(spark, table)
    reload(table, known) if table.is_reloaded else stream(table, known)
