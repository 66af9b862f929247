"""Silver of the online_sales sample: order lines with context."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import online_sales

spark = SparkSession.active()


@dp.materialized_view(
    name="silver_orders_enriched",
    comment="Every order line with its customer, product and country as of today.",
    table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    cluster_by=["ordered_at"],
)
def silver_orders_enriched():
    return online_sales.enrich(
        spark.read.table("silver_orders"),
        customers=spark.read.table("silver_customers_current"),
        products=spark.read.table("silver_products_current"),
        countries=spark.read.table("silver_countries"),
    )
