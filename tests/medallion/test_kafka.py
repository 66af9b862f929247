"""How a topic is found and who reads it: options of Kafka's source, by the contract."""

import sys
from types import ModuleType

import pytest

from medallion import kafka
from medallion.model import Table, Topic

MODULES = "kafkashaded.org.apache.kafka.common.security"


class Conf(dict):
    """The configuration of a session that has no other."""

    @property
    def conf(self):
        return self


@pytest.fixture(autouse=True)
def dbutils(monkeypatch):
    """Secrets whose values are their scopes and keys."""

    class Secrets:
        def get(self, scope, key):
            return f'{scope}\\"{key}'

    runtime = ModuleType("databricks.sdk.runtime")
    runtime.dbutils = type("Dbutils", (), {"secrets": Secrets()})()
    for name in ("databricks", "databricks.sdk"):
        monkeypatch.setitem(sys.modules, name, ModuleType(name))
    monkeypatch.setitem(sys.modules, "databricks.sdk.runtime", runtime)


def options(format_="kafka", conf=(), reader_options=(), **stated) -> dict:
    topic = Topic(**{"name": "orders", "servers": "a:9092", **stated})
    table = Table(
        name="orders",
        comment="",
        role="fact",
        format=format_,
        topic=topic,
        reader_options=dict(reader_options),
    )
    return kafka.options(Conf(conf), table)


def security(**arguments) -> dict:
    said = options(**arguments)
    begin = ("kafka.sasl", "kafka.security", "databricks")
    return {key: value for key, value in said.items() if key.startswith(begin)}


def jaas(module: str, user: str, password: str) -> str:
    return f'{MODULES}.{module} required username="{user}" password="{password}";'


PLAINTEXT = {"pipeline.kafka.security_protocol": "PLAINTEXT"}


def test_a_topic_is_read_from_its_earliest_message_unless_said_otherwise():
    assert options(conf=PLAINTEXT) == {
        "startingOffsets": "earliest",
        "includeHeaders": "true",
        "subscribe": "orders",
        "kafka.bootstrap.servers": "a:9092",
    }
    latest = options(conf=PLAINTEXT, reader_options={"startingOffsets": "latest"})
    assert latest["startingOffsets"] == "latest"


def test_kafka_takes_a_user_and_a_password_from_the_scope():
    assert security(secret_scope="s", username_key="u", password_key="p") == {
        "kafka.security.protocol": "SASL_SSL",
        "kafka.sasl.mechanism": "PLAIN",
        "kafka.sasl.jaas.config": jaas(
            "plain.PlainLoginModule", 's\\\\\\"u', 's\\\\\\"p'
        ),
    }


def test_scram_has_a_module_of_its_own():
    stated = {"secret_scope": "s", "username_key": "u", "password_key": "p"}
    scram = {"kafka.sasl.mechanism": "SCRAM-SHA-512"}

    said = security(reader_options=scram, **stated)

    assert said["kafka.sasl.mechanism"] == "SCRAM-SHA-512"
    assert said["kafka.sasl.jaas.config"].startswith(f"{MODULES}.scram.Scram")


def test_event_hubs_takes_a_connection_string():
    said = security(format_="eventhubs", secret_scope="s", secret_key="k")

    assert said["kafka.sasl.jaas.config"] == jaas(
        "plain.PlainLoginModule", "$ConnectionString", 's\\\\\\"k'
    )


def test_a_service_credential_goes_alone():
    assert security(service_credential="shop") == {
        "databricks.serviceCredential": "shop"
    }


def test_the_same_topic_may_be_in_event_hubs_elsewhere():
    conf = {
        "pipeline.kafka.kind": "eventhubs",
        "pipeline.kafka.bootstrap_servers": "shop-dev",
    }

    said = options(conf=conf, secret_scope="s", secret_key="k")

    assert said["kafka.bootstrap.servers"] == "shop-dev.servicebus.windows.net:9093"
    assert "$ConnectionString" in said["kafka.sasl.jaas.config"]


def test_what_is_configured_for_the_table_goes_before_all_else():
    conf = {
        **PLAINTEXT,
        "pipeline.kafka.bootstrap_servers": "b:9092",
        "pipeline.kafka.bootstrap_servers.orders": "c:9092",
    }

    assert options(conf=conf)["kafka.bootstrap.servers"] == "c:9092"


def test_servers_that_nothing_names_are_one_sentence():
    with pytest.raises(ValueError, match="nothing says where its topic is"):
        options(conf={"pipeline.kafka.bootstrap_servers": ""}, servers=None)


@pytest.mark.parametrize(
    ("format_", "keys"),
    [("kafka", "usernameKey and passwordKey"), ("eventhubs", "secretKey")],
)
def test_credentials_that_nothing_names_are_one_sentence(format_, keys):
    with pytest.raises(ValueError, match=f"secretScope with {keys}"):
        options(format_=format_)
