"""Business terms of the retail sample, each defined once."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

# What a return holds as negative numbers.
MEASURES = ("quantity", "amount", "discount_amount")

# What the columns of `revenue` hold.
REVENUE = {
    "revenue": "What was paid for purchases.",
    "returned": "What was paid back.",
    "net_revenue": "The one less the other.",
}


def enrich(
    sales: DataFrame, customers: DataFrame, products: DataFrame, stores: DataFrame
) -> DataFrame:
    """Receipt lines with the attributes of their current dimensions; none is lost.

    Adds `customer_name`, `customer_segment`, `product_name`, `product_category`,
    `store_name`, `store_region` (strings, NULL where the member is unknown). The left
    side may be a stream: the others are read as they are when a batch starts.
    """
    return (
        sales.join(
            customers.select(
                "customer_id",
                F.col("full_name").alias("customer_name"),
                F.col("segment").alias("customer_segment"),
            ),
            "customer_id",
            "left",
        )
        .join(
            products.select(
                "product_id",
                F.col("name").alias("product_name"),
                F.col("category").alias("product_category"),
            ),
            "product_id",
            "left",
        )
        .join(
            stores.select(
                "store_id",
                F.col("name").alias("store_name"),
                F.col("region").alias("store_region"),
            ),
            "store_id",
            "left",
        )
    )


def if_purchase(measure: str) -> Column:
    return F.when(F.col("quantity") > 0, F.col(measure))


def if_return(measure: str) -> Column:
    return F.when(F.col("quantity") < 0, F.col(measure))


def orders() -> Column:
    """Receipts with a purchase on them."""
    return F.count_distinct(if_purchase("receipt_id"))


def revenue(name: str = "revenue") -> list[Column]:
    """Money of purchases, of returns (both positive) and the difference: decimals."""
    zero = F.lit(0).cast("decimal(12,2)")
    bought = F.coalesce(F.sum(if_purchase("amount")), zero)
    returned = F.coalesce(F.sum(-if_return("amount")), zero)
    return [
        bought.alias(name),
        returned.alias("returned"),
        (bought - returned).alias(f"net_{name}"),
    ]
