"""What can be wrong with what a table says of its topic: the custom property kafka."""

import re
from collections.abc import Iterator

from medallion.checks.shapes import shown
from medallion.model import TOPIC_FORMATS
from medallion.problems import Fault, did_you_mean

_TEXTS = (
    *("topic", "payload", "bootstrapServers", "serviceCredential", "secretScope"),
    *("secretKey", "usernameKey", "passwordKey"),
)
_PAYLOADS = ("json", "avro", "text")
_TOPIC = re.compile(r"[A-Za-z0-9._-]{1,249}")
_KEYS = ("secretKey", "usernameKey", "passwordKey")
# What the property says already, in the options of the reader
_SAID = {
    "subscribe": "topic",
    "subscribepattern": "topic",
    "assign": "topic",
    "kafka.bootstrap.servers": "bootstrapServers",
    "kafka.security.protocol": "serviceCredential or secretScope",
    "databricks.servicecredential": "serviceCredential",
}
_CREDENTIAL = re.compile(
    r"kafka\.(sasl\.jaas\.config|sasl\.oauthbearer\..*|ssl\..*(password|key|location).*"
    r"|.*(password|secret|token).*)",
    re.IGNORECASE,
)


def faults(entry: dict, custom: dict, columns: list[str]) -> Iterator[Fault]:
    """The faults of a topic; `columns` are those of the table's properties."""
    stated = custom.get("kafka")
    if custom.get("format") not in TOPIC_FORMATS:
        if stated is not None:
            message = f"kafka means nothing for format {custom.get('format')}"
            yield Fault("kafka", message, "remove it, or write format: kafka")
        return
    if "location" in custom:
        remedy = "write {property: kafka, value: {topic: name}} in its place"
        yield Fault("location", "a topic has no location", remedy)
    stated = stated or {}
    yield from _texts(stated)
    topic = stated.get("topic", entry["name"])
    if isinstance(topic, str) and not _TOPIC.fullmatch(topic):
        remedy = "write letters, digits, ., _ and -"
        yield Fault("kafka", f"{topic} cannot name a topic", remedy)
    payload = stated.get("payload", "json")
    if isinstance(payload, str) and payload not in _PAYLOADS:
        message = f"{payload} is not a payload"
        yield Fault("kafka", message, did_you_mean(payload, _PAYLOADS))
    yield from _avro(stated, entry)
    if payload == "text" and (columns and list(_sourced(entry).values()) != ["value"]):
        message = "a payload of text has one column, value"
        remedy = "name it value, or add physicalName: value, and derive the others"
        yield Fault("properties", message, remedy)
    yield from _credentials(stated)
    yield from _options(custom.get("readerOptions") or {})


def _texts(stated: dict) -> Iterator[Fault]:
    for name, value in stated.items():
        if name not in (*_TEXTS, "avroSchema"):
            remedy = did_you_mean(name, (*_TEXTS, "avroSchema"))
            yield Fault("kafka", f"{name} is not known", remedy)
        elif name in _TEXTS and not (isinstance(value, str) and value.strip()):
            yield Fault("kafka", f"{name} is {shown(value)}", "write text")


def _avro(stated: dict, entry: dict) -> Iterator[Fault]:
    schema, is_avro = stated.get("avroSchema"), stated.get("payload") == "avro"
    if not is_avro:
        if schema is not None:
            remedy = "add payload: avro, or remove avroSchema"
            yield Fault("kafka", "avroSchema is for a payload of Avro", remedy)
        return
    fields = schema.get("fields") if isinstance(schema, dict) else None
    are_fields = isinstance(fields, list) and all(
        isinstance(field, dict) and isinstance(field.get("name"), str)
        for field in fields
    )
    if not (are_fields and schema.get("type") == "record" and schema.get("name")):
        message = "a payload of Avro needs the schema of its record"
        remedy = "add avroSchema: {type: record, name: order, fields: […]}"
        yield Fault("kafka", message, remedy)
        return
    names = [field["name"] for field in fields]
    for column, field in _sourced(entry).items():
        if field not in names:
            message = "avroSchema has no such field"
            if field != column:
                message = f"avroSchema has no field {field}"
            yield Fault(f"property {column}", message, did_you_mean(field, names))


def _sourced(entry: dict) -> dict[str, str]:
    """What the payload calls each column, by name."""
    properties = entry.get("properties") or []
    sourced = [p for p in properties if not p.get("transformLogic")]
    return {p["name"]: p.get("physicalName", p["name"]) for p in sourced}


def _credentials(stated: dict) -> Iterator[Fault]:
    keys = [key for key in _KEYS if key in stated]
    if "serviceCredential" in stated and ("secretScope" in stated or keys):
        message = "serviceCredential and a secret are two ways to authenticate"
        yield Fault("kafka", message, "keep one of them")
    elif "secretScope" in stated and not keys:
        remedy = "add secretKey for Event Hubs, or usernameKey and passwordKey"
        yield Fault("kafka", "secretScope names no secret", remedy)
    elif keys and "secretScope" not in stated:
        yield Fault("kafka", f"{keys[0]} lacks its scope", "add secretScope")
    if ("usernameKey" in stated) != ("passwordKey" in stated):
        message = "usernameKey and passwordKey go together"
        yield Fault("kafka", message, "add the other one")


def _options(options: dict) -> Iterator[Fault]:
    for name in map(str, options):
        if name.lower() in _SAID:
            remedy = f"write {_SAID[name.lower()]} in the property kafka"
            message = f"{name} is set by the pipeline"
            yield Fault("readerOptions", message, remedy)
        elif _CREDENTIAL.fullmatch(name):
            message = f"{name} does not belong in a contract, which everybody reads"
            remedy = "name the secret in the property kafka: secretScope and its keys"
            yield Fault("readerOptions", message, remedy)
