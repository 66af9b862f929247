"""What a contract says, as plain objects. `medallion.contract` reads them from YAML."""

from dataclasses import dataclass, field

LINE_IS_READABLE = "line_is_readable"
# Where an unreadable line of a text format is kept.
CORRUPT = "_corrupt_record"
TEXT_FORMATS = ("json", "csv", "xml")
# What the change data feed of a Delta table says of a row.
CHANGE_FEED = ("_change_type", "_commit_version", "_commit_timestamp")
TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")
# Columns that the pipeline adds to a row on its way
ADDED = (
    *("_misfits", "_ingested_at", "_source_file", "_source_modified_at"),
    *("failed_rules", "record", "_order", "quarantined_at", "_processed_at"),
    *("_change", "_change_version"),
)
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
    dates and times that are tried after ISO 8601.
    """

    name: str
    type: str
    required: bool = False
    comment: str = ""
    transform: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relationship:
    """`columns` of this table hold the key `to` of `table`.

    `key` is the column of the star schema with the surrogate key of the member.
    """

    columns: tuple[str, ...]
    table: str
    to: tuple[str, ...]
    key: str


@dataclass(frozen=True)
class Table:
    """One source and what becomes of it. Without columns, all pass through as text."""

    name: str
    comment: str
    role: str
    format: str
    location: str | None = None
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
        """Whether the files hold text, from which the contract's types are read."""
        return self.format in TEXT_FORMATS

    @property
    def is_reloaded(self) -> bool:
        """Whether each update reads the whole source: a reference, or a backfill."""
        return self.role == "reference" or self.once

    @property
    def has_history(self) -> bool:
        """Whether silver keeps all versions of a row."""
        if self.role == "snapshot":
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
    def source_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if not column.transform)

    @property
    def derived_columns(self) -> tuple[Column, ...]:
        return tuple(column for column in self.columns if column.transform)

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)

    @property
    def added_columns(self) -> tuple[str, ...]:
        """Names, in lower case, of what the pipeline adds to this table's rows."""
        if self.role != "fact":
            return (*ADDED, *ADDED_TO_DIMENSIONS, f"{self.name}_key".lower())
        keys = [relationship.key.lower() for relationship in self.relationships]
        return (*ADDED, *ADDED_TO_FACTS, *keys)

    @property
    def untyped_sequence(self) -> tuple[str, ...]:
        """What orders the rows of a table whose columns have no types."""
        return () if self.columns else self.sequence_by

    @property
    def sequence_is_time(self) -> bool:
        """Whether the sequence says when: its first column is a date or a time.

        The columns after it settle ties. The sequence of dumps is their versions.
        """
        if self.role == "snapshot":
            return self.version_type == "time"
        if not self.sequence_by or not self.columns:
            return False
        return self.column(self.sequence_by[0]).type in TIMES
