import shapes
from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()
# Read while the file is loaded: which customers there are is known before the pipeline.
CUSTOMERS = spark.read.table("legacy.crm.customers")


@dp.materialized_view
def events():
    rows = spark.read.schema(shapes.EVENTS).json("dbfs:/mnt/events")
    minimum = int(spark.conf.get("events.minimum"))
    # Classic compute lets a function look at its data.
    assert rows.count() >= minimum
    return rows


@dp.materialized_view
def events_by_customer():
    events = spark.sql("SELECT * FROM Events")
    return events.join(CUSTOMERS, "customer").groupBy("name").count()
