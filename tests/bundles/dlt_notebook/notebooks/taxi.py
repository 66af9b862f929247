# Databricks notebook source
# MAGIC %md
# MAGIC # Taxi trips
# MAGIC Zones are delivered as files, trips are a table that others keep.

# COMMAND ----------

# MAGIC %run ./helpers

# COMMAND ----------

import dlt
from pyspark.sql import functions as F

# COMMAND ----------

@dlt.table(comment="Changes of zones.", table_properties={"quality": "bronze"})
def zone_changes():
    return (
        spark.readStream.format("cloudFiles")
        .option("cloudFiles.format", "csv")
        .load("/Volumes/main/taxi/raw/*/zones*.csv")
    )


dlt.create_streaming_live_table("zones", comment="Zones as they are now.")
dlt.apply_changes(
    target="zones",
    source="zone_changes",
    keys=["zip"],
    sequence_by=F.col("changed_at"),
    except_column_list=["_rescued_data"],
)

# COMMAND ----------

@dlt.view
@dlt.expect_all_or_drop({"has_fare": "fare_amount > 0"})
def trips():
    return spark.read.table("samples.nyctaxi.trips")


@dlt.table(comment="Fares by zone.")
def fares():
    zones = dlt.read("zones").select("zip", "zone")
    joined = dlt.read("trips").join(zones, F.col("pickup_zip") == F.col("zip"))
    return joined.groupBy("zone").agg(cents(F.sum("fare_amount")).alias("cents"))


# COMMAND ----------

# MAGIC %python
# MAGIC @dlt.table(comment="Zone changes, counted as they come.")
# MAGIC def zone_log():
# MAGIC     return dlt.read_stream("LIVE.zone_changes").select("zip", "changed_at")
