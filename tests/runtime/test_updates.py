"""An update: order, what is read again and what is not, and how faults are told.

Follows https://docs.databricks.com/aws/en/ldp/updates unless a test names another page.
"""

import shutil
from pathlib import Path

import pytest

from localrun.errors import UsageError

CHAIN = """
@dp.table
def bronze():
    return landed("sales", "id BIGINT, amount INT")

@dp.temporary_view
def large():
    return spark.readStream.table("bronze").where("amount > 10")

@dp.table
def silver():
    return spark.readStream.table("large")

@dp.materialized_view
def gold():
    return spark.read.table("silver").agg(F.sum("amount").alias("total"))
"""


def test_datasets_run_in_the_order_of_their_reads_whatever_the_order_in_the_file(
    bundle,
):
    bundle.write("""
        @dp.materialized_view
        def gold():
            return spark.sql("SELECT sum(amount) AS total FROM silver")

        @dp.table
        def silver():
            return spark.readStream.table("bronze")

        @dp.table
        def bronze():
            return landed("sales", "amount INT")
    """)
    bundle.land("sales", {"amount": 20}, {"amount": 30})
    assert bundle.run().ok
    assert bundle.rows("gold") == [(50,)]


def test_the_second_update_reads_only_what_is_new(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    bundle.run()
    bundle.land("sales", {"id": 2, "amount": 30})
    result = bundle.run()
    assert result.flows["bronze"].outcome.rows_in == 1
    assert bundle.rows("silver", "id") == [(1,), (2,)]
    assert bundle.rows("gold") == [(50,)]


def test_an_update_without_new_data_changes_no_table_version(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    bundle.run()
    before = bundle.versions()
    assert bundle.run().ok
    assert bundle.versions() == before


def test_a_materialized_view_is_recomputed_when_its_definition_changed(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    bundle.run()
    bundle.write(CHAIN.replace('F.sum("amount")', 'F.max("id")'))
    bundle.run()
    assert bundle.rows("gold") == [(1,)]


def test_a_changed_rule_applies_to_new_rows_only(bundle):
    ruled = CHAIN.replace("@dp.table\ndef silver", "@dp.table{}\ndef silver")
    bundle.write(ruled.format("")).land("sales", {"id": 1, "amount": 20})
    bundle.run()
    bundle.write(ruled.format("\n@dp.expect_or_drop('big', 'amount > 25')"))
    bundle.land("sales", {"id": 2, "amount": 21}, {"id": 3, "amount": 30})
    bundle.run()
    assert bundle.rows("silver", "id") == [(1,), (3,)]


def test_two_append_flows_fill_one_streaming_table(bundle):
    bundle.write("""
        dp.create_streaming_table("both")

        @dp.append_flow(target="both", name="from_shop")
        def from_shop():
            return landed("shop", "id INT")

        @dp.append_flow(target="both", name="from_web")
        def from_web():
            return landed("web", "id INT")
    """)
    bundle.land("shop", {"id": 1})
    bundle.land("web", {"id": 2})
    bundle.run()
    bundle.land("web", {"id": 3})
    bundle.run()
    assert bundle.rows("both", "id") == [(1,), (2,), (3,)]


def test_a_failed_flow_skips_its_readers_and_no_one_else(bundle):
    bundle.write("""
        @dp.table
        def good():
            return landed("good", "id INT")

        @dp.table
        def bad():
            return landed("good", "id INT").select(F.col("nope"))

        @dp.materialized_view
        def reader():
            return spark.read.table("bad")
    """).land("good", {"id": 1})
    result = bundle.run()
    assert not result.ok
    statuses = {name: flow.status for name, flow in result.flows.items()}
    assert statuses == {"good": "COMPLETED", "bad": "FAILED", "reader": "SKIPPED"}
    assert "nope" in result.flows["bad"].error
    assert bundle.rows("good", "id") == [(1,)]


def test_a_cycle_is_named(bundle):
    bundle.write("""
        @dp.materialized_view
        def hen():
            return spark.read.table("egg")

        @dp.materialized_view
        def egg():
            return spark.read.table("hen")
    """)
    errors = {flow.error for flow in bundle.run().flows.values()}
    assert all("cycle" in error and "hen" in error for error in errors)


def test_a_misspelt_dataset_is_answered_with_the_right_name(bundle):
    bundle.write("""
        @dp.materialized_view
        def silver_sales():
            return spark.range(1)

        @dp.materialized_view
        def gold():
            return spark.read.table("silver_salse")
    """)
    error = bundle.run().flows["gold"].error
    assert error == (
        "no dataset or table is named silver_salse; did you mean silver_sales?"
    )


def test_only_the_selected_tables_are_refreshed(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    bundle.run()
    bundle.land("sales", {"id": 2, "amount": 30})
    result = bundle.run(refresh=["bronze"])
    assert result.flows["silver"].status == "EXCLUDED"
    assert len(bundle.rows("bronze")) == 2
    assert len(bundle.rows("silver")) == 1


def test_a_selected_table_without_its_input_says_what_to_refresh(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    error = bundle.run(refresh=["silver"]).flows["silver"].error
    assert "bronze has no data yet" in error


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        ({"refresh": ["silvr"]}, ["silvr", "did you mean silver?"]),
        ({"full_refresh": ["zzz"]}, ["zzz", "there are bronze, gold, silver"]),
        ({"refresh": ["large"]}, ["no table is named large"]),
    ],
)
def test_an_unknown_table_in_a_selection_is_refused(bundle, arguments, words):
    bundle.write(CHAIN)
    with pytest.raises(UsageError) as refusal:
        bundle.run(**arguments)
    assert all(word in str(refusal.value) for word in words)


@pytest.mark.parametrize(
    ("code", "words"),
    [
        ("import nothing_of_that_name", ["small.py, line", "nothing_of_that_name"]),
        ("def broken(:\n    pass", ["SyntaxError"]),
        (
            "@dp.table(colour='red')\ndef t():\n    return spark.range(1)",
            ["small.py, line", "colour"],
        ),
        ("dp.create_streaming_table('t')", ["t has neither a flow nor a schema"]),
        (
            "@dp.append_flow(target='nowhere')\ndef f():\n    return spark.range(1)",
            ["nowhere", "dp.create_streaming_table"],
        ),
        (
            "for _ in range(2):\n"
            "    @dp.materialized_view(name='twice')\n"
            "    def f():\n"
            "        return spark.range(1)",
            ["twice is defined twice"],
        ),
    ],
)
def test_a_definition_that_does_not_load_says_where(bundle, code, words):
    bundle.write(code)
    with pytest.raises(UsageError) as refusal:
        bundle.run()
    assert all(word in str(refusal.value) for word in words)


def test_a_stream_from_a_materialized_view_definition_is_refused(bundle):
    bundle.write("""
        @dp.materialized_view
        def gold():
            return landed("sales", "id INT")
    """).land("sales", {"id": 1})
    assert "must return a batch DataFrame" in bundle.run().flows["gold"].error


def test_a_table_that_returns_a_batch_is_a_materialized_view(bundle):
    """docs: ldp/developer/python-ref, the legacy shape of dp.table."""
    bundle.write("""
        @dp.table
        def one():
            return spark.range(1)
    """)
    assert bundle.run().ok
    assert bundle.rows("one") == [(0,)]


def test_a_changed_comment_and_clustering_reach_an_existing_table(bundle):
    code = """
        @dp.table(comment={!r}, cluster_by=[{!r}])
        def bronze():
            return landed("sales", "id BIGINT, amount INT")
    """
    bundle.write(code.format("before", "id")).land("sales", {"id": 1})
    bundle.run()
    bundle.write(code.format("after", "amount")).land("sales", {"id": 2})
    bundle.run()
    path = bundle.pipeline.tables.path("bronze")
    (detail,) = bundle.pipeline.spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()
    assert (detail["description"], detail["clusteringColumns"]) == ("after", ["amount"])


def test_a_table_that_a_killed_run_only_began_to_make_is_made(bundle):
    bundle.write("""
        @dp.table
        def bronze():
            return landed("sales", "id BIGINT")
    """).land("sales", {"id": 1})
    log = Path(bundle.pipeline.tables.path("bronze"), "_delta_log")
    log.mkdir(parents=True)
    (log / ".00000000000000000000.json.tmp").touch()
    assert bundle.run().ok
    assert bundle.rows("bronze") == [(1, None)]


def test_a_table_is_clustered_by_a_column_that_it_gains(bundle):
    code = """
        @dp.table(cluster_by=[{column!r}])
        def bronze():
            return landed("sales", "id BIGINT, {column} INT")

        @dp.materialized_view(cluster_by=[{column!r}])
        def gold():
            return spark.range(1).withColumn({column!r}, F.lit(1))
    """
    bundle.write(code.format(column="amount")).land("sales", {"id": 1})
    bundle.run()
    bundle.write(code.format(column="price")).land("sales", {"id": 2})
    assert bundle.run().ok
    for table in ("bronze", "gold"):
        path = bundle.pipeline.tables.path(table)
        detail = bundle.pipeline.spark.sql(f"DESCRIBE DETAIL delta.`{path}`")
        assert (table, detail.first()["clusteringColumns"]) == (table, ["price"])


def test_configuration_of_the_resource_reaches_the_code(bundle):
    bundle.write("""
        @dp.materialized_view
        def colour():
            return spark.range(1).select(F.lit(spark.conf.get("pipeline.colour")))
    """)
    bundle.run()
    assert bundle.rows("colour") == [("blue",)]


def test_validation_finds_faults_without_writing(bundle):
    bundle.write(
        CHAIN
        + """
@dp.materialized_view
@dp.expect("positive", "totl > 0")
def report():
    return spark.read.table("gold")
"""
    )
    graph = bundle.pipeline.validate()
    assert set(graph.problems) == {"report"}
    assert "positive" in graph.problems["report"]
    assert graph.datasets["silver"].reads == ["large"]
    assert not (bundle.root / ".local").exists()


def test_event_log_has_the_shape_of_the_managed_one(bundle):
    """docs: ldp/monitor-event-logs"""
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    result = bundle.run()
    rows = bundle.pipeline.sql(f"""
        SELECT origin.flow_name, get_json_object(
            details, '$.flow_progress.metrics.num_output_rows') AS rows
        FROM event_log
        WHERE event_type = 'flow_progress' AND origin.update_id = '{result.update_id}'
    """).collect()
    assert {tuple(row) for row in rows} == {
        ("bronze", "1"),
        ("silver", "1"),
        ("gold", "1"),
    }


def test_a_reader_may_stand_before_the_auto_cdc_target_that_it_reads(bundle):
    bundle.write("""
        @dp.materialized_view
        def report():
            return spark.read.table("customers")

        dp.create_streaming_table("customers")
        dp.create_auto_cdc_flow(
            target="customers", source="changes", keys=["id"], sequence_by="at"
        )

        @dp.temporary_view
        def changes():
            return landed("changes", "id INT, at INT")
    """)
    graph = bundle.pipeline.validate()
    assert graph.problems == {}
    assert graph.datasets["customers"].reads == ["changes"]
    bundle.land("changes", {"id": 1, "at": 1}, {"id": 1, "at": 2})
    assert bundle.run().ok
    assert bundle.rows("report", "id", "at") == [(1, 2)]


def test_a_change_that_no_plan_shows_recomputes_a_materialized_view(bundle):
    code = """
        from pyspark.sql.functions import udf

        @dp.materialized_view
        def t():
            add = udf(lambda x: x + {number}, "int")
            rows = spark.createDataFrame([({number},)], "a INT")
            return rows.select(add("a").alias("a"))
    """
    for number in (1, 2):
        assert bundle.write(code.format(number=number)).run().ok
        assert bundle.rows("t") == [(2 * number,)]


def test_another_column_of_the_same_type_recomputes_a_materialized_view(bundle):
    code = """
        @dp.materialized_view
        def t():
            rows = spark.sql("SELECT 1 AS net, 2 AS gross")
            return rows.select(F.col("{}").alias("a"))
    """
    for column, value in (("net", 1), ("gross", 2)):
        assert bundle.write(code.format(column)).run().ok
        assert bundle.rows("t") == [(value,)]


BATCH_OR_STREAM = """
dp.create_streaming_table("source", schema="id INT")

@dp.append_flow(target="source")
def fill():
    return landed("rows", "id INT").select("id")

@dp.table
def t():
    return spark.{}.table("source")
"""


@pytest.mark.parametrize("ways", [("read", "readStream"), ("readStream", "read")])
def test_a_table_does_not_become_another_kind_in_place(bundle, ways):
    bundle.land("rows", {"id": 1})
    assert bundle.write(BATCH_OR_STREAM.format(ways[0])).run().ok
    bundle.write(BATCH_OR_STREAM.format(ways[1]))
    error = bundle.run().flows["t"].error
    assert error.startswith("t was made as a ")
    assert error.endswith("use --full-refresh t+ to rebuild it and its readers")
    assert bundle.run(full_refresh=["t"]).ok
    assert bundle.rows("t") == [(1,)]


def test_a_table_that_somebody_deleted_is_read_again(bundle):
    bundle.write(CHAIN).land("sales", {"id": 1, "amount": 20})
    assert bundle.run().ok
    shutil.rmtree(bundle.root / ".local/warehouse/tables/main/small/silver")
    assert bundle.run().ok
    assert bundle.rows("silver", "id") == [(1,)]


def test_a_table_belongs_to_one_pipeline_and_target_until_it_is_rebuilt(bundle):
    bundle.write("""
        @dp.materialized_view
        def t():
            return spark.range(1)
    """)
    assert bundle.run().ok
    text = (bundle.root / "databricks.yml").read_text()
    (bundle.root / "databricks.yml").write_text(
        text.replace("    small:", "    other:")
    )
    assert bundle.run().flows["t"].error == (
        "t is a table of pipeline small of target default, and a table has one: give "
        "it another name here, or take it over with --full-refresh t"
    )
    assert bundle.run(full_refresh=["t"]).ok
    assert bundle.run().ok


def test_another_default_schema_reads_nothing_again_into_a_table_named_in_full(bundle):
    bundle.write("""
        @dp.table(name="main.bronze.rows")
        def rows():
            return landed("rows", "id INT").select("id")
    """)
    bundle.land("rows", {"id": 1})
    text = (bundle.root / "databricks.yml").read_text()
    for schema in ("small", "bronze"):
        changed = text.replace("schema: small", f"schema: {schema}")
        (bundle.root / "databricks.yml").write_text(changed)
        assert bundle.run().ok
    assert bundle.rows("main.bronze.rows") == [(1,)]
