"""The retail sample on generated data: what the README promises, proven."""

import json
from collections import Counter, defaultdict

import pytest
from end_to_end.project import contents, errors, versions

from generator.retail.dirt import KINDS

SOURCES = ("sales", "customers", "products", "stores")


def value(pipeline, query: str):
    return pipeline.sql(query).collect()[0][0]


def rewrite(pipeline, table: str) -> None:
    """Put the rows into other files in another order, then let Delta join the files."""
    path = pipeline.tables.path(table)
    rows = pipeline.table(table).repartition(3)
    writer = rows.write.format("delta").mode("overwrite").option("dataChange", "false")
    writer.save(path)
    (done,) = pipeline.spark.sql(f"OPTIMIZE delta.`{path}`").collect()
    assert done["metrics"]["numFilesRemoved"] == 3


@pytest.mark.parametrize("source", SOURCES)
def test_every_bronze_row_is_accepted_or_quarantined_never_both(first_run, source):
    outcome = first_run.first.flows[f"silver_{source}"].outcome
    accepted = outcome.quality[f"accepted_{source}"]
    bronze = value(first_run, f"SELECT count(*) FROM bronze_{source}")
    quarantined = value(first_run, f"SELECT count(*) FROM quarantine_{source}")
    assert quarantined > 0
    assert bronze == accepted.total == (accepted.total - accepted.dropped) + quarantined


def test_dirty_rows_of_every_kind_are_planted(retail):
    lines = map(json.loads, retail.ledger.read_text().splitlines())
    planted = {(entry["source"], entry["kind"]) for entry in lines}
    every = {(source, kind.name) for source, kinds in KINDS.items() for kind in kinds}
    assert every <= planted


def test_each_planted_row_is_quarantined_with_all_the_rules_it_breaks(
    first_run, retail
):
    planted = defaultdict(Counter)
    for line in retail.ledger.read_text().splitlines():
        entry = json.loads(line)
        if entry["rules"]:
            planted[entry["source"]][tuple(sorted(entry["rules"]))] += 1
    for source in SOURCES:
        found = Counter(
            tuple(sorted(row[0]))
            for row in first_run.sql(
                f"SELECT failed_rules.name FROM quarantine_{source}"
            ).collect()
        )
        assert found == planted[source], source


def test_every_key_of_an_accepted_sale_is_in_silver_exactly_once(first_run):
    assert (
        value(
            first_run,
            """SELECT count(*) FROM (
            SELECT sale_id, count(*) AS n FROM silver_sales GROUP BY sale_id
        ) WHERE n <> 1""",
        )
        == 0
    )
    accepted = """SELECT sale_id FROM bronze_sales EXCEPT
        SELECT sale_id FROM quarantine_sales WHERE sale_id IS NOT NULL"""
    missing = f"""SELECT count(*) FROM ({accepted})
        LEFT ANTI JOIN silver_sales USING (sale_id) WHERE sale_id IS NOT NULL"""
    assert value(first_run, missing) == 0


@pytest.mark.parametrize("dimension", ["customers", "products", "stores"])
def test_every_surrogate_key_of_a_fact_resolves_in_its_dimension(first_run, dimension):
    unresolved = f"""SELECT count(*) FROM gold_fact_sales
        LEFT ANTI JOIN gold_dim_{dimension} USING ({dimension}_key)"""
    assert value(first_run, unresolved) == 0


def test_every_day_of_a_fact_is_in_the_calendar(first_run):
    unresolved = """SELECT count(*) FROM gold_fact_sales
        LEFT ANTI JOIN gold_dim_date USING (date_key)"""
    assert value(first_run, unresolved) == 0


def test_purchases_and_returns_split_the_sales(first_run):
    counts = first_run.sql("""SELECT
        (SELECT count(*) FROM silver_sales),
        (SELECT count(*) FROM silver_purchases),
        (SELECT count(*) FROM silver_returns),
        (SELECT count_if(quantity <= 0 OR amount < 0) FROM silver_returns)""")
    sales, purchases, returns, negative = counts.collect()[0]
    assert sales == purchases + returns
    assert returns > 0
    assert negative == 0


def test_the_marts_add_up_to_the_purchases(first_run):
    sums = first_run.sql("""SELECT
        (SELECT sum(amount) FROM silver_purchases),
        (SELECT sum(revenue) FROM gold_daily_store_performance),
        (SELECT sum(revenue) FROM gold_product_performance),
        (SELECT sum(total_spend) FROM gold_customer_lifetime_value)""").collect()[0]
    assert len(set(sums)) == 1


def test_silver_has_a_change_feed_and_what_is_filtered_is_clustered(first_run):
    def detail(table: str):
        path = first_run.tables.path(table)
        (found,) = first_run.spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()
        return found

    for source in SOURCES:
        properties = detail(f"silver_{source}")["properties"]
        assert properties["delta.enableChangeDataFeed"] == "true"
    assert detail("gold_dim_customers")["clusteringColumns"] == ["customer_id"]
    (date, *dimensions) = detail("gold_fact_sales")["clusteringColumns"]
    assert (date, len(dimensions)) == ("date_key", 3)


def test_the_same_update_again_changes_no_table(first_run):
    before = versions(first_run)
    assert not errors(first_run.update())
    assert versions(first_run) == before


def test_new_rows_alone_are_read_by_the_next_update(rendered, tmp_path, spark):
    from end_to_end.project import Project

    project = Project(rendered("retail"), tmp_path / "landing")
    project.generate("--batches", "1", "--seed", "3")
    pipeline = project.pipeline(tmp_path / "warehouse")
    pipeline.update(["bronze_sales"])
    first = value(pipeline, "SELECT count(*) FROM bronze_sales")
    project.generate("--batches", "1", "--seed", "3")
    result = pipeline.update(["bronze_sales"])
    assert not errors(result)
    second = value(pipeline, "SELECT count(*) FROM bronze_sales")
    assert result.flows["bronze_sales"].outcome.rows_in == second - first > 0


def test_a_full_refresh_gives_the_contents_of_a_first_run(first_run):
    """Of what reads bronze, after OPTIMIZE rewrote that, and of all tables."""
    before, every = contents(first_run), first_run.tables.names()
    for source in SOURCES:
        rewrite(first_run, f"bronze_{source}")
    readers = [f"quarantine_{s}+" for s in SOURCES] + [f"silver_{s}+" for s in SOURCES]
    assert not errors(first_run.update(every, full_refresh=readers))
    assert contents(first_run) == before
    assert not errors(first_run.update(full_refresh=[]))
    assert contents(first_run) == before
