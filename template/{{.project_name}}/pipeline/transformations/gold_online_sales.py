"""Gold of the online_sales sample: marts of regions, products and customers."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import online_sales

spark = SparkSession.active()

GOLD = {"quality": "gold"}


@dp.materialized_view(
    name="gold_sales_by_region",
    comment="Sales of each day, region, country and channel.",
    table_properties=GOLD,
    cluster_by=["date", "region"],
)
@dp.expect("sales_are_not_negative", "coalesce(total_sales >= 0, false)")
@dp.expect("region_is_known", "region IS NOT NULL")
def gold_sales_by_region():
    orders = spark.read.table("silver_orders_enriched")
    date = F.to_date("ordered_at").alias("date")
    return orders.groupBy(date, "region", "country", "country_name", "channel").agg(
        *online_sales.sales(),
        F.count_distinct("customer_id").alias("unique_customers"),
    )


@dp.materialized_view(
    name="gold_product_performance",
    comment="Sales of each product, to how many customers and countries.",
    table_properties=GOLD,
    cluster_by=["product_id"],
)
@dp.expect("sales_are_not_negative", "coalesce(total_sales >= 0, false)")
def gold_product_performance():
    orders = spark.read.table("silver_orders_enriched")
    return orders.groupBy("product_id", "product_name", "product_category").agg(
        *online_sales.sales(),
        F.count_distinct("customer_id").alias("unique_customers"),
        F.count_distinct("country").alias("countries"),
    )


@dp.materialized_view(
    name="gold_customer_metrics",
    comment="What each customer bought, since when, and how often.",
    table_properties=GOLD,
    cluster_by=["customer_id"],
)
@dp.expect("orders_are_in_order", "coalesce(first_order_at <= last_order_at, false)")
def gold_customer_metrics():
    orders = spark.read.table("silver_orders_enriched")
    first, last = F.min("ordered_at"), F.max("ordered_at")
    return orders.groupBy("customer_id", "customer_name", "customer_segment").agg(
        *online_sales.sales(),
        first.alias("first_order_at"),
        last.alias("last_order_at"),
        F.date_diff(last, first).alias("tenure_days"),
        F.count_distinct("product_id").alias("products"),
    )
