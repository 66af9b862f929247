"""Topics of Kafka, or of Event Hubs on the same protocol: a JSON object a message.

The key of a message is that of its row, its timestamp when the row says it happened. A
header says of which batch and line it is: sent again, what is there is left out.
"""

import json
import os
from collections.abc import Iterable, Iterator
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from confluent_kafka import Consumer, KafkaException, Producer, TopicPartition

from generator.from_contract.formats import json_lines
from generator.from_contract.judge import Row
from generator.from_contract.settings import Settings
from generator.settings import GeneratorError
from medallion.model import Table

EXTENSION = "jsonl"  # of what waits to be sent
FIRST_LINE = 1
TYPED = False
BREAKS = "anywhere"
GROWS = True
BLANK_IS_NULL = False
SERVERS = "127.0.0.1:9092"
_HEADER = "generator"
_SECONDS = 20
_QUIET = {"log_level": 2, "socket.timeout.ms": 5000}


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row | str]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        for row in rows:
            message = {"text": row} if isinstance(row, str) else _message(row, table)
            file.write(f"{json_lines.encode(message)}\n")


def read(path: Path, table: Table) -> Iterable[Row]:
    return []


def ready(table: Table, settings: Settings) -> None:
    """Raises GeneratorError where messages of this table cannot be sent."""
    payload = getattr(getattr(table, "topic", None), "payload", "json")
    if payload == "avro":
        raise GeneratorError(
            f"table {table.name}: messages with a payload of Avro are not made here"
        )
    with _explained(settings, table) as servers:
        _producer(servers).list_topics(timeout=_SECONDS)


def stored(table: Table, settings: Settings) -> list[Row]:
    """The rows in the topic that can be read."""
    found = []
    with _explained(settings, table) as servers:
        for message in _messages(servers, _topic(table), None):
            try:
                row = json.loads(message.value() or b"")
            except ValueError:
                continue
            if isinstance(row, dict):
                found.append(row)
    return found


def send(file: Path, table: Table, settings: Settings) -> None:
    """Send the messages of a batch that the topic does not have yet."""
    batch, topic = int(file.name.split(".")[-2]), _topic(table)
    lines = file.read_text(encoding="utf-8").splitlines()
    with _explained(settings, table) as servers:
        there = _sent(servers, topic, batch, len(lines))
        producer = _producer(servers)
        for number, line in enumerate(lines, 1):
            if number in there:
                continue
            message = json.loads(line)
            key, time = message.get("key"), message.get("time")
            producer.produce(
                topic,
                value=message["text"].encode(),
                key=None if key is None else key.encode(),
                headers={_HEADER: f"{batch}/{number}"},
                **({} if time is None else {"timestamp": time}),
            )
            producer.poll(0)
        if producer.flush(_SECONDS):
            raise KafkaException("not all messages were taken")


def _message(row: Row, table: Table) -> dict[str, Any]:
    topic = getattr(table, "topic", None)
    if topic and topic.payload == "text":
        text = str(row.get("value") or "")
    else:
        text = json_lines.encode(row)
    values = [row.get(name) for name in table.keys]
    key = values[0] if len(values) == 1 else values
    if key is not None and not isinstance(key, str):
        key = json_lines.encode(key)
    return {"text": text, "key": key, "time": _milliseconds(row, table)}


def _milliseconds(row: Row, table: Table) -> int | None:
    """When the row says that it happened; None where it does not."""
    value = row.get(table.sequence_by[0]) if table.sequence_by else None
    try:
        time = datetime.fromisoformat(str(value).replace("Z", "+00:00"))
    except ValueError:
        return None
    time = time if time.tzinfo else time.replace(tzinfo=timezone.utc)
    return max(int(time.timestamp() * 1000), 0)


def _topic(table: Table) -> str:
    topic = getattr(table, "topic", None)
    return topic.name if topic else table.name


def _sent(servers: str, topic: str, batch: int, number: int) -> set[int]:
    """The lines of a batch that are in the topic: they are the last ones in it."""
    found = set()
    for message in _messages(servers, topic, number):
        headers = dict(message.headers() or [])
        of, _, line = headers.get(_HEADER, b"").decode().partition("/")
        if of == str(batch):
            found.add(int(line))
    return found


def _messages(servers: str, topic: str, last: int | None) -> Iterator[Any]:
    """The last so many messages of each partition, or all."""
    consumer = Consumer(
        {**_QUIET, "bootstrap.servers": servers, "group.id": _HEADER}
        | {"enable.auto.commit": False, "enable.partition.eof": False}
    )
    try:
        described = consumer.list_topics(topic, timeout=_SECONDS).topics[topic]
        for partition in described.partitions:
            place = TopicPartition(topic, partition)
            low, high = consumer.get_watermark_offsets(place, timeout=_SECONDS)
            at = low if last is None else max(low, high - last)
            if at == high:
                continue
            place.offset = at
            consumer.assign([place])
            while at < high:
                message = consumer.poll(_SECONDS)
                if message is None:
                    raise KafkaException("the topic could not be read to its end")
                if message.error():
                    raise KafkaException(message.error())
                at = message.offset() + 1
                yield message
    finally:
        consumer.close()


def _producer(servers: str) -> Producer:
    return Producer(
        {**_QUIET, "bootstrap.servers": servers, "enable.idempotence": True}
        | {"message.timeout.ms": _SECONDS * 1000, "partitioner": "murmur2_random"}
    )


class _explained:
    """Gives the servers; an error of theirs becomes one sentence."""

    def __init__(self, settings: Settings, table: Table):
        topic = getattr(table, "topic", None)
        self.servers = (
            settings.bootstrap_servers
            or os.environ.get("KAFKA_BOOTSTRAP_SERVERS")
            or (topic.servers if topic else None)
            or SERVERS
        )
        self.table = table

    def __enter__(self) -> str:
        return self.servers

    def __exit__(self, kind, error, _) -> None:
        if isinstance(error, KafkaException):
            why = error.args[0]
            why = why.str() if hasattr(why, "str") else why
            raise GeneratorError(
                f"table {self.table.name}: Kafka at {self.servers} does not take its "
                f"messages ({why}): start it, or name another with --bootstrap-servers"
            ) from error
