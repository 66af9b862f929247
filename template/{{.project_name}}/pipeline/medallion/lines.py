"""Facts that are lines of other facts, as order lines are of orders: their headers."""

from functools import reduce
from operator import and_

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion.model import Relationship


def inherit(
    rows: DataFrame,
    relationship: Relationship,
    headers: DataFrame,
    time: Column | None,
) -> DataFrame:
    """Lines with the keys of their header's members, -1 where it is not there.

    `headers` is the header's fact in gold, `time` when it happened, if the lines are to
    have that as `<header>_time timestamp`. Of a header that is there twice, which its
    own check reports, one counts: no line is doubled.
    """
    names = [name for name, _ in relationship.inherits]
    if not names and time is None:
        return rows
    when = F.lit(None).cast("timestamp") if time is None else time
    inherited = F.struct(when.alias("_time"), *[F.col(f"`{name}`") for name in names])
    pairs = zip(relationship.to, keys(relationship), strict=True)
    once = headers.groupBy(*[F.col(f"`{to}`").alias(key) for to, key in pairs])
    once = once.agg(F.min(inherited).alias("_header"))
    joined = rows.join(once, matches(relationship), "left")
    header, unknown = F.col("_header"), F.lit(-1)
    added = {name: F.coalesce(header[name], unknown) for name in names}
    if time is not None:
        added[relationship.time] = header["_time"]
    return joined.withColumns(added).drop("_header", *keys(relationship))


def with_presence(
    rows: DataFrame, relationship: Relationship, headers: DataFrame, name: str
) -> DataFrame:
    """Rows with a column of that name: true where their header is there, else NULL."""
    pairs = zip(relationship.to, keys(relationship), strict=True)
    named = [F.col(f"`{to}`").alias(key) for to, key in pairs]
    known = headers.select(*named, F.lit(True).alias(name)).distinct()
    return rows.join(known, matches(relationship), "left").drop(*keys(relationship))


def matches(relationship: Relationship) -> Column:
    """Rows join what has the columns of the key `to` under the names of `keys`."""
    pairs = zip(relationship.columns, keys(relationship), strict=True)
    return reduce(and_, (F.col(f"`{column}`") == F.col(key) for column, key in pairs))


def keys(relationship: Relationship) -> list[str]:
    """Names for the columns of the key `to` that collide with no column of a row."""
    return [f"_to_{i}" for i in range(len(relationship.to))]
