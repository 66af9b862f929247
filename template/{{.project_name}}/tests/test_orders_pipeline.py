"""The orders pipeline on a handful of rows: rules, marts, hours, changes of customers.

All rows of a first delivery are there before a first update, those of a second one
after it; the tests look at what the two updates made of them.
"""

from decimal import Decimal

import pytest

CUSTOMERS = "customer_id BIGINT, customer_name STRING, customer_segment STRING"


def order(order_id, at="2026-03-10T12:00:00Z", status="completed", **values):
    return {
        "order_id": order_id,
        "customer_id": 1,
        "product": "lamp",
        "quantity": 2,
        "amount": "10.00",
        "status": status,
        "order_date": at,
        "region": "north",
        "cancelled_on": "2026-03-11" if status == "cancelled" else None,
        **values,
    }


FIRST = [
    order(1),
    order(1),  # delivered twice
    order(2, "2026-03-10T12:30:00Z", amount="30.00", customer_id=2),
    order(3, "2026-03-10T12:40:00Z", "cancelled"),
    order(4, "2026-03-12T08:00:00Z", amount="5.50", region="west", product="desk"),
    order(5, customer_id=None),  # a guest
    order(6, customer_id=99),  # a customer whom nobody knows
    order(None),
    order(7, amount="0"),
    order(8, amount=None),
    order(9, amount="100000"),
    order(10, status="lost"),
    order(11, "2026-03-10T12:00:00Z", cancelled_on="2026-03-11"),
]
SECOND = [
    order(12, "2026-03-10T12:59:00Z", amount="7.00"),  # its hour is over
    order(13, "2026-03-12T08:30:00Z", amount="4.50", region="west", product="desk"),
]


def deliver_customers(laptop, *rows: tuple) -> None:
    """All customers there are, in place of those that were there before."""
    folder = str(laptop.landing / "customers")
    frame = laptop.pipeline.spark.createDataFrame(rows, CUSTOMERS)
    frame.coalesce(1).write.mode("overwrite").parquet(folder)


@pytest.fixture(scope="module")
def shop(laptop):
    laptop.land("orders", *FIRST)
    deliver_customers(laptop, (1, "Ann", "consumer"), (2, "Ben", "business"))
    laptop.run()
    laptop.land("orders", *SECOND)
    deliver_customers(laptop, (1, "Ann", "business"), (3, "Cy", "public"))
    laptop.run()
    return laptop


def test_each_bad_order_is_quarantined_with_every_rule_it_breaks(shop):
    query = """SELECT array_sort(failed_rules.name),
        get_json_object(record, '$.order_id') FROM quarantine_orders"""
    assert sorted(shop.sql(query), key=str) == [
        (["amount_is_plausible"], "7"),
        (["amount_is_plausible"], "8"),
        (["amount_is_plausible"], "9"),
        (["only_cancelled_orders_say_when"], "11"),
        (["order_id_is_present"], None),
        (["status_is_known"], "10"),
    ]


def test_an_order_without_a_customer_is_kept_and_counted_by_a_rule(shop):
    assert shop.value("SELECT count(*) FROM silver_orders WHERE order_id = 5") == 1
    failed = shop.value("""
        SELECT sum(e.failed_records) FROM (SELECT explode(from_json(
            get_json_object(details, '$.flow_progress.data_quality.expectations'),
            'array<struct<name: string, failed_records: bigint>>')) AS e FROM event_log)
        WHERE e.name = 'customer_id_is_given'
    """)
    assert failed == 1


def test_an_order_that_is_delivered_twice_counts_once(shop):
    assert shop.value("SELECT count(*) FROM silver_orders WHERE order_id = 1") == 1


def test_orders_are_enriched_with_the_customers_as_of_today(shop):
    query = "SELECT order_id, customer_name, customer_segment FROM {}"
    rows = dict(
        (number, names)
        for number, *names in shop.sql(query.format("silver_orders_enriched"))
    )
    assert rows[1] == ["Ann", "business"]
    assert rows[2] == [None, None]  # a customer of the first delivery only
    assert rows[5] == rows[6] == [None, None]


def test_sales_of_a_day_and_region_are_its_completed_orders(shop):
    assert shop.sql("""SELECT cast(date AS STRING), region, order_count, total_sales,
        avg_order_value, unique_customers FROM gold_daily_sales ORDER BY date""") == [
        ("2026-03-10", "north", 5, Decimal("67.00"), Decimal("13.4000"), 3),
        ("2026-03-12", "west", 2, Decimal("10.00"), Decimal("5.0000"), 1),
    ]


def test_a_customer_is_worth_what_their_completed_orders_come_to(shop):
    query = """SELECT customer_name, customer_segment, total_orders, lifetime_value,
        avg_order_value, customer_tenure_days FROM gold_customer_ltv
        WHERE customer_id = 1"""
    assert shop.sql(query) == [
        ("Ann", "business", 4, Decimal("27.00"), Decimal("6.7500"), 2)
    ]
    assert shop.value("SELECT count(*) FROM gold_customer_ltv") == 3


def test_products_and_regions_add_up_to_the_days(shop):
    products = shop.sql("""SELECT product, order_count, total_sales, quantity_sold
        FROM gold_product_performance ORDER BY product""")
    assert products == [
        ("desk", 2, Decimal("10.00"), 4),
        ("lamp", 5, Decimal("67.00"), 10),
    ]
    regions = shop.sql("""SELECT region, placed_orders, completed_orders,
        cancelled_orders, total_sales, cancellation_rate
        FROM gold_region_performance ORDER BY region""")
    assert regions == [
        ("north", 6, 5, 1, Decimal("67.00"), Decimal("0.1667")),
        ("west", 2, 2, 0, Decimal("10.00"), Decimal("0.0000")),
    ]


def test_an_hour_is_written_once_it_is_over(shop):
    assert shop.sql("""SELECT date_format(hour_start, 'dd HH'), hour_end - hour_start =
        INTERVAL 1 HOUR, region, status, order_count, total_amount
        FROM gold_hourly_metrics ORDER BY status""") == [
        ("10 12", True, "north", "cancelled", 1, Decimal("10.00")),
        ("10 12", True, "north", "completed", 4, Decimal("60.00")),
    ]


def test_an_order_that_comes_after_its_hour_is_counted_as_late_and_kept(shop):
    assert shop.sql("""SELECT date_format(hour_start, 'dd HH'), region, status,
        late_orders, late_amount FROM gold_hourly_late_orders""") == [
        ("10 12", "north", "completed", 1, Decimal("7.00"))
    ]
    assert shop.value("SELECT count(*) FROM silver_orders WHERE order_id = 12") == 1


def test_each_change_of_a_customer_is_told_with_its_commit(shop):
    changes = shop.sql("""SELECT customer_id, customer_segment, _change_type,
        _commit_timestamp IS NOT NULL FROM customer_changes
        ORDER BY _commit_version, customer_id, _change_type DESC""")
    assert changes == [
        (1, "consumer", "insert", True),
        (2, "business", "insert", True),
        (1, "consumer", "update_preimage", True),
        (1, "business", "update_postimage", True),
        (2, "business", "delete", True),
        (3, "public", "insert", True),
    ]


def test_orders_are_laid_out_by_customer_and_time(shop):
    path = shop.pipeline.tables.path("gold_orders_clustered")
    (detail,) = shop.pipeline.spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()
    assert detail["clusteringColumns"] == ["customer_id", "order_date"]


def test_a_strict_pipeline_fails_on_an_unknown_status(shop, tmp_path):
    strict = shop.another(tmp_path, {"pipeline.strict_rules": "true"})
    result = strict.update(["bronze_orders", "quarantine_orders", "silver_orders"])
    assert "status_is_known" in result.flows["silver_orders"].error


def test_an_update_without_new_files_changes_nothing(shop):
    before = shop.versions()
    shop.run()
    assert shop.versions() == before
