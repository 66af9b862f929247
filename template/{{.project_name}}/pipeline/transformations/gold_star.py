"""Gold: the star schema that the contract's relationships describe.

Facts point to the version of each member that was valid when they happened. Beside
them stand the checks of keys and references.
"""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession

from medallion import contract, integrity, layers, published, sql_text, star
from medallion.model import DAY

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

TABLES = [t for t in contract.configured(spark.conf) if not t.into]
FACTS = {table.name: table for table in TABLES if table.role == "fact"}
DIMENSIONS = {table.name: table for table in TABLES if table.role != "fact"}
GOLD = {"quality": "gold"}
# A view that joins others is refreshed incrementally only where these track their rows.
TRACKED = {**GOLD, "delta.enableRowTracking": "true"}


def dimensions(fact):
    """The tables that a fact points to, and the members of each."""
    names = [name for _, name in fact.star_keys if name in DIMENSIONS]
    return {
        n: (DIMENSIONS[n], spark.read.table(in_layer(f"gold_dim_{n}"))) for n in names
    }


def headers(fact):
    """The facts that a fact is a line of, as they stand in gold."""
    names = [relationship.table for relationship in fact.headers]
    return {n: (FACTS[n], spark.read.table(in_layer(f"gold_fact_{n}"))) for n in names}


def dimension(table):
    @dp.materialized_view(
        name=in_layer(f"gold_dim_{table.name}"),
        comment=f"Dimension, one row a version; key -1 is unknown. {table.comment}",
        schema=published.dimension(table),
        table_properties=TRACKED,
        cluster_by=list(table.cluster_by) or None,
    )
    @dp.expect_or_fail("only_the_unknown_member_has_no_key", star.identified(table))
    def gold():
        return star.members(spark.read.table(f"silver_{table.name}"), table)


def fact(table):
    @dp.materialized_view(
        name=in_layer(f"gold_fact_{table.name}"),
        comment=f"Fact, with the keys of its dimensions' versions. {table.comment}",
        schema=published.fact(table, {**FACTS, **DIMENSIONS}, in_layer),
        table_properties=TRACKED,
        cluster_by=[name for name, _ in table.star_keys][:4],
    )
    def gold():
        facts = spark.read.table(f"silver_{table.name}")
        members = dimensions(table)
        return star.with_dimension_keys(facts, table, members, headers(table))


def check_dimensions(tables):
    rules = {
        "key_is_unique": "rows = distinct_keys",
        "one_version_is_current": "current_versions = current_members",
        "unknown_member_is_there": "unknown_members = 1",
    }

    @dp.materialized_view(
        name="check_dimensions",
        comment="Whether the keys of each dimension are unique.",
        table_properties=GOLD,
    )
    @dp.expect_all(rules)
    def check():
        return integrity.of_dimensions(
            (table, spark.read.table(in_layer(f"gold_dim_{table.name}")))
            for table in tables
        )


def check_fact(table):
    rules = {
        "key_is_unique": "rows = distinct_keys",
        "date_key_is_known": "date_key_unknown = 0",
    }
    for key in [key for key, name in table.star_keys if name in DIMENSIONS]:
        rules[f"{key}_resolves"] = f"{sql_text.name(f'{key}_unresolved')} = 0"
        rules[f"{key}_is_unambiguous"] = f"{sql_text.name(f'{key}_ambiguous')} = 0"
        rules[f"{key}_is_known"] = f"{sql_text.name(f'{key}_unknown')} = 0"
    for key in [r.key for r in table.relationships if r.kind == DAY]:
        rules[f"{key}_is_known"] = f"{sql_text.name(f'{key}_unknown')} = 0"
    for header in [relationship.key for relationship in table.headers]:
        rules[f"{header}_are_there"] = f"{sql_text.name(f'{header}_missing')} = 0"

    @dp.materialized_view(
        name=f"check_fact_{table.name}",
        comment=f"Whether keys of {table.name} are unique and references resolve.",
        table_properties=GOLD,
    )
    @dp.expect_all(rules)
    def check():
        facts = spark.read.table(in_layer(f"gold_fact_{table.name}"))
        return integrity.of_facts(facts, table, dimensions(table), headers(table))


def calendar():
    @dp.materialized_view(
        name=in_layer("gold_dim_date"),
        comment="Calendar, one row a day; key -1 is unknown.",
        schema=published.calendar(),
        table_properties=GOLD,
        cluster_by=["date_key"],
    )
    def gold():
        return star.calendar(spark)


for table in DIMENSIONS.values():
    dimension(table)
if DIMENSIONS:
    check_dimensions(DIMENSIONS.values())
for table in FACTS.values():
    fact(table)
    check_fact(table)
if FACTS:
    calendar()
