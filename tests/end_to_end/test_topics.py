"""Topics of a real Kafka broker through all layers, and through its restarts."""

import shutil

import pytest
import yaml
from end_to_end.project import Project, errors

from localrun import Pipeline
from localrun.broker import Broker, folder_of

ORDERS = """
name: orders
description: What was ordered.
customProperties:
  - {property: role, value: fact}
  - {property: format, value: kafka}
  - {property: kafka, value: {topic: %(topic)s.orders}}
  - {property: sequenceBy, value: ordered_at}
properties:
  - {name: order_id, logicalType: integer, physicalType: BIGINT, primaryKey: true}
  - {name: member_id, logicalType: string, physicalType: STRING}
  - name: amount
    logicalType: number
    physicalType: DECIMAL(10,2)
    logicalTypeOptions: {minimum: 0}
  - {name: ordered_at, logicalType: timestamp, physicalType: TIMESTAMP}
"""
MEMBERS = """
name: members
description: Who ordered.
customProperties:
  - {property: role, value: scd1}
  - {property: format, value: eventhubs}
  - property: kafka
    value:
      topic: %(topic)s.members
      bootstrapServers: shop.servicebus.windows.net:9093
      secretScope: shop
      secretKey: event-hubs
properties:
  - {name: member_id, logicalType: string, physicalType: STRING, primaryKey: true}
  - {name: name, logicalType: string, physicalType: STRING}
"""


class Shop:
    """A project whose contract has topics of this test's own."""

    def __init__(self, root, broker, topic, *tables, **conf):
        self.project, self.broker, self.topic = Project(root), broker, topic
        (path,) = (root / "contract").glob("*.odcs.yaml")
        document = yaml.safe_load(path.read_text())
        document["schema"] = [yaml.safe_load(t % {"topic": topic}) for t in tables]
        path.write_text(yaml.safe_dump(document))
        self.conf = {"pipeline.kafka.bootstrap_servers": broker.servers, **conf}

    def send(self, table, *messages) -> None:
        self.broker.send(f"{self.topic}.{table}", *messages)

    @property
    def pipeline(self) -> Pipeline:
        return Pipeline(self.project.root, conf=self.conf)

    def update(self) -> None:
        assert not errors(self.pipeline.update())

    def rows(self, query: str) -> list[tuple]:
        found = self.pipeline.sql(query).collect()
        return sorted((tuple(row) for row in found), key=str)


@pytest.fixture
def shop(rendered, broker, tmp_path, request):
    def make(*tables, **conf):
        root = tmp_path / "shop"
        shutil.copytree(rendered("one_source"), root)
        return Shop(root, broker, request.node.name, *tables, **conf)

    return make


def order(number: int, **others) -> dict:
    usual = {"amount": 5, "ordered_at": f"2026-01-01T00:00:{number:02}"}
    return {"order_id": number, "member_id": "a", **usual, **others}


def test_messages_reach_silver_or_quarantine_whatever_stops_in_between(shop):
    shop = shop(ORDERS)
    shop.send("orders", order(1), "{broken", order(2, amount=-1), None, b"\xff")
    shop.update()
    shop.broker.stop()
    assert "Kafka does not answer" in str(errors(shop.pipeline.update()))
    shop.broker.restart()
    shop.send("orders", order(2), order(1), {"value": order(3), "key": "k"})
    shop.update()

    assert shop.rows("SELECT order_id FROM silver_orders") == [(1,), (2,), (3,)]
    assert shop.rows(
        "SELECT _kafka_offset, failed_rules.name, _corrupt_record "
        "FROM quarantine_orders"
    ) == [
        (1, ["line_is_readable"], "{broken"),
        (2, ["amount_minimum"], None),
        (3, ["order_id_is_present", "ordered_at_is_present"], None),
        (4, ["line_is_readable"], "data:;base64,/w=="),
    ]
    assert shop.rows(
        "SELECT count(*), count(DISTINCT _source_file), max(_kafka_key) "
        "FROM bronze_orders"
    ) == [(8, 8, "k")]


def test_event_hubs_takes_its_connection_string_and_tombstones_delete(shop, broker):
    shop = shop(
        MEMBERS,
        **{
            "pipeline.kafka.bootstrap_servers": broker.sasl_servers,
            "pipeline.kafka.security_protocol": "SASL_PLAINTEXT",
        },
    )
    secrets = shop.project.root / ".local/secrets.yml"
    secrets.parent.mkdir(exist_ok=True)
    secrets.write_text(yaml.safe_dump({"shop": {"event-hubs": broker.PASSWORD}}))
    shop.send(
        "members",
        {"key": "a", "value": {"member_id": "a", "name": "Ann"}},
        {"key": "b", "value": {"member_id": "b", "name": "Bo"}},
        {"key": "a", "value": {"member_id": "a", "name": "Anna"}},
        {"key": "b", "value": None},
    )

    shop.update()

    assert shop.rows("SELECT * FROM silver_members") == [("a", "Anna")]
    assert shop.rows("SELECT count(*) FROM quarantine_members") == [(0,)]


def test_a_check_needs_neither_a_broker_nor_secrets(shop):
    project = shop(ORDERS, MEMBERS).project

    checked = project.check()

    assert (checked.stderr, checked.returncode) == ("", 0)


def test_the_laptop_reads_the_broker_of_the_project(shop):
    shop = shop(ORDERS)
    shop.conf = {}
    usual = shop.pipeline.conf
    broker = Broker(folder_of(shop.project.root))
    servers = broker.start().servers
    started = shop.pipeline.conf
    broker.stop()

    assert usual["pipeline.kafka.bootstrap_servers"] == "127.0.0.1:9092"
    assert started["pipeline.kafka.bootstrap_servers"] == servers
    assert started["pipeline.kafka.security_protocol"] == "PLAINTEXT"
