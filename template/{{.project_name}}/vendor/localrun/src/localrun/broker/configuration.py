"""What a broker is started with: one node that is broker and controller at once.

Follows https://kafka.apache.org/documentation/#brokerconfigs and, for SASL,
https://kafka.apache.org/documentation/#security_sasl_plain.
"""

from dataclasses import dataclass
from pathlib import Path

from localrun.broker.ports import HOST

# The user name that Event Hubs takes, with a connection string as password.
USER = "$ConnectionString"


@dataclass(frozen=True)
class Listeners:
    """The ports of 127.0.0.1: without security, with SASL if any, of the controller."""

    plain: int
    controller: int
    sasl: int | None = None

    @property
    def servers(self) -> str:
        return f"{HOST}:{self.plain}"

    @property
    def sasl_servers(self) -> str | None:
        return f"{HOST}:{self.sasl}" if self.sasl else None


def properties(data: Path, listeners: Listeners, password: str | None) -> str:
    """The text of server.properties; `password` is that of `USER` where SASL is on."""
    controller = f"{HOST}:{listeners.controller}"
    open_to_clients = [f"PLAINTEXT://{listeners.servers}"]
    if listeners.sasl:
        open_to_clients.append(f"SASL://{listeners.sasl_servers}")
    settings = {
        "process.roles": "broker,controller",
        "node.id": "1",
        "listeners": ",".join([*open_to_clients, f"CONTROLLER://{controller}"]),
        "advertised.listeners": ",".join(open_to_clients),
        "listener.security.protocol.map": (
            "PLAINTEXT:PLAINTEXT,CONTROLLER:PLAINTEXT,SASL:SASL_PLAINTEXT"
        ),
        "inter.broker.listener.name": "PLAINTEXT",
        "controller.listener.names": "CONTROLLER",
        "controller.quorum.voters": f"1@{controller}",
        "log.dirs": str(data),
        # Kept until the folder is deleted, however long a project rests.
        "log.retention.ms": "-1",
        # One node, and one partition of each topic of its own: it starts in seconds.
        "offsets.topic.replication.factor": "1",
        "offsets.topic.num.partitions": "1",
        "transaction.state.log.replication.factor": "1",
        "transaction.state.log.min.isr": "1",
        "transaction.state.log.num.partitions": "1",
        "share.coordinator.state.topic.replication.factor": "1",
        "share.coordinator.state.topic.min.isr": "1",
        "share.coordinator.state.topic.num.partitions": "1",
        "group.initial.rebalance.delay.ms": "0",
    }
    if listeners.sasl:
        settings["sasl.enabled.mechanisms"] = "PLAIN"
        settings["listener.name.sasl.sasl.enabled.mechanisms"] = "PLAIN"
        settings["listener.name.sasl.plain.sasl.jaas.config"] = (
            "org.apache.kafka.common.security.plain.PlainLoginModule required "
            f'user_{USER}="{_quoted(password or "")}";'
        )
    return "".join(f"{key}={_escaped(value)}\n" for key, value in settings.items())


def _quoted(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"')


def _escaped(text: str) -> str:
    """As a value of a Java properties file."""
    plain = text.replace("\\", "\\\\").replace("\n", "\\n")
    return plain.encode("ascii", "backslashreplace").decode().replace("\\x", "\\u00")
