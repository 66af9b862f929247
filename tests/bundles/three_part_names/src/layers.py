"""One pipeline that writes three schemas, its datasets named in full."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()


@dp.table(name="main.bronze.Orders", comment="As delivered.")
def bronze_orders():
    return (
        spark.readStream.format("json")
        .schema("id BIGINT, amount DOUBLE")
        .load("s3://raw-orders/2026/")
    )


@dp.table(name="silver.orders")
def silver_orders():
    return spark.readStream.table("`main`.`bronze`.`orders`").where("amount > 0")


@dp.materialized_view(name="totals")
def totals():
    return spark.sql(
        """
        SELECT count(*) AS orders, sum(SILVER.Orders.amount) AS amount,
               -- main.bronze.orders in a comment, and 'main.bronze.orders' in a text
               (SELECT count(*) FROM main.bronze.orders) AS delivered,
               'main.bronze.orders' AS source
        FROM silver.orders
        """
    )


@dp.materialized_view(name="Main.Gold.`report`")
def report():
    return spark.read.table("LIVE.TOTALS").withColumnRenamed("orders", "rows")
