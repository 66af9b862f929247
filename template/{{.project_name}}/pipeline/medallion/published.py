"""What readers are told of each table: a comment on every column, and its keys.

Where the contract names the columns, a table states them as its schema, with the keys
as constraints that nobody enforces and that Catalog Explorer and BI tools show. A key
is RELY, which lets queries be rewritten, only where the pipeline itself makes it
unique. Foreign keys lead from the facts to the members and headers that they read, so
that these are there first. Follows
https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
and https://docs.databricks.com/aws/en/sql/user/queries/query-optimization-constraints.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping

from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from medallion import sql_text
from medallion.model import CALENDAR, DAY, Table

# Of the columns that the pipeline adds to a row
ADDED = {
    "_misfits": "Text of each value that does not fit the contract's type, by column.",
    "_missing": "The references of the row that led nowhere when it came.",
    "_ingested_at": "When the row was read.",
    "_source_file": "The file, table or topic that the row came from.",
    "_source_modified_at": "When what the row came from was last changed.",
    "_rescued_data": "What the file has beside the known columns, as JSON.",
    "_corrupt_record": "The text of a line that could not be read.",
    "_change": "What happened to the row in its source.",
    "_change_version": "The commit of its source that changed the row.",
    "_kafka_key": "Key of the message.",
    "_kafka_value": "Payload of the message.",
    "_kafka_headers": "Headers of the message.",
    "_kafka_topic": "Topic of the message.",
    "_kafka_partition": "Partition of the topic.",
    "_kafka_offset": "Place of the message in its partition.",
    "_kafka_timestamp": "When the message was sent, or reached the broker.",
    "_kafka_tombstone": "Whether the message has a key and no payload: a delete.",
    "failed_rules": "Every rule that the row breaks, with the reason.",
    "record": "The row as JSON, with the text of what does not fit.",
    "quarantined_at": "When the row was set aside.",
    "__START_AT": "Since when the version counts, by what orders its changes.",
    "__END_AT": "Until when the version counts; NULL while it does.",
}
_Column = tuple[str, str, str]
_InLayer = Callable[[str], str]


def described(rows: DataFrame, /, **comments: str) -> DataFrame:
    """The rows with comments on these columns; Delta takes them into the table."""
    return rows.withColumns(
        {
            name: F.col(sql_text.name(name)).alias(name, metadata={"comment": comment})
            for name, comment in comments.items()
        }
    )


def silver(table: Table) -> str | None:
    """The schema of `silver_<table>`; None where the contract does not state it.

    Of versions, a key has many: they have no primary key.
    """
    columns = [*_stored(table)]
    if not columns or (table.is_dumped and table.version_type == "number"):
        return None  # whose type __START_AT then has, no document says
    if not table.has_history:
        is_merged = table.role not in ("fact", "reference")
        return _ddl(columns, _primary(f"silver_{table.name}", table.keys, is_merged))
    bounds = [
        (name, _type_of_sequence(table), ADDED[name])
        for name in ("__START_AT", "__END_AT")
    ]
    return _ddl([*columns, *bounds])


def current(table: Table) -> str | None:
    """The schema of `silver_<table>_current`, which has each key once."""
    if silver(table) is None:
        return None
    name = f"silver_{table.name}_current"
    return _ddl([*_stored(table)], _primary(name, table.keys, rely=True))


def dimension(table: Table) -> str | None:
    """The schema of `gold_dim_<table>`: what `star.members` makes of its rows."""
    if silver(table) is None:
        return None
    key = f"{table.name}_key"
    columns = [
        (key, "BIGINT", "Surrogate key of the version; -1 is the unknown member."),
        *_stored(table),
        ("valid_from", "TIMESTAMP", "Since when facts find this version."),
        ("valid_to", "TIMESTAMP", "Until when; NULL while it lasts."),
        ("is_current", "BOOLEAN", "Whether it is the latest version of its member."),
    ]
    # Of a reference, nobody knows whether its files have a key once.
    rely = table.role != "reference"
    return _ddl(columns, _primary(f"gold_dim_{table.name}", [key], rely))


def fact(table: Table, tables: Mapping[str, Table], in_layer: _InLayer) -> str | None:
    """The schema of `gold_fact_<table>`: what `star.with_dimension_keys` makes of it.

    `tables` are those of the star schema, by name.
    """
    facts = [*_stored(table)]
    if not facts:
        return None
    own = {r.key: r for r in table.relationships}
    columns, keys = [], _primary(f"gold_fact_{table.name}", table.keys, rely=False)
    for name, to in table.star_keys:
        relationship = own.get(name)
        if to == CALENDAR or (relationship and relationship.kind == DAY):
            columns.append((name, "INT", "A day of gold_dim_date; -1 is unknown."))
            continue
        comment = f"The version of gold_dim_{to} at that time; -1 is unknown."
        columns.append((name, "BIGINT", comment))
        if to in tables and dimension(tables[to]):
            parent = in_layer(f"gold_dim_{to}")
            keys.append(_foreign(table, [name], parent, [f"{to}_key"]))
    if table.dated_by:
        header = f"When its {table.dated_by.table} happened."
        columns.append((table.dated_by.time, "TIMESTAMP", header))
    for header in table.headers:
        if tables[header.table].columns:
            parent = in_layer(f"gold_fact_{header.table}")
            keys.append(_foreign(table, header.columns, parent, header.to))
    return _ddl([*columns, *facts], keys)


def calendar() -> str:
    """The schema of `gold_dim_date`: what `star.calendar` makes."""
    columns = [
        ("date_key", "INT", "The day as a number such as 20261121; -1 is unknown."),
        ("date", "DATE", "The day."),
        ("year", "INT", "Its year."),
        ("quarter", "INT", "Its quarter, 1 to 4."),
        ("month", "INT", "Its month, 1 to 12."),
        ("month_name", "STRING", "Name of the month."),
        ("week", "INT", "Its week, as ISO 8601 counts them."),
        ("day", "INT", "Day of the month."),
        ("day_of_week", "INT", "Day of the week, 1 is Monday."),
        ("day_name", "STRING", "Name of the day."),
        ("is_weekend", "BOOLEAN", "Whether it is a Saturday or a Sunday."),
    ]
    return _ddl(columns, _primary("gold_dim_date", ["date_key"], rely=True))


def _stored(table: Table) -> Iterator[_Column]:
    """What silver keeps of the contract's columns: name, type and comment of each."""
    is_kept_whole = table.role in ("fact", "reference")
    for column in table.stored_columns:
        if is_kept_whole or column.name not in table.technical_columns:
            yield column.name, column.type, column.comment
    undated = not table.sequence_is_time and not table.dated_by
    if table.columns and table.role == "fact" and undated:
        yield "_source_modified_at", "TIMESTAMP", ADDED["_source_modified_at"]


def _type_of_sequence(table: Table) -> str:
    """The type of what `quality.sequence` makes: that of `__START_AT`."""
    if table.is_dumped:
        return "TIMESTAMP"
    if not table.sequence_by:
        return "STRUCT<time: TIMESTAMP, tie: BIGINT>"
    types = [table.column(name).type for name in table.sequence_by]
    if len(types) == 1:
        return types[0]
    pairs = zip(table.sequence_by, types, strict=True)
    fields = ", ".join(f"{sql_text.name(name)}: {type_}" for name, type_ in pairs)
    return f"STRUCT<{fields}>"


def _primary(table: str, columns: Iterable[str], rely: bool) -> list[str]:
    option = " RELY" if rely else ""
    name = sql_text.name(f"{table}_key")
    return [f"CONSTRAINT {name} PRIMARY KEY ({_names(columns)}) NOT ENFORCED{option}"]


def _foreign(
    table: Table, columns: Iterable[str], parent: str, to: Iterable[str]
) -> str:
    columns = list(columns)
    name = sql_text.name(f"gold_fact_{table.name}_{'_'.join(columns)}")
    return (
        f"CONSTRAINT {name} FOREIGN KEY ({_names(columns)}) "
        f"REFERENCES {parent} ({_names(to)}) NOT ENFORCED"
    )


def _names(columns: Iterable[str]) -> str:
    return ", ".join(map(sql_text.name, columns))


def _ddl(columns: list[_Column], constraints: Iterable[str] = ()) -> str:
    """Columns and constraints as DDL."""
    lines = [
        f"{sql_text.name(name)} {type_}"
        + (f" COMMENT {sql_text.literal(comment)}" if comment else "")
        for name, type_, comment in columns
    ]
    return ",\n".join([*lines, *constraints])
