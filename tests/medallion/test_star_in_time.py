"""When facts happened and versions were valid, as what orders the rows tells it."""

from dataclasses import replace
from datetime import date, datetime

import pytest
from pyspark.sql import functions as F

from medallion import quality, star
from medallion.model import Column, Relationship, Table

MORNING, NOON = datetime(2026, 3, 10, 8), datetime(2026, 3, 10, 12)
DELIVERED = datetime(2026, 5, 1)
BEGINNING = datetime(1900, 1, 1)
FILE = "_source_file STRING, _source_modified_at TIMESTAMP, _ingested_at TIMESTAMP"


def table(role: str, sequence: tuple[str, ...], **types: str) -> Table:
    """A table `t` with a key `id` and these columns; without types it has none."""
    columns = {"id": "INT", **types} if types else {}
    return Table(
        name="t",
        comment="",
        role=role,
        format="json",
        keys=("id",),
        sequence_by=sequence,
        columns=tuple(Column(*column) for column in columns.items()),
    )


def checked(spark, source: Table, columns: str, rows: list[tuple]):
    """Rows of one member or fact, delivered in May, as silver gets them."""
    bronze = spark.createDataFrame(
        [(1, *row, "a.json", DELIVERED, DELIVERED) for row in rows],
        f"id INT, {columns}, {FILE}",
    )
    return quality.check(bronze, source)


def validity(spark, member: Table, columns: str, rows: list[tuple]) -> list[tuple]:
    """From when to when the versions are valid that these changes make."""
    changes = checked(spark, member, columns, rows)
    changes = changes.select(quality.sequence(member).alias("at")).orderBy("at")
    starts = [row.at for row in changes.collect()]
    bounds = zip(starts, [*starts[1:], None], strict=True)
    type_ = changes.schema["at"].dataType.simpleString()
    versions = spark.createDataFrame(
        [(1, start, end) for start, end in bounds],
        f"id INT, __START_AT {type_}, __END_AT {type_}",
    )
    members = star.members(versions, member).where("t_key <> -1").collect()
    return [(row.valid_from, row.valid_to) for row in members]


@pytest.mark.parametrize(
    ("sequence", "types", "columns"),
    [
        (("at",), {"at": "TIMESTAMP"}, "at TIMESTAMP, n INT"),
        (("at", "n"), {"at": "TIMESTAMP", "n": "INT"}, "at TIMESTAMP, n INT"),
        (("at", "n"), {}, "at STRING, n STRING"),
    ],
    ids=["one column", "a time and what settles ties", "the same without types"],
)
def test_versions_are_valid_as_the_first_column_of_the_sequence_says(
    spark, sequence, types, columns
):
    rows = [(MORNING, 9), (NOON, 10)]
    if not types:
        rows = [(str(at), str(n)) for at, n in rows]
    found = validity(spark, table("scd2", sequence, **types), columns, rows)
    assert found == [(BEGINNING, NOON), (NOON, None)]


def test_of_versions_of_one_moment_the_last_is_valid(spark):
    member = table("scd2", ("at", "n"), at="DATE", n="INT")
    rows = [(date(2026, 3, 9), 1), (date(2026, 3, 10), 1), (date(2026, 3, 10), 2)]
    day = datetime(2026, 3, 10)
    found = validity(spark, member, "at DATE, n INT", rows)
    assert found == [(BEGINNING, day), (day, day), (day, None)]


@pytest.mark.parametrize(
    ("types", "columns", "rows"),
    [
        ({"n": "INT", "at": "TIMESTAMP"}, "n INT, at TIMESTAMP", [(1, NOON)]),
        ({}, "n STRING, at STRING", [("1", str(NOON))]),
    ],
    ids=["typed", "without types"],
)
def test_a_sequence_that_begins_with_a_number_says_no_time(spark, types, columns, rows):
    changes = [*rows, (type(rows[0][0])(2), rows[0][1])]
    found = validity(spark, table("scd2", ("n", "at"), **types), columns, changes)
    assert found == [(BEGINNING, None), (None, None)]


@pytest.mark.parametrize(
    ("types", "columns", "row", "happened"),
    [
        ({"at": "DATE", "n": "INT"}, "at DATE, n INT", (NOON.date(), 1), NOON.date()),
        ({"n": "INT", "at": "DATE"}, "n INT, at DATE", (1, NOON.date()), DELIVERED),
        ({}, "at STRING, n STRING", (str(NOON), "1"), NOON),
        ({}, "n STRING, at STRING", ("1", str(NOON)), DELIVERED),
    ],
    ids=["a time first", "a number first", "a time without type", "a number without"],
)
def test_a_fact_happened_when_its_sequence_begins_or_else_its_file_was_made(
    spark, types, columns, row, happened
):
    """Silver keeps what says so, and the file's time where nothing else may."""
    first, second = (column.split()[0] for column in columns.split(", "))
    fact = table("fact", (first, second), **types)
    silver = quality.contract_columns(checked(spark, fact, columns, [row]), fact)
    assert silver.select(star.event_time(fact).alias("t")).first().t == happened
    timed = types and first == "at"
    assert ("_source_modified_at" in silver.columns) is not bool(timed)


def test_a_day_is_in_the_calendar_or_unknown(spark):
    days = ["1969-12-31", "1970-01-01", "2028-02-29", "2099-12-31", "2100-01-01", None]
    facts = spark.createDataFrame([(day,) for day in days], "day STRING")
    facts = facts.select(star.date_key(F.col("day").cast("date")).alias("date_key"))
    assert [row.date_key for row in facts.collect()] == [
        *(-1, 19700101, 20280229, 20991231, -1, -1)
    ]
    keys = {row.date_key for row in star.calendar(spark).collect()}
    assert len(keys) == 1 + 47482  # with the unknown day
    assert {-1, 19700101, 20280229, 20991231} <= keys


MEMBER = table("scd2", ("at", "n"), at="DATE", n="INT")


def members(spark, *starts: date):
    """The versions of member 1, numbered, that begin then."""
    at = [(start, n) for n, start in enumerate(starts, start=1)]
    rows = [
        (1, n, start, end)
        for n, (start, end) in enumerate(zip(at, [*at[1:], None], strict=True), start=1)
    ]
    bound = "STRUCT<at: DATE, n: INT>"
    columns = f"id INT, n INT, __START_AT {bound}, __END_AT {bound}"
    return star.members(spark.createDataFrame(rows, columns), MEMBER)


def found(spark, versions, *happened: date) -> list[tuple]:
    """The day's key of these facts of member 1, and the version that each points to."""
    fact = replace(
        table("fact", ("at",), at="DATE", t_id="INT"),
        relationships=(Relationship(("t_id",), "t", ("id",), "t_key"),),
    )
    facts = spark.createDataFrame([(at, 1) for at in happened], "at DATE, t_id INT")
    facts = star.with_dimension_keys(facts, fact, {"t": (MEMBER, versions)})
    joined = facts.join(versions.select("t_key", "n"), "t_key").orderBy("at", "n")
    return [(row.date_key, row.n) for row in joined.collect()]


YEAR_1850, YEAR_1880, YEAR_1900 = date(1850, 1, 1), date(1880, 1, 1), date(1900, 1, 1)


@pytest.mark.parametrize(
    ("starts", "expected"),
    [
        ([YEAR_1900], [(-1, 1), (-1, 1), (20260310, 1)]),
        ([YEAR_1850, YEAR_1880], [(-1, 1), (-1, 2), (20260310, 2)]),
        ([YEAR_1900, YEAR_1900], [(-1, 1), (-1, 1), (20260310, 2)]),
    ],
    ids=["one version", "two, older than the calendar", "two of one moment"],
)
def test_a_fact_from_before_the_calendar_finds_its_member(spark, starts, expected):
    versions = members(spark, *starts)
    happened = (date(1849, 1, 1), date(1899, 12, 31), NOON.date())
    assert found(spark, versions, *happened) == expected
