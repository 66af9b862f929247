"""The orders sample on generated data, against numbers that DuckDB made of the files.

DuckDB reads the files as they were delivered; which rows are bad, the ledger of the
generator says.
"""

import json
from collections import Counter

import duckdb
import pytest
from end_to_end.project import Project, contents, errors, versions

pytestmark = [pytest.mark.nightly, pytest.mark.slow]

# Of the deliveries of an order any good one counts: they are equal.
ORDERS = """
    CREATE TABLE orders AS
    WITH files AS (
        SELECT
            regexp_extract(filename, '[^/]+/[^/]+$') AS file,
            string_split(content, chr(10)) AS lines
        FROM read_text('{landing}/orders/*.json')
    ), lines AS (
        SELECT file, unnest(lines) AS row, unnest(range(1, len(lines) + 1)) AS line
        FROM files
    ), bad AS (SELECT file, line FROM ledger WHERE len(rules) > 0)
    SELECT DISTINCT ON (order_id)
        CAST(CAST(row ->> 'order_id' AS DOUBLE) AS BIGINT) AS order_id,
        CAST(CAST(row ->> 'customer_id' AS DOUBLE) AS BIGINT) AS customer_id,
        row ->> 'product' AS product,
        CAST(CAST(row ->> 'quantity' AS DOUBLE) AS INT) AS quantity,
        CAST(row ->> 'amount' AS DECIMAL(12, 2)) AS amount,
        row ->> 'status' AS status,
        CAST(row ->> 'order_date' AS TIMESTAMPTZ) AT TIME ZONE 'UTC' AS order_date,
        row ->> 'region' AS region
    FROM lines ANTI JOIN bad USING (file, line)
    WHERE row <> ''
"""
CUSTOMERS = """
    CREATE TABLE customers AS
    WITH bad AS (
        SELECT line FROM ledger
        WHERE source = 'customers' AND len(rules) > 0
            AND batch = (SELECT max(batch) FROM ledger)
    )
    SELECT * FROM (
        SELECT *, file_row_number + 1 AS line
        FROM read_parquet('{landing}/customers/*.parquet', file_row_number = true)
    ) ANTI JOIN bad USING (line)
"""
# What a mart must hold, by its name: a query for DuckDB, its columns in order.
MARTS = {
    "gold_daily_sales": """
        SELECT CAST(order_date AS DATE) AS date, region, count(*) AS order_count,
            sum(amount) AS total_sales,
            count(DISTINCT customer_id) AS unique_customers
        FROM orders WHERE status = 'completed' GROUP BY ALL
    """,
    "gold_customer_ltv": """
        SELECT customer_id, customer_name, customer_segment, count(*) AS total_orders,
            sum(amount) AS lifetime_value, min(order_date) AS first_order_date,
            max(order_date) AS last_order_date, CAST(max(order_date) AS DATE)
            - CAST(min(order_date) AS DATE) AS customer_tenure_days
        FROM orders LEFT JOIN customers USING (customer_id)
        WHERE status = 'completed' AND customer_id IS NOT NULL GROUP BY ALL
    """,
    "gold_product_performance": """
        SELECT product, count(*) AS order_count, sum(amount) AS total_sales,
            sum(quantity) AS quantity_sold
        FROM orders WHERE status = 'completed' GROUP BY ALL
    """,
    "gold_region_performance": """
        SELECT region, count(*) AS placed_orders,
            count(*) FILTER (WHERE status = 'completed') AS completed_orders,
            count(*) FILTER (WHERE status = 'cancelled') AS cancelled_orders,
            sum(amount) FILTER (WHERE status = 'completed') AS total_sales
        FROM orders GROUP BY ALL
    """,
}
# Both of them, on time and late, are all orders of the hours that are over.
HOURS = """
    SELECT hour_start, region, status, sum(n), sum(money) FROM (
        SELECT hour_start, region, status, order_count AS n, total_amount AS money
        FROM gold_hourly_metrics
        UNION ALL
        SELECT hour_start, region, status, late_orders, late_amount
        FROM gold_hourly_late_orders
    ) GROUP BY ALL
"""


@pytest.fixture(scope="module")
def shop(rendered, spark, tmp_path_factory):
    """Two updates, each over some weeks of orders; customers changed between them."""
    folder = tmp_path_factory.mktemp("orders")
    project = Project(rendered("orders"), folder / "landing")
    words = ("--ledger", folder / "ledger.jsonl", "--rows", "400")
    pipeline = project.pipeline(folder / "warehouse")
    project.generate("--batches", "2", *words)
    assert not errors(pipeline.update())
    project.generate("--batches", "1", *words)
    assert not errors(pipeline.update())
    pipeline.ledger = folder / "ledger.jsonl"
    pipeline.landing_folder = project.landing
    return pipeline


@pytest.fixture(scope="module")
def raw(shop) -> duckdb.DuckDBPyConnection:
    """DuckDB with the good rows of the files as tables."""
    database = duckdb.connect()
    database.execute("SET TimeZone = 'UTC'")
    database.execute(
        "CREATE TABLE ledger AS SELECT * FROM read_json(?, columns = {batch: 'INT',"
        " source: 'TEXT', file: 'TEXT', line: 'BIGINT', rules: 'TEXT[]'})",
        [str(shop.ledger)],
    )
    for statement in (ORDERS, CUSTOMERS):
        database.execute(statement.format(landing=shop.landing_folder))
    return database


def rows(pipeline, query: str) -> list[tuple]:
    return sorted(map(tuple, pipeline.sql(query).collect()), key=str)


def test_every_planted_row_is_quarantined_with_all_the_rules_it_breaks(shop):
    planted = Counter()
    for line in shop.ledger.read_text().splitlines():
        entry = json.loads(line)
        if entry["source"] == "orders" and entry["rules"]:
            planted[tuple(sorted(entry["rules"]))] += 1
    found = rows(shop, "SELECT array_sort(failed_rules.name) FROM quarantine_orders")
    assert Counter(tuple(names) for (names,) in found) == planted
    broken = {rule for names in planted for rule in names}
    assert broken >= {"amount_is_plausible", "status_is_known", "order_id_is_present"}


def test_silver_holds_the_good_orders_once(shop, raw):
    (expected,) = raw.execute("SELECT count(*) FROM orders").fetchone()
    silver = "SELECT count(*), count(DISTINCT order_id) FROM silver_orders"
    assert rows(shop, silver) == [(expected, expected)]
    assert expected > 1000


@pytest.mark.parametrize("mart", MARTS)
def test_a_mart_holds_what_duckdb_makes_of_the_files(shop, raw, mart):
    asked = raw.execute(MARTS[mart])
    columns = ", ".join(column[0] for column in asked.description)
    expected = sorted(asked.fetchall(), key=str)
    assert rows(shop, f"SELECT {columns} FROM {mart}") == expected
    assert expected


def test_hours_and_late_orders_are_all_orders_of_the_hours_that_are_over(shop, raw):
    (over,) = shop.sql("SELECT max(hour_end) FROM gold_hourly_metrics").first()
    expected = raw.execute(
        """SELECT date_trunc('hour', order_date), region, status, count(*), sum(amount)
        FROM orders WHERE date_trunc('hour', order_date) + INTERVAL 1 HOUR <= ?
        GROUP BY ALL""",
        [over],
    ).fetchall()
    assert rows(shop, HOURS) == sorted(expected, key=str)
    (late,) = shop.sql("SELECT sum(late_orders) FROM gold_hourly_late_orders").first()
    assert late > 0


def test_the_changes_of_customers_lead_to_the_customers_of_today(shop):
    latest = """
        SELECT customer_id, customer_name FROM (
            SELECT *, row_number() OVER (
                PARTITION BY customer_id
                ORDER BY _commit_version DESC, _change_type = 'update_preimage'
            ) AS place FROM customer_changes
        ) WHERE place = 1 AND _change_type <> 'delete'
    """
    today = rows(shop, "SELECT customer_id, customer_name FROM silver_customers")
    assert rows(shop, latest) == today
    kinds = dict(
        rows(shop, "SELECT _change_type, count(*) FROM customer_changes GROUP BY 1")
    )
    assert kinds["update_preimage"] == kinds["update_postimage"] > 0


def test_the_same_update_again_changes_no_table(shop):
    before = versions(shop)
    assert not errors(shop.update())
    assert versions(shop) == before


def test_a_full_refresh_gives_the_same_silver_and_marts(shop):
    """But hours: what came late once comes in time when all is read at once."""
    before = contents(shop)
    assert not errors(shop.update(full_refresh=[]))
    after = contents(shop)
    same = [name for name in before if name.startswith(("silver_", "quarantine_"))]
    for name in (*same, *MARTS, "gold_fact_orders"):
        assert after[name] == before[name], name
