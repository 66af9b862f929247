"""Topics on a real broker: each message once, whatever happened on the way."""

import json
from collections import Counter

import pytest
from generating.ledgers import Generated

from generator import GeneratorError
from generator.from_contract.formats import kafka
from generator.from_contract.maker import FromContract
from generator.from_contract.settings import Settings
from localrun.broker import Broker

ORDERS = {
    "name": "orders",
    "customProperties": [
        {"property": "role", "value": "fact"},
        {"property": "format", "value": "kafka"},
        {"property": "kafka", "value": {"topic": "web_orders"}},
        {"property": "sequenceBy", "value": "at"},
    ],
    "properties": [
        {"name": "id", "physicalType": "BIGINT", "primaryKey": True},
        {"name": "pieces", "physicalType": "INT", "required": True},
        {"name": "at", "physicalType": "TIMESTAMP"},
    ],
}
SMALL = {"rows": 40, "batches": 2, "dirty_share": 0.2}


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    broker = Broker(tmp_path_factory.mktemp("kafka"))
    yield broker.start().servers
    broker.stop()


def messages(servers: str, topic: str) -> list:
    return list(kafka._messages(servers, topic, None))


def test_rows_are_messages_with_the_key_and_the_time_of_the_row(servers, tmp_path):
    generated = Generated(tmp_path, [ORDERS], bootstrap_servers=servers, **SMALL)
    planted = generated.more()
    found = messages(servers, "web_orders")
    assert len(found) == generated.rows["orders"]
    good = [m for m in found if _row(m) and m.key()]
    assert all(m.key().decode() == str(_row(m)["id"]) for m in good if _row(m)["id"])
    assert good[0].timestamp()[1] // 1000 >= 1_735_689_600  # 2025
    broken = sum(p.kind == "broken_line" for p in planted)
    assert sum(_row(m) is None for m in found) == broken > 0
    assert not list((tmp_path / "landing/orders").iterdir())

    # Without its state, the numbers go on from what is in the topic.
    (tmp_path / "landing/.generator.json").unlink()
    generated.more(batches=1, dirty_share=0, late_share=0)
    ids = Counter(
        row["id"] for m in messages(servers, "web_orders") if (row := _row(m))
    )
    new = [row["id"] for m in messages(servers, "web_orders")[-40:] if (row := _row(m))]
    assert all(ids[number] == 1 for number in new)


def test_a_batch_that_was_sent_in_part_is_sent_to_its_end(servers, tmp_path):
    orders = {**ORDERS, "name": "others"}
    orders["customProperties"] = ORDERS["customProperties"][:2]
    contract = Generated(tmp_path, [orders]).contract
    settings = Settings(contract=contract, bootstrap_servers=servers)
    (plan,) = FromContract(settings).plans
    rows = [{"id": i, "pieces": i, "at": None} for i in range(10)]
    part, whole = (tmp_path / f".others-000001.jsonl.{n}.tmp" for n in (1, 1))
    kafka.write(part, plan.table, plan.columns, rows[:4])
    kafka.send(part, plan.table, settings)
    kafka.write(whole, plan.table, plan.columns, rows)
    for _ in range(2):
        kafka.send(whole, plan.table, settings)
    assert [_row(m)["id"] for m in messages(servers, "others")] == list(range(10))


def test_a_broker_that_does_not_answer_is_named(tmp_path, monkeypatch):
    monkeypatch.setattr(kafka, "_SECONDS", 1)
    nobody = {"bootstrap_servers": "127.0.0.1:1"}
    generated = Generated(tmp_path, [ORDERS], **nobody, **SMALL)
    with pytest.raises(
        GeneratorError, match=r"table orders: Kafka at 127.0.0.1:1 does"
    ):
        generated.more()
    assert not (tmp_path / "landing/orders").exists()


def _row(message) -> dict | None:
    try:
        return json.loads(message.value())
    except ValueError:
        return None
