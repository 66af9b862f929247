"""Silver of the orders sample: orders with context, and customers as they change."""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import orders, published

spark = SparkSession.active()


@dp.materialized_view(
    name="silver_orders_enriched",
    comment="Every order with its customer as of today.",
    table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    cluster_by=["order_date"],
)
def silver_orders_enriched():
    return orders.enrich(
        spark.read.table("silver_orders"), spark.read.table("silver_customers")
    )


# Each delivery of customers replaces the one before. Comparing them tells what changed,
# and keeps a table whose change data feed can be read.
dp.create_streaming_table(
    name="silver_customers_latest",
    comment="The customers of the latest delivery, changed row by row.",
    table_properties={"quality": "silver", "delta.enableChangeDataFeed": "true"},
    cluster_by=["customer_id"],
)
dp.create_auto_cdc_from_snapshot_flow(
    target="silver_customers_latest",
    source="silver_customers",
    keys=["customer_id"],
    stored_as_scd_type=1,
)


@dp.table(
    name="customer_changes",
    comment="What changed about customers: each row before and after, with its commit.",
    table_properties={"quality": "silver"},
)
def customer_changes():
    changes = spark.readStream.option("readChangeFeed", "true")
    return published.described(
        changes.table("silver_customers_latest"),
        _change_type="insert, update_preimage, update_postimage or delete.",
        _commit_version="The commit that changed the row.",
        _commit_timestamp="When that was.",
    )
