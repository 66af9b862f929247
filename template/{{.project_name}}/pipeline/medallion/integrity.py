"""Whether the star schema holds together: keys are unique, references resolve."""

from collections.abc import Iterable
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from medallion import lines, published, star
from medallion.contract import Table
from medallion.model import DAY


def of_dimensions(dimensions: Iterable[tuple[Table, DataFrame]]) -> DataFrame:
    """One row a dimension that says whether its keys are unique.

    `dimensions` are tables, each with its `star.members`. Columns: `dimension string`,
    and as numbers `rows`, `distinct_keys` (surrogate keys), `current_versions`,
    `current_members` (business keys with a current version) and `unknown_members`. A
    key that is there twice doubles the facts that point to it.
    """
    checked = (_uniqueness(table, members) for table, members in dimensions)
    return published.described(
        reduce(lambda above, below: above.unionByName(below), checked),
        dimension="The table of the contract.",
        rows="Versions, the unknown member among them.",
        distinct_keys="Surrogate keys.",
        current_versions="Versions that are current.",
        current_members="Members that have a current version.",
        unknown_members="Rows for the unknown member, of which there is one.",
    )


def of_facts(
    facts: DataFrame,
    table: Table,
    dimensions: dict[str, tuple[Table, DataFrame]],
    headers: dict[str, tuple[Table, DataFrame]] | None = None,
) -> DataFrame:
    """One row that says whether keys are unique and references resolve.

    Columns: `rows`, `distinct_keys`, `date_key_unknown` (facts without a day, or with
    one out of the calendar), and for each member's key, own or inherited,
    `<key>_unknown` (facts that point to no known member), `<key>_unresolved` (facts
    whose surrogate key is in no row of the dimension) and `<key>_ambiguous` (facts
    whose surrogate key is in more than one); of the last two there must be none. For
    each other day there is `<key>_unknown` (facts that have such a day, but not one of
    the calendar), for each header `<header>_missing` (lines without it).
    """
    rows, unknown = facts, F.col("date_key") == star.UNKNOWN
    counts = {"date_key_unknown": F.count_if(unknown)}
    said = {"date_key_unknown": "Facts without a day of the calendar."}
    members = [pair for pair in table.star_keys if pair[1] in dimensions]
    for i, (name, dimension_name) in enumerate(members):
        dimension, versions = dimensions[dimension_name]
        found, key = F.col(f"_found_{i}"), F.col(f"`{name}`")
        known = versions.groupBy(F.col(star.key_name(dimension)).alias(f"_key_{i}"))
        known = known.agg(F.count(F.lit(1)).alias(f"_found_{i}"))
        rows = rows.join(known, key == F.col(f"_key_{i}"), "left")
        counts |= {
            f"{name}_unknown": F.count_if(key == star.UNKNOWN),
            f"{name}_unresolved": F.count_if(found.isNull()),
            f"{name}_ambiguous": F.count_if(found > 1),
        }
        said |= {
            f"{name}_unknown": "Facts that point to no known member.",
            f"{name}_unresolved": "Facts whose key is in no row of the dimension.",
            f"{name}_ambiguous": "Facts whose key is in several rows of the dimension.",
        }
    for relationship in (r for r in table.relationships if r.kind == DAY):
        stated = F.col(f"`{relationship.columns[0]}`").isNotNull()
        outside = stated & (F.col(f"`{relationship.key}`") == star.UNKNOWN)
        counts[f"{relationship.key}_unknown"] = F.count_if(outside)
        said[f"{relationship.key}_unknown"] = (
            "Facts with such a day out of the calendar."
        )
    for i, relationship in enumerate(table.headers):
        _, known = (headers or {})[relationship.table]
        rows = lines.with_presence(rows, relationship, known, f"_is_there_{i}")
        missing = F.col(f"_is_there_{i}").isNull()
        counts[f"{relationship.key}_missing"] = F.count_if(missing)
        said[f"{relationship.key}_missing"] = "Lines whose header is not there."
    counted = rows.agg(
        F.count(F.lit(1)).alias("rows"),
        F.count_distinct(_key(table)).alias("distinct_keys"),
        *[count.alias(name) for name, count in counts.items()],
    )
    said |= {"rows": "Facts.", "distinct_keys": "Keys of facts."}
    return published.described(counted, **said)


def _uniqueness(table: Table, members: DataFrame) -> DataFrame:
    key, is_current = F.col(star.key_name(table)), F.col("is_current")
    return members.agg(
        F.count(F.lit(1)).alias("rows"),
        F.count_distinct(key).alias("distinct_keys"),
        F.count_if(is_current).alias("current_versions"),
        F.count_distinct(F.when(is_current, _key(table))).alias("current_members"),
        F.count_if(key == star.UNKNOWN).alias("unknown_members"),
    ).select(F.lit(table.name).alias("dimension"), "*")


def _key(table: Table) -> Column:
    return F.struct(*[F.col(f"`{key}`") for key in table.keys])
