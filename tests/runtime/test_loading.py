"""All that is wrong with the source files is told at once, with file and line."""

import pytest

from localrun.errors import UsageError


def told(bundle) -> list[str]:
    with pytest.raises(UsageError) as caught:
        bundle.pipeline.definitions()
    return str(caught.value).splitlines()


def put(bundle, name, text):
    (bundle.root / "pipeline/transformations" / name).write_text(text)


def test_every_file_with_a_fault_is_named_at_once(bundle):
    bundle.write("1 / 0")
    put(bundle, "a.py", "def broken(:\n    pass\n")
    put(bundle, "b.sql", "CREATE MATERIALIZED VIEW x AS SELECT 1")
    put(bundle, "c.ipynb", "{}")
    put(bundle, "d.py", "import no_such_module\n")
    put(bundle, "e.sql", "-- Databricks notebook source\nSELECT 1")
    assert [
        line.partition("pipeline/transformations/")[2] for line in told(bundle)
    ] == [
        "a.py, line 1: SyntaxError: invalid syntax",
        "b.sql, line 1: SQL files do not run on the laptop",
        "c.ipynb, line 1: notebooks do not run on the laptop as .ipynb: export it as a "
        "source file",
        "d.py, line 1: ModuleNotFoundError: No module named 'no_such_module'",
        "e.sql, line 1: notebooks in SQL do not run on the laptop",
        "small.py, line 13: ZeroDivisionError: division by zero",
    ]


def test_what_a_laptop_does_not_run_is_named_call_by_call(bundle):
    bundle.write("""
        dp.create_sink("out", "kafka", {"topic": "t"})
        dp.create_streaming_table("t")
        dp.create_auto_cdc_from_snapshot_flow(target="t", source="s", keys=["id"])
        dp.create_auto_cdc_flow(
            target="t", source="s", keys=["id"], sequence_by="n",
            stored_as_scd_type="bitemporal",
        )

        @dp.append_flow(target="t", once=True)
        def once():
            return spark.readStream.table("s")

        @dp.on_event_hook
        def hook(event):
            pass

        @dp.foreach_batch_sink(name="f")
        def batch(df, number):
            pass

        import dlt
        dlt.apply_changes_from_snapshot("t", "s", ["id"], 2)
    """)
    found = [line.partition(", line ")[2] for line in told(bundle)]
    assert found == [
        "14: create_sink (out) does not run on the laptop",
        "16: create_auto_cdc_from_snapshot_flow (t) does not run on the laptop",
        "17: create_auto_cdc_flow into t: stored_as_scd_type='bitemporal' does not run "
        "on the laptop",
        "22: append_flow into t: once=True does not run on the laptop",
        "26: on_event_hook does not run on the laptop",
        "30: foreach_batch_sink (f) does not run on the laptop",
        "35: apply_changes_from_snapshot (t) does not run on the laptop",
    ]


def test_an_argument_that_nobody_documents_is_named(bundle):
    bundle.write("""
        @dp.table(nme="x")
        def t():
            return spark.range(1)
    """)
    (line,) = told(bundle)
    assert "small.py, line 14: TypeError" in line
    assert "nme" in line


def test_a_dataset_that_is_defined_twice_under_two_spellings_is_named(bundle):
    bundle.write("""
        @dp.materialized_view(name="Orders")
        def a():
            return spark.range(1)

        @dp.materialized_view(name="main.small.`orders`")
        def b():
            return spark.range(1)
    """)
    (line,) = told(bundle)
    assert "small.py, line 18: dataset orders is defined twice: give one" in line


def test_dbutils_says_what_to_use_instead(bundle):
    bundle.write("dbutils.library.restartPython()\ndbutils.widgets.get('x')")
    (line,) = told(bundle)
    assert "line 14: dbutils.widgets.get does not run on the laptop: read" in line


def test_a_neighbour_is_imported_and_read_again_when_it_was_edited(bundle):
    put(bundle, "shapes.py", "NAME = 'one'\n")
    bundle.write("""
        import shapes

        @dp.materialized_view(name=shapes.NAME)
        def t():
            from shapes import NAME
            return spark.range(1).selectExpr(f"'{NAME}' AS name")
    """)
    assert bundle.run().ok
    assert bundle.rows("one") == [("one",)]
    put(bundle, "shapes.py", "NAME = 'two'\n")
    assert bundle.run().ok
    assert bundle.rows("two") == [("two",)]


def test_configuration_is_set_while_the_pipeline_is_at_work_and_no_longer(
    bundle, spark
):
    bundle.write("""
        colour = spark.conf.get("pipeline.colour")

        @dp.materialized_view
        def t():
            late = spark.conf.get("pipeline.colour")
            return spark.range(1).selectExpr(f"'{colour} {late}' AS colour")
    """)
    assert bundle.run().ok
    assert bundle.rows("t") == [("blue blue",)]
    assert spark.conf.get("pipeline.colour", None) is None
