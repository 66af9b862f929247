"""References as rules: whether the member that a row points to is known.

A row is judged by the members that its update knows when it reads the row, once: the
verdict is stored beside the row (`resolved_<table>`), since silver and quarantine read
it at different moments and must not differ. Follows
https://docs.databricks.com/aws/en/transform/join (stream-static joins).
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion import lines, quality, star
from medallion.model import Relationship, Table

# Of each row the names of the rules that it breaks: a rule itself sees no other table
MISSING = "_missing"


def source(table: Table) -> str:
    """The dataset whose rows are judged: with verdicts, where members must be known.

    A reference table, which is judged again at each update, stores none.
    """
    return f"{'resolved' if table.stores_verdicts else 'bronze'}_{table.name}"


def resolve(
    rows: DataFrame, table: Table, targets: dict[str, tuple[Table, DataFrame]]
) -> DataFrame:
    """Rows of bronze, each once, with `_missing array<string>`, which is never NULL.

    `targets` maps a table name to the table and its rows in silver. A fact points to a
    member as of its own time, as in the star schema: where a member has ended before,
    there is none. A dimension, and a line that its header dates, point to a member of
    any time. An empty key points to nobody and breaks no rule.
    """
    rows = quality.derive(rows, table)
    dated = table.role == "fact" and not table.dated_by
    happened = star.event_time(table) if dated else F.lit(None)
    rows = rows.withColumn("_happened", happened.cast("timestamp"))
    names = []
    for i, relationship in enumerate(table.must_exist):
        target, stored = targets[relationship.table]
        known = _versions(stored, target, relationship)
        joined = rows.join(known, lines.matches(relationship), "left")
        rows = joined.withColumn(f"_is_missing_{i}", _is_missing(relationship))
        rows = rows.drop("_versions", *lines.keys(relationship))
        names.append(F.when(F.col(f"_is_missing_{i}"), F.lit(relationship.rule)))
    rows = rows.withColumn(MISSING, F.array_compact(F.array(*names)))
    return rows.drop("_happened", *[f"_is_missing_{i}" for i in range(len(names))])


def _versions(
    stored: DataFrame, target: Table, relationship: Relationship
) -> DataFrame:
    """One row a key: when its member was there. All other tables have it or do not."""
    if target.has_history:
        known = star.known_versions(star.members(stored, target), target)
    else:
        always = F.lit(None).cast("timestamp")
        known = stored.withColumns({"_valid_from": always, "_valid_to": always})
    span = F.struct("_valid_from", "_valid_to")
    keys = lines.keys(relationship)
    pairs = zip(relationship.to, keys, strict=True)
    grouped = known.groupBy(*[F.col(f"`{to}`").alias(key) for to, key in pairs])
    return grouped.agg(F.collect_set(span).alias("_versions"))


def _is_missing(relationship: Relationship) -> Column:
    happened, is_stated = F.col("_happened"), F.lit(True)
    for column in relationship.columns:
        is_stated = is_stated & F.col(f"`{column}`").isNotNull()

    def was_there(version: Column) -> Column:
        since, until = version["_valid_from"], version["_valid_to"]
        begun = since.isNull() | (happened >= since)
        return happened.isNull() | (begun & (until.isNull() | (happened < until)))

    found = F.coalesce(F.exists("_versions", was_there), F.lit(False))
    return is_stated & ~found
