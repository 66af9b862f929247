"""A column of a stored table keeps its type until the table is rebuilt.

Follows https://docs.databricks.com/aws/en/ldp/updates#full-refresh.
"""

from decimal import Decimal

import pytest

from localrun.errors import UsageError

CHAIN = """
@dp.table
def bronze():
    df = landed("sales", "id INT, text STRING").drop("_rescued_data")
    return df.selectExpr(*{!r})

@dp.table
def silver():
    return spark.readStream.table("bronze")
"""
CDC = """
@dp.temporary_view
def changes():
    return landed("sales", "id INT, text STRING").selectExpr(*{!r})

dp.create_streaming_table("target")
dp.create_auto_cdc_flow(
    target="target", source="changes", keys=["id"], sequence_by="id",
    stored_as_scd_type={})
"""
# Expressions before and after, and what is said of the change.
CHANGES = {
    "named": ("text", "CAST(text AS INT)", "named was string and is int now"),
    "money": (
        "CAST(text AS DOUBLE)",
        "CAST(text AS DECIMAL(10,2))",
        "money was double and is decimal(10,2) now",
    ),
    "wider": (
        "CAST(text AS INT)",
        "CAST(text AS BIGINT)",
        "wider was int and is bigint now",
    ),
    "longer": (
        "CAST(text AS DECIMAL(5,2))",
        "CAST(text AS DECIMAL(10,2))",
        "longer was decimal(5,2) and is decimal(10,2) now",
    ),
    "day": (
        "TIMESTAMP'2026-01-01 10:00:00'",
        "DATE'2026-01-01'",
        "day was timestamp and is date now",
    ),
    "local": (
        "TIMESTAMP'2026-01-01 10:00:00'",
        "TIMESTAMP_NTZ'2026-01-01 10:00:00'",
        "local was timestamp and is timestamp_ntz now",
    ),
    "parts": (
        "text",
        "named_struct('a', text)",
        "parts was string and is struct<a:string> now",
    ),
    "lines": (
        "array(named_struct('a', 1))",
        "array(named_struct('A', 'x', 'b', 1))",
        "lines.element.a was int and is string now",
    ),
    "tags": (
        "map('a', 1)",
        "map('a', 1.5D)",
        "tags.value was int and is double now",
    ),
}
REMEDY = (
    ", but a table keeps the types of its columns: use --full-refresh {0}+ to rebuild "
    "it and its readers"
)


def columns(which: int) -> list[str]:
    return ["id", *[f"{change[which]} AS {name}" for name, change in CHANGES.items()]]


def test_changed_types_fail_and_are_named_with_the_full_refresh_that_applies_them(
    bundle,
):
    bundle.write(CHAIN.format(columns(0))).land("sales", {"id": 1, "text": "2"})
    assert bundle.run().ok
    rows = bundle.rows("silver")

    bundle.write(CHAIN.format(columns(1))).land("sales", {"id": 2, "text": "3"})
    result = bundle.run()
    told = ", ".join(words for _, _, words in CHANGES.values())
    assert result.flows["bronze"].error == f"in bronze, {told}{REMEDY.format('bronze')}"
    assert result.flows["silver"].status == "SKIPPED"
    assert bundle.rows("silver") == rows

    assert bundle.run(full_refresh=["bronze+"]).ok
    types = dict(bundle.pipeline.table("silver").dtypes)
    assert bundle.rows("silver", "id") == [(1,), (2,)]
    assert (types["money"], types["parts"]) == ("decimal(10,2)", "struct<a:string>")


@pytest.mark.parametrize("scd_type", [1, 2])
def test_a_target_of_auto_cdc_keeps_its_types_as_well(bundle, scd_type):
    bundle.write(CDC.format(["id", "CAST(text AS DOUBLE) AS value"], scd_type))
    bundle.land("sales", {"id": 1, "text": "0.1"})
    assert bundle.run().ok

    exact = ["id", "CAST(text AS DECIMAL(10,2)) AS value"]
    bundle.write(CDC.format(exact, scd_type)).land("sales", {"id": 2, "text": "0.2"})
    words = "in target, value was double and is decimal(10,2) now"
    assert bundle.run().flows["target"].error == words + REMEDY.format("target")

    assert bundle.run(full_refresh=["target+"]).ok
    values = [(Decimal("0.10"),), (Decimal("0.20"),)]
    assert bundle.rows("target", "value") == values


def test_a_declared_type_of_a_table_without_a_flow_is_kept_too(bundle):
    code = "dp.create_streaming_table('empty', schema='id {}')"
    bundle.write(code.format("INT"))
    assert bundle.run().ok
    bundle.write(code.format("BIGINT"))
    with pytest.raises(UsageError, match="--full-refresh empty"):
        bundle.run()
    assert bundle.run(full_refresh=["empty+"]).ok
    assert bundle.pipeline.table("empty").dtypes == [("id", "bigint")]


def test_what_is_no_other_type_passes(bundle):
    """Letter case, a field more, a size of text."""
    code = """
        @dp.table(schema={!r})
        def bronze():
            return landed("sales", "id INT").select("id", F.expr({!r}).alias("s"))
    """
    schema = "id INT, s STRUCT<a: INT, b: STRING>"
    bundle.write(code.format(schema, "named_struct('a', 1, 'b', 'x')"))
    bundle.land("sales", {"id": 1})
    assert bundle.run().ok
    schema = "ID INT, s STRUCT<A: INT, b: VARCHAR(9), c: INT>"
    bundle.write(code.format(schema, "named_struct('a', 3, 'b', 'y', 'c', 2)"))
    bundle.land("sales", {"id": 2})
    result = bundle.run()
    assert result.ok, result.flows["bronze"].error
    assert len(bundle.rows("bronze", "id")) == 2


TIME = "TIMESTAMP_NTZ'2026-01-01 10:00:00'"


@pytest.mark.parametrize("added", [TIME, f"array(named_struct('at', {TIME}))"])
def test_a_time_without_a_zone_is_added_to_a_table_that_had_none(bundle, added):
    bundle.write(CHAIN.format(["id"])).land("sales", {"id": 1})
    assert bundle.run().ok
    bundle.write(CHAIN.format(["id", f"{added} AS at"])).land("sales", {"id": 2})
    result = bundle.run()
    assert result.ok, result.flows["bronze"].error
    assert bundle.pipeline.table("silver").where("at IS NULL").count() == 1


@pytest.mark.parametrize("scd_type", [1, 2])
def test_a_time_without_a_zone_is_added_to_a_target_of_auto_cdc(bundle, scd_type):
    bundle.write(CDC.format(["id"], scd_type)).land("sales", {"id": 1})
    assert bundle.run().ok
    timed = CDC.format(["id", f"{TIME} AS at"], scd_type)
    bundle.write(timed).land("sales", {"id": 2})
    result = bundle.run()
    assert result.ok, result.flows["target"].error
    assert bundle.pipeline.table("target").where("at IS NULL").count() == 1


def test_a_recomputed_view_takes_over_any_type(bundle):
    code = """
        @dp.materialized_view
        def gold():
            return spark.range(1).selectExpr(*{!r})
    """
    bundle.write(code.format(["id", "'1' AS value"]))
    assert bundle.run().ok
    bundle.write(
        code.format(["CAST(id AS INT) AS id", "1.5 AS value", f"{TIME} AS at"])
    )
    result = bundle.run()
    assert result.ok, result.flows["gold"].error
    types = [kind for _, kind in bundle.pipeline.table("gold").dtypes]
    assert types == ["int", "decimal(2,1)", "timestamp_ntz"]
