"""The nutter fixtures name each thing that is wrong; promotion shows that they pass."""

import shutil
import subprocess

import pytest
from end_to_end import validation

# What is done to the tables, and what validation says of it: each assertion fails.
BROKEN = {
    "DELETE FROM gold_dim_customers WHERE customers_key <> -1": (
        "RowCounts.gold_is_not_empty: gold_dim_customers has no rows",
        "References.surrogate_keys_resolve:",
    ),
    "DELETE FROM gold_dim_date WHERE date_key > 0": (
        "keys of gold_fact_sales.date_key are in no dimension",
    ),
    "INSERT INTO silver_sales SELECT * FROM silver_sales WHERE sale_id = '{first}'": (
        "Keys.silver_keys_are_unique: "
        "silver_sales has 1 values of sale_id twice, such as {first}",
    ),
    "UPDATE silver_sales SET sale_id = -{last} WHERE sale_id = {last}": (
        "Reconciliation.facts_and_references_are_the_accepted_rows: "
        "1 accepted keys are not in silver_sales",
        "1 keys in silver_sales come from no row that passes the current rules",
    ),
    "UPDATE silver_products SET brand = 'Nobody'": (
        "Reconciliation.silver_is_what_the_contract_makes_of_bronze:",
        "rows of silver_products differ in brand from what the contract makes of "
        "bronze: refresh it, and what reads it, in full",
    ),
    "DELETE FROM silver_customers WHERE customer_id = {customer}": (
        "1 accepted keys are not in silver_customers",
    ),
    "DELETE FROM quarantine_products": (
        "Reconciliation.quarantine_and_accepted_rows_are_all_rows: of",
    ),
    "DELETE FROM bronze_stores": (
        "RowCounts.bronze_is_not_empty: bronze_stores has no rows",
    ),
    "INSERT INTO silver_customers_current "
    "SELECT * FROM silver_customers_current WHERE customer_id = {customer}": (
        "Keys.one_version_is_current: "
        "silver_customers_current has 1 values of customer_id twice",
    ),
    "INSERT INTO gold_dim_products "
    "SELECT * FROM gold_dim_products WHERE products_key = -1": (
        "Keys.surrogate_keys_are_unique: "
        "gold_dim_products has 1 values of products_key twice",
    ),
    "UPDATE silver_products SET product_id = NULL WHERE product_id = {product}": (
        "Keys.keys_are_present: silver_products has",
        "Reconciliation.members_are_in_silver: ",
        "1 accepted keys are not in silver_products",
    ),
}


@pytest.fixture
def warehouse(first_run, tmp_path):
    """A copy of the tables, to break."""
    return shutil.copytree(first_run.warehouse, tmp_path / "warehouse")


@pytest.fixture
def project(retail, tmp_path):
    """A copy of the bundle whose contract lets most sales be in quarantine."""
    project = type(retail)(shutil.copytree(retail.root, tmp_path / "project"))
    (path,) = (project.root / "contract").iterdir()
    text = path.read_text()
    place = "      - {property: role, value: fact}\n"
    own = "      - {property: maxQuarantineShare, value: 0.9}\n"
    assert place in text
    path.write_text(text.replace(place, place + own))
    return project


def test_all_that_is_wrong_is_named(retail, project, warehouse):
    pipeline = retail.pipeline(warehouse)
    ids = pipeline.sql("""SELECT
        (SELECT min(sale_id) FROM silver_sales) AS first,
        (SELECT max(sale_id) FROM silver_sales) AS last,
        (SELECT min(customer_id) FROM silver_customers_current) AS customer,
        (SELECT min(product_id) FROM silver_products) AS product""")
    (found,) = ids.collect()
    for statement in BROKEN:
        pipeline.sql(statement.format(**found.asDict()))
    thresholds = ["--max-quarantine-share", "0.001", "--max-age-hours", "-1"]
    done = validation.validate(project, warehouse, *thresholds)

    assert done.returncode == 2  # of make: a command failed
    for sentences in BROKEN.values():
        for sentence in sentences:
            assert sentence.format(**found.asDict()) in done.stderr
    assert "Freshness.rows_came_in: bronze_sales got its last row" in done.stderr
    assert "Quarantine.share_is_below_the_threshold: " in done.stderr
    assert "quarantine_customers has" in done.stderr
    assert "where 0.1% may be" in done.stderr
    # The contract's own threshold goes before the variable.
    assert "quarantine_sales has" not in done.stderr
    ends = [line.split()[0] for line in done.stdout.splitlines()]
    # The last one reads no table: values that it makes itself are still read rightly.
    assert ends == [*["FAILED"] * (validation.ASSERTIONS - 1), "passed"]


def test_of_a_pipeline_that_runs_what_just_arrived_is_left_out(retail, warehouse):
    """Bronze is ahead of silver then; what came long ago is reconciled all the same."""
    pipeline = retail.pipeline(warehouse)
    for layer in ("bronze", "quarantine"):
        for source in ("sales", "customers", "products", "stores"):
            earlier = "_ingested_at = _ingested_at - INTERVAL 1 HOUR"
            pipeline.sql(f"UPDATE {layer}_{source} SET {earlier}")
    pipeline.sql(
        "INSERT INTO bronze_sales BY NAME SELECT * EXCEPT (sale_id, _ingested_at), "
        "-sale_id AS sale_id, current_timestamp() AS _ingested_at FROM bronze_sales"
    )
    pipeline.sql("DELETE FROM quarantine_products")
    done = validation.validate(retail, warehouse, "--pipeline UNPAUSED")

    assert "Reconciliation.quarantine_and_accepted_rows_are_all_rows: of" in done.stderr
    assert "rows in bronze_products" in done.stderr
    assert "bronze_sales" not in done.stderr and "silver_sales" not in done.stderr


FIXTURES = """
import sys
sys.path.insert(0, "validation")
from run import failures
from runtime.nutterfixture import NutterFixture

class Passes(NutterFixture):
    def assertion_holds(self):
        pass

class Fails(NutterFixture):
    def assertion_fails(self):
        assert False, "one is not two"

class Errs(NutterFixture):
    def assertion_errs(self):
        raise KeyError("no such table")

class Empty(NutterFixture):
    pass

fixtures = (Passes, Fails, Errs, Empty)
results = {f.__name__: f().execute_tests().test_results for f in fixtures}
print(*failures(results), sep="\\n")
"""


def test_a_failed_an_erring_and_an_empty_fixture_fail(retail):
    done = subprocess.run(
        validation.command("-c", FIXTURES),
        cwd=retail.root,
        capture_output=True,
        text=True,
    )

    assert done.stdout.splitlines() == [
        "Fails.fails: one is not two",
        "Errs.errs: 'no such table'",
        "Empty has no assertions",
    ]
