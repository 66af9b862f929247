"""Gold of the retail sample: sales with context as a stream, and three marts.

Revenue counts purchases; what came back is told apart, and `net_revenue` is the
difference.
"""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import layers, measures, published, retail

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

GOLD = {"quality": "gold"}


@dp.table(
    name=in_layer("gold_sales_denormalized"),
    comment="Each receipt line as it arrives, with its dimensions as they were then.",
    table_properties=GOLD,
    cluster_by=["sold_at"],
)
def gold_sales_denormalized():
    return retail.enrich(
        spark.readStream.table("silver_sales"),
        customers=spark.read.table("silver_customers_current"),
        products=spark.read.table("silver_products_current"),
        stores=spark.read.table("silver_stores_current"),
    )


@dp.materialized_view(
    name=in_layer("gold_daily_store_performance"),
    comment="Revenue, transactions, items and customers of each store on each day.",
    table_properties=GOLD,
    cluster_by=["sale_date", "store_id"],
)
@dp.expect("revenue_is_not_negative", "coalesce(revenue >= 0, false)")
def gold_daily_store_performance():
    sales = spark.read.table("silver_sales_enriched")
    items_sold = F.sum(retail.if_purchase("quantity"))
    stores = sales.groupBy(
        F.to_date("sold_at").alias("sale_date"),
        "store_id",
        "store_name",
        "store_region",
    ).agg(
        *retail.revenue(),
        retail.orders().alias("transactions"),
        F.coalesce(items_sold, F.lit(0)).alias("items_sold"),
        F.count_distinct("customer_id").alias("unique_customers"),
        measures.ratio(F.sum(retail.if_purchase("amount")), retail.orders()).alias(
            "average_transaction_value"
        ),
    )
    return published.described(
        stores,
        **retail.REVENUE,
        sale_date="Day of the sales.",
        transactions="Receipts with a purchase on them.",
        items_sold="Pieces sold.",
        unique_customers="Customers who bought or brought back.",
        average_transaction_value="Revenue of a transaction.",
    )


@dp.materialized_view(
    name=in_layer("gold_product_performance"),
    comment="Revenue, quantity and orders of each product, and how much came back.",
    table_properties=GOLD,
    cluster_by=["product_id"],
)
@dp.expect("revenue_is_not_negative", "coalesce(revenue >= 0, false)")
def gold_product_performance():
    sales = spark.read.table("silver_sales_enriched")
    bought = F.sum(retail.if_purchase("quantity"))
    returned = F.sum(-retail.if_return("quantity"))
    products = sales.groupBy("product_id", "product_name", "product_category").agg(
        *retail.revenue(),
        F.coalesce(bought, F.lit(0)).alias("quantity_sold"),
        F.coalesce(returned, F.lit(0)).alias("quantity_returned"),
        retail.orders().alias("orders"),
        measures.ratio(returned, bought).alias("return_rate"),
    )
    return published.described(
        products,
        **retail.REVENUE,
        quantity_sold="Pieces sold.",
        quantity_returned="Pieces that came back.",
        orders="Receipts with a purchase of it on them.",
        return_rate="Share of the pieces sold that came back.",
    )


@dp.materialized_view(
    name=in_layer("gold_customer_lifetime_value"),
    comment="What each customer spent, when they came first and last, and how often.",
    table_properties=GOLD,
    cluster_by=["customer_id"],
)
@dp.expect(
    "purchases_are_in_order",
    "orders = 0 OR coalesce(first_purchase <= last_purchase, false)",
)
def gold_customer_lifetime_value():
    sales = spark.read.table("silver_sales_enriched")
    keys = ("customer_id", "customer_name", "customer_segment")
    customers = sales.groupBy(*keys).agg(
        *retail.revenue("total_spend"),
        retail.orders().alias("orders"),
        F.min(retail.if_purchase("sold_at")).alias("first_purchase"),
        F.max(retail.if_purchase("sold_at")).alias("last_purchase"),
        measures.ratio(F.sum(retail.if_purchase("amount")), retail.orders()).alias(
            "average_order_value"
        ),
    )
    return published.described(
        customers,
        total_spend="What the customer paid for purchases.",
        returned="What was paid back.",
        net_total_spend="The one less the other.",
        orders="Receipts with a purchase on them.",
        first_purchase="When the customer bought first.",
        last_purchase="When the customer bought last.",
        average_order_value="What an order came to.",
    )
