"""Measures for tables of gold, written so that no row makes them fail."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def ratio(numerator: Column, denominator: Column) -> Column:
    """A quotient with four decimals; NULL where the denominator is zero or NULL."""
    safe = F.nullif(denominator.cast("decimal(18,4)"), F.lit(0))
    return (numerator.cast("decimal(18,4)") / safe).cast("decimal(18,4)")
