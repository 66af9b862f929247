"""The online_sales pipeline on a handful of rows, its orders in a real Kafka topic.

A first update reads a first delivery. Before the second one the broker was stopped and
started again, and more came; the tests look at what the two updates made of it all.
"""

import json
from decimal import Decimal

import pytest
from confluent_kafka import Producer

from localrun.broker import Broker

TOPIC = "online_orders"
NEW_YEAR = "2026-01-01T00:00:00Z"


def order(order_id, country="DE", quantity=2, at="2026-03-10T12:00:00Z", **values):
    return {
        "order_id": order_id,
        "customer_id": 1,
        "product_id": 1,
        "country": country,
        "quantity": quantity,
        "unit_price": "10.00",
        "channel": "web",
        "ordered_at": at,
        **values,
    }


def customer(customer_id, name, at=NEW_YEAR, operation="UPSERT"):
    return {
        "customer_id": customer_id,
        "customer_name": name,
        "segment": "regular",
        "operation": operation,
        "updated_at": at,
    }


FIRST = [
    order(1),
    order(1),  # sent twice
    order(2, "FR", 1, customer_id=2),
    order(3, "BR", 5, at="2026-03-11T09:00:00Z", product_id=2, channel="app"),
    order(4, "XX"),  # a country that nobody knows
    order(5, "Germany"),
    order(6, quantity=0),
    order(7, unit_price="a lot"),
    "{broken",
]
SECOND = [order(8, "FR", 3, channel="partner"), order(9, quantity=90, unit_price=500)]


class Shop:
    """The laptop with a broker, a topic and a table of another catalog beside it."""

    def __init__(self, laptop, folder):
        self.laptop, self.broker = laptop, Broker(folder / "kafka")
        servers = self.broker.start().servers
        conf = {"pipeline.kafka.bootstrap_servers": servers}
        tables = folder / "tables"
        laptop.pipeline = laptop.another(laptop.warehouse, conf, tables=tables)
        self._countries = str(tables / "reference/geo/countries")

    def order(self, *orders) -> None:
        """Send orders to the topic; a text stands for a message as it is."""
        servers = {"bootstrap.servers": self.broker.running().servers}
        producer = Producer(servers)
        for one in orders:
            text = one if isinstance(one, str) else json.dumps(one)
            producer.produce(TOPIC, text, key="shop")
        assert producer.flush(30) == 0

    def products(self, file: str, *lines: str) -> None:
        folder = self.laptop.landing / "products"
        folder.mkdir(parents=True, exist_ok=True)
        head = "product_id;product_name;category;list_price;updated_at"
        (folder / file).write_text("\n".join([head, *lines, ""]))

    def countries(self, *rows: tuple) -> None:
        columns = "country STRING, country_name STRING, region STRING"
        frame = self.laptop.pipeline.spark.createDataFrame(rows, columns)
        frame.write.format("delta").mode("append").save(self._countries)


@pytest.fixture(scope="module")
def shop(laptop, tmp_path_factory):
    shop = Shop(laptop, tmp_path_factory.mktemp("shop"))
    try:
        shop.order(*FIRST)
        laptop.land("customers", customer(1, "Ann"), customer(2, "Ben"))
        shop.products("1.csv", f"1;Radio;audio;9.90;{NEW_YEAR}", "2;;audio;1;nine")
        shop.countries(("DE", "Germany", "emea"), ("FR", "France", "emea"))
        laptop.run()
        shop.broker.stop()
        shop.broker.start()
        shop.order(*SECOND)
        gone = customer(2, "Ben", "2026-04-01T00:00:00Z", "DELETE")
        laptop.land("customers", gone)
        shop.products("2.csv", f"2;Camera;photo;199;{NEW_YEAR}")
        shop.countries(("BR", "Brazil", "americas"))
        laptop.run()
        yield laptop
    finally:
        shop.broker.stop()


def test_every_message_is_in_bronze_once_with_its_place_in_the_topic(shop):
    query = """SELECT count(*), count(DISTINCT _kafka_partition, _kafka_offset),
        max(_kafka_key), max(_kafka_topic) FROM bronze_orders"""
    assert shop.sql(query) == [(11, 11, "shop", TOPIC)]


def test_each_bad_message_is_quarantined_with_every_rule_it_breaks(shop):
    query = "SELECT _kafka_offset, failed_rules.name FROM quarantine_orders"
    assert dict(shop.sql(query)) == {
        5: ["country_pattern"],
        6: ["quantity_minimum"],
        7: ["unit_price_fits_type"],
        8: ["line_is_readable"],
    }


def test_orders_are_typed_without_duplicates_and_have_their_amount(shop):
    query = "SELECT order_id, amount FROM silver_orders ORDER BY order_id"
    assert shop.sql(query) == [
        (1, Decimal("20.00")),
        (2, Decimal("10.00")),
        (3, Decimal("50.00")),
        (4, Decimal("20.00")),
        (8, Decimal("30.00")),
        (9, Decimal("45000.00")),
    ]


def test_orders_are_enriched_with_customer_product_and_country(shop):
    query = """SELECT order_id, customer_name, product_name, country_name, region
        FROM silver_orders_enriched ORDER BY order_id"""
    assert shop.sql(query) == [
        (1, "Ann", "Radio", "Germany", "emea"),
        (2, None, "Radio", "France", "emea"),  # the customer is gone
        (3, "Ann", "Camera", "Brazil", "americas"),
        (4, "Ann", "Radio", None, None),
        (8, "Ann", "Radio", "France", "emea"),
        (9, "Ann", "Radio", "Germany", "emea"),
    ]


def test_sales_by_region_are_those_of_its_countries(shop):
    query = """SELECT region, sum(orders), sum(quantity_sold), sum(total_sales)
        FROM gold_sales_by_region GROUP BY region ORDER BY region"""
    assert shop.sql(query) == [
        (None, 1, 2, Decimal("20.00")),
        ("americas", 1, 5, Decimal("50.00")),
        ("emea", 4, 96, Decimal("45060.00")),
    ]


def test_a_product_is_sold_to_customers_and_countries(shop):
    query = """SELECT product_name, orders, total_sales, unique_customers, countries
        FROM gold_product_performance ORDER BY product_id"""
    assert shop.sql(query) == [
        ("Radio", 5, Decimal("45080.00"), 2, 3),
        ("Camera", 1, Decimal("50.00"), 1, 1),
    ]


def test_a_customer_is_measured_by_their_orders(shop):
    query = """SELECT customer_id, orders, total_sales, tenure_days, products
        FROM gold_customer_metrics ORDER BY customer_id"""
    assert shop.sql(query) == [
        (1, 5, Decimal("45120.00"), 1, 2),
        (2, 1, Decimal("10.00"), 0, 1),
    ]


def test_facts_point_to_the_members_that_were_valid_then(shop):
    query = """SELECT f.order_id, c.customer_name, l.country_name
        FROM gold_fact_orders AS f
        JOIN gold_dim_customers AS c USING (customers_key)
        JOIN gold_dim_countries AS l USING (countries_key)
        WHERE f.order_id IN (2, 4) ORDER BY f.order_id"""
    assert shop.sql(query) == [(2, "Ben", "France"), (4, "Ann", None)]


def test_an_update_without_new_data_changes_nothing(shop):
    before = shop.versions()
    shop.run()
    assert shop.versions() == before
