"""What a message says: its payload as columns of text, whatever it is written in.

Avro is read as the JSON that it could have been, so that the contract's types are
applied in one way. Nothing is guessed: a payload is one JSON object, or it is kept as
it is in `_corrupt_record`, for quarantine.
"""

import json

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.avro.functions import from_avro

from medallion import casting, json_text, names
from medallion.checks import predicates
from medallion.contract import Table
from medallion.model import CORRUPT, MESSAGE, MESSAGE_PARTS, RESCUED

# The whole payload of a table without properties, whose columns nobody knows
PAYLOAD = "payload"
_TEXT, _FIELDS, _KEY = MESSAGE_PARTS


def parsed(messages: DataFrame, table: Table) -> DataFrame:
    """Messages as Kafka's source has them, as columns of text.

    Adds the columns that the contract names, `_corrupt_record string`, a payload that
    cannot be read, and `_rescued_data string`, the fields that the contract does not
    name as JSON; a table without properties has `payload string` instead, all of it.
    `_kafka` is the message itself. A message without a payload, a tombstone, has the
    key of the row that it deletes: columns by the fields of a key in JSON, or the one
    key column, and its timestamp in place of the sequence.
    """
    rows = messages.select(F.struct("*").alias(MESSAGE))
    value = F.col(MESSAGE)["value"]
    if table.topic.payload == "text":
        unreadable = F.when(value.isNotNull() & _text(value).isNull(), shown(value))
        return rows.withColumns(
            {
                _line(table): _text(value),
                CORRUPT: unreadable,
                RESCUED: F.lit(None).cast("string"),
            }
        )
    text = _from_avro(value, table) if table.topic.payload == "avro" else _text(value)
    rows = rows.withColumn(_TEXT, text)
    rows = rows.withColumn(_FIELDS, _fields(F.col(_TEXT)))
    rows = rows.withColumn(_KEY, _fields(_text(F.col(MESSAGE)["key"])))
    named = _named(table)
    columns = {name: _field(_FIELDS, field) for name, field in named.items()}
    if table.role != "fact":
        for name, deleted in _of_tombstone(table).items():
            columns[name] = F.when(value.isNull(), deleted).otherwise(columns[name])
    known = list(named.values())
    unknown = F.map_filter(F.col(_FIELDS), lambda name, _: ~name.isin(known))
    rest = {RESCUED: F.when(F.size(unknown) > 0, _json_of(unknown))}
    if not table.columns:
        rest = {RESCUED: F.lit(None).cast("string")}
        if PAYLOAD not in named:
            rest[PAYLOAD] = F.col(_TEXT)
    is_unreadable = value.isNotNull() & F.col(_FIELDS).isNull()
    corrupt = F.when(is_unreadable, F.coalesce(_TEXT, shown(value)))
    rows = rows.withColumns({**columns, CORRUPT: corrupt, **rest})
    return rows.drop(_TEXT, _FIELDS, _KEY)


def _named(table: Table) -> dict[str, str]:
    """The fields that become columns, by their names as such.

    Without properties, those that anything names.
    """
    texts = [rule.expectation for rule in table.rules if not table.columns]
    texts += [table.delete_when or ""] if not table.columns else []
    by_rules = [name for text in texts for name in predicates.columns(text)]
    own = (*table.added_columns, PAYLOAD)
    others = {n: n for n in by_rules if not names.is_kept(n, own)}
    return {**others, **table.source_names}


def _line(table: Table) -> str:
    """The column of a payload of text."""
    by_source = {source: name for name, source in table.source_names.items()}
    return by_source.get("value", "value")


def shown(value: Column) -> Column:
    """Bytes as text; where they are not UTF-8, as a data URL (RFC 2397), exactly."""
    url = F.concat(F.lit("data:;base64,"), F.base64(value))
    return F.coalesce(_text(value), url)


def _text(value: Column) -> Column:
    return F.try_validate_utf8(value.cast("string"))


def _fields(text: Column) -> Column:
    """`map<string,variant>` of a text that is one JSON object; NULL of any other.

    Its numbers are `json_text.marked`: a variant keeps no more than 38 digits. In a
    wrapper, since Spark does not look at what follows a value: `whole` would not
    be found behind it, or another field would be.
    """
    marked = json_text.marked(text)
    wrapped = F.concat(F.lit('{"value":'), marked, F.lit(',"whole":true}'))
    outer = F.try_parse_json(wrapped).try_cast("map<string,variant>")
    value = F.try_element_at(outer, F.lit("value"))
    return F.when(F.size(outer) == 2, value.try_cast("map<string,variant>"))


def _field(fields: str, name: str) -> Column:
    """The text of a field: of a number its digits, of a nested value its JSON."""
    value = F.try_element_at(F.col(fields), F.lit(name))
    return json_text.exact(value.try_cast("string"))


def _json_of(fields: Column) -> Column:
    return json_text.exact(F.to_json(fields))


def _of_tombstone(table: Table) -> dict[str, Column]:
    message = F.col(MESSAGE)
    called = table.source_names
    found = {name: _field(_KEY, called[name]) for name in table.keys}
    if len(table.keys) == 1:
        (name,) = table.keys
        found[name] = F.when(F.col(_KEY).isNull(), _text(message["key"])).otherwise(
            found[name]
        )
    # A number would order it among rows of other times: it is quarantined then.
    if table.sequence_is_time:
        time = message["timestamp"].cast("string")
        found.setdefault(table.sequence_by[0], time)
    return found


def _from_avro(value: Column, table: Table) -> Column:
    """The record as JSON; NULL where it cannot be read.

    Spark reads such a one as a record of nothing but NULLs.
    """
    schema = json.dumps(table.topic.avro_schema)
    record = from_avro(value, schema, {"mode": "PERMISSIVE"})
    text = F.to_json(record, casting.EXACT_TIMES)
    return F.when(text != "{}", text)
