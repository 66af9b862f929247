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


def test_messages_that_aged_out_unread_are_one_sentence(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a")
    bundle.run()
    broker.send(topic, "b", "c")
    broker.age_out(topic, 2)

    result = bundle.run()

    assert problem(result) == (
        f"messages of the topic {topic} were deleted before they were read, from "
        "offset 1 of partition 0 on: set failOnDataLoss to false to go on with what is "
        "left"
    )


def test_a_topic_that_was_made_again_is_not_read_from_the_middle(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a")
    bundle.run()
    broker.delete(topic)
    broker.send(topic, "b", "c")

    result = bundle.run()

    assert problem(result).startswith(f"the topic {topic} was deleted and made again")
    assert "--full-refresh orders" in problem(result)


def test_a_full_refresh_reads_a_topic_from_its_start(bundle, broker, topic):
    reading(bundle, broker, topic)
    broker.send(topic, "a")
    bundle.run()
    broker.delete(topic)
    broker.send(topic, "b", "c")

    assert bundle.run(full_refresh=["orders"]).ok

    assert bundle.rows("orders", "value") == [("b",), ("c",)]


@pytest.mark.parametrize(
    ("options", "sentence"),
    [
        (
            '.option("startingOffset", "earliest")',
            "startingOffset is not an option of the Kafka source: did you mean "
            "startingOffsets?",
        ),
        (
            '.option("kafka.sasl.jaas.config", "org.apache.kafka.common.X required;")',
            "kafka.sasl.jaas.config names the class org.apache.kafka.common.X, which "
            "Databricks does not have: write kafkashaded.org.apache.kafka.common.X",
        ),
        (
            '.option("databricks.serviceCredential", "shop")'
            '.option("kafka.sasl.jaas.config", "X required;")',
            "databricks.serviceCredential stands beside kafka.sasl.jaas.config, and "
            "nothing says which of the two counts: remove one of them",
        ),
    ],
)
def test_wrong_options_are_refused_without_a_broker(bundle, options, sentence):
    reading(bundle, None, "orders", options, NOWHERE)

    assert bundle.pipeline.validate().problems == {"orders": sentence}


SASL = """
        .option("kafka.security.protocol", "SASL_PLAINTEXT")
        .option("kafka.sasl.mechanism", "PLAIN")
        .option("kafka.sasl.jaas.config", jaas())
"""
JAAS = """
def jaas():
    from databricks.sdk.runtime import dbutils
    password = dbutils.secrets.get(scope="shop", key="event-hubs")
    quoted = password.replace("\\\\", "\\\\\\\\").replace('"', '\\\\"')
    module = "kafkashaded.org.apache.kafka.common.security.plain.PlainLoginModule"
    return f'{module} required username="$ConnectionString" password="{quoted}";'
"""


def with_sasl(bundle, broker, topic):
    servers = broker.sasl_servers if broker else NOWHERE
    code = ORDERS.format(servers=servers, topic=topic, options=SASL)
    return bundle.write(JAAS + code)


def secret(bundle, text: str) -> None:
    path = bundle.root / ".local/secrets.yml"
    path.parent.mkdir(exist_ok=True)
    path.write_text(text)


def test_sasl_takes_the_secret_as_databricks_does(bundle, broker, topic):
    with_sasl(bundle, broker, topic)
    secret(bundle, f"shop:\n  event-hubs: '{broker.PASSWORD}'\n")
    broker.send(topic, "a")

    assert bundle.run().ok

    assert bundle.rows("orders", "value") == [("a",)]


def test_a_wrong_secret_is_told_and_stays_secret(bundle, broker, topic):
    with_sasl(bundle, broker, topic)
    secret(bundle, "shop: {event-hubs: not-the-password}\n")
    broker.send(topic, "a")

    result = bundle.run()

    assert problem(result).startswith(f"Kafka at {broker.sasl_servers} cannot be read")
    assert "Authentication failed" in problem(result)
    kept = [
        p for p in bundle.root.rglob("*") if p.is_file() and p.name != "secrets.yml"
    ]
    assert kept
    assert not [path for path in kept if b"not-the-password" in path.read_bytes()]


def test_a_secret_that_is_not_known_here_says_where_to_put_it(bundle, topic):
    with_sasl(bundle, None, topic)

    assert problem(bundle.run()) == (
        "the secret event-hubs of scope shop is not known here: write it to "
        ".local/secrets.yml as `shop: {event-hubs: …}`, or set "
        "LOCALRUN_SECRET_SHOP_EVENT_HUBS"
    )


def test_a_dry_run_needs_no_secret(bundle, topic):
    with_sasl(bundle, None, topic)

    assert bundle.pipeline.validate().problems == {}


def test_a_service_credential_has_no_effect_here(bundle, broker, topic):
    options = '.option("databricks.serviceCredential", "shop")'
    reading(bundle, broker, topic, options)
    broker.send(topic, "a")

    assert bundle.run().ok


def test_a_batch_reads_all_topics_of_a_pattern_and_again_what_is_new(bundle, broker):
    bundle.write(f"""
        @dp.materialized_view
        def orders():
            return (
                spark.read.format("kafka")
                .option("kafka.bootstrap.servers", "{broker.servers}")
                .load(subscribePattern="pattern[.](a|b)")
                .select(F.col("value").cast("string"), "topic")
            )
        """)
    broker.send("pattern.a", "1")
    broker.send("pattern.b", "2")
    assert bundle.run().ok
    again = bundle.run()
    broker.send("pattern.a", "3")
    assert bundle.run().ok

    assert again.flows["orders"].outcome.note == "nothing changed"
    assert bundle.rows("orders") == [
        ("1", "pattern.a"),
        ("2", "pattern.b"),
        ("3", "pattern.a"),
    ]
