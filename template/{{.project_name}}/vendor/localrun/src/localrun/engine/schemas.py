"""The schema that a dataset's decorator states: its columns, and its keys.

Keys are constraints that nobody enforces; on Databricks they are shown beside the
columns. A column of a primary key is NOT NULL, whether it says so or not. Follows
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
and https://docs.databricks.com/aws/en/ldp/developer/ldp-sql-ref-create-streaming-table.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from typing import cast

from pyspark.pipelines.output import Output, Table
from pyspark.sql.types import StructField, StructType

from localrun.errors import FlowError
from localrun.storage import column_types
from localrun.storage.names import Names

_QUOTED = re.compile(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|`(?:[^`]|``)*`")
_NAME = r"(?:`(?:[^`]|``)*`|\w+)"
_NAMES = rf"\(\s*{_NAME}(?:\s*,\s*{_NAME})*\s*\)"
_PATH = rf"{_NAME}(?:\s*\.\s*{_NAME})*"
_OPTIONS = (
    r"(?P<options>(?:\s+(?:NOT\s+ENFORCED|DEFERRABLE|INITIALLY\s+DEFERRED|RELY|NORELY"
    r"|MATCH\s+FULL|ON\s+UPDATE\s+NO\s+ACTION|ON\s+DELETE\s+NO\s+ACTION))*)"
)
_NAMED = rf"(?:CONSTRAINT\s+(?P<name>{_NAME})\s+)?"
_REFERENCES = rf"REFERENCES\s+(?P<table>{_PATH})\s*(?P<to>{_NAMES})?"
_OF_TABLE = re.compile(
    rf"{_NAMED}(?:PRIMARY\s+KEY\s*(?P<key>{_NAMES})"
    rf"|FOREIGN\s+KEY\s*(?P<columns>{_NAMES})\s*{_REFERENCES}){_OPTIONS}",
    re.IGNORECASE,
)
_OF_COLUMN = re.compile(
    rf"\s{_NAMED}(?:(?P<key>PRIMARY\s+KEY)|(?:FOREIGN\s+KEY\s+)?{_REFERENCES})"
    rf"{_OPTIONS}",
    re.IGNORECASE,
)
_IS_CONSTRAINT = re.compile(
    r"(?:CONSTRAINT|PRIMARY\s+KEY|FOREIGN\s+KEY)\b", re.IGNORECASE
)


@dataclass(frozen=True)
class Key:
    """A primary key, or, where it names a table, a foreign key to columns of that."""

    columns: tuple[str, ...]
    name: str = ""
    rely: bool = False
    table: str = ""
    to: tuple[str, ...] = ()


@dataclass(frozen=True)
class Schema:
    columns: StructType
    primary_key: Key | None = None
    foreign_keys: tuple[Key, ...] = ()


def stated(output: Output) -> Schema | None:
    """What the dataset's decorator states, if it does. Raises FlowError."""
    schema = output.schema if isinstance(output, Table) else None
    if schema is None:
        return None
    return parse(schema) if isinstance(schema, str) else Schema(schema)


@cache
def parse(text: str) -> Schema:
    """The schema that DDL states. Raises FlowError where its keys are not sound.

    Raises what Spark does where the columns are not.
    """
    columns: list[str] = []
    keys: list[Key] = []
    for item in _items(text):
        if _IS_CONSTRAINT.match(item):
            found = _OF_TABLE.fullmatch(item)
            if not found:
                raise FlowError(
                    f"its schema states {item!r}, which is neither PRIMARY KEY "
                    "(columns) nor FOREIGN KEY (columns) REFERENCES table (columns)"
                )
            keys.append(_key(found, found["key"] or found["columns"]))
            continue
        masked = _QUOTED.sub(
            lambda quoted: "`" + "_" * (len(quoted[0]) - 2) + "`", item
        )
        if found := _OF_COLUMN.search(masked):
            whole = _OF_COLUMN.match(item, found.start())
            assert whole
            column = re.match(rf"\s*({_NAME})", item)
            keys.append(_key(whole, f"({column[1]})" if column else "()"))
            item = item[: found.start()] + item[whole.end() :]
        columns.append(item)
    fields = cast(StructType, StructType.fromDDL(", ".join(columns)))
    primary = [key for key in keys if not key.table]
    if len(primary) > 1:
        raise FlowError("its schema states two primary keys, and a table has one")
    names = {field.name.lower(): field.name for field in fields}
    for key in keys:
        for name in key.columns:
            if name.lower() not in names:
                raise FlowError(
                    f"a key of its schema names {name}, and its columns are "
                    f"{', '.join(names.values())}"
                )
        if key.to and len(key.to) != len(key.columns):
            raise FlowError(
                f"its foreign key ({', '.join(key.columns)}) refers to "
                f"{len(key.to)} columns of {key.table}: state one for each of its own"
            )
    required = {name.lower() for key in primary for name in key.columns}
    known = [
        StructField(
            f.name,
            f.dataType,
            f.nullable and f.name.lower() not in required,
            f.metadata,
        )
        for f in fields
    ]
    foreign = tuple(key for key in keys if key.table)
    return Schema(StructType(known), primary[0] if primary else None, foreign)


def faults(outputs: Mapping[str, Output], names: Names) -> Iterator[str]:
    """What is wrong with the keys that refer to other datasets, a sentence each.

    As Unity Catalog does, which knows a foreign key by the primary key of its parent.
    """
    known: dict[str, Schema] = {}
    for name, output in outputs.items():
        try:
            schema = stated(output)
        except Exception:  # told where the dataset is evaluated
            continue
        if schema:
            known[name] = schema
    for name, schema in known.items():
        types = {f.name.lower(): f.dataType for f in schema.columns}
        for key in schema.foreign_keys:
            parent = names.short(key.table)
            if parent not in outputs:
                continue  # a table of others, of which nothing is known
            refers = f"{name}: its foreign key ({', '.join(key.columns)}) refers to"
            primary = known[parent].primary_key if parent in known else None
            if primary is None:
                yield f"{refers} {parent}, whose schema states no primary key"
                continue
            to = key.to or primary.columns
            if [c.lower() for c in to] != [c.lower() for c in primary.columns]:
                yield (
                    f"{refers} {', '.join(to)} of {parent}, whose primary key is "
                    f"({', '.join(primary.columns)})"
                )
                continue
            others = {f.name.lower(): f.dataType for f in known[parent].columns}
            for one, other in zip(key.columns, to, strict=True):
                if types[one.lower()] != others[other.lower()]:
                    yield (
                        f"{refers} {other} of {parent}, which is "
                        f"{others[other.lower()].simpleString()} where {one} is "
                        f"{types[one.lower()].simpleString()}"
                    )


def check_fits(output: Table, found: StructType, whole: bool) -> None:
    """Raises FlowError where a query's columns are not those that its table states.

    `whole`: it must have all of them, as that of a materialized view must. What a
    flow that appends leaves out is NULL.
    """
    schema = stated(output)
    if schema is None:
        return
    known = {f.name.lower(): f for f in schema.columns}
    names = {f.name.lower() for f in found}
    wrong = [f"{f.name} is not in it" for f in found if f.name.lower() not in known]
    wrong += [
        f"the query lacks {field.name}"
        for name, field in known.items()
        if name not in names and (whole or not field.nullable)
    ]
    wrong += [
        f"{column} is {old.simpleString()} in it and {new.simpleString()} in the query"
        for column, old, new in column_types.changes("", schema.columns, found)
    ]
    if wrong:
        raise FlowError(
            f"the schema of {output.name} does not fit its query: {'; '.join(wrong)}"
        )


def _items(text: str) -> Iterator[str]:
    """What stands between the commas that are not within brackets or quotes."""
    masked = _QUOTED.sub(lambda quoted: "_" * len(quoted[0]), text)
    depth, start = 0, 0
    for place, sign in enumerate(masked):
        depth += (sign in "(<") - (sign in ")>")
        if sign == "," and not depth:
            yield text[start:place].strip()
            start = place + 1
    if text[start:].strip():
        yield text[start:].strip()


def _key(found: re.Match[str], columns: str) -> Key:
    key = Key(
        tuple(_unquoted(name) for name in re.findall(_NAME, columns)),
        _unquoted(found["name"] or ""),
        bool(re.search(r"\bRELY\b", found["options"], re.IGNORECASE)),
    )
    if not found["table"]:
        return key
    to = tuple(_unquoted(name) for name in re.findall(_NAME, found["to"] or ""))
    return replace(key, table=found["table"], to=to)


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
