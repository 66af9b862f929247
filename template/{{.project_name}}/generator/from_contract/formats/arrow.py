"""Rows as Arrow tables in the contract's types, for the formats that have types."""

import base64
from collections.abc import Iterable
from datetime import date, datetime, timezone
from decimal import Decimal
from typing import Any

import pyarrow as pa

from generator.from_contract.judge import Row
from medallion import sql_types
from medallion.model import Table
from medallion.sql_types import Type

_PLAIN = {
    "TINYINT": pa.int8(),
    "SMALLINT": pa.int16(),
    "INT": pa.int32(),
    "BIGINT": pa.int64(),
    "FLOAT": pa.float32(),
    "DOUBLE": pa.float64(),
    "BOOLEAN": pa.bool_(),
    "STRING": pa.string(),
    "BINARY": pa.binary(),
    "DATE": pa.date32(),
    "TIMESTAMP": pa.timestamp("us", tz="UTC"),
    "TIMESTAMP_NTZ": pa.timestamp("us"),
}


def types_of(table: Table, columns: Iterable[str], rows: list[Row]) -> dict[str, Type]:
    """The type of each column, and STRING for those that the contract does not name."""
    known = {c.name: sql_types.parse(c.type) for c in table.source_columns}
    names = dict.fromkeys(columns)
    for row in rows:
        names |= dict.fromkeys(row)
    return {name: known.get(name, Type("STRING")) for name in names}


def table_of(table: Table, columns: Iterable[str], rows: list[Row]) -> pa.Table:
    types = types_of(table, columns, rows)
    schema = pa.schema([(name, _arrow(type_)) for name, type_ in types.items()])
    arrays = [
        pa.array([valued(row.get(f.name), types[f.name]) for row in rows], f.type)
        for f in schema
    ]
    return pa.Table.from_arrays(arrays, schema=schema)


def rows_of(table: pa.Table) -> list[Row]:
    """Back again, as JSON has the values."""
    return [{k: plain(v) for k, v in row.items()} for row in table.to_pylist()]


def valued(value: Any, type_: Type) -> Any:
    """A value as JSON has it, in Python's own type."""
    if value is None:
        return None
    base = type_.base
    if base == "DECIMAL":
        return Decimal(str(value)).quantize(Decimal(1).scaleb(-type_.within[1]))
    if base == "STRING":
        return value if isinstance(value, str) else str(value)
    if base == "DATE":
        return date.fromisoformat(str(value)[:10])
    if base in ("TIMESTAMP", "TIMESTAMP_NTZ"):
        time = datetime.fromisoformat(value.replace("Z", "+00:00"))
        return time if base == "TIMESTAMP" else time.replace(tzinfo=None)
    if base == "BINARY":
        return base64.b64decode(value)
    if base == "STRUCT":
        return {name: valued(value.get(name), t) for name, t in type_.within}
    if base == "ARRAY":
        return [valued(item, type_.within[0]) for item in value]
    if base == "MAP":
        return [(k, valued(v, type_.within[1])) for k, v in value.items()]
    return value


def plain(value: Any) -> Any:
    if isinstance(value, datetime):
        if value.tzinfo:
            value = value.astimezone(timezone.utc).replace(tzinfo=None)
            return value.isoformat(timespec="microseconds") + "Z"
        return value.isoformat(timespec="microseconds")
    if isinstance(value, date):
        return value.isoformat()
    if isinstance(value, Decimal):
        return float(value) if value % 1 else int(value)
    if isinstance(value, bytes):
        return base64.b64encode(value).decode("ascii")
    if isinstance(value, dict):
        return {k: plain(v) for k, v in value.items()}
    if isinstance(value, list):
        if value and all(isinstance(item, tuple) for item in value):
            return {k: plain(v) for k, v in value}
        return [plain(item) for item in value]
    return value


def _arrow(type_: Type) -> pa.DataType:
    if type_.base == "DECIMAL":
        return pa.decimal128(*type_.within)
    if type_.base == "STRUCT":
        return pa.struct([(name, _arrow(inner)) for name, inner in type_.within])
    if type_.base == "ARRAY":
        return pa.list_(_arrow(type_.within[0]))
    if type_.base == "MAP":
        return pa.map_(pa.string(), _arrow(type_.within[1]))
    return _PLAIN[type_.base]
