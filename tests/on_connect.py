"""python on_connect.py <folder> <contract>...: what a contract makes, on Spark Connect.

Serverless pipelines run on Spark Connect, whose DataFrames are not those that all other
tests make. Each one is resolved by the server; none is run, but for a dump's.
"""

import os
import sys
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.types import StringType, StructField, StructType, TimestampType

from medallion import (
    contract,
    integrity,
    payloads,
    quality,
    references,
    snapshots,
    sources,
    star,
)
from medallion.model import CORRUPT, RESCUED
from medallion.names import READ_AS

# What Kafka's source gives, which this server does not have.
_MESSAGE = (
    "key binary, value binary, topic string, partition int, offset bigint, "
    "timestamp timestamp, timestampType int, "
    "headers array<struct<key string, value binary>>"
)
# For a start in seconds: no compiler that optimizes, no pages that nobody looks at.
_QUICK = "-XX:TieredStopAtLevel=1"


def start() -> SparkSession:
    os.environ["SPARK_TESTING"] = "1"  # any port that is free
    os.environ["PYSPARK_SUBMIT_ARGS"] = (
        f"--driver-java-options {_QUICK} --conf spark.ui.enabled=false pyspark-shell"
    )
    return SparkSession.builder.remote("local[1]").getOrCreate()


def columns(table: contract.Table) -> StructType:
    """Those that a source has at least, as text."""
    called = dict.fromkeys(table.source_names.values())
    return StructType([StructField(name, StringType()) for name in called])


def bronze(spark: SparkSession, table: contract.Table, folder: Path) -> DataFrame:
    """A stand-in for Auto Loader's stream, which only Databricks has; else as it is."""
    source = folder / table.name
    if table.role == "reference":
        spark.conf.set(f"pipeline.location.{table.name}", str(source))
        row = spark.createDataFrame([("1",) * len(columns(table))], columns(table))
        row.write.format(table.format).option("header", True).save(str(source))
        return sources.type_columns(sources.all_rows(spark, table), table)
    source.mkdir()
    if table.topic:
        stream = spark.readStream.schema(_MESSAGE).format("parquet").load(str(source))
        return sources.type_columns(payloads.parsed(stream, table), table)
    schema = columns(table).add(READ_AS[RESCUED], StringType())
    if table.is_text:
        schema = schema.add(READ_AS[CORRUPT], StringType())
    stream = spark.readStream.schema(schema).format(table.format).load(str(source))
    return sources.type_columns(stream, table)


def silver(
    rows: DataFrame,
    table: contract.Table,
    targets: dict[str, tuple[contract.Table, DataFrame]],
) -> StructType:
    """What is stored: as AUTO CDC stores it, where the table keeps versions."""
    if table.must_exist:
        rows = resolved(references.resolve(rows, table, targets))
    checked = quality.check(rows, table)
    resolved(quality.quarantined(checked, table))
    rules = [table.rules_with(action) for action in ("warn", "drop", "fail")]
    resolved(checked.selectExpr("1", *[p for kind in rules for p in kind.values()]))
    if table.delete_when:
        resolved(checked.selectExpr(table.delete_when))
    stored = quality.contract_columns(checked, table).schema
    ordered = resolved(checked.select(quality.sequence(table).alias("at"))).schema["at"]
    dumped = table.role == "snapshot"
    for bound in ("__START_AT", "__END_AT") if table.has_history else ():
        stored = stored.add(bound, TimestampType() if dumped else ordered.dataType)
    return stored


def dumps(spark: SparkSession, table: contract.Table, folder: Path) -> None:
    """A dump, found and read by the source function of the flow, then no more."""
    keys = ", ".join(f'"{key}": "1"' for key in table.keys)
    bad = ", ".join(f'"{key}": null' for key in table.keys)
    following = snapshots.next_dump(spark, table)
    resolved(following(None)[0])
    (folder / table.name / "1.json").write_text(f"{{{keys}}}\n{{{bad}}}\n")
    rows, version = following(None)
    assert resolved(rows).collect()
    assert following(version) is None


def stored(
    spark: SparkSession, contract_tables: tuple[contract.Table, ...], folder: Path
) -> dict[str, tuple[contract.Table, DataFrame]]:
    """Empty tables of silver, those that others point to before those."""
    tables = {table.name: table for table in contract_tables}
    made = {}

    def make(name: str) -> tuple[contract.Table, DataFrame]:
        if name not in made:
            table = tables[name]
            targets = {r.table: make(r.table) for r in table.must_exist}
            schema = silver(resolved(bronze(spark, table, folder)), table, targets)
            made[name] = table, spark.createDataFrame([], schema)
        return made[name]

    return {name: make(name) for name in tables}


def gold(tables: dict[str, tuple[contract.Table, DataFrame]]) -> None:
    """The star schema over empty tables of silver."""
    dimensions = {
        name: (table, resolved(star.members(rows, table)))
        for name, (table, rows) in tables.items()
        if table.role != "fact"
    }
    made = {}

    def fact(name: str) -> tuple[contract.Table, DataFrame]:
        if name not in made:
            table, rows = tables[name]
            headers = {r.table: fact(r.table) for r in table.headers}
            keyed = star.with_dimension_keys(rows, table, dimensions, headers)
            made[name] = table, resolved(keyed)
            resolved(integrity.of_facts(keyed, table, dimensions, headers))
        return made[name]

    for name in tables.keys() - dimensions:
        fact(name)
    resolved(integrity.of_dimensions(dimensions.values()))
    resolved(star.calendar(next(iter(tables.values()))[1].sparkSession))


def resolved(rows: DataFrame) -> DataFrame:
    assert rows.schema.names
    return rows


def main(folder: Path, paths: list[str]) -> None:
    spark = start()
    for number, path in enumerate(paths):
        own = folder / str(number)
        own.mkdir()
        spark.conf.set("pipeline.landing", str(own))
        tables = contract.load(path)
        gold(stored(spark, tables, own))
        for table in tables:
            if table.role == "snapshot":
                dumps(spark, table, own)


if __name__ == "__main__":
    main(Path(sys.argv[1]), sys.argv[2:])
