"""The data contract: one file that says what the data is, and how its tables relate.

Reads the Open Data Contract Standard, versions 3.0 to 3.2
(https://bitol-io.github.io/open-data-contract-standard/). What the standard has no
field for stands in `customProperties`. Of a table: role, format, location, kafka (of
a topic; see `model.Topic`), readerOptions, keys (only without `properties`),
sequenceBy, deleteWhen, truncateWhen, ignoreNullUpdates, technicalColumns,
historyColumns, deduplicateWithin, clusterBy, maxQuarantineShare. Of a column: formats,
decimalSeparator, groupSeparator, enum (before version 3.2). Of a relationship:
inheritKeys, onMissing.

`into` names the table that a source's accepted rows are added to, in place of one of
its own; with `once: true` that is done once, and again when that table is rebuilt. The
relationships of that table are those of the source, too.

Role snapshot, whole dumps, has two of its own. historyType: 2 (the default) keeps all
versions of a row, 1 the rows of the last dump. snapshotVersion says where the names of
files have the version of their dump, by a regular expression with one group, and what
that is: `{pattern: 'customers_([0-9-]+)', type: time}` (the default; ISO 8601, or its
digits alone) or `type: number`. Without it each file is a dump, as of its modification.

A property has its `name` in all tables; `physicalName` is what files, messages and
tables of others call it, where that differs. A table without `properties` names columns
as its source does, and has them under `names.in_tables` of that.

`sequenceBy` names what orders the changes of a key, then what settles ties. Where the
first of its columns is a date or a time, that is when a fact happened, and from when on
a version of a member is valid.

A relationship of a fact leads to the key of a dimension, to `date.date` (the calendar),
or to the key of another fact, its header, whose time it then has.
"""

from dataclasses import replace
from pathlib import Path

from medallion import checks, documents, headers, merged, names, rules, sql_types
from medallion.checks.tables import NAME_COLUMNS
from medallion.documents import as_tuple, custom_properties, one_line
from medallion.model import (
    CALENDAR,
    DAY,
    HEADER,
    MEMBER,
    ON_MISSING,
    TOPIC_FORMATS,
    Column,
    Relationship,
    Rule,
    Table,
    Topic,
)
from medallion.problems import ContractError, Problem
from medallion.unenforced import remarks, undated

__all__ = [
    "Column",
    "ContractError",
    "Problem",
    "Relationship",
    "Rule",
    "Table",
    "configured",
    "load",
    "unenforced",
]

MOST_CLUSTER_COLUMNS = 4


def load(path: str | Path) -> tuple[Table, ...]:
    """The tables of a contract. Raises ContractError, which names every fault."""
    return _read(path)[1]


def configured(conf) -> tuple[Table, ...]:
    """The tables of the contract that a pipeline is configured with.

    `conf` is `spark.conf`: `pipeline.contract` is the file; where
    `pipeline.strict_rules` is true, rules with a `strictAction` take that. Raises
    ContractError, which names every fault.
    """
    tables = load(conf.get("pipeline.contract"))
    if conf.get("pipeline.strict_rules", "false") != "true":
        return tables
    return tuple(
        replace(table, rules=tuple(map(_strict, table.rules))) for table in tables
    )


def _strict(rule: Rule) -> Rule:
    return replace(rule, action=rule.strict_action or rule.action)


def unenforced(path: str | Path) -> tuple[str, ...]:
    """What the contract demands and the pipeline does not judge rows by, with reasons.

    Raises ContractError as `load` does.
    """
    document, tables = _read(path)
    pairs = zip(document["schema"], tables, strict=True)
    return tuple(
        remark
        for entry, table in pairs
        for remark in (*remarks(entry, table), *undated(table, tables))
    )


def _read(path: str | Path) -> tuple[dict, tuple[Table, ...]]:
    document, problems = documents.read(path)
    if document is None and problems:
        raise ContractError(problems)
    file = Path(path).name
    problems += checks.problems(document, file)
    tables: list[Table] = []
    if checks.has_tables(document):
        faulty = {problem.table for problem in problems}
        entries = [e for e in document["schema"] if isinstance(e.get("name"), str)]
        facts = frozenset(e["name"] for e in entries if _is_fact(e))
        sound = [entry for entry in entries if entry["name"] not in faulty]
        tables = headers.inherit([_table(entry, facts) for entry in sound])
        problems += checks.clashes(tables, file)
    if problems:
        raise ContractError(problems)
    return document, tuple(merged.inherit(tables))


def _is_fact(entry: dict) -> bool:
    custom = entry.get("customProperties")
    role = {"property": "role", "value": "fact"}
    return isinstance(custom, list) and any(
        isinstance(p, dict) and role.items() <= p.items() for p in custom
    )


def _table(entry: dict, facts: frozenset[str]) -> Table:
    custom = custom_properties(entry)
    properties = entry.get("properties") or []
    options = custom.get("readerOptions") or {}
    table = Table(
        name=entry["name"],
        comment=one_line(entry.get("description")),
        role=custom["role"],
        format=custom["format"],
        location=custom.get("location"),
        topic=_topic(entry["name"], custom),
        reader_options={key: _option(value) for key, value in options.items()},
        keys=documents.keys_of(entry),
        sequence_by=_named(custom, "sequenceBy"),
        delete_when=custom.get("deleteWhen"),
        truncate_when=custom.get("truncateWhen"),
        into=custom.get("into"),
        once=custom.get("once", False),
        ignore_null_updates=custom.get("ignoreNullUpdates", False),
        technical_columns=_named(custom, "technicalColumns"),
        history_columns=_named(custom, "historyColumns"),
        history_type=custom.get("historyType", 2),
        **_snapshot_version(custom.get("snapshotVersion") or {}),
        deduplicate_within=custom.get("deduplicateWithin", "7 days"),
        max_quarantine_share=custom.get("maxQuarantineShare"),
        columns=tuple(_column(p) for p in properties),
        renamed={} if properties else _renamed(custom),
        relationships=_relationships(entry, facts),
    )
    if table.reads_changes:
        table = replace(table, delete_when="_change = 'delete'")
    elif table.topic and table.role != "fact":
        stated = f" OR ({table.delete_when})" if table.delete_when else ""
        table = replace(table, delete_when=f"_kafka_tombstone{stated}")
    return replace(
        table,
        cluster_by=_named(custom, "clusterBy") or _clustering(table),
        rules=rules.derive(table, properties, entry.get("quality") or []),
    )


def _named(custom: dict, place: str) -> tuple[str, ...]:
    """Columns as tables call them, of a table without properties, too."""
    return tuple(map(names.in_tables, as_tuple(custom.get(place))))


def _renamed(custom: dict) -> dict[str, str]:
    """What the source calls the columns that a table without properties names."""
    places = ("keys", *NAME_COLUMNS)
    stated = [name for place in places for name in as_tuple(custom.get(place))]
    called = {names.in_tables(name): name for name in stated}
    return {name: source for name, source in called.items() if name != source}


def _snapshot_version(stated: dict) -> dict[str, str]:
    named = {"pattern": "version_pattern", "type": "version_type"}
    return {named[key]: value for key, value in stated.items()}


def _topic(table: str, custom: dict) -> Topic | None:
    if custom["format"] not in TOPIC_FORMATS:
        return None
    stated = custom.get("kafka") or {}
    return Topic(
        name=stated.get("topic", table),
        payload=stated.get("payload", "json"),
        avro_schema=stated.get("avroSchema"),
        servers=stated.get("bootstrapServers"),
        service_credential=stated.get("serviceCredential"),
        secret_scope=stated.get("secretScope"),
        secret_key=stated.get("secretKey"),
        username_key=stated.get("usernameKey"),
        password_key=stated.get("passwordKey"),
    )


def _column(entry: dict) -> Column:
    type_ = sql_types.parse(entry["physicalType"])
    custom = custom_properties(entry)
    return Column(
        name=entry["name"],
        type=str(type_),
        required=entry.get("required", False),
        comment=one_line(entry.get("description")),
        transform=entry.get("transformLogic"),
        formats=documents.formats_of(entry, type_.base in sql_types.TIMES),
        decimal=custom.get("decimalSeparator", "."),
        group=custom.get("groupSeparator", ""),
        physical=entry.get("physicalName", ""),
    )


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clustering(table: Table) -> tuple[str, ...]:
    """What readers filter by: when a fact happened, the key of a dimension.

    What follows the first column of a sequence only settles ties.
    """
    wanted = table.sequence_by[:1] if table.role == "fact" else table.keys
    if table.columns:
        types = {c.name: sql_types.parse(c.type) for c in table.columns}
        wanted = tuple(c for c in wanted if sql_types.is_clusterable(types[c]))
    return wanted[:MOST_CLUSTER_COLUMNS]


def _relationships(entry: dict, facts: frozenset[str]) -> tuple[Relationship, ...]:
    """A second relationship to the same table is named after its own columns."""
    found: list[Relationship] = []
    for columns, table, to, custom in documents.references(entry):
        kind = HEADER if table in facts else DAY if table == CALENDAR else MEMBER
        key = _day_key(columns[0]) if kind == DAY else f"{table}_key"
        stem = "_".join(c.removesuffix("_id") for c in columns)
        if kind == HEADER:
            key = table
        if kind != DAY and any(other.key == key for other in found):
            key = stem if kind == HEADER else f"{stem}_key"
        keys = custom.get("inheritKeys", False)
        keys = keys if isinstance(keys, bool) else as_tuple(keys)
        relationship = Relationship(columns, table, to, key, kind, keys or ())
        if "onMissing" in custom:
            rule = f"{'_'.join(columns)}_exists"
            if any(other.rule == rule for other in found):
                rule = f"{rule}_in_{table}"
            action = ON_MISSING[custom["onMissing"]]
            relationship = replace(relationship, rule=rule, on_missing=action)
        found.append(relationship)
    return tuple(found)


def _day_key(column: str) -> str:
    """`shipped_at_date_key` of shipped_at, `ship_date_key` of ship_date."""
    return f"{column}_key" if column.endswith("_date") else f"{column}_date_key"
