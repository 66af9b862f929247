"""Reads of Kafka: as Databricks takes them, by the client that open-source Spark has.

Before a flow starts, its topics are looked up: a broker that does not answer and a
topic that does not exist are told at once, and a flow without new messages is skipped.
What is only described, as in a dry run, is connected to nothing.
Follows https://docs.databricks.com/aws/en/connect/streaming/kafka/options, its page
`authentication`, and Spark's own guide to the integration of Kafka.
"""

import difflib
import re
from collections.abc import Mapping, Sequence
from typing import Any

from localrun.engine.reads import Reading
from localrun.engine.serverless import own_code
from localrun.errors import FlowError
from localrun.spark import jvm

# The client's classes on Databricks have this in front of their names, and only that.
_SHADED = "kafkashaded."
_UNSHADED = re.compile(
    rf"(?<!{re.escape(_SHADED)})(?<![\w.])org\.apache\.kafka\.[\w.]+"
)
_CREDENTIAL = "databricks.serviceCredential"
_LOGIN = "kafka.sasl.jaas.config"
_OPTIONS = (
    "assign",
    "subscribe",
    "subscribePattern",
    "startingTimestamp",
    "startingOffsetsByTimestamp",
    "startingOffsets",
    "startingOffsetsByTimestampStrategy",
    "endingTimestamp",
    "endingOffsetsByTimestamp",
    "endingOffsets",
    "failOnDataLoss",
    "kafkaConsumer.pollTimeoutMs",
    "fetchOffset.numRetries",
    "fetchOffset.retryIntervalMs",
    "maxOffsetsPerTrigger",
    "minOffsetsPerTrigger",
    "maxTriggerDelay",
    "minPartitions",
    "maxRecordsPerPartition",
    "groupIdPrefix",
    "includeHeaders",
)
_KNOWN = {name.lower(): name for name in _OPTIONS}
# A broker that runs answers in far less.
_PATIENCE = {"default.api.timeout.ms": "10000", "request.timeout.ms": "5000"}
_TOKEN = "topic "


def translated(given: Mapping[str, Any]) -> dict[str, str]:
    """Options of the source as this Spark takes them.

    Raises FlowError for one that is misspelt, and for what fails on Databricks.
    """
    options = {key.lower(): (key, _text(value)) for key, value in given.items()}
    for key, (name, value) in options.items():
        if not key.startswith("kafka."):
            _check_known(name)
        elif found := _UNSHADED.search(value):
            raise FlowError(
                f"{name} names the class {found[0]}, which Databricks does not have: "
                f"write {_SHADED}{found[0]}"
            )
    if {_CREDENTIAL.lower(), _LOGIN} <= options.keys():
        raise FlowError(
            f"{_CREDENTIAL} stands beside {_LOGIN}, and nothing says which of the two "
            "counts: remove one of them"
        )
    return {name: value.replace(_SHADED, "") for name, value in options.values()}


def look_up(reader: Any, options: Mapping[str, str], current: Reading) -> None:
    """Note in `current` what is read, and how far its topics reach now.

    Raises FlowError where the broker does not answer, or a topic does not exist.
    """
    known = {key.lower(): value for key, value in options.items()}
    names = _topics(known)
    pattern = known.get("subscribepattern")
    current.sources += [
        source(name) for name in names or ([pattern] if pattern else [])
    ]
    if current.engine.validating or not (names or pattern):
        return
    client = {
        key.removeprefix("kafka."): value
        for key, value in known.items()
        if key.startswith("kafka.")
    }
    servers = client.get("bootstrap.servers", "")
    try:
        with own_code():
            topics = jvm.kafka_topics(
                reader._spark, {**client, **_PATIENCE}, names, pattern
            )
    except jvm.ERRORS as error:
        raise FlowError(_unreachable(error, servers, known)) from error
    if missing := [name for name in names if name not in topics]:
        raise FlowError(
            f"Kafka at {servers} has no topic {', '.join(missing)}: create it, as its "
            "first message does here, or correct the name"
        )
    watched = known.get("failondataloss", "true").lower() == "true"
    for name, topic in topics.items():
        ends = ",".join(f"{p}={end}" for p, end in sorted(topic.ends.items()))
        current.files[source(name)] = f"{_TOKEN}{topic.id if watched else ''} {ends}"


def source(topic: str) -> str:
    """What a graph calls a topic."""
    return f"kafka://{topic}"


def check_same_topics(
    before: Mapping[str, str], now: Mapping[str, str], table: str
) -> None:
    """Raises FlowError where a topic is not the one that `before` tells of.

    Spark would go on in the new one at the offset where it stopped in the old one.
    """
    for name, token in now.items():
        known = before.get(name, "")
        if not (token.startswith(_TOKEN) and known.startswith(_TOKEN)):
            continue
        if token.split(" ")[1] != known.split(" ")[1]:
            raise FlowError(
                f"the topic {name.removeprefix(source(''))} was deleted and made again "
                "since the last run, whose offsets say nothing of it: rebuild with "
                f"--full-refresh {table}, or set failOnDataLoss to false"
            )


def _check_known(name: str) -> None:
    if name.lower() in _KNOWN or name.lower().startswith(("databricks.", "path")):
        return
    close = difflib.get_close_matches(name.lower(), _KNOWN, 1)
    hint = f"did you mean {_KNOWN[close[0]]}?" if close else "remove it"
    raise FlowError(f"{name} is not an option of the Kafka source: {hint}")


def _topics(options: Mapping[str, str]) -> Sequence[str]:
    if "subscribe" in options:
        return [
            name.strip() for name in options["subscribe"].split(",") if name.strip()
        ]
    # {"topic": [0, 1]}, which Spark checks itself
    return re.findall(r'"([^"]+)"\s*:', options.get("assign", ""))


def _unreachable(error: BaseException, servers: str, options: Mapping[str, str]) -> str:
    message = jvm.innermost_message(error)
    if "imed out" in message:
        without = ""
        if _CREDENTIAL.lower() in options:
            without = f"; {_CREDENTIAL} has no effect here"
        return (
            f"Kafka does not answer at {servers}: start it, as with `localrun kafka "
            "start`, or correct kafka.bootstrap.servers and kafka.security.protocol"
            f"{without}"
        )
    return f"Kafka at {servers} cannot be read ({message}): correct the options kafka.*"


def _text(value: Any) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)
