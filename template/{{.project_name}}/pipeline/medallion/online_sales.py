"""Business terms of the online_sales sample, each defined once."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion import measures

# What the columns of `sales` hold.
SALES = {
    "orders": "Order lines.",
    "quantity_sold": "Pieces sold.",
    "total_sales": "What they came to.",
    "average_order_value": "What a line came to.",
}


def enrich(
    orders: DataFrame, customers: DataFrame, products: DataFrame, countries: DataFrame
) -> DataFrame:
    """Order lines with the attributes of their members as of today; none is lost.

    Adds `customer_name`, `customer_segment`, `product_name`, `product_category`,
    `country_name` and `region` (strings, NULL where the member is unknown).
    """
    customer = customers.select(
        "customer_id", "customer_name", F.col("segment").alias("customer_segment")
    )
    product = products.select(
        "product_id", "product_name", F.col("category").alias("product_category")
    )
    country = countries.select("country", "country_name", "region")
    return (
        orders.join(customer, "customer_id", "left")
        .join(product, "product_id", "left")
        .join(country, "country", "left")
    )


def sales() -> list[Column]:
    """`orders`, `quantity_sold` (numbers), `total_sales`, `average_order_value`."""
    total = F.coalesce(F.sum("amount"), F.lit(0).cast("decimal(14,2)"))
    return [
        F.count("order_id").alias("orders"),
        F.sum("quantity").alias("quantity_sold"),
        total.alias("total_sales"),
        measures.ratio(total, F.count("order_id")).alias("average_order_value"),
    ]
