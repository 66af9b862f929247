"""Bronze: every source as it arrives, typed by the contract. Nothing is dropped.

A full refresh leaves it alone (see `rereading`), and makes all else again from it.
"""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, landing, layers, rereading, sources

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

TABLES = contract.configured(spark.conf)
reset_allowed = rereading.configured(spark.conf, TABLES)
BRONZE = {"quality": "bronze", "delta.enableRowTracking": "true"}


def stream(table, known):
    @dp.table(
        name=in_layer(f"bronze_{table.name}"),
        comment=f"Raw {table.name}, as delivered. {table.comment}",
        table_properties={**BRONZE, **reset_allowed(table)},
    )
    def bronze():
        return sources.type_columns(sources.new_rows(spark, table, known), table)


def reload(table, known):
    @dp.materialized_view(
        name=in_layer(f"bronze_{table.name}"),
        comment=f"Raw {table.name}, reloaded at each update. {table.comment}",
        table_properties=BRONZE,
    )
    def bronze():
        return sources.type_columns(sources.all_rows(spark, table, known), table)


for table in TABLES:
    # The columns of a source without files, which nothing else tells
    known = landing.awaited(spark, table)
    reload(table, known) if table.is_reloaded else stream(table, known)
