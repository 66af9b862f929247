from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

spark = SparkSession.active()
BRONZE = spark.conf.get("shop.bronze")


@dp.table(comment="Orders with an amount.")
@dp.expect_or_drop("has_amount", "amount IS NOT NULL")
def orders():
    return spark.readStream.table(f"{BRONZE}.orders")


@dp.materialized_view(comment="Orders by region.")
def orders_by_region():
    orders = spark.read.table("orders")
    return orders.groupBy("region").agg(F.sum("amount").alias("amount"))


@dp.materialized_view(comment="How many of the delivered orders are served.")
def coverage():
    return spark.sql(
        f"""
        SELECT count(o.id) AS served, count(b.id) AS delivered
        FROM {BRONZE}.orders AS b LEFT JOIN orders AS o ON o.id = b.id
        """
    )
