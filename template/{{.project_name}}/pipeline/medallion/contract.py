"""The data contract as plain objects: tables, columns, rules and how they relate.

Reads the Open Data Contract Standard, versions 3.0 to 3.2
(https://bitol-io.github.io/open-data-contract-standard/). What the standard has no field
for stands in `customProperties` of a table: role, format, location, readerOptions, keys,
sequenceBy, deleteWhen, ignoreNullUpdates, technicalColumns, historyColumns,
deduplicateWithin, clusterBy; and of a column: formats.
"""

from dataclasses import dataclass, replace
from pathlib import Path

from medallion import contract_checks, documents, rules, sql_types
from medallion.documents import as_tuple, custom_properties
from medallion.problems import ContractError
from medallion.rules import LINE_IS_READABLE, Rule, Unenforced

TEXT_FORMATS = ("json", "csv")
TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")
MOST_CLUSTER_COLUMNS = 4


@dataclass(frozen=True)
class Column:
    """A column of a source, or one that `transform` (SQL) makes of the others."""

    name: str
    type: str
    required: bool = False
    comment: str = ""
    transform: str | None = None
    formats: tuple[str, ...] = ()


@dataclass(frozen=True)
class Relationship:
    """`columns` of this table are the keys `to` of `table`.

    `key` is the column of the star schema that holds the member's surrogate key.
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
    reader_options: dict[str, str] | None = None
    keys: tuple[str, ...] = ()
    sequence_by: tuple[str, ...] = ()
    delete_when: str | None = None
    ignore_null_updates: bool = False
    technical_columns: tuple[str, ...] = ()
    history_columns: tuple[str, ...] = ()
    deduplicate_within: str = "7 days"
    cluster_by: tuple[str, ...] = ()
    columns: tuple[Column, ...] = ()
    rules: tuple[Rule, ...] = ()
    relationships: tuple[Relationship, ...] = ()

    def rules_with(self, action: str) -> dict[str, str]:
        """The rules of one action, by name, as `dp.expect_all*` takes them.

        Each is `coalesce(<rule>, false)`: NULL breaks a rule. An unreadable line keeps
        all rules but `line_is_readable`. A delete keeps all rules but those on its key
        and sequence. Where NULL updates are ignored, NULL passes.
        """
        return {r.name: self._predicate(r) for r in self.rules if r.action == action}

    def _predicate(self, rule: Rule) -> str:
        holds = rule.expectation
        if self.ignore_null_updates and not rule.concerns_deletes:
            holds = f"({holds}) IS NOT FALSE"
        excuses = []
        if self.is_text and rule.name != LINE_IS_READABLE:
            excuses.append("_corrupt_record IS NOT NULL")
        if self.delete_when and not rule.concerns_deletes:
            excuses.append(f"({self.delete_when})")
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
        """Whether the source's files hold text that the contract's types are read from."""
        return self.format in TEXT_FORMATS

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
    def sequence_is_time(self) -> bool:
        """Whether one column orders the rows and says when: a date or timestamp."""
        if len(self.sequence_by) != 1 or not self.columns:
            return False
        return self.column(self.sequence_by[0]).type in TIMES


def load(path: str | Path) -> tuple[Table, ...]:
    """The tables of a contract. Raises ContractError, which names every fault."""
    document = _sound(path)
    return tuple(_table(entry) for entry in document["schema"])


def unenforced(path: str | Path) -> tuple[Unenforced, ...]:
    """The quality rules that do not act on rows, with the reason why."""
    found = []
    for entry in _sound(path)["schema"]:
        items = [(None, item) for item in entry.get("quality") or []]
        for column in entry.get("properties") or []:
            items += [(column, item) for item in column.get("quality") or []]
        for column, item in items:
            owner = (column["name"], column["physicalType"]) if column else ()
            if isinstance(why := rules.read_quality(item, *owner), str):
                name = item.get("name") or item.get("metric") or "a rule"
                where = f"{owner[0]}.{name}" if owner else name
                found.append(Unenforced(entry["name"], where, why))
    return tuple(found)


def _sound(path: str | Path) -> dict:
    document, problems = documents.read(path)
    if not problems:
        problems = contract_checks.problems(document, Path(path).name)
    if problems:
        raise ContractError(problems)
    return document


def _table(entry: dict) -> Table:
    custom = custom_properties(entry)
    properties = entry.get("properties") or []
    columns = tuple(_column(p) for p in properties)
    keys = tuple(p["name"] for p in _key_properties(properties))
    table = Table(
        name=entry["name"],
        comment=" ".join((entry.get("description") or "").split()),
        role=custom["role"],
        format=custom["format"],
        location=custom.get("location"),
        reader_options={k: _option(v) for k, v in custom.get("readerOptions", {}).items()},
        keys=keys or as_tuple(custom.get("keys")),
        sequence_by=as_tuple(custom.get("sequenceBy")),
        delete_when=custom.get("deleteWhen"),
        ignore_null_updates=custom.get("ignoreNullUpdates", False),
        technical_columns=as_tuple(custom.get("technicalColumns")),
        history_columns=as_tuple(custom.get("historyColumns")),
        deduplicate_within=custom.get("deduplicateWithin", "7 days"),
        columns=columns,
        relationships=_relationships(entry),
    )
    return replace(
        table,
        cluster_by=as_tuple(custom.get("clusterBy")) or _clustering(table),
        rules=rules.derive(table, properties, entry.get("quality") or []),
    )


def _key_properties(properties: list[dict]) -> list[dict]:
    keys = [p for p in properties if p.get("primaryKey")]
    return sorted(keys, key=lambda p: max(p.get("primaryKeyPosition") or 0, 0))


def _column(entry: dict) -> Column:
    return Column(
        name=entry["name"],
        type=sql_types.normal(entry["physicalType"]),
        required=bool(entry.get("required")),
        comment=" ".join((entry.get("description") or "").split()),
        transform=entry.get("transformLogic"),
        formats=as_tuple(custom_properties(entry).get("formats")),
    )


def _option(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def _clustering(table: Table) -> tuple[str, ...]:
    """What readers filter by: when a fact happened, the key of a dimension."""
    wanted = table.sequence_by if table.role == "fact" else table.keys
    if not table.columns:
        return wanted[:MOST_CLUSTER_COLUMNS]
    fit = [c for c in wanted if sql_types.is_clusterable(table.column(c).type)]
    return tuple(fit[:MOST_CLUSTER_COLUMNS])


def _relationships(entry: dict) -> tuple[Relationship, ...]:
    found: list[Relationship] = []
    for columns, table, to in documents.references(entry):
        key = f"{table}_key"
        if any(other.key == key for other in found):
            key = "_".join(c.removesuffix("_id") for c in columns) + "_key"
        found.append(Relationship(columns, table, to, key))
    return tuple(found)
