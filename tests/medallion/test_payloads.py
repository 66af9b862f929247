"""Payloads of messages as columns: JSON, Avro and text, and what is none of these."""

import base64

import pytest
import yaml
from pyspark.sql import functions as F

from medallion import contract, payloads, sources

MESSAGE = (
    "key binary, value binary, topic string, partition int, offset bigint, "
    "timestamp timestamp, timestampType int, "
    "headers array<struct<key string, value binary>>"
)
AT = "2026-11-01 12:00:00"
ORDERS = {"order_id": "BIGINT", "amount": "DECIMAL(30,4)", "tags": "ARRAY<STRING>"}


class Topic:
    """A table over a topic; `read` gives bronze of messages that are given."""

    def __init__(self, spark, folder):
        self.spark, self.folder = spark, folder

    def table(self, types=ORDERS, role="fact", kafka=None, called=None, **custom):
        custom = {"role": role, "format": "kafka", "kafka": kafka or {}, **custom}
        properties = [
            {"name": name, "physicalType": type_, "primaryKey": number == 0}
            for number, (name, type_) in enumerate(types.items())
        ]
        for entry in properties:
            if entry["name"] in (called or {}):
                entry["physicalName"] = called[entry["name"]]
        entry = {
            "name": "orders",
            "customProperties": [
                {"property": name, "value": value} for name, value in custom.items()
            ],
            **({"properties": properties} if properties else {}),
        }
        document = {
            **{"apiVersion": "v3.1.0", "kind": "DataContract", "id": "shop"},
            **{"version": "1.0.0", "status": "active", "schema": [entry]},
        }
        path = self.folder / "shop.odcs.yaml"
        path.write_text(yaml.safe_dump(document))
        return contract.load(path)[0]

    def read(self, table, *values, key=None, headers=None):
        raw = bytearray(key) if key is not None else None
        given = [None if value is None else bytearray(value) for value in values]
        rows = [
            (raw, value, "orders", 3, offset, None, 0, headers)
            for offset, value in enumerate(given)
        ]
        messages = self.spark.createDataFrame(rows, MESSAGE).withColumn(
            "timestamp", F.lit(AT).cast("timestamp")
        )
        parsed = payloads.parsed(messages, table)
        return sources.type_columns(parsed, table).orderBy("_kafka_offset")

    def rows(self, df, *columns) -> list[tuple]:
        return [tuple(row) for row in df.select(*columns).collect()]


@pytest.fixture
def topic(spark, tmp_path):
    return Topic(spark, tmp_path)


def test_fields_become_columns_of_the_contracts_types(topic):
    table = topic.table()
    payload = b'{"order_id": 7, "amount": 12345678901234567890.1230, "tags": ["a", 1]}'

    (row,) = topic.read(table, payload).collect()

    assert (row.order_id, str(row.amount), row.tags) == (
        7,
        "12345678901234567890.1230",
        ["a", "1"],
    )
    assert (row._corrupt_record, row._rescued_data, row._misfits) == (None,) * 3


def test_fields_of_any_name_become_columns_of_the_contracts_names(topic):
    called = {"order_id": "_kafka", "amount": "Net (EUR)", "tags": "amount"}
    table = topic.table(role="scd1", called=called)
    payload = b'{"_kafka": 7, "Net (EUR)": "x", "amount": ["a"], "tags": 1}'

    df = topic.read(table, payload, None, key=b'{"_kafka": 8}')

    assert topic.rows(df, "order_id", "tags", "_misfits", "_rescued_data") == [
        (7, ["a"], {"amount": "x"}, '{"tags":1}'),
        (8, None, None, None),
    ]


def test_what_does_not_fit_and_what_is_not_known_is_kept(topic):
    df = topic.read(topic.table(), b'{"order_id": "x", "Amount": 1, "new": {"a": [1]}}')

    assert topic.rows(df, "order_id", "_misfits", "_rescued_data") == [
        (None, {"order_id": "x"}, '{"Amount":1,"new":{"a":[1]}}')
    ]


def test_numbers_keep_their_digits_and_nested_fields_their_paths(topic):
    digits = "0." + "1234567890" * 5
    types = {"order_id": "STRING", "lines": "ARRAY<STRUCT<n: STRING>>"}
    payload = (
        f'{{"order_id": {digits}, "new": {{"n": {digits}}}, '
        f'"lines": [{{"n": 1.10, "N": {digits}}}]}}'
    )

    (row,) = topic.read(topic.table(types), payload.encode()).collect()

    assert (row.order_id, row.lines[0].n) == (digits, "1.10")
    assert row._rescued_data == (f'{{"new":{{"n":{digits}}},"lines[0].N":"{digits}"}}')


@pytest.mark.parametrize(
    "payload",
    [
        "",
        "{",
        "null",
        "5",
        "[]",
        '[{"order_id": 1}]',
        '{"order_id": 1} {"order_id": 2}',
        '{"order_id": 1}, "other": 2',
        '{"order_id": 1}, "value": {"order_id": 2}',
        '{"order_id": 1, "order_id": 2}',
        "\ufeff{}",
    ],
)
def test_a_payload_that_is_not_one_json_object_is_kept_as_it_is(topic, payload):
    df = topic.read(topic.table(), payload.encode())

    assert topic.rows(df, "order_id", "_corrupt_record") == [(None, payload)]


def test_bytes_that_are_not_text_are_kept_exactly(topic):
    value = b'{"order_id": 1, "note": "\xff"}'
    df = topic.read(topic.table(), value, key=b"\xfe\x00", headers=[("h", b"\xfd")])

    (row,) = df.collect()

    assert base64.b64decode(row._corrupt_record.removeprefix("data:;base64,")) == value
    assert bytes(row._kafka_value) == value
    assert row._kafka_key == "data:;base64,/gA="
    assert [tuple(header) for header in row._kafka_headers] == [
        ("h", "data:;base64,/Q==")
    ]


def test_a_row_says_which_message_it_is(topic):
    df = topic.read(topic.table(), b"{}", b"{}", key=b"k", headers=[("h", b"x")])

    row = df.collect()[1]

    assert row._source_file == "kafka://orders/3@1"
    assert row._source_modified_at == row._kafka_timestamp
    assert (row._kafka_topic, row._kafka_partition, row._kafka_offset) == (
        "orders",
        3,
        1,
    )
    assert (row._kafka_key, row._kafka_headers[0].value) == ("k", "x")
    assert "_kafka" not in df.columns


def test_avro_is_read_by_the_schema_of_the_contract(topic):
    fields = [
        {"name": "order_id", "type": "long"},
        {"name": "amount", "type": ["null", "double"]},
        {"name": "note", "type": "string"},
    ]
    schema = {"type": "record", "name": "order", "fields": fields}
    types = {"order_id": "BIGINT", "amount": "DECIMAL(10,2)"}
    table = topic.table(types, kafka={"payload": "avro", "avroSchema": schema})
    # long 7, branch 1 of the union, 1.5, "hi"
    order = bytes([14, 2]) + b"\x00\x00\x00\x00\x00\x00\xf8\x3f" + b"\x04hi"

    df = topic.read(table, order, b"\x0e")

    assert topic.rows(
        df, "order_id", F.col("amount").cast("string"), "_rescued_data"
    ) == [(7, "1.50", '{"note":"hi"}'), (None, None, None)]
    assert topic.rows(df, "_corrupt_record") == [(None,), ("\x0e",)]


def test_text_is_one_column(topic):
    table = topic.table({"value": "STRING"}, kafka={"payload": "text"})

    df = topic.read(table, b"a line", b"\xff")

    assert topic.rows(df, "value", "_corrupt_record") == [
        ("a line", None),
        (None, "data:;base64,/w=="),
    ]


def test_without_properties_the_payload_stays_whole_beside_the_keys(topic):
    table = topic.table({}, keys="order_id", sequenceBy="at")
    payload = b'{"order_id": 1, "at": "2026-01-01", "x": 2}'

    df = topic.read(table, payload, b"{")

    assert topic.rows(df, "order_id", "at", "payload", "_corrupt_record") == [
        ("1", "2026-01-01", payload.decode(), None),
        (None, None, "{", "{"),
    ]


@pytest.mark.parametrize("key", [b"7", b'{"order_id": 7}'])
def test_a_tombstone_of_a_dimension_has_its_key_and_time(topic, key):
    types = {"order_id": "BIGINT", "at": "TIMESTAMP", "note": "STRING"}
    table = topic.table(types, role="scd1", sequenceBy="at")

    df = topic.read(table, None, key=key)

    columns = ("order_id", F.col("at").cast("string"), "note", "_kafka_tombstone")
    assert topic.rows(df, *columns) == [(7, AT, None, True)]


@pytest.mark.parametrize("types", [{"order_id": "BIGINT", "at": "BIGINT"}, {}])
def test_a_tombstone_has_no_number_to_be_ordered_by(topic, types):
    """It lacks its sequence, and is quarantined: its time is no number of a version."""
    keys = {} if types else {"keys": "order_id"}
    table = topic.table(types, role="scd1", sequenceBy="at", **keys)

    df = topic.read(table, None, key=b"7")

    assert topic.rows(df, "order_id", "at")[0][1] is None


def test_a_tombstone_of_a_fact_has_no_key(topic):
    df = topic.read(topic.table(), None, key=b"7")

    assert topic.rows(df, "order_id", "_corrupt_record", "_kafka_key") == [
        (None, None, "7")
    ]
