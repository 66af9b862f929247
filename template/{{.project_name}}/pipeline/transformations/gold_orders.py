"""Gold of the orders sample: marts of completed orders, and orders hour by hour."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import layers, measures, orders, published

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

GOLD = {"quality": "gold"}


@dp.table(
    name=in_layer("gold_orders_clustered"),
    comment="All orders, laid out for those who look for a customer or a time.",
    table_properties=GOLD,
    cluster_by=["customer_id", "order_date"],
)
def gold_orders_clustered():
    return spark.readStream.table("silver_orders")


@dp.materialized_view(
    name=in_layer("gold_daily_sales"),
    comment="Completed orders of each day and region.",
    table_properties=GOLD,
    cluster_by=["date", "region"],
)
@dp.expect("sales_are_not_negative", "coalesce(total_sales >= 0, false)")
def gold_daily_sales():
    sold = orders.completed(spark.read.table("silver_orders"))
    days = sold.groupBy(F.to_date("order_date").alias("date"), "region").agg(
        *orders.sales(), F.count_distinct("customer_id").alias("unique_customers")
    )
    return published.described(
        days,
        **orders.SALES,
        date="Day of the orders.",
        unique_customers="Customers who ordered.",
    )


@dp.materialized_view(
    name=in_layer("gold_customer_ltv"),
    comment="What each customer has spent, since when, and how often.",
    table_properties=GOLD,
    cluster_by=["customer_id"],
)
@dp.expect(
    "orders_are_in_order", "coalesce(first_order_date <= last_order_date, false)"
)
def gold_customer_ltv():
    sold = orders.completed(spark.read.table("silver_orders_enriched"))
    of_customers = sold.where("customer_id IS NOT NULL")
    first, last = F.min("order_date"), F.max("order_date")
    keys = ("customer_id", "customer_name", "customer_segment")
    customers = of_customers.groupBy(*keys).agg(
        F.count("order_id").alias("total_orders"),
        orders.total_sales().alias("lifetime_value"),
        first.alias("first_order_date"),
        last.alias("last_order_date"),
        measures.ratio(orders.total_sales(), F.count("order_id")).alias(
            "avg_order_value"
        ),
        # Up to the last order, not up to today: the same data give the same answer.
        F.date_diff(last, first).alias("customer_tenure_days"),
    )
    return published.described(
        customers,
        total_orders="Completed orders.",
        lifetime_value="What the customer has spent.",
        first_order_date="When the customer ordered first.",
        last_order_date="When the customer ordered last.",
        avg_order_value="What an order came to.",
        customer_tenure_days="Days from the first order to the last.",
    )


@dp.materialized_view(
    name=in_layer("gold_product_performance"),
    comment="Completed orders of each product.",
    table_properties=GOLD,
    cluster_by=["product"],
)
def gold_product_performance():
    sold = orders.completed(spark.read.table("silver_orders"))
    products = sold.groupBy("product").agg(
        *orders.sales(), F.sum("quantity").alias("quantity_sold")
    )
    return published.described(products, **orders.SALES, quantity_sold="Pieces sold.")


@dp.materialized_view(
    name=in_layer("gold_region_performance"),
    comment="Orders of each region: how many were completed or cancelled, and sales.",
    table_properties=GOLD,
    cluster_by=["region"],
)
def gold_region_performance():
    placed = spark.read.table("silver_orders")
    is_completed = F.col("status") == "completed"
    amount = F.coalesce(
        F.sum(F.when(is_completed, F.col("amount"))), F.lit(0).cast("decimal(12,2)")
    )
    done, gone = F.count_if(is_completed), F.count_if(F.col("status") == "cancelled")
    regions = placed.groupBy("region").agg(
        F.count("order_id").alias("placed_orders"),
        done.alias("completed_orders"),
        gone.alias("cancelled_orders"),
        amount.alias("total_sales"),
        measures.ratio(amount, done).alias("avg_order_value"),
        measures.ratio(gone, F.count("order_id")).alias("cancellation_rate"),
    )
    return published.described(
        regions,
        placed_orders="All orders.",
        completed_orders="Those that were completed.",
        cancelled_orders="Those that were cancelled.",
        total_sales="What the completed ones came to.",
        avg_order_value="What one of them came to.",
        cancellation_rate="Share of all orders that were cancelled.",
    )


@dp.table(
    name=in_layer("gold_hourly_metrics"),
    comment="Orders of each hour by region and status, written once the hour is over.",
    table_properties={**GOLD, "delta.enableRowTracking": "true"},
    cluster_by=["hour_start"],
)
def gold_hourly_metrics():
    placed = spark.readStream.table("silver_orders")
    return published.described(
        orders.hourly(placed.withWatermark("order_date", orders.LATENESS)),
        **orders.HOURS,
        order_count="Orders that came in time.",
        total_amount="What they came to.",
    )


@dp.materialized_view(
    name=in_layer("gold_hourly_late_orders"),
    comment="Orders that came after their hour was written to gold_hourly_metrics.",
    table_properties=GOLD,
    cluster_by=["hour_start"],
)
@dp.expect("orders_come_in_time", "late_orders = 0")
def gold_hourly_late_orders():
    late = orders.late(
        spark.read.table("silver_orders"),
        spark.read.table(in_layer("gold_hourly_metrics")),
    )
    return published.described(
        late,
        **orders.HOURS,
        late_orders="Orders that the hour lacks.",
        late_amount="What they came to.",
    )
