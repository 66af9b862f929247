"""Full refresh: which tables start over, and that an interrupted one loses nothing."""

import pytest

from localrun.errors import UsageError

CHAIN = """
@dp.table
def bronze():
    return landed("sales", "id INT")

@dp.table
def silver():
    return spark.readStream.table("bronze")

@dp.table
def platinum():
    return spark.readStream.table("silver")

@dp.materialized_view
def gold():
    return spark.read.table("silver").agg(F.count("*").alias("n"))
"""


@pytest.fixture(scope="module")
def chain(shared_bundle):
    shared_bundle.write(CHAIN).land("sales", {"id": 1}, {"id": 2})
    shared_bundle.run()
    return shared_bundle


def contents(bundle):
    return {name: bundle.rows(name) for name in bundle.versions()}


def test_all_tables_anew_hold_the_same_rows(chain):
    before = contents(chain)
    assert chain.run(full_refresh=[]).ok
    assert contents(chain) == before


def test_a_table_alone_is_refused_while_streams_read_it(chain):
    before = chain.versions()
    with pytest.raises(UsageError) as refusal:
        chain.run(full_refresh=["bronze"])
    assert "bronze is read as a stream by silver" in str(refusal.value)
    assert "bronze+" in str(refusal.value)
    assert chain.versions() == before


def test_plus_takes_the_streaming_readers_of_readers_along(chain):
    before = contents(chain)
    result = chain.run(full_refresh=["bronze+"])
    refreshed = {f.target for f in result.flows.values() if f.status == "COMPLETED"}
    assert refreshed == {"bronze", "silver", "platinum"}
    assert contents(chain) == before


def test_a_table_without_streaming_readers_is_refreshed_alone(chain):
    result = chain.run(full_refresh=["platinum"])
    assert result.flows["platinum"].outcome.rows_in == 2
    assert result.flows["bronze"].status == "EXCLUDED"


def test_a_column_that_left_the_definition_is_gone_after_a_full_refresh(chain):
    chain.write(CHAIN.replace('"id INT"', '"id INT, note STRING"'))
    chain.run(full_refresh=["bronze+"])
    assert "note" in chain.pipeline.table("silver").columns
    chain.write(CHAIN)
    chain.run(full_refresh=["bronze+"])
    assert "note" not in chain.pipeline.table("silver").columns


def test_a_full_refresh_that_died_after_its_first_step_is_finished_by_the_next_run(
    chain,
):
    before = contents(chain)
    chain.pipeline.state.begin_reset({"bronze", "silver", "platinum"})
    assert chain.run().ok
    assert contents(chain) == before


def test_a_full_refresh_reads_a_table_whose_files_were_rewritten(chain):
    before = contents(chain)
    path = chain.pipeline.tables.path("bronze")
    rows = chain.pipeline.table("bronze").repartition(2)
    writer = rows.write.format("delta").mode("overwrite").option("dataChange", "false")
    writer.save(path)
    (done,) = chain.pipeline.spark.sql(f"OPTIMIZE delta.`{path}`").collect()
    assert done["metrics"]["numFilesRemoved"] == 2
    chain.run(full_refresh=["silver+"])
    assert contents(chain) == before
