"""Kafka as a source of pipelines: real messages of a real broker."""

import pytest

ORDERS = """
@dp.table
def orders():
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", "{servers}")
        .option("subscribe", "{topic}")
        .option("startingOffsets", "earliest")
        {options}
        .load()
        .select(F.col("value").cast("string"), "partition", "offset")
    )
"""
NOWHERE = "127.0.0.1:1"


@pytest.fixture
def topic(request):
    return request.node.name.replace("[", "_").strip("]")


def reading(bundle, broker, topic, options="", servers=None):
    code = ORDERS.format(
        servers=servers or broker.servers, topic=topic, options=options
    )
    return bundle.write(code)


def problem(result) -> str:
    return result.flows["orders"].error


def test_an_update_reads_what_arrived_and_the_next_one_the_rest(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a", "b")
    assert bundle.run().ok

    broker.send(topic, "c")
    assert bundle.run().ok

    assert bundle.rows("orders", "value") == [("a",), ("b",), ("c",)]


def test_an_update_without_new_messages_writes_nothing(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a")
    bundle.run()
    before = bundle.versions()

    result = bundle.run()

    assert result.flows["orders"].outcome.note == "no new data"
    assert bundle.versions() == before


def test_messages_are_read_in_batches_of_the_stated_size(bundle, broker, topic):
    reading(bundle, broker, topic, '.option("maxOffsetsPerTrigger", 2)')
    broker.send(topic, "a", "b", "c", "d", "e")

    result = bundle.run()

    assert result.flows["orders"].outcome.batches == 3
    assert len(bundle.rows("orders")) == 5


def test_nothing_is_lost_or_doubled_when_the_broker_starts_again(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a")
    bundle.run()
    broker.stop()

    failed = bundle.run()
    broker.restart()
    broker.send(topic, "b")
    reading(bundle, broker, topic)
    again = bundle.run()

    assert not failed.ok
    assert again.ok
    assert bundle.rows("orders", "value") == [("a",), ("b",)]


def test_a_dry_run_needs_no_broker(bundle, topic):
    reading(bundle, None, topic, servers=NOWHERE)

    graph = bundle.pipeline.validate()

    assert graph.problems == {}
    assert graph.datasets["orders"].reads == [f"kafka://{topic}"]
    assert graph.schemas["orders"].simpleString() == (
        "struct<value:string,partition:int,offset:bigint>"
    )


def test_a_broker_that_is_down_is_named_with_what_to_do(bundle, topic):
    reading(bundle, None, topic, servers=NOWHERE)

    result = bundle.run()

    assert problem(result).startswith(f"Kafka does not answer at {NOWHERE}: start it")


def test_a_topic_that_does_not_exist_is_named(bundle, broker, topic):
    reading(bundle, broker, topic)

    result = bundle.run()

    assert problem(result) == (
        f"Kafka at {broker.servers} has no topic {topic}: create it, as its first "
        "message does here, or correct the name"
    )
