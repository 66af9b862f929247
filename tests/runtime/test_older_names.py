"""The older module `dlt` and its names, as public pipelines still use them."""

CODE = """
import dlt

@dlt.table(comment="As delivered.", temporary=True)
def bronze():
    return landed("changes", "id INT, name STRING, at INT")

@dlt.view(name="named")
@dlt.expect_or_drop("has_name", "name IS NOT NULL")
def _():
    return dlt.read_stream("LIVE.bronze")

dlt.create_target_table("customers", comment="As they are now.")
dlt.apply_changes(
    target="customers", source="named", keys=["id"], sequence_by="at",
    except_column_list=["_rescued_data"],
)
dlt.create_streaming_live_table("log")

@dlt.append_flow(target="log")
def from_bronze():
    return dlt.read_stream("bronze").select("id")

@dlt.table
def report():
    return dlt.read("customers").groupBy("name").count()
"""


def test_a_pipeline_in_older_names_runs(bundle):
    bundle.write(CODE)
    bundle.land(
        "changes",
        {"id": 1, "name": "Ada", "at": 1},
        {"id": 1, "name": "Ada L.", "at": 2},
        {"id": 2, "at": 1},
    )
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    assert bundle.rows("customers", "id", "name", "at") == [(1, "Ada L.", 2)]
    assert bundle.rows("log") == [(1,), (1,), (2,)]
    assert bundle.rows("report") == [("Ada L.", 1)]


def test_a_table_over_a_batch_is_a_materialized_view(bundle):
    bundle.write(CODE)
    datasets = bundle.pipeline.validate().datasets
    assert {name: dataset.kind for name, dataset in datasets.items()} == {
        "bronze": "streaming table",
        "named": "view",
        "customers": "streaming table",
        "log": "streaming table",
        "report": "materialized view",
    }


def test_the_newer_module_does_not_have_them(bundle):
    bundle.write("""
        names = [n for n in ("read", "read_stream", "create_target_table")
                 if hasattr(dp, n)]
        assert not names, names
        dp.create_streaming_table("t", schema="id INT")
    """)
    assert bundle.run().ok
