"""Sources that are topics of Kafka or of Event Hubs, which speaks Kafka's protocol.

The contract says what is read and names where credentials are, never the credentials.
What differs from place to place is the pipeline's configuration, over the contract and
for one table where its name follows, as in `pipeline.kafka.kind.orders`:

- `pipeline.kafka.bootstrap_servers`;
- `pipeline.kafka.kind`, kafka or eventhubs, in place of the contract's format;
- `pipeline.kafka.security_protocol`, where it is not SASL_SSL; PLAINTEXT goes without
  credentials, whatever the contract names.

Follows https://docs.databricks.com/aws/en/connect/streaming/kafka/options,
https://docs.databricks.com/aws/en/connect/streaming/kafka/authentication and
https://docs.databricks.com/aws/en/ldp/event-hubs
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import payloads
from medallion.contract import Table
from medallion.model import MESSAGE

# The user name of Event Hubs; the password is a connection string.
EVENT_HUBS_USER = "$ConnectionString"
_EVENT_HUBS = ".servicebus.windows.net:9093"
_MODULES = "kafkashaded.org.apache.kafka.common.security"


def new_rows(spark: SparkSession, table: Table) -> DataFrame:
    """A stream of the topic's new messages, their payloads as columns of text.

    Raises ValueError where the servers, or the credentials, are said nowhere.
    """
    stream = spark.readStream.format("kafka").options(**options(spark, table))
    return payloads.parsed(stream.load(), table)


def audit(table: Table, metadata: Column) -> dict[str, Column]:
    """The message that a row is from, as bronze keeps it.

    `_source_file` is `kafka://topic/partition@offset`. Key and headers are text, or,
    where they are not UTF-8, a data URL with their bytes in base64; the value is bytes.
    A message has no file that `metadata` would tell of.
    """
    message = F.col(MESSAGE)
    topic, partition, offset = (message[n] for n in ("topic", "partition", "offset"))
    headers = F.transform(
        message["headers"],
        lambda header: F.struct(
            header["key"].alias("key"), payloads.shown(header["value"]).alias("value")
        ),
    )
    return {
        "_source_file": F.format_string("kafka://%s/%d@%d", topic, partition, offset),
        "_source_modified_at": message["timestamp"],
        "_kafka_key": payloads.shown(message["key"]),
        "_kafka_value": message["value"],
        "_kafka_headers": headers,
        "_kafka_topic": topic,
        "_kafka_partition": partition,
        "_kafka_offset": offset,
        "_kafka_timestamp": message["timestamp"],
        "_kafka_tombstone": message["value"].isNull(),
    }


def options(spark: SparkSession, table: Table) -> dict[str, str]:
    """The options of Kafka's source; raises ValueError as `new_rows` does."""
    return {
        # All that there is; Spark's own default would begin with what comes next.
        "startingOffsets": "earliest",
        **table.reader_options,
        "includeHeaders": "true",
        "subscribe": table.topic.name,
        "kafka.bootstrap.servers": _servers(spark, table),
        **_security(spark, table),
    }


def _kind(spark: SparkSession, table: Table) -> str:
    return _configured(spark, table, "kind") or table.format


def _servers(spark: SparkSession, table: Table) -> str:
    stated = _configured(spark, table, "bootstrap_servers") or table.topic.servers
    if not stated:
        raise ValueError(
            f"table {table.name}: nothing says where its topic is; give the variable "
            "kafka_bootstrap_servers a value, or the contract's kafka bootstrapServers"
        )
    is_namespace = "." not in stated and ":" not in stated
    if is_namespace and _kind(spark, table) == "eventhubs":
        return stated + _EVENT_HUBS
    return stated


def _security(spark: SparkSession, table: Table) -> dict[str, str]:
    """How to authenticate, as the contract says; PLAINTEXT asks for nothing."""
    topic, is_event_hub = table.topic, _kind(spark, table) == "eventhubs"
    protocol = _configured(spark, table, "security_protocol") or "SASL_SSL"
    if protocol == "PLAINTEXT":
        return {}
    if topic.service_credential:
        return {"databricks.serviceCredential": topic.service_credential}
    if is_event_hub:
        user, password = EVENT_HUBS_USER, topic.secret_key
    else:
        user, password = topic.username_key, topic.password_key
    if not (topic.secret_scope and user and password):
        keys = "secretKey" if is_event_hub else "usernameKey and passwordKey"
        raise ValueError(
            f"table {table.name}: the contract names no credentials for its topic; add "
            f"serviceCredential to its kafka, or secretScope with {keys}, or set "
            "pipeline.kafka.security_protocol to PLAINTEXT where servers ask for none"
        )
    if not is_event_hub:
        user = _secret(topic.secret_scope, user)
    mechanism = table.reader_options.get("kafka.sasl.mechanism", "PLAIN")
    module = "plain.PlainLoginModule"
    if mechanism.startswith("SCRAM"):
        module = "scram.ScramLoginModule"
    return {
        "kafka.security.protocol": protocol,
        "kafka.sasl.mechanism": mechanism,
        "kafka.sasl.jaas.config": (
            f"{_MODULES}.{module} required username={_quoted(user)} "
            f"password={_quoted(_secret(topic.secret_scope, password))};"
        ),
    }


def _secret(scope: str, key: str) -> str:
    # Where no secret is asked for, there need not be this package.
    from databricks.sdk.runtime import dbutils

    return dbutils.secrets.get(scope=scope, key=key)


def _quoted(text: str) -> str:
    escaped = text.replace("\\", "\\\\").replace('"', '\\"')
    return f'"{escaped}"'


def _configured(spark: SparkSession, table: Table, name: str) -> str:
    """A setting of the pipeline, for the table or for all; empty without one."""
    key = f"pipeline.kafka.{name}"
    return spark.conf.get(f"{key}.{table.name}", "") or spark.conf.get(key, "")
