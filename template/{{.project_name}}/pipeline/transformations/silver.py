"""Silver: rows that keep the contract's rules, without duplicates or with history.

What breaks a `drop` rule goes to quarantine. Each table's rules are evaluated in one
place, `checked_<table>`; a row is in quarantine or accepted, never both or neither.
Where the contract says that what a row points to must be there, `resolved_<table>`
stores whether it was when the row came.
"""

from pyspark import pipelines as dp
from pyspark.sql import SparkSession
from pyspark.sql import functions as F

from medallion import (
    contract,
    expectations,
    landing,
    layers,
    published,
    quality,
    references,
    rereading,
    snapshots,
)

spark = SparkSession.active()
in_layer = layers.configured(spark.conf)

TABLES = {t.name: t for t in contract.configured(spark.conf)}
reset_allowed = rereading.configured(spark.conf, TABLES.values())
SILVER = {
    "quality": "silver",
    "delta.enableChangeDataFeed": "true",
    "delta.enableRowTracking": "true",
}


def reader(table):
    """What is reloaded is read as it is, all else for what is new."""
    return spark.read if table.is_reloaded else spark.readStream


def targets(table):
    """The tables whose members the rows of a table point to, and these in silver."""
    names = dict.fromkeys(r.table for r in table.must_exist)
    return {n: (TABLES[n], spark.read.table(f"silver_{n}")) for n in names}


def resolve(table):
    @dp.table(
        name=f"resolved_{table.name}",
        comment=f"Bronze {table.name} with the references that lead nowhere: _missing.",
        table_properties={"quality": "bronze", "delta.enableRowTracking": "true"},
    )
    @expectations.expect_references(table)
    def resolved():
        rows = spark.readStream.table(in_layer(f"bronze_{table.name}"))
        return references.resolve(rows, table, targets(table))


def check(table):
    @dp.temporary_view(
        name=f"checked_{table.name}",
        comment=f"Bronze {table.name} with the drop rules that each row breaks.",
    )
    def checked():
        rows = reader(table).table(in_layer(references.source(table)))
        if table.must_exist and table.role == "reference":
            rows = references.resolve(rows, table, targets(table))
        return quality.check(rows, table)


def quarantine(table):
    dataset = dp.materialized_view if table.is_reloaded else dp.table

    @dataset(
        name=f"quarantine_{table.name}",
        comment=f"Rows of {table.name} that broke a rule, with every rule they broke.",
        table_properties={"quality": "quarantine", "delta.enableRowTracking": "true"},
    )
    def quarantined():
        return quality.quarantined(reader(table).table(f"checked_{table.name}"), table)


def accept(table):
    # Silver reads dumps from their files (see `snapshots`): so their accepted rows are
    # kept here, where each rule is counted.
    dataset = dp.table if table.is_dumped else dp.temporary_view

    @dataset(
        name=f"accepted_{table.name}",
        comment=f"Rows of {table.name} that break no rule; each rule is counted here.",
    )
    @expectations.expect_rules(table)
    def accepted():
        rows = reader(table).table(f"checked_{table.name}")
        return quality.with_keys(rows, table)


def fact(table):
    @dp.table(
        name=f"silver_{table.name}",
        comment=table.comment,
        schema=published.silver(table),
        table_properties=SILVER,
        cluster_by=list(table.cluster_by) or None,
        cluster_by_auto=not table.cluster_by,
    )
    def silver():
        return facts_of(table)


def facts_of(table):
    rows = reader(table).table(f"accepted_{table.name}")
    if table.once:
        return quality.contract_columns(rows.dropDuplicates(list(table.keys)), table)
    # The window counts from processing, so that no row is ever late for it, not even
    # when a full refresh reads history again.
    return quality.contract_columns(
        rows.withColumn("_processed_at", F.current_timestamp())
        .withWatermark("_processed_at", table.deduplicate_within)
        .dropDuplicatesWithinWatermark(list(table.keys)),
        table,
    )


def more_facts(table):
    @dp.append_flow(
        target=f"silver_{table.into}",
        name=f"{table.name}_into_{table.into}",
        once=table.once,
    )
    def more():
        return facts_of(table)


def dimension(table):
    dp.create_streaming_table(
        name=f"silver_{table.name}",
        comment=table.comment,
        schema=published.silver(table),
        table_properties=SILVER,
        cluster_by=list(table.cluster_by) or None,
    )
    changes(table, table.name)


def changes(table, target, **flow):
    dp.create_auto_cdc_flow(
        target=f"silver_{target}",
        source=f"accepted_{table.name}",
        keys=list(table.keys),
        sequence_by=quality.sequence(table),
        ignore_null_updates=table.ignore_null_updates,
        apply_as_deletes=F.expr(table.delete_when) if table.delete_when else None,
        apply_as_truncates=(
            F.expr(table.truncate_when) if table.truncate_when else None
        ),
        stored_as_scd_type=2 if table.has_history else 1,
        track_history_column_list=list(table.history_columns) or None,
        **quality.stored_columns(table),
        **flow,
    )


def more_changes(table):
    name = f"{table.name}_into_{table.into}"
    changes(table, table.into, name=name, once=table.once)


def dumped(table):
    dp.create_streaming_table(
        name=f"silver_{table.name}",
        comment=table.comment,
        schema=published.silver(table),
        # It reads dumps from their files, which may be gone.
        table_properties={**SILVER, **reset_allowed(table)},
        cluster_by=list(table.cluster_by) or None,
    )
    dp.create_auto_cdc_from_snapshot_flow(
        target=f"silver_{table.name}",
        source=snapshots.next_dump(spark, table),
        keys=list(table.keys),
        stored_as_scd_type=table.history_type,
        track_history_column_list=list(table.history_columns) or None,
    )


def current(table):
    @dp.materialized_view(
        name=f"silver_{table.name}_current",
        comment=f"The latest version of every active row of {table.name}.",
        schema=published.current(table),
        table_properties={"quality": "silver", "delta.enableRowTracking": "true"},
    )
    def latest():
        history = spark.read.table(f"silver_{table.name}")
        return history.where("__END_AT IS NULL").drop("__START_AT", "__END_AT")


def reference(table):
    @dp.materialized_view(
        name=f"silver_{table.name}",
        comment=table.comment,
        schema=published.silver(table),
        table_properties=SILVER,
        cluster_by=list(table.cluster_by) or None,
    )
    def silver():
        rows = spark.read.table(f"accepted_{table.name}")
        return quality.contract_columns(rows, table)


for table in TABLES.values():
    if table.stores_verdicts:
        resolve(table)
    check(table)
    quarantine(table)
    accept(table)
    if table.once and landing.awaited(spark, table):
        continue  # A backfill runs once: not before there is something to add.
    if table.into:
        more_facts(table) if table.role == "fact" else more_changes(table)
        continue
    if table.role == "fact":
        fact(table)
    elif table.role == "reference":
        reference(table)
    elif table.is_dumped:
        dumped(table)
    else:
        dimension(table)
    if table.has_history:
        current(table)
