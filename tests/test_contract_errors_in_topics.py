"""What a contract can have wrong about a topic of Kafka or Event Hubs."""

import pytest
from contract_drafts import named, reported

RECORD = {"type": "record", "name": "order", "fields": []}


def topic(**stated):
    return lambda draft: draft.custom("orders", format="kafka", kafka=stated)


def options(**stated):
    return lambda draft: draft.custom("orders", format="kafka", readerOptions=stated)


CASES = [
    (
        lambda d: d.custom("orders", kafka={"topic": "orders"}),
        "kafka: kafka means nothing for format json; remove it, or write format: kafka",
    ),
    (
        lambda d: d.custom("orders", format="kafka", location="/Volumes/a/b/c"),
        "location: a topic has no location; write {property: kafka, value: "
        "{topic: name}} in its place",
    ),
    (
        topic(topic="new orders"),
        "kafka: new orders cannot name a topic; write letters, digits, ., _ and -",
    ),
    (topic(topic=7), "kafka: topic is the number 7; write text"),
    (topic(topics="a"), "kafka: topics is not known; did you mean topic?"),
    (topic(payload="jsn"), "kafka: jsn is not a payload; did you mean json?"),
    (
        topic(payload="avro"),
        "kafka: a payload of Avro needs the schema of its record; add avroSchema: "
        "{type: record, name: order, fields: […]}",
    ),
    (
        topic(avroSchema=RECORD),
        "kafka: avroSchema is for a payload of Avro; add payload: avro, or remove "
        "avroSchema",
    ),
    (
        topic(payload="text"),
        "properties: a payload of text has one column, value; name it value, or add "
        "physicalName: value, and derive the others",
    ),
    (
        topic(serviceCredential="shop", secretScope="shop", secretKey="eh"),
        "kafka: serviceCredential and a secret are two ways to authenticate; keep one "
        "of them",
    ),
    (
        topic(secretScope="shop"),
        "kafka: secretScope names no secret; add secretKey for Event Hubs, or "
        "usernameKey and passwordKey",
    ),
    (topic(secretKey="eh"), "kafka: secretKey lacks its scope; add secretScope"),
    (
        topic(secretScope="shop", passwordKey="pw"),
        "kafka: usernameKey and passwordKey go together; add the other one",
    ),
    (
        options(subscribe="orders"),
        "readerOptions: subscribe is set by the pipeline; write topic in the property "
        "kafka",
    ),
    (
        options(**{"kafka.sasl.jaas.config": "… password=…"}),
        "readerOptions: kafka.sasl.jaas.config does not belong in a contract, which "
        "everybody reads; name the secret in the property kafka: secretScope and its "
        "keys",
    ),
    (
        options(**{"kafka.ssl.key.password": "x"}),
        "readerOptions: kafka.ssl.key.password does not belong in a contract, which "
        "everybody reads; name the secret in the property kafka: secretScope and its "
        "keys",
    ),
]


@pytest.mark.parametrize(**named(CASES))
def test_each_fault_is_one_sentence(tmp_path, spoil, message):
    assert reported(tmp_path, spoil) == [f"table orders, {message}"]


def test_avro_has_a_field_for_each_property(tmp_path):
    fields = [{"name": name} for name in ("order_id", "customer_id", "amount", "note")]
    fields += [{"name": name} for name in ("tags", "weight", "orderedAt")]
    record = {**RECORD, "fields": fields}

    assert reported(tmp_path, topic(payload="avro", avroSchema=record)) == [
        "table orders, property ordered_at: avroSchema has no such field; did you mean "
        "orderedAt?"
    ]
