"""A real broker for tests, and messages written to it by Spark."""

import json
from collections.abc import Callable
from pathlib import Path

from py4j.java_gateway import JavaMember
from py4j.protocol import STATIC_PREFIX
from pyspark.sql import SparkSession

from localrun.broker import Broker, ports

MESSAGE = (
    "key binary, value binary, topic string, partition int, "
    "headers array<struct<key string, value binary>>"
)


class TestBroker:
    """Kafka in a folder of its own, on free ports, with SASL beside it."""

    __test__ = False
    PASSWORD = 'Endpoint=sb://x.test/;SharedAccessKey=a\\"b='

    def __init__(self, folder: Path, spark: SparkSession):
        self._broker, self._spark = Broker(folder), spark
        # Not the usual one, which somebody's own broker may have.
        port = ports.next_free(19092)
        self._listeners = self._broker.start(port, self.PASSWORD)

    @property
    def servers(self) -> str:
        return self._listeners.servers

    @property
    def sasl_servers(self) -> str:
        return self._listeners.sasl_servers

    def send(self, topic: str, *messages: object) -> None:
        """Each a text, bytes, None or an object of JSON; or a dict with `value`, `key`,
        `headers` and `partition`, if it has any other than `value`."""
        rows = []
        for message in messages:
            whole = isinstance(message, dict) and "value" in message
            parts = message if whole else {"value": message}
            headers = [
                (name, bytearray(value.encode()))
                for name, value in parts.get("headers", {}).items()
            ]
            key, value = _bytes(parts.get("key")), _bytes(parts["value"])
            rows.append((key, value, topic, parts.get("partition"), headers or None))
        df = self._spark.createDataFrame(rows, MESSAGE).coalesce(1)
        writer = df.write.format("kafka").option("includeHeaders", "true")
        writer.option("kafka.bootstrap.servers", self.servers).save()

    def age_out(self, topic: str, before: int) -> None:
        """As retention does: forget the messages of partition 0 before an offset."""
        kafka = self._spark._jvm.org.apache.kafka
        gone = self._spark._jvm.java.util.HashMap()
        # Py4J finds the method of instances of the same name, and not this one.
        of = f"{STATIC_PREFIX}org.apache.kafka.clients.admin.RecordsToDelete"
        client = self._spark._sc._gateway._gateway_client
        records = JavaMember("beforeOffset", None, of, client)(before)
        gone[kafka.common.TopicPartition(topic, 0)] = records
        self._admin(lambda admin: admin.deleteRecords(gone).all().get())

    def delete(self, topic: str) -> None:
        topics = self._spark._jvm.java.util.ArrayList([topic])
        self._admin(lambda admin: admin.deleteTopics(topics).all().get())

    def _admin(self, work: Callable) -> None:
        kafka, java = self._spark._jvm.org.apache.kafka, self._spark._jvm.java
        servers = java.util.HashMap({"bootstrap.servers": self.servers})
        admin = kafka.clients.admin.Admin.create(servers)
        work(admin)
        admin.close()

    def stop(self) -> None:
        assert self._broker.stop()

    def restart(self) -> None:
        self._listeners = self._broker.start(password=self.PASSWORD)

    def close(self) -> None:
        self._broker.stop()


def _bytes(value: object) -> bytearray | None:
    if value is None:
        return None
    if isinstance(value, bytes):
        return bytearray(value)
    text = value if isinstance(value, str) else json.dumps(value)
    return bytearray(text.encode())
