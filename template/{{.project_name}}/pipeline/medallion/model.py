"""What a contract says, as plain objects. `medallion.contract` reads them from YAML."""

from dataclasses import dataclass, field

from medallion import sql_types

# Of how many columns Delta keeps statistics
STATISTICS = 32
LINE_IS_READABLE = "line_is_readable"
# Where an unreadable line of a text format is kept.
CORRUPT = "_corrupt_record"
# Where Auto Loader keeps what fits no column.
RESCUED = "_rescued_data"
TEXT_FORMATS = ("json", "csv", "xml")
FILE_FORMATS = ("json", "csv", "parquet", "avro", "orc", "xml", "text")
# What the change data feed of a Delta table says of a row.
CHANGE_FEED = ("_change_type", "_commit_version", "_commit_timestamp")
# What bronze keeps of it, under names that Delta does not need itself.
CHANGE = ("_change", "_change_version")
TOPIC_FORMATS = ("kafka", "eventhubs")
# A message of a topic as its source has it, and what bronze keeps of that.
MESSAGE = "_kafka"
KAFKA = (
    *("_kafka_key", "_kafka_value", "_kafka_headers", "_kafka_topic"),
    *("_kafka_partition", "_kafka_offset", "_kafka_timestamp", "_kafka_tombstone"),
)
# A message while its payload is read
MESSAGE_PARTS = ("_kafka_text", "_kafka_fields", "_kafka_key_fields")
TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")
# Columns that the pipeline adds to a row on its way
ADDED = (
    *("_misfits", "_ingested_at", "_source_file", "_source_modified_at"),
    *("failed_rules", "record", "_order", "quarantined_at", "_processed_at"),
    *("_missing", CORRUPT, RESCUED, MESSAGE),
    *("_happened", "_header", "_versions", "_dump", "_last"),
)
# What Spark and Delta keep for themselves in every table: the file of a row, and what
# a change feed says of it (DELTA_TABLE_ALREADY_CONTAINS_CDC_COLUMNS)
PLATFORM = ("_metadata", *CHANGE_FEED)
# Where a relationship leads to: to a dimension, to another fact, or to the calendar
MEMBER, HEADER, DAY = "member", "header", "day"
CALENDAR = "date"
# What becomes of a row that points to nobody, as the contract has it, and as its action
ON_MISSING = {"quarantine": "drop", "warn": "warn", "fail": "fail"}
ADDED_TO_FACTS = ("date_key", "_happened", "_member", "_valid_from", "_valid_to")
ADDED_TO_DIMENSIONS = ("__start_at", "__end_at", "valid_from", "valid_to", "is_current")


@dataclass(frozen=True)
class Rule:
    """A predicate on one row, and what becomes of a row that breaks it.

    `expectation` is the predicate as its author reads it; what excuses a row from it is
    added by `Table.rules_with`. `action` is warn, drop or fail; `reason` one sentence.
    `strict_action` takes the place of `action` where the pipeline is strict.
    `lets_null_pass`: it holds for a row of nothing but NULLs, and is never NULL itself.
    `concerns_deletes`: keys and sequence, which a delete needs, too.
    `concerns_truncates`: the sequence, which is all that a truncate needs.
    """

    name: str
    expectation: str
    action: str = "drop"
    reason: str = ""
    lets_null_pass: bool = False
    concerns_deletes: bool = False
    concerns_truncates: bool = False
    strict_action: str | None = None


@dataclass(frozen=True)
class Column:
    """A column of a source, or one that `transform` (SQL) makes of the others.

    `type` is a Unity Catalog type in its usual spelling; `formats` are the patterns of
    dates and times that are tried after ISO 8601. `decimal` begins the decimals of its
    numbers, and `group`, where there is one, parts their thousands. `physical` is what
    the source calls it, where that is not its name.
    """

    name: str
    type: str
    required: bool = False
    comment: str = ""
    transform: str | None = None
    formats: tuple[str, ...] = ()
    decimal: str = "."
    group: str = ""
    physical: str = ""

    @property
    def source_name(self) -> str:
        """What the source calls it."""
        return self.physical or self.name


@dataclass(frozen=True)
class Relationship:
    """`columns` of this table hold the key `to` of `table`.

    `key` is the column of the star schema with the surrogate key of the member, or of
    the day. A fact that is a header has no such key: there, `key` is what the names of
    what its lines get begin with. `inherit_keys` are the keys of its members that they
    take over: True for all, or their names; `inherits` has each with its dimension.
    `rule` is the name of the rule that what the columns point to is there, `on_missing`
    its action; both are empty without such a rule.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    key: str
    kind: str = MEMBER
    inherit_keys: bool | tuple[str, ...] = ()
    inherits: tuple[tuple[str, str], ...] = ()
    rule: str = ""
    on_missing: str = ""

    @property
    def time(self) -> str:
        """The column of a line that says when its header happened."""
        return f"{self.key}_time"


@dataclass(frozen=True)
class Topic:
    """A topic of Kafka or Event Hubs: what is in it, and where credentials are.

    `payload` is json, avro or text. Of a secret scope, `secret_key` is the connection
    string of Event Hubs, `username_key` and `password_key` are for Kafka.
    """

    name: str
    payload: str = "json"
    avro_schema: dict | None = None
    servers: str | None = None
    service_credential: str | None = None
    secret_scope: str | None = None
    secret_key: str | None = None
    username_key: str | None = None
    password_key: str | None = None


@dataclass(frozen=True)
class Table:
    """One source and what becomes of it. Without columns, all pass through as text.

    Of the columns that a table without columns names, `renamed` has those that its
    source calls otherwise, by name.
    """

    name: str
    comment: str
    role: str
    format: str
    location: str | None = None
    topic: Topic | None = None
    reader_options: dict[str, str] = field(default_factory=dict)
    keys: tuple[str, ...] = ()
    sequence_by: tuple[str, ...] = ()
    delete_when: str | None = None
    ignore_null_updates: bool = False
    technical_columns: tuple[str, ...] = ()
    history_columns: tuple[str, ...] = ()
    history_type: int = 2
    version_pattern: str | None = None
    version_type: str = "time"
    truncate_when: str | None = None
    into: str | None = None
    once: bool = False
    deduplicate_within: str = "7 days"
    cluster_by: tuple[str, ...] = ()
    max_quarantine_share: float | None = None
    columns: tuple[Column, ...] = ()
    rules: tuple[Rule, ...] = ()
    relationships: tuple[Relationship, ...] = ()
    renamed: dict[str, str] = field(default_factory=dict)

    def rules_with(self, action: str) -> dict[str, str]:
        """The rules of one action, by name, as `dp.expect_all*` takes them.

        Each is `coalesce(<rule>, false)`: NULL breaks a rule. Excused are an unreadable
        line from all rules but `line_is_readable`, a delete from all but those on its
        key and sequence, a truncate from all but those on its sequence, and NULL where
        NULL updates are ignored.
        """
        return {r.name: self._predicate(r) for r in self.rules if r.action == action}

    def _predicate(self, rule: Rule) -> str:
        holds, excuses = rule.expectation, []
        needed = rule.concerns_deletes
        if self.ignore_null_updates and not needed and not rule.lets_null_pass:
            holds = f"({holds}) IS NOT FALSE"
        if self.is_text and not rule.lets_null_pass and rule.name != LINE_IS_READABLE:
            excuses.append("_corrupt_record IS NOT NULL")
        if self.delete_when and not needed:
            excuses.append(f"({self.delete_when})")
        if self.truncate_when and not rule.concerns_truncates:
            excuses.append(f"({self.truncate_when})")
        if excuses:
            holds = " OR ".join([*excuses, f"({holds})"])
        return f"coalesce({holds}, false)"

    def column(self, name: str) -> Column:
        """The column of that name. Raises KeyError where there is none."""
        for column in self.columns:
            if column.name == name:
                return column
        raise KeyError(name)

    @property
    def is_text(self) -> bool:
        """Whether the source holds text, from which the contract's types are read."""
        return self.format in TEXT_FORMATS or self.topic is not None

    @property
    def is_reloaded(self) -> bool:
        """Whether each update reads the whole source: a reference, or a backfill."""
        return self.role == "reference" or self.once

    @property
    def is_dumped(self) -> bool:
        """Whether the source delivers all its rows each time, and silver compares."""
        return self.role == "snapshot"

    @property
    def has_history(self) -> bool:
        """Whether silver keeps all versions of a row."""
        if self.is_dumped:
            return self.history_type == 2
        return self.role == "scd2"

    @property
    def reads_changes(self) -> bool:
        """Whether the source is a Delta table whose changes are followed."""
        is_dimension = self.role in ("scd1", "scd2")
        return self.format == "delta" and is_dimension and not self.once

    @property
    def expected_columns(self) -> tuple[str, ...]:
        """The columns that the pipeline names; all of a contract's, if it has any."""
        named = tuple(column.name for column in self.source_columns)
        said = (*self.keys, *self.sequence_by, *self.technical_columns)
        said += (*self.history_columns, *self.cluster_by)
        return named or tuple(dict.fromkeys(said))

    @property
    def source_names(self) -> dict[str, str]:
        """What the source calls each of the `expected_columns`, by name."""
        if self.columns:
            return {column.name: column.source_name for column in self.source_columns}
        return {name: self.renamed.get(name, name) for name in self.expected_columns}

    @property
    def source_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.transform)

    @property
    def derived_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.transform)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def stored_columns(self) -> tuple[Column, ...]:
        """Its columns in the order of silver: what clusters it comes first if it must.

        Delta keeps statistics of the first 32 columns, each field of a nested one being
        a column, and clusters by no other:
        https://docs.databricks.com/aws/en/delta/data-skipping. One is the surrogate key
        that gold puts before them.
        """
        place, places = 1, {}
        for column in self.columns:
            place += sql_types.leaves(sql_types.parse(column.type))
            places[column.name] = place
        if all(places.get(name, 0) <= STATISTICS for name in self.cluster_by):
            return self.columns
        first = tuple(map(self.column, dict.fromkeys((*self.cluster_by, *self.keys))))
        return (*first, *(c for c in self.columns if c not in first))

    @property
    def added_columns(self) -> tuple[str, ...]:
        """Names, in lower case, of what the pipeline adds to this table's rows."""
        added = (*ADDED, *PLATFORM)
        added += (*KAFKA, *MESSAGE_PARTS) if self.topic else ()
        added += CHANGE if self.reads_changes else ()
        if self.role != "fact":
            return (*added, *ADDED_TO_DIMENSIONS, f"{self.name}_key".lower())
        keys = [name.lower() for name, _ in self.star_keys]
        time = [self.dated_by.time.lower()] if self.dated_by else []
        return tuple(dict.fromkeys((*added, *ADDED_TO_FACTS, *keys, *time)))

    @property
    def must_exist(self) -> tuple[Relationship, ...]:
        """The relationships that are rules, too."""
        return tuple(r for r in self.relationships if r.on_missing)

    @property
    def stores_verdicts(self) -> bool:
        """Whether what its rows point to is looked for once, when they come."""
        return bool(self.must_exist) and self.role != "reference"

    @property
    def headers(self) -> tuple[Relationship, ...]:
        """The facts that this fact is a line of."""
        return tuple(r for r in self.relationships if r.kind == HEADER)

    @property
    def dated_by(self) -> Relationship | None:
        """The header that says when this fact happened, where nothing of its own does.

        Of several it is the first.
        """
        if self.sequence_is_time or self.untyped_sequence or not self.headers:
            return None
        return self.headers[0]

    @property
    def star_keys(self) -> tuple[tuple[str, str], ...]:
        """The keys of a fact in the star schema, each with the dimension it leads to.

        First that of the day, then its own, then those that it inherits.
        """
        own = [(r.key, r.table) for r in self.relationships if r.kind != HEADER]
        inherited = [pair for header in self.headers for pair in header.inherits]
        return (("date_key", CALENDAR), *own, *inherited)

    @property
    def untyped_sequence(self) -> tuple[str, ...]:
        """What orders the rows of a table whose columns have no types."""
        return () if self.columns else self.sequence_by

    @property
    def sequence_is_time(self) -> bool:
        """Whether the sequence says when: its first column is a date or a time.

        The columns after it settle ties. The sequence of dumps is their versions.
        """
        if self.is_dumped:
            return self.version_type == "time"
        if not self.sequence_by or not self.columns:
            return False
        return self.column(self.sequence_by[0]).type in TIMES
