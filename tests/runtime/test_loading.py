"""All that is wrong with the source files is told at once, with file and line."""

import sys

import pytest

from localrun import cli
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

        @dp.on_event_hook
        def hook(event):
            pass

        @dp.foreach_batch_sink(name="f")
        def batch(df, number):
            pass

        import dlt
        dlt.apply_changes_from_snapshot("t", "s", ["id"], "bitemporal")
    """)
    found = [line.partition(", line ")[2] for line in told(bundle)]
    assert found == [
        "14: create_sink (out) does not run on the laptop",
        "17: create_auto_cdc_flow into t: stored_as_scd_type='bitemporal' does not run "
        "on the laptop",
        "22: on_event_hook does not run on the laptop",
        "26: foreach_batch_sink (f) does not run on the laptop",
        "31: create_auto_cdc_from_snapshot_flow into t: stored_as_scd_type="
        "'bitemporal' does not run on the laptop",
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


def test_all_that_does_not_go_together_is_named_at_once(bundle):
    bundle.write("""
        dp.create_streaming_table("t")
        for source in ("a", "b"):
            dp.create_auto_cdc_flow(
                target="t", source=source, keys=[source], sequence_by="n", name=source
            )

        @dp.append_flow(target="t")
        def more():
            return spark.readStream.table("t")

        @dp.append_flow(target="nowhere")
        def lost():
            return spark.readStream.table("t")
    """)
    assert told(bundle) == [
        "the AUTO CDC flows a and b into t have different keys: give both the same",
        "t has an AUTO CDC flow and a flow that appends, which does not run on the "
        "laptop: make both AUTO CDC flows, or give each its own table",
        "flow lost writes to nowhere, which no file defines: create it with "
        "dp.create_streaming_table",
    ]


def test_a_file_that_ends_the_program_is_named(bundle):
    bundle.write("import sys; sys.exit(0)")
    (line,) = told(bundle)
    assert line.endswith("small.py, line 13: SystemExit: 0")


def test_an_error_that_is_a_name_alone_is_told_with_its_class(bundle):
    bundle.write("""
        @dp.materialized_view
        def t():
            return {}["region"]
    """)
    assert bundle.run().flows["t"].error == "KeyError: 'region'"
    bundle.write("{}['region']")
    assert told(bundle)[0].endswith("small.py, line 13: KeyError: 'region'")


def test_a_udf_of_a_neighbour_runs_in_the_workers(bundle):
    put(bundle, "shouting.py", "def loud(text):\n    return text.upper()\n")
    bundle.write("""
        import shouting
        from pyspark.sql.functions import udf

        @dp.materialized_view
        def t():
            loud = udf(shouting.loud)
            return spark.sql("SELECT 'a' AS x").select(loud("x").alias("x"))
    """)
    result = bundle.run()
    assert result.ok, result.flows["t"].error
    assert bundle.rows("t") == [("A",)]


def test_each_file_imports_the_neighbour_of_its_own_folder(bundle):
    for folder in ("one", "two"):
        path = bundle.root / "pipeline/transformations" / folder
        path.mkdir()
        (path / "naming.py").write_text(f"NAME = 'of_{folder}'\n")
        (path / f"{folder}.py").write_text(
            "import naming\nfrom pyspark import pipelines as dp\n"
            "@dp.materialized_view(name=naming.NAME)\n"
            "def t():\n    return spark.range(1)\n"
        )
    assert bundle.pipeline.definitions().tables == ["of_one", "of_two"]


def test_a_folder_that_a_file_puts_on_the_path_is_there_for_its_functions(bundle):
    (bundle.root / "shared").mkdir()
    (bundle.root / "shared/late_one.py").write_text("N = 3\n")
    bundle.write(f"""
        import sys
        sys.path.append({str(bundle.root / "shared")!r})

        @dp.materialized_view
        def t():
            import late_one
            return spark.range(late_one.N)
    """)
    result = bundle.run()
    assert result.ok, result.flows["t"].error
    assert str(bundle.root / "shared") not in sys.path


def test_configuration_that_spark_does_not_take_has_no_effect_and_is_said(
    bundle, capsys
):
    bundle.write("""
        @dp.materialized_view
        def t():
            return spark.range(1)
    """)
    conf = ["--conf", "spark.executor.memory=9g", "--conf", "a.b=c"]
    assert cli.main(["run", "--root", str(bundle.root), *conf]) == 0
    (line,) = capsys.readouterr().err.splitlines()
    assert line.startswith(
        "localrun: configuration spark.executor.memory has no effect"
    )
