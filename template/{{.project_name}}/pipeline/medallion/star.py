"""The star schema that the contract's relationships describe: keys, members, joins.

Surrogate keys are hashes of the business key and the start of the version: stable under
full refresh. Row -1 of each dimension stands for an unknown member; a fact whose member
is missing points to it, and to the member itself once that has arrived.
"""

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.window import Window

from medallion import casting, lines, sql_text
from medallion.contract import Relationship, Table
from medallion.model import DAY, MEMBER

UNKNOWN = -1
# From when on a first version is said to be valid, unless it is older still
BEGINNING = "1900-01-01"
# The calendar's ends. They are not those of the facts: a wrong date would make millions
# of days, and a source that fails would leave the facts of all others without theirs.
FIRST_DAY, LAST_DAY = "1970-01-01", "2099-12-31"


def key_name(dimension: Table) -> str:
    return f"{dimension.name}_key"


def members(rows: DataFrame, table: Table) -> DataFrame:
    """Every version of every member, and the unknown one.

    Columns: `<table>_key bigint`, the table's own, `valid_from timestamp`, `valid_to
    timestamp` (exclusive; NULL while it lasts) and `is_current boolean`. The first
    version of a member is valid from the beginning of time, so that facts older than
    what is known of a member still find it.
    """
    if table.has_history:
        start, end = _as_time(table, "__START_AT"), _as_time(table, "__END_AT")
        first = Window.partitionBy(*[F.col(f"`{k}`") for k in table.keys])
        is_first = F.col("__START_AT") == F.min("__START_AT").over(first)
        known = rows.select(
            _surrogate_key(table, "__START_AT"),
            "*",
            F.when(is_first, F.least(_beginning(), start))
            .otherwise(start)
            .alias("valid_from"),
            end.alias("valid_to"),
            F.col("__END_AT").isNull().alias("is_current"),
        ).drop("__START_AT", "__END_AT")
    else:
        known = rows.select(
            _surrogate_key(table),
            "*",
            _beginning().alias("valid_from"),
            F.lit(None).cast("timestamp").alias("valid_to"),
            F.lit(True).alias("is_current"),
        )
    unknown = rows.sparkSession.range(1).select(
        F.lit(UNKNOWN).cast("bigint").alias(key_name(table)),
        _beginning().alias("valid_from"),
        F.lit(True).alias("is_current"),
    )
    return known.unionByName(unknown, allowMissingColumns=True)


def with_dimension_keys(
    facts: DataFrame,
    table: Table,
    dimensions: dict[str, tuple[Table, DataFrame]],
    headers: dict[str, tuple[Table, DataFrame]] | None = None,
) -> DataFrame:
    """The facts, led by `date_key int` and the keys of members and of other days.

    `dimensions` maps a table name to the table and its `members`, `headers` to another
    fact and what this function made of it. The version is the one that was valid when
    the fact happened, or the current one where the sequence of the dimension does not
    begin with a time. A line that its header dates also gets `<header>_time timestamp`,
    which is NULL, and its day unknown, until the header is there.
    """
    rows = facts
    for relationship in table.headers:
        header, headings = (headers or {})[relationship.table]
        time = event_time(header).cast("timestamp")
        time = time if relationship == table.dated_by else None
        rows = lines.inherit(rows, relationship, headings, time)
    happened = event_time(table).cast("timestamp")
    rows = rows.withColumns({"_happened": happened, "date_key": date_key(happened)})
    for relationship in table.relationships:
        if relationship.kind == MEMBER:
            dimension, versions = dimensions[relationship.table]
            rows = _as_of_join(rows, relationship, dimension, versions)
        elif relationship.kind == DAY:
            day = F.col(f"`{relationship.columns[0]}`")
            rows = rows.withColumn(relationship.key, date_key(day))
    first = [sql_text.name(name) for name, _ in table.star_keys]
    first += [sql_text.name(table.dated_by.time)] if table.dated_by else []
    return rows.selectExpr(*first, f"* EXCEPT ({', '.join([*first, '_happened'])})")


def event_time(fact: Table) -> Column:
    """When a fact happened: what its sequence begins with, where that is a time.

    Else it is the time of its header, or without one that of its file.
    """
    if fact.sequence_is_time:
        return F.col(f"`{fact.sequence_by[0]}`")
    if fact.dated_by:
        return F.col(f"`{fact.dated_by.time}`")
    delivered = F.col("_source_modified_at")
    if not fact.untyped_sequence:
        return delivered
    return F.coalesce(casting.time_of(fact.untyped_sequence[0]), delivered)


def date_key(time: Column) -> Column:
    """A day as an integer such as 20261121; -1 where it is unknown.

    A day that the calendar does not have is unknown, too.
    """
    key = F.date_format(time, "yyyyMMdd").cast("int")
    return F.when(_is_in_calendar(F.to_date(time)), key).otherwise(UNKNOWN)


def calendar(spark: SparkSession) -> DataFrame:
    """One row a day from `FIRST_DAY` to `LAST_DAY`.

    Columns: date_key, date, year, quarter, month, month_name, week (ISO 8601), day,
    day_of_week (1 = Monday), day_name, is_weekend; and the unknown day, key -1.
    """
    first, last = (F.lit(day).cast("date") for day in (FIRST_DAY, LAST_DAY))
    one = spark.range(1)
    dates = one.select(F.explode(F.sequence(first, last)).alias("date"))
    date = F.col("date")
    known = dates.select(
        date_key(date).alias("date_key"),
        "date",
        F.year(date).alias("year"),
        F.quarter(date).alias("quarter"),
        F.month(date).alias("month"),
        F.date_format(date, "MMMM").alias("month_name"),
        F.weekofyear(date).alias("week"),
        F.dayofmonth(date).alias("day"),
        (F.weekday(date) + 1).alias("day_of_week"),
        F.date_format(date, "EEEE").alias("day_name"),
        (F.weekday(date) >= 5).alias("is_weekend"),
    )
    unknown = one.select(F.lit(UNKNOWN).alias("date_key"))
    return known.unionByName(unknown, allowMissingColumns=True)


def identified(table: Table) -> str:
    """A predicate on `members`: all have their business key but the unknown one."""
    keys = [sql_text.name(key) for key in table.keys]
    none = " AND ".join(f"{key} IS NULL" for key in keys)
    every = " AND ".join(f"{key} IS NOT NULL" for key in keys)
    return f"if({sql_text.name(key_name(table))} = {UNKNOWN}, {none}, {every})"


def _surrogate_key(table: Table, *more: str) -> Column:
    keys = [F.col(f"`{key}`") for key in table.keys]
    return F.xxhash64(*keys, *more).alias(key_name(table))


def _beginning() -> Column:
    return F.lit(BEGINNING).cast("timestamp")


def _is_in_calendar(day: Column) -> Column:
    return day.between(F.lit(FIRST_DAY).cast("date"), F.lit(LAST_DAY).cast("date"))


def _as_time(table: Table, bound: str) -> Column:
    """A bound of a version as a timestamp; NULL where the sequence says no time."""
    first = F.col(bound)
    if len(table.sequence_by) > 1:
        first = first[table.sequence_by[0]]
    if table.sequence_is_time:
        return first.cast("timestamp")
    if table.is_dumped or (table.sequence_by and table.columns):
        return F.lit(None).cast("timestamp")
    return F.nullif(first["time"], F.lit(casting.NO_TIME).cast("timestamp"))


def _joined_from(dimension: Table) -> Column:
    """Since when facts find a version: NULL, which is always, for a member's first.

    Its `valid_from` would not do: there are facts from before 1900.
    """
    if not dimension.has_history:
        return F.lit(None).cast("timestamp")
    # By their ends, too: of two versions of one moment the first ends as it begins
    order = [F.asc("valid_from"), F.asc_nulls_last("valid_to")]
    keys = [F.col(f"`{key}`") for key in dimension.keys]
    place = F.rank().over(Window.partitionBy(*keys).orderBy(*order))
    return F.when(place > 1, F.col("valid_from"))


def _says_when(dimension: Table) -> bool:
    """Whether its versions begin and end at times."""
    typed_number = dimension.sequence_by and dimension.columns
    return dimension.sequence_is_time or not typed_number


def known_versions(versions: DataFrame, dimension: Table) -> DataFrame:
    """The `members` that facts can find, with `_valid_from` and `_valid_to timestamp`.

    Both are NULL where the version has no such end.
    """
    known = versions.where(F.col(key_name(dimension)) != UNKNOWN)
    # A version that has ended, and not by a time, is nobody's
    known = known.where("is_current OR valid_to IS NOT NULL")
    bounds = {"_valid_from": _joined_from(dimension), "_valid_to": F.col("valid_to")}
    return known.withColumns(bounds)


def _as_of_join(
    rows: DataFrame, relationship: Relationship, dimension: Table, versions: DataFrame
) -> DataFrame:
    keys = lines.keys(relationship)
    pairs = zip(relationship.to, keys, strict=True)
    # Renamed, so that the names of a dimension never collide with those of the fact
    known = known_versions(versions, dimension).select(
        F.col(key_name(dimension)).alias("_member"),
        *[F.col(f"`{to}`").alias(key) for to, key in pairs],
        *("_valid_from", "_valid_to"),
    )
    matches = lines.matches(relationship)
    happened, since, until = map(F.col, ("_happened", "_valid_from", "_valid_to"))
    if dimension.has_history and _says_when(dimension):
        # Of several versions none can be told for a fact that has no time yet
        matches = matches & happened.isNotNull()
    matches = matches & (since.isNull() | (happened >= since))
    matches = matches & (until.isNull() | (happened < until))
    joined = rows.join(known, matches, "left")
    key = F.coalesce("_member", F.lit(UNKNOWN).cast("bigint"))
    return joined.withColumn(relationship.key, key).drop(
        "_member", "_valid_from", "_valid_to", *keys
    )
