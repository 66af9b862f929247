"""Names in SQL text and in expressions, whatever characters they hold."""

from pyspark.sql import Column
from pyspark.sql import functions as F


def quoted(name: str) -> str:
    escaped = name.replace("`", "``")
    return f"`{escaped}`"


def column(name: str) -> Column:
    """The column of exactly this name, dots and spaces included."""
    return F.col(quoted(name))
