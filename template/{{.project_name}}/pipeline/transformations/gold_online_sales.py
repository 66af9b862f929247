"""Gold of the online_sales sample: marts of regions, products and customers."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import layers, online_sales, published

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

GOLD = {"quality": "gold"}


@dp.materialized_view(
    name=in_layer("gold_sales_by_region"),
    comment="Sales of each day, region, country and channel.",
    table_properties=GOLD,
    cluster_by=["date", "region"],
)
@dp.expect("sales_are_not_negative", "coalesce(total_sales >= 0, false)")
@dp.expect("region_is_known", "region IS NOT NULL")
def gold_sales_by_region():
    orders = spark.read.table("silver_orders_enriched")
    date = F.to_date("ordered_at").alias("date")
    keys = ("region", "country", "country_name", "channel")
    regions = orders.groupBy(date, *keys).agg(
        *online_sales.sales(),
        F.count_distinct("customer_id").alias("unique_customers"),
    )
    return published.described(
        regions,
        **online_sales.SALES,
        date="Day of the orders.",
        unique_customers="Customers who ordered.",
    )


@dp.materialized_view(
    name=in_layer("gold_product_performance"),
    comment="Sales of each product, to how many customers and countries.",
    table_properties=GOLD,
    cluster_by=["product_id"],
)
@dp.expect("sales_are_not_negative", "coalesce(total_sales >= 0, false)")
def gold_product_performance():
    orders = spark.read.table("silver_orders_enriched")
    keys = ("product_id", "product_name", "product_category")
    products = orders.groupBy(*keys).agg(
        *online_sales.sales(),
        F.count_distinct("customer_id").alias("unique_customers"),
        F.count_distinct("country").alias("countries"),
    )
    return published.described(
        products,
        **online_sales.SALES,
        unique_customers="Customers who ordered it.",
        countries="Countries that it went to.",
    )


@dp.materialized_view(
    name=in_layer("gold_customer_metrics"),
    comment="What each customer bought, since when, and how often.",
    table_properties=GOLD,
    cluster_by=["customer_id"],
)
@dp.expect("orders_are_in_order", "coalesce(first_order_at <= last_order_at, false)")
def gold_customer_metrics():
    orders = spark.read.table("silver_orders_enriched")
    first, last = F.min("ordered_at"), F.max("ordered_at")
    keys = ("customer_id", "customer_name", "customer_segment")
    customers = orders.groupBy(*keys).agg(
        *online_sales.sales(),
        first.alias("first_order_at"),
        last.alias("last_order_at"),
        F.date_diff(last, first).alias("tenure_days"),
        F.count_distinct("product_id").alias("products"),
    )
    return published.described(
        customers,
        **online_sales.SALES,
        first_order_at="When the customer ordered first.",
        last_order_at="When the customer ordered last.",
        tenure_days="Days from the first order to the last.",
        products="Different products ordered.",
    )
