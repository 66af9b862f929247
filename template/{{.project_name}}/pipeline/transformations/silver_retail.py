"""Silver of the retail sample: purchases apart from returns, and sales with context."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import published, retail

spark = SparkSession.active()


@dp.table(
    name="silver_purchases",
    comment="Receipt lines that sold something: the quantity is positive.",
    table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    cluster_by=["sold_at"],
)
def silver_purchases():
    return spark.readStream.table("silver_sales").where("quantity > 0")


@dp.table(
    name="silver_returns",
    comment="Receipt lines that took something back; all measures are absolute.",
    table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    cluster_by=["sold_at"],
)
def silver_returns():
    returns = spark.readStream.table("silver_sales").where("quantity < 0")
    return published.described(
        returns.withColumns({name: F.abs(name) for name in retail.MEASURES}),
        quantity="Number of pieces that came back.",
        amount="What was paid back for the line.",
        discount_amount="Money that had been let off.",
    )


@dp.materialized_view(
    name="silver_sales_enriched",
    comment="Every receipt line with its customer, product and store as of today.",
    table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    cluster_by=["sold_at"],
)
def silver_sales_enriched():
    return retail.enrich(
        spark.read.table("silver_sales"),
        customers=spark.read.table("silver_customers_current"),
        products=spark.read.table("silver_products_current"),
        stores=spark.read.table("silver_stores_current"),
    )
