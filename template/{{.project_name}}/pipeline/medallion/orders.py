"""Business terms of the orders sample, each defined once."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion import measures

# How long an hour stays open for orders that come late.
LATENESS = "1 hour"
# What the hourly metrics are counted by.
HOUR = ("hour_start", "hour_end", "region", "status")
HOURS = {"hour_start": "When the hour began.", "hour_end": "When it ended."}

# What the columns of `sales` hold.
SALES = {
    "order_count": "Completed orders.",
    "total_sales": "What they came to.",
    "avg_order_value": "What one of them came to.",
}


def enrich(orders: DataFrame, customers: DataFrame) -> DataFrame:
    """Orders with their customers as of today; none is lost.

    Adds `customer_name` and `customer_segment` (strings, NULL where nobody or somebody
    unknown ordered).
    """
    names = customers.select("customer_id", "customer_name", "customer_segment")
    return orders.join(names, "customer_id", "left")


def completed(orders: DataFrame) -> DataFrame:
    """The orders that count as sales: paid and delivered."""
    return orders.where("status = 'completed'")


def sales() -> list[Column]:
    """`order_count bigint`, `total_sales` and `avg_order_value` (decimals)."""
    return [
        order_count(),
        total_sales().alias("total_sales"),
        measures.ratio(total_sales(), F.count("order_id")).alias("avg_order_value"),
    ]


def order_count() -> Column:
    return F.count("order_id").alias("order_count")


def total_sales() -> Column:
    return F.coalesce(F.sum("amount"), F.lit(0).cast("decimal(12,2)"))


def hourly(orders: DataFrame) -> DataFrame:
    """Orders and money by hour, region and status; of a stream, once an hour is over.

    Columns: `hour_start`, `hour_end` (timestamps), `region`, `status` (strings),
    `order_count bigint`, `total_amount decimal`.
    """
    hour = F.window("order_date", "1 hour").alias("hour")
    counted = orders.groupBy(hour, "region", "status").agg(
        order_count(), F.sum("amount").alias("total_amount")
    )
    return counted.select(
        F.col("hour.start").alias("hour_start"),
        F.col("hour.end").alias("hour_end"),
        *("region", "status", "order_count", "total_amount"),
    )


def late(orders: DataFrame, metrics: DataFrame) -> DataFrame:
    """What came for an hour after that hour had been counted.

    `orders` are all of them, `metrics` what `hourly` has made of their stream. Columns:
    those of `HOUR`, `late_orders bigint` and `late_amount decimal`, together with the
    metrics all orders of an hour that is over.
    """
    last = metrics.agg(F.max("hour_end").alias("last_hour_end"))
    counted = metrics.withColumnsRenamed(
        {"order_count": "counted_orders", "total_amount": "counted_amount"}
    )
    late_orders = F.col("order_count") - F.coalesce("counted_orders", F.lit(0))
    late_amount = F.col("total_amount") - F.coalesce("counted_amount", F.lit(0))
    return (
        hourly(orders)
        .join(last, F.col("hour_end") <= F.col("last_hour_end"))
        .join(counted, list(HOUR), "left")
        .where(late_orders != 0)
        .select(
            *HOUR, late_orders.alias("late_orders"), late_amount.alias("late_amount")
        )
    )
