"""Avro files in the contract's types; every field may be NULL."""

from collections.abc import Iterable
from pathlib import Path
from typing import Any

import fastavro

from generator.from_contract.formats import arrow
from generator.from_contract.judge import Row
from medallion.model import Table
from medallion.sql_types import Type

EXTENSION = "avro"
FIRST_LINE = 1
TYPED = True
BREAKS = ""
GROWS = True
BLANK_IS_NULL = False
# So that the same rows make the same bytes.
_MARKER = b"generator file 1"
_PLAIN: dict[str, Any] = {
    "TINYINT": "int",
    "SMALLINT": "int",
    "INT": "int",
    "BIGINT": "long",
    "FLOAT": "float",
    "DOUBLE": "double",
    "BOOLEAN": "boolean",
    "STRING": "string",
    "BINARY": "bytes",
    "DATE": {"type": "int", "logicalType": "date"},
    "TIMESTAMP": {"type": "long", "logicalType": "timestamp-micros"},
    "TIMESTAMP_NTZ": {"type": "long", "logicalType": "local-timestamp-micros"},
}


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    rows = list(rows)
    types = arrow.types_of(table, columns, rows)
    schema = fastavro.parse_schema(_record("row", types))
    values = ({n: _valued(row.get(n), t) for n, t in types.items()} for row in rows)
    with path.open("wb") as file:
        fastavro.writer(file, schema, values, sync_marker=_MARKER)


def read(path: Path, table: Table) -> list[Row]:
    with path.open("rb") as file:
        return [
            {k: arrow.plain(v) for k, v in row.items()} for row in fastavro.reader(file)
        ]


def _record(name: str, types: dict[str, Type]) -> dict:
    fields = [
        {"name": column, "type": ["null", _avro(type_, f"{name}_{i}")], "default": None}
        for i, (column, type_) in enumerate(types.items())
    ]
    return {"type": "record", "name": name, "fields": fields}


def _avro(type_: Type, name: str) -> Any:
    if type_.base == "DECIMAL":
        precision, scale = type_.within
        decimal = {"type": "bytes", "logicalType": "decimal"}
        return decimal | {"precision": precision, "scale": scale}
    if type_.base == "STRUCT":
        return _record(name, dict(type_.within))
    if type_.base == "ARRAY":
        return {"type": "array", "items": ["null", _avro(type_.within[0], name)]}
    if type_.base == "MAP":
        return {"type": "map", "values": ["null", _avro(type_.within[1], name)]}
    return _PLAIN[type_.base]


def _valued(value: Any, type_: Type) -> Any:
    """As Arrow has it, but for a map."""
    if value is not None and type_.base == "MAP":
        return {k: _valued(v, type_.within[1]) for k, v in value.items()}
    if value is not None and type_.base == "ARRAY":
        return [_valued(item, type_.within[0]) for item in value]
    if value is not None and type_.base == "STRUCT":
        return {name: _valued(value.get(name), t) for name, t in type_.within}
    return arrow.valued(value, type_)
