from pyspark import pipelines as dp
from pyspark.sql import SparkSession

spark = SparkSession.active()
FILES = spark.conf.get("shop.files")


@dp.table(comment="Orders as they were delivered.")
def orders():
    return (
        spark.readStream.option("cloudFiles.format", "json")
        .format("cloudFiles")
        .option("cloudFiles.schemaHints", "amount DECIMAL(10,2)")
        .load(f"{FILES}/orders")
    )
