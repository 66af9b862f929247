"""Full dumps of a source: which of them is next, and which rows it leaves in force.

The function looks at files, as the historical snapshots of
https://docs.databricks.com/aws/en/ldp/cdc do, and not at tables of the pipeline: no
page says whether it may read those while the pipeline is put together. A version is
found by a list of the files; of their rows only those that break a rule are looked at.
"""

import re
from collections.abc import Callable
from datetime import datetime, timedelta, timezone
from functools import reduce
from operator import and_
from urllib.parse import unquote

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F

from medallion import files, quality, sources, sql_text
from medallion.contract import Table

# The version of the empty dump that a table begins with where no file is there yet:
# a first answer of None fails on Databricks (APPLY_CHANGES_FROM_SNAPSHOT_ERROR).
_BEFORE_ALL = {"time": datetime(1900, 1, 1, tzinfo=timezone.utc), "number": -1}
_EPOCH = datetime(1970, 1, 1, tzinfo=timezone.utc)
_COMPACT = {8: "%Y%m%d", 12: "%Y%m%d%H%M", 14: "%Y%m%d%H%M%S"}
_PLACE = "_dump"
_IS_BAD, _IS_GOOD = "size(failed_rules) > 0", "size(failed_rules) = 0"
Version = datetime | int


def next_dump(
    spark: SparkSession, table: Table
) -> Callable[[Version | None], tuple[DataFrame, Version] | None]:
    """The `source` of a flow of snapshots: the dump after a version, and its own.

    It returns None where there is no later one. The DataFrame has the columns that
    silver keeps (see `in_force`).
    """

    def next_snapshot_and_version(latest: Version | None):
        found = dumps(spark, table)
        later = [v for v in found if latest is None or v > _utc(latest)]
        if later:
            return in_force(spark, table, found, later[0]), later[0]
        if latest is None:
            return _nothing(spark, table), _BEFORE_ALL[table.version_type]
        return None

    return next_snapshot_and_version


def dumps(spark: SparkSession, table: Table) -> dict[Version, list[str]]:
    """The files of each dump, by version, in ascending order.

    Raises ValueError for a file whose name does not say its version.
    """
    found: dict[Version, list[str]] = {}
    for path, modified in _files(spark, files.location(spark, table)):
        found.setdefault(_version(path, modified, table), []).append(path)
    return {version: sorted(found[version]) for version in sorted(found)}


def in_force(
    spark: SparkSession, table: Table, found: dict[Version, list[str]], version: Version
) -> DataFrame:
    """The rows that hold as of a dump: its own, without those that break a drop rule.

    A member whose row breaks one stays as it last was: a bad row is no delete. Where a
    row has no key, nobody knows whose it is: then no member of before is deleted by
    this dump. Rows that are there twice in all they hold are one.
    """
    rows = _checked(spark, table, found[version])
    if _is_good(rows):
        return _kept(rows, table)
    of = [found[version]]
    for earlier in reversed([v for v in found if v < version]):
        of.insert(0, found[earlier])
        if _is_good(_checked(spark, table, found[earlier])):
            break  # What is in force as of that dump are its own rows.
    return _kept(_carried(spark, table, of), table)


def newest(rows: DataFrame, table: Table) -> DataFrame:
    """Of rows that bronze has of dumps, those of the dump of the highest version.

    Files that do not say their version are left out: silver has none of them.
    """
    modified = F.unix_micros("_source_modified_at").alias("modified")
    found: dict[Version, list[str]] = {}
    for path, micros in rows.select("_source_file", modified).distinct().collect():
        try:
            version = _version(unquote(path), _time(micros), table)
        except ValueError:
            continue
        found.setdefault(version, []).append(path)
    of = found[max(found)] if found else []
    return rows.where(F.col("_source_file").isin(of))


def _carried(spark: SparkSession, table: Table, of: list[list[str]]) -> DataFrame:
    """The last good row of each key that no dump since has left out.

    `of` are the files of the dumps, the oldest first.
    """
    keys = list(table.keys)
    each = [
        _checked(spark, table, paths).withColumn(_PLACE, F.lit(place))
        for place, paths in enumerate(of)
    ]
    rows = reduce(lambda a, b: a.unionByName(b, allowMissingColumns=True), each)
    has_key = reduce(and_, [F.col(sql_text.name(key)).isNotNull() for key in keys])
    unclear = rows.where(~has_key).select(_PLACE).distinct()
    clear = spark.range(len(of)).select(F.col("id").cast("int").alias(_PLACE))
    clear = clear.join(unclear, _PLACE, "left_anti")
    present = rows.where(has_key).select(*_names(keys), _PLACE).distinct()
    good = rows.where(_IS_GOOD)
    last = good.groupBy(*_names(keys)).agg(F.max(_PLACE).alias(_PLACE))
    since = last.withColumnRenamed(_PLACE, "_last").crossJoin(clear)
    left_out = since.where(f"{_PLACE} > _last").join(
        present, [*keys, _PLACE], "left_anti"
    )
    gone = left_out.select(*_names(keys)).distinct()
    return good.join(last, [*keys, _PLACE], "left_semi").join(gone, keys, "left_anti")


def _checked(spark: SparkSession, table: Table, paths: list[str]) -> DataFrame:
    """The rows of a dump as `checked_<table>` has them; a fail rule stops the flow."""
    rows = sources.type_columns(files.all_rows(spark, table, paths), table)
    rows = quality.check(rows, table)
    for name, predicate in table.rules_with("fail").items():
        words = F.lit(f"a row of {table.name} breaks the fail rule {name}: ")
        stop = F.raise_error(F.concat(words, "record")).cast("boolean")
        rows = rows.where(F.expr(predicate) | stop)
    return rows


def _kept(rows: DataFrame, table: Table) -> DataFrame:
    """The columns that silver keeps, of rows that keep the rules, each once."""
    good = rows.where(_IS_GOOD).dropDuplicates([*table.keys, "record"])
    kept = quality.contract_columns(good.drop(_PLACE), table)
    return kept.drop(*table.technical_columns)


def _nothing(spark: SparkSession, table: Table) -> DataFrame:
    types = {column.name: column.type for column in table.columns}
    types = types or dict.fromkeys(table.expected_columns, "STRING")
    schema = ", ".join(
        f"{sql_text.name(name)} {type_}" for name, type_ in types.items()
    )
    kept = quality.contract_columns(spark.createDataFrame([], schema), table)
    return kept.drop(*table.technical_columns)


def _is_good(checked: DataFrame) -> bool:
    """Whether no row breaks a drop rule."""
    return not checked.where(_IS_BAD).limit(1).collect()


def _files(spark: SparkSession, folder: str) -> list[tuple[str, datetime]]:
    """Path and modification time of each file in a folder, which may not be there."""
    listing = spark.read.format("binaryFile").option("recursiveFileLookup", "true")
    try:
        found = listing.load(folder).select(
            "path", F.unix_micros("modificationTime").alias("modified")
        )
        rows = found.collect()
    except AnalysisException as error:
        if "PATH_NOT_FOUND" not in str(error):
            raise
        return []
    return [(r["path"], _time(r["modified"])) for r in rows]


def _time(micros: int) -> datetime:
    return _EPOCH + timedelta(microseconds=micros)


def _version(path: str, modified: datetime, table: Table) -> Version:
    if table.version_pattern is None:
        return modified
    name = path.rsplit("/", 1)[-1]
    match = re.search(table.version_pattern, name)
    text = match[1] if match else None
    try:
        if text and table.version_type == "number":
            return int(text)
        if text and text.isdigit():
            time = datetime.strptime(text, _COMPACT[len(text)])
            return time.replace(tzinfo=timezone.utc)
        if text:
            return _utc(datetime.fromisoformat(text.replace("Z", "+00:00")))
    except (KeyError, ValueError):
        pass
    said = f"{text} is not a {table.version_type}" if text else "it does not match"
    raise ValueError(
        f"{table.name}: the name of the file {path} does not say its version "
        f"(snapshotVersion {table.version_pattern}: {said}): rename the file, or move "
        "it elsewhere"
    )


def _utc(version: Version) -> Version:
    if isinstance(version, datetime) and version.tzinfo is None:
        return version.replace(tzinfo=timezone.utc)
    return version


def _names(keys: list[str]) -> list[str]:
    return [sql_text.name(key) for key in keys]
