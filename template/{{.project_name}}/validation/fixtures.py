"""What must be true of the tables after an update, as nutter fixtures.

Each assertion looks at all tables of the contract and names every one that is wrong.
Add assertions of your own to these classes, or a class to FIXTURES: a method
`assertion_<name>` that raises AssertionError.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import reduce
from operator import or_

import canaries
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from runtime.nutterfixture import NutterFixture

from medallion import quality, references, snapshots, star
from medallion.model import Table


@dataclass(frozen=True)
class Subject:
    """What is validated: the contract's tables, as `in_layer` names them.

    `max_quarantine_share` (0 to 1) holds where a table of the contract states none of
    its own; `max_age_hours` is how long ago new rows may have come in last.
    `settled_before` (seconds since 1970) is set where a pipeline runs all the time:
    rows that arrived since then may not have come to every table yet. `in_layer` leaves
    a name to the session's current schema, or puts it into that of its layer.
    """

    spark: SparkSession
    tables: tuple[Table, ...]
    max_quarantine_share: float
    max_age_hours: float
    in_layer: Callable[[str], str]
    settled_before: int | None = None

    def read(self, name: str) -> DataFrame:
        return self.spark.read.table(self.in_layer(name))

    def has(self, name: str) -> bool:
        return self.spark.catalog.tableExists(self.in_layer(name))

    def count(self, name: str) -> int:
        return self.read(name).count()

    def arrived(self, name: str, table: Table) -> DataFrame:
        """Rows of bronze or quarantine, of which the other tables know by now."""
        rows, time = self.read(name), arrival_time(table)
        if self.settled_before is None:
            return rows
        return rows.where(F.unix_timestamp(time) < self.settled_before)

    def of_role(self, *roles: str) -> list[Table]:
        """The tables of silver that have one of these roles."""
        return [table for table in self.in_silver if table.role in roles]

    @property
    def in_silver(self) -> list[Table]:
        return [table for table in self.tables if not table.into]

    def sources(self, table: Table) -> list[Table]:
        """The table itself, and the sources that flow into it."""
        return [t for t in self.tables if table.name in (t.name, t.into)]

    @property
    def names(self) -> list[str]:
        """Every table that is looked at."""
        layers = ("bronze", "quarantine")
        return [
            *[f"{layer}_{table.name}" for table in self.tables for layer in layers],
            *[f"silver_{table.name}" for table in self.in_silver],
            *[references.source(table) for table in self.tables if table.must_exist],
            *[f"silver_{table.name}_current" for table in self.with_history],
            *[f"gold_dim_{table.name}" for table in self.dimensions],
            *[f"gold_fact_{table.name}" for table in self.facts],
            *(["gold_dim_date"] if self.facts else []),
        ]

    @property
    def facts(self) -> list[Table]:
        return self.of_role("fact")

    @property
    def dimensions(self) -> list[Table]:
        return self.of_role("scd1", "scd2", "snapshot", "reference")

    @property
    def with_history(self) -> list[Table]:
        return [table for table in self.in_silver if table.has_history]


def _since_the_last_truncate(rows: DataFrame, table: Table) -> DataFrame:
    if not table.truncate_when:
        return rows
    truncates = F.coalesce(F.expr(table.truncate_when), F.lit(False))
    order = quality.sequence(table)
    last = rows.where(truncates).agg(F.max(order).alias("_truncated"))
    kept = rows.where(~truncates).crossJoin(last)
    since = F.col("_truncated").isNull() | (order >= F.col("_truncated"))
    return kept.where(since).drop("_truncated")


def _compared(table: Table) -> dict[str, str]:
    """The columns of silver that the contract makes, by short names for their texts."""
    names = [n for n in table.column_names if n not in table.technical_columns]
    return {f"_c{i}": name for i, name in enumerate(names) if name not in table.keys}


def _texts(rows: DataFrame, keys: list[str], columns: dict[str, str]) -> DataFrame:
    """The keys, and the text of each column: of any type, and of NULL."""
    there = {name.lower() for name in rows.columns}
    return rows.select(
        *keys,
        *[
            F.to_json(F.struct(F.col(f"`{name}`").alias("v"))).alias(short)
            if name.lower() in there
            else F.lit("{}").alias(short)
            for short, name in columns.items()
        ],
    )


def arrival_time(table: Table) -> str:
    """When a row arrived; a reference, which is reloaded, knows its file's time."""
    return "_source_modified_at" if table.is_reloaded else "_ingested_at"


class MedallionFixture(NutterFixture):
    """A fixture that knows its subject."""

    def __init__(self, subject: Subject):
        super().__init__()
        self.subject = subject


class RowCounts(MedallionFixture):
    def assertion_bronze_is_not_empty(self):
        empty = [t.name for t in self.subject.tables if not self._has_rows("bronze", t)]
        report(f"bronze_{name} has no rows" for name in empty)

    def assertion_gold_is_not_empty(self):
        # A dimension always has its unknown member, so only a second one says something
        empty = [
            f"gold_fact_{t.name}"
            for t in self.subject.facts
            if not self._has_rows("gold_fact", t)
        ]
        empty += [
            f"gold_dim_{t.name}"
            for t in self.subject.dimensions
            if self.subject.count(f"gold_dim_{t.name}") < 2
        ]
        report(f"{name} has no rows" for name in empty)

    def _has_rows(self, layer: str, table: Table) -> bool:
        return not self.subject.read(f"{layer}_{table.name}").isEmpty()


class Keys(MedallionFixture):
    def assertion_silver_keys_are_unique(self):
        report(
            self._duplicates(f"silver_{t.name}", self._version_key(t))
            for t in self.subject.in_silver
        )

    def assertion_one_version_is_current(self):
        report(
            self._duplicates(f"silver_{t.name}_current", t.keys)
            for t in self.subject.with_history
        )

    def assertion_surrogate_keys_are_unique(self):
        report(
            self._duplicates(f"gold_dim_{t.name}", (star.key_name(t),))
            for t in self.subject.dimensions
        )

    def assertion_keys_are_present(self):
        report(
            f"silver_{t.name} has {n} rows with an empty {key}"
            for t in self.subject.in_silver
            for key in t.keys
            if (n := self.subject.read(f"silver_{t.name}").where(F.isnull(key)).count())
        )

    @staticmethod
    def _version_key(table: Table) -> tuple[str, ...]:
        return (*table.keys, "__START_AT") if table.has_history else table.keys

    def _duplicates(self, name: str, key: tuple[str, ...]) -> str | None:
        rows = self.subject.read(name).groupBy(*key).count().where("count > 1")
        count = rows.count()
        if not count:
            return None
        values = ", ".join(map(str, rows.select(*key).first()))
        return f"{name} has {count} values of {', '.join(key)} twice, such as {values}"


class References(MedallionFixture):
    def assertion_surrogate_keys_resolve(self):
        """A fact whose member is unknown points to -1, which every dimension has.

        So does one whose day is unknown, or is none of the calendar.
        """
        report(
            self._dangling(fact, key, dimension)
            for fact in self.subject.facts
            for key, dimension in fact.star_keys
        )

    def _dangling(self, fact: Table, key: str, dimension: str) -> str | None:
        members = self.subject.read(f"gold_dim_{dimension}")
        members = members.select(F.col(f"{dimension}_key").alias(key))
        facts = self.subject.read(f"gold_fact_{fact.name}")
        count = facts.join(members, key, "left_anti").count()
        where = f"gold_fact_{fact.name}.{key}"
        return f"{count} keys of {where} are in no dimension" if count else None


class Quarantine(MedallionFixture):
    def assertion_share_is_below_the_threshold(self):
        report(self._excess(table) for table in self.subject.tables)

    def _excess(self, table: Table) -> str | None:
        limit = table.max_quarantine_share
        if limit is None:
            limit = self.subject.max_quarantine_share
        arrived = self.subject.count(f"bronze_{table.name}")
        bad = self.subject.count(f"quarantine_{table.name}")
        if not arrived or bad / arrived <= limit:
            return None
        return (
            f"quarantine_{table.name} has {bad} of {arrived} rows, {bad / arrived:.1%} "
            f"where {limit:.1%} may be: its failed_rules say why"
        )


class Freshness(MedallionFixture):
    def assertion_rows_came_in(self):
        """Into facts, or where there are none into dimensions, which else may rest."""
        tables = self.subject.facts or self.subject.of_role("scd1", "scd2", "snapshot")
        report(self._age(table) for table in tables)

    def _age(self, table: Table) -> str | None:
        seconds = F.unix_timestamp(F.current_timestamp()) - F.unix_timestamp(
            F.max("_ingested_at")
        )
        bronze = self.subject.read(f"bronze_{table.name}")
        age = bronze.select((seconds / 3600).alias("hours")).first()["hours"]
        limit = self.subject.max_age_hours
        if age is None or age <= limit:  # that there are rows, RowCounts says
            return None
        return (
            f"bronze_{table.name} got its last row {age:.1f} hours ago, not {limit:g}"
        )


class Reconciliation(MedallionFixture):
    """What came in is accepted or in quarantine: all of it, and nothing twice.

    While a pipeline runs, tables are ahead of each other: then this is asked of what
    arrived before `settled_before`.
    """

    def assertion_quarantine_and_accepted_rows_are_all_rows(self):
        report(self._difference(table) for table in self.subject.tables)

    def assertion_facts_and_references_are_the_accepted_rows(self):
        report(
            self._lost(table, self._accepted_of_all(table))
            for table in self.subject.of_role("fact", "reference")
        )

    def assertion_silver_is_what_the_contract_makes_of_bronze(self):
        """A column or rule that came later is not in older rows until a rebuild."""
        report(
            problem
            for table in self.subject.in_silver
            for problem in self._made_otherwise(table)
        )

    def assertion_members_are_in_silver(self):
        """Versions differ from rows, and deletes leave none: so keys are compared."""
        found = [
            self._lost(table, self._members_of_all(table))
            for table in self.subject.of_role("scd1", "scd2")
        ]
        dumped = self.subject.of_role("snapshot")
        report([*found, *[self._lost_of_dump(table) for table in dumped]])

    def _accepted(self, table: Table) -> DataFrame:
        rows = self.subject.arrived(references.source(table), table)
        if table.must_exist and table.role == "reference":
            rows = references.resolve(rows, table, self._targets(table))
        return quality.check(rows, table).where(F.size("failed_rules") == 0)

    def _targets(self, table: Table) -> dict[str, tuple[Table, DataFrame]]:
        by_name = {other.name: other for other in self.subject.tables}
        names = dict.fromkeys(r.table for r in table.must_exist)
        return {n: (by_name[n], self.subject.read(f"silver_{n}")) for n in names}

    def _accepted_of_all(self, table: Table) -> DataFrame:
        """The keys of the accepted rows of all sources of a table."""
        return self._keys_of_all(table, self._accepted)

    def _members_of_all(self, table: Table) -> DataFrame:
        sources = self.subject.sources(table)
        if len(sources) == 1:
            return self._members(table)
        # What one source deletes another may have brought, and the other way round:
        # only of what no source ever deletes is it known to be there.
        if any(source.delete_when or source.truncate_when for source in sources):
            return self._accepted(table).limit(0)
        return self._keys_of_all(table, self._members)

    def _keys_of_all(self, table: Table, of_one: Callable) -> DataFrame:
        # What a backfill has now, it may have got after it was taken.
        sources = [s for s in self.subject.sources(table) if not s.once]
        keys = [of_one(source).select(*table.keys) for source in sources]
        return reduce(DataFrame.unionByName, keys)

    def _members(self, table: Table) -> DataFrame:
        """The keys of members that are not deleted, or of which versions are kept."""
        rows = _since_the_last_truncate(self._accepted(table), table)
        if not table.delete_when:
            return rows
        if self.subject.settled_before is not None:
            # Of a key with newer changes, the last may be a delete.
            since = F.unix_timestamp("_ingested_at") >= self.subject.settled_before
            newer = self.subject.read(f"bronze_{table.name}").where(since)
            rows = rows.join(newer.select(*table.keys), list(table.keys), "left_anti")
        is_delete = F.coalesce(F.expr(table.delete_when), F.lit(False))
        order = quality.sequence(table).alias("_at")
        # Among changes at the same time, a delete may be what counts.
        deleted = F.bool_or(is_delete).alias("_deleted")
        states = rows.groupBy(*table.keys, order).agg(deleted)
        if table.role == "scd1":
            last = F.max_by("_deleted", "_at").alias("_deleted")
            states = states.groupBy(*table.keys).agg(last)
        return states.where("NOT _deleted")

    def _difference(self, table: Table) -> str | None:
        arrived = self.subject.arrived(f"bronze_{table.name}", table).count()
        bad = self.subject.arrived(f"quarantine_{table.name}", table).count()
        good = self._accepted(table).count()
        if arrived == good + bad:
            return None
        return (
            f"of {arrived} rows in bronze_{table.name} {good} keep the rules and {bad} "
            f"are in quarantine: after a change of rules, refresh silver_{table.name}, "
            f"what reads it and quarantine_{table.name} in full"
        )

    def _lost(self, table: Table, accepted: DataFrame) -> str | None:
        silver = self.subject.read(f"silver_{table.name}")
        count = self._keys_without(table, accepted, silver)
        return (
            f"{count} accepted keys are not in silver_{table.name}" if count else None
        )

    def _lost_of_dump(self, table: Table) -> str | None:
        """Silver reads the files of dumps itself: as bronze does, or rows are lost."""
        if self.subject.settled_before is not None:
            return None  # silver may know of a newer dump than bronze
        name = f"silver_{table.name}{'_current' if table.has_history else ''}"
        silver = self.subject.read(name)
        if silver.isEmpty():
            return None  # after an empty dump, of which bronze has no row
        rows = snapshots.newest(self.subject.read(f"bronze_{table.name}"), table)
        good = quality.check(rows, table).where(F.size("failed_rules") == 0)
        count = self._keys_without(table, good, silver)
        words = f"{count} accepted keys of the newest dump are not in {name}"
        return words if count else None

    def _made_otherwise(self, table: Table) -> Iterator[str]:
        """Rows of silver that bronze, by the current contract, would not give."""
        if self.subject.settled_before is not None:
            return  # silver may know of rows that bronze got a moment ago
        sources = self.subject.sources(table)
        if any(source.once for source in sources):
            return  # and of a backfill that has changed since
        keys, columns = list(table.keys), _compared(table)
        rows = [_texts(self._accepted(source), keys, columns) for source in sources]
        known = reduce(DataFrame.unionByName, rows).groupBy(*keys)
        sets = [F.collect_set(name).alias(f"_{name}_of_bronze") for name in columns]
        known = known.agg(F.lit(True).alias("_is_known"), *sets)
        silver = _texts(self.subject.read(f"silver_{table.name}"), keys, columns)
        joined = silver.join(known, keys, "left")
        differ = {
            name: ~F.array_contains(f"_{name}_of_bronze", F.col(name))
            for name in columns
        }
        of_none = F.when(F.isnull("_is_known"), F.struct(*keys))
        found = joined.select(
            F.count_distinct(of_none).alias("keys"),
            F.count_if(reduce(or_, differ.values(), F.lit(False))).alias("rows"),
            *[F.count_if(differs).alias(name) for name, differs in differ.items()],
        ).first()
        if found["keys"] and table.role in ("fact", "reference"):
            yield (
                f"{found['keys']} keys in silver_{table.name} come from no row that "
                "passes the current rules"
            )
        if found["rows"]:
            names = ", ".join(columns[name] for name in columns if found[name])
            yield (
                f"{found['rows']} rows of silver_{table.name} differ in {names} from "
                "what the contract makes of bronze: refresh it, and what reads it, in "
                "full"
            )

    def _keys_without(self, table: Table, these: DataFrame, those: DataFrame) -> int:
        keys = list(table.keys)
        other = those.select(*keys)
        return these.select(*keys).distinct().join(other, keys, "left_anti").count()


class NestedTypes(MedallionFixture):
    def assertion_sound_values_are_read(self):
        report(
            f"{column} of {table.name}: a sound value of its type does not fit here, "
            "and all rows with one are in quarantine: make it STRING in the contract"
            for table in self.subject.tables
            for column in canaries.unread(self.subject.spark, table)
        )


FIXTURES = (
    *(RowCounts, Keys, References, Quarantine, Freshness, Reconciliation),
    NestedTypes,
)


def report(problems) -> None:
    """Fail with all problems at once; None is no problem."""
    found = [problem for problem in problems if problem]
    assert not found, "; ".join(found)
