"""Columns that nothing tells: the update fails while its graph is analysed.

Pages: error-messages/error-classes (CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE,
UNABLE_TO_INFER_SCHEMA), ingestion/cloud-object-storage/auto-loader/schema.
"""

import os

import pytest

INFERRED = """
    @dp.table
    def orders():
        return landed("orders", "id STRING")

    @dp.temporary_view
    def raw_returns():
        return landed("returns", "id STRING")

    @dp.table
    def returns():
        return spark.readStream.table("raw_returns")

    @dp.materialized_view
    def rates():
        return spark.read.json(f"{LANDING}/rates")

    @dp.materialized_view
    def days():
        return spark.range(3)

    @dp.table
    def late():
        return spark.readStream.table("orders")
"""


def statuses(result) -> dict[str, str]:
    return {flow.target: flow.status for flow in result.flows.values()}


@pytest.fixture(scope="module")
def failed(shared_bundle):
    """An update with files in one of three folders; one of the others is missing."""
    shared_bundle.write(INFERRED).land("orders", {"id": 1})
    (shared_bundle.landing / "returns").mkdir()
    return shared_bundle.run()


def test_every_flow_without_files_is_named_with_its_folder(failed, shared_bundle):
    found = {f.target: f.error for f in failed.flows.values() if f.status == "FAILED"}
    assert set(found) == {"returns", "rates"}
    folder = shared_bundle.landing / "returns"
    assert f"landing folder {folder} holds no json files" in found["returns"]
    assert "put at least one json file there" in found["returns"]
    assert "landing/rates" in found["rates"]
    assert "holds no files: put the source's files there" in found["rates"]


def test_nothing_else_runs_and_no_table_is_made(failed, shared_bundle):
    assert not failed.ok
    told = (
        "the update failed while its graph was analysed: returns and 1 other flow have "
        "no files to infer columns from"
    )
    others = [f for f in failed.flows.values() if f.status != "FAILED"]
    assert {f.target: (f.status, f.error) for f in others} == dict.fromkeys(
        ("orders", "days", "late"), ("SKIPPED", told)
    )
    assert shared_bundle.pipeline.tables.names() == []


def test_the_event_log_has_the_update_as_failed(failed, shared_bundle):
    query = """SELECT DISTINCT get_json_object(details, '$.update_progress.state')
        FROM event_log WHERE event_type = 'update_progress'"""
    found = {row[0] for row in shared_bundle.pipeline.sql(query).collect()}
    assert found == {"RUNNING", "FAILED"}


def test_columns_that_are_given_or_known_need_no_files(bundle):
    bundle.write("""
        @dp.table
        def given():
            return (
                spark.readStream.format("cloudFiles").schema("id STRING")
                .option("cloudFiles.format", "json").load(f"{LANDING}/given")
            )

        @dp.materialized_view
        def batch():
            return spark.read.schema("id STRING").json(f"{LANDING}/given")

        @dp.materialized_view
        def lines():
            return spark.read.text(f"{LANDING}/given")

        @dp.table
        def known():
            return landed("known", "id STRING")
    """).land("known", {"id": 1})
    (bundle.landing / "given").mkdir()
    result = bundle.run()
    assert result.ok, statuses(result)
    (file,) = (bundle.landing / "known").iterdir()
    os.remove(file)
    assert bundle.run().ok
    bundle.land("given", {"id": 7})
    assert bundle.run().ok
    found = {name: bundle.rows(name) for name in ("batch", "lines", "known")}
    assert found == {
        "batch": [("7",)],
        "lines": [('{"id": 7}',)],
        "known": found["known"],
    }
    assert len(found["known"]) == 1

    # A rebuilt table knows no columns any more, and what it read before is gone.
    result = bundle.run(full_refresh=["known"])
    assert statuses(result)["known"] == "FAILED"
    assert len(bundle.rows("known")) == 1
