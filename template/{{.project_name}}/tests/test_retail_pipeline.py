"""The retail pipeline on a handful of rows: rules, history, star, second update.

All rows of a day are delivered first, those of the next day after a first update; the
tests look at what the two updates made of them.
"""

from datetime import datetime

import pytest

NEW_YEAR = "2026-01-01T00:00:00Z"


def customer(customer_id, at, **values):
    row = {"customer_id": customer_id, "operation": "UPSERT", "updated_at": at}
    return {**row, **values}


def product(product_id, at=NEW_YEAR, **values):
    row = {"name": "Parka", "category": "outerwear", "price": 80, **values}
    return {"product_id": product_id, "updated_at": at, **row}


def store(store_id, at=NEW_YEAR, **values):
    row = {"name": "Main Street", "region": "north", "city": "Kiel", **values}
    return {"store_id": store_id, "updated_at": at, **row}


def sale(sale_id, customer_id=1, quantity=1, at="2026-03-10T12:00:00Z", **values):
    return {
        "sale_id": sale_id,
        "receipt_id": f"R{sale_id}",
        "customer_id": customer_id,
        "product_id": 1,
        "store_id": 1,
        "quantity": quantity,
        "unit_price": "10.00",
        "amount": f"{10 * quantity}.00",
        "payment": {"method": "cash"},
        "sold_at": at,
        **values,
    }


FIRST_DAY = {
    "customers": [
        customer(1, NEW_YEAR, first_name="Ann", last_name="Ash", city="Kiel"),
        customer(1, "2026-03-01T00:00:00Z", city="Bonn"),
        customer(2, NEW_YEAR, first_name="Ben", last_name="Bo", city="Ulm"),
        customer(2, "2026-04-01T00:00:00Z", operation="DELETE"),
        customer(4, NEW_YEAR, segment="royal"),
        customer(5, NEW_YEAR, first_name="Eve", last_name="Elm", city="Hof"),
    ],
    "products": [product(1), product(2, price=0)],
    "stores": [store(1)],
    "sales": [
        sale(1),
        sale(1),  # delivered twice
        sale(2, at="2026-02-10T12:00:00Z"),  # when customer 1 lived in Kiel
        sale(3, customer_id=3),  # a customer who is not known yet
        sale(4, quantity="two", amount=20),
        sale(4, quantity=2),  # the corrected twin of a bad row
        sale(5, quantity=-2),
        sale(6, quantity="3.0", amount=30),
        sale(None),
        sale(7, unit_price=-1, customer_id=None),
        sale(8, loyalty_card="new column"),
        # All that there is of this customer, and of this day
        sale(11, customer_id=5, quantity=-1, at="2026-02-20T12:00:00Z"),
        '{"sale_id": 9, "quantity": ',
    ],
}
SECOND_DAY = {
    "customers": [
        customer(3, NEW_YEAR, first_name="Cid", last_name="Cox", city="Jena"),
        customer(1, "2026-02-01T00:00:00Z", city="Mainz"),  # late
        customer(1, "2026-03-01T00:00:00Z", city="Bonn"),  # again
    ],
    "sales": [sale(10), sale(1)],
}


@pytest.fixture(scope="module")
def shop(laptop):
    """The tables after both days; `first_keys` holds what the first update left."""
    laptop.leave_out_all_but(*FIRST_DAY)
    for source, rows in FIRST_DAY.items():
        laptop.land(source, *rows)
    laptop.run()
    laptop.first_keys = dict(
        laptop.sql("SELECT sale_id, customers_key FROM gold_fact_sales")
    )
    for source, rows in SECOND_DAY.items():
        laptop.land(source, *rows)
    laptop.run()
    return laptop


def failed_rules(shop, source):
    return sorted(
        shop.sql(f"SELECT array_sort(failed_rules.name) FROM quarantine_{source}")
    )


@pytest.mark.parametrize("source", ["sales", "customers", "products", "stores"])
def test_every_row_is_accepted_or_quarantined(shop, source):
    bronze = shop.value(f"SELECT count(*) FROM bronze_{source}")
    quarantined = shop.value(f"SELECT count(*) FROM quarantine_{source}")
    landed = [*FIRST_DAY[source], *SECOND_DAY.get(source, [])]
    assert bronze == len(landed)
    bad = {"sales": 4, "customers": 1, "products": 1, "stores": 0}
    assert quarantined == bad[source]


def test_a_quarantined_row_names_every_rule_that_it_breaks(shop):
    assert failed_rules(shop, "sales") == [
        (
            [
                "amount_matches_price",
                "customer_id_is_present",
                "unit_price_exclusive_minimum",
            ],
        ),
        (["amount_matches_price", "quantity_fits_type", "quantity_is_not_zero"],),
        (["line_is_readable"],),
        (["sale_id_is_present"],),
    ]


def test_the_text_of_a_value_that_does_not_fit_is_kept(shop):
    misfits = "SELECT _misfits['quantity'] FROM quarantine_sales WHERE sale_id = 4"
    assert shop.value(misfits) == "two"


def test_an_unreadable_line_is_kept_as_it_came(shop):
    line = "SELECT _corrupt_record FROM quarantine_sales WHERE _corrupt_record <> ''"
    assert shop.value(line) == FIRST_DAY["sales"][-1]


def test_a_column_that_the_contract_does_not_name_stays_in_bronze(shop):
    assert shop.value("SELECT count(loyalty_card) FROM bronze_sales") == 1
    assert "loyalty_card" not in shop.pipeline.table("silver_sales").columns


def test_each_accepted_sale_is_in_silver_once(shop):
    assert shop.sql("SELECT sale_id, quantity FROM silver_sales ORDER BY sale_id") == [
        (1, 1),
        (2, 1),
        (3, 1),
        (4, 2),
        (5, -2),
        (6, 3),
        (8, 1),
        (10, 1),
        (11, -1),
    ]


def test_purchases_and_returns_are_apart_and_measures_of_returns_absolute(shop):
    returns = "SELECT sale_id, quantity, string(amount) FROM silver_returns"
    assert sorted(shop.sql(returns)) == [(5, 2, "20.00"), (11, 1, "10.00")]
    assert shop.value("SELECT count(*) FROM silver_purchases WHERE quantity < 0") == 0


def test_history_takes_a_late_change_in_at_its_place(shop):
    history = """SELECT city, full_name, __START_AT, __END_AT FROM silver_customers
        WHERE customer_id = 1 ORDER BY __START_AT"""
    january, february, march = (datetime(2026, month, 1) for month in (1, 2, 3))
    assert shop.sql(history) == [
        ("Kiel", "Ann Ash", january, february),
        ("Mainz", "Ann Ash", february, march),
        ("Bonn", "Ann Ash", march, None),
    ]


def test_a_deleted_member_has_no_current_version(shop):
    current = "SELECT customer_id FROM silver_customers_current ORDER BY customer_id"
    assert shop.sql(current) == [(1,), (3,), (5,)]
    ended = "SELECT __END_AT FROM silver_customers WHERE customer_id = 2"
    assert shop.sql(ended) == [(datetime(2026, 4, 1),)]


def test_a_fact_points_to_the_version_that_was_valid_when_it_happened(shop):
    cities = """SELECT f.sale_id, d.city FROM gold_fact_sales f
        JOIN gold_dim_customers d USING (customers_key) WHERE f.customer_id = 1"""
    found = dict(shop.sql(cities))
    assert found[1] == "Bonn"
    assert found[2] == "Mainz"


def test_a_missing_member_is_unknown_until_it_arrives(shop):
    assert shop.first_keys[3] == -1
    name = """SELECT d.full_name FROM gold_fact_sales f
        JOIN gold_dim_customers d USING (customers_key) WHERE f.sale_id = 3"""
    assert shop.value(name) == "Cid Cox"


def expectations(shop, table: str) -> list[tuple]:
    """What the event log has of a table: the names, and how many rows failed each."""
    return shop.sql(f"""SELECT DISTINCT e.name, e.failed_records FROM (
        SELECT explode(from_json(
            details, 'flow_progress STRUCT<data_quality: STRUCT<expectations: ARRAY<
            STRUCT<name: STRING, failed_records: BIGINT>>>>'
        ).flow_progress.data_quality.expectations) AS e FROM event_log
        WHERE origin.dataset_name = '{table}')""")


def test_keys_are_unique_and_references_resolve(shop):
    rows, keys, unknown, unresolved = shop.sql("""SELECT rows, distinct_keys,
        customers_key_unknown, customers_key_unresolved FROM check_fact_sales""")[0]
    assert (rows, keys, unknown, unresolved) == (9, 9, 0, 0)
    checks = expectations(shop, "check_fact_sales")
    dimensions = ("customers", "products", "stores")
    each = ("is_known", "is_unambiguous", "resolves")
    names = [f"{d}_key_{check}" for d in dimensions for check in each]
    assert {name for name, _ in checks} == {
        *("key_is_unique", "date_key_is_known"),
        *names,
    }
    # The first update did not know a customer.
    assert [name for name, failed in checks if failed] == ["customers_key_is_known"]


def test_members_and_their_current_versions_are_unique(shop):
    names = ("key_is_unique", "one_version_is_current", "unknown_member_is_there")
    found = expectations(shop, "check_dimensions")
    assert sorted(found) == [(name, 0) for name in names]
    checked = shop.sql("SELECT dimension FROM check_dimensions")
    assert sorted(checked) == [("customers",), ("products",), ("stores",)]


def test_every_day_of_a_sale_is_in_the_calendar(shop):
    days = shop.sql("""SELECT date, day_name, week, is_weekend
        FROM gold_fact_sales JOIN gold_dim_date USING (date_key)
        WHERE date_key = 20260210 LIMIT 1""")
    assert [(str(day), *more) for day, *more in days] == [
        ("2026-02-10", "Tuesday", 7, False)
    ]
    lost = "gold_fact_sales ANTI JOIN gold_dim_date USING (date_key)"
    assert shop.value(f"SELECT count(*) FROM {lost}") == 0


def test_every_sale_is_in_the_stream_with_its_members_as_they_were_then(shop):
    rows = shop.sql("""SELECT sale_id, customer_name, product_name, store_region
        FROM gold_sales_denormalized""")
    ids = shop.sql("SELECT sale_id FROM silver_sales")
    assert sorted(row[:1] for row in rows) == sorted(ids)
    members = {sale_id: rest for sale_id, *rest in rows}
    assert members[1] == ["Ann Ash", "Parka", "north"]
    # Customer 3 was not known when the sale came.
    assert members[3] == [None, "Parka", "north"]


# Of customer 1: six receipts with nine items of ten euros bought, two items returned.
MARTS = {
    "gold_customer_lifetime_value WHERE customer_id = 1": {
        "customer_name": "Ann Ash",
        "total_spend": "90.00",
        "returned": "20.00",
        "net_total_spend": "70.00",
        "orders": "6",
        "first_purchase": "2026-02-10 12:00:00",
        "last_purchase": "2026-03-10 12:00:00",
        "average_order_value": "15.0000",
    },
    "gold_product_performance WHERE product_id = 1": {
        "product_name": "Parka",
        "product_category": "outerwear",
        "revenue": "100.00",
        "returned": "30.00",
        "net_revenue": "70.00",
        "quantity_sold": "10",
        "quantity_returned": "3",
        "orders": "7",
        "return_rate": "0.3000",
    },
    "gold_customer_lifetime_value WHERE customer_id = 5": {
        "total_spend": "0.00",
        "returned": "10.00",
        "orders": "0",
        "first_purchase": None,
    },
    "gold_daily_store_performance WHERE sale_date = '2026-02-20'": {
        "revenue": "0.00",
        "returned": "10.00",
        "transactions": "0",
        "items_sold": "0",
        "unique_customers": "1",
        "average_transaction_value": None,
    },
    "gold_daily_store_performance WHERE sale_date = '2026-03-10'": {
        "store_id": "1",
        "store_name": "Main Street",
        "store_region": "north",
        "revenue": "90.00",
        "returned": "20.00",
        "net_revenue": "70.00",
        "transactions": "6",
        "items_sold": "9",
        "unique_customers": "2",
        "average_transaction_value": "15.0000",
    },
}


@pytest.mark.parametrize("mart", MARTS)
def test_marts_tell_purchases_from_returns(shop, mart):
    expected = MARTS[mart]
    columns = ", ".join(f"string({column})" for column in expected)
    (row,) = shop.sql(f"SELECT {columns} FROM {mart}")
    assert dict(zip(expected, row, strict=True)) == expected


@pytest.mark.parametrize(
    ("mart", "expectation"),
    [
        ("gold_customer_lifetime_value", "purchases_are_in_order"),
        ("gold_daily_store_performance", "revenue_is_not_negative"),
        ("gold_product_performance", "revenue_is_not_negative"),
    ],
)
def test_who_only_brought_something_back_breaks_no_expectation(shop, mart, expectation):
    assert expectations(shop, mart) == [(expectation, 0)]


def test_an_update_without_new_files_changes_nothing(shop):
    before = shop.versions()
    shop.run()
    assert shop.versions() == before
