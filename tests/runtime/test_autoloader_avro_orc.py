"""Avro and ORC by Auto Loader: ingestion/cloud-object-storage/auto-loader/schema.

Avro brings types that are inferred, as Parquet does; of ORC nothing is inferred.
"""

import json

import pytest
from autoloading import Source
from pyspark.sql import functions as F

from localrun.errors import FlowError


def put(source: Source, name: str, ddl: str, *values: tuple) -> None:
    """A file of the source's format with one row a tuple, as Spark writes it."""
    file_format = source.options["cloudFiles.format"]
    written = source.folder.parent / "written" / name
    df = source.spark.createDataFrame(values, ddl).coalesce(1)
    df.write.format(file_format).save(str(written))
    (part,) = written.glob(f"part-*.{file_format}")
    source.put(name, part.read_bytes())


def rescued(row: dict) -> dict:
    found = json.loads(row["_rescued_data"])
    assert found.pop("_file_path").startswith("file:/")
    return found


@pytest.fixture
def avro(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "avro")


@pytest.fixture
def orc(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "orc")


def test_avro_brings_its_types_and_new_columns_come_last(avro):
    put(avro, "1.avro", "b INT, c STRUCT<x: STRING>", (1, ("p",)))
    assert avro.load().columns == ["b", "c", "_rescued_data"]
    put(avro, "2.avro", "a DATE, b INT", (None, 2))
    df = avro.load()
    assert df.dtypes == [
        ("b", "int"),
        ("c", "struct<x:string>"),
        ("a", "date"),
        ("_rescued_data", "string"),
    ]
    found = avro.write(df.withColumn("file", F.col("_metadata.file_name")))
    assert sorted((row.b, row.file) for row in found.collect()) == [
        (1, "1.avro"),
        (2, "2.avro"),
    ]


def test_a_changed_type_of_avro_is_rescued_and_a_removed_column_is_null(avro):
    put(avro, "1.avro", "a BIGINT, b STRING", (1, "x"))
    avro.run()
    put(avro, "2.avro", "a STRING", ("one",))
    assert avro.load().dtypes[0] == ("a", "bigint")
    (row,) = (row for row in avro.run() if "b" not in row)
    assert rescued(row) == {"a": "one"}


def test_the_first_avro_files_give_the_widest_type(avro):
    put(avro, "1.avro", "a INT", (1,))
    put(avro, "2.avro", "a BIGINT", (2**40,))
    df = avro.load()
    assert df.dtypes[0] == ("a", "bigint")
    assert sorted(row.a for row in avro.write(df).collect()) == [1, 2**40]


def test_a_hint_of_another_type_rescues_the_values_of_avro(avro):
    put(avro, "1.avro", "a INT, b INT", (1, 2))
    (row,) = avro.run(**{"cloudFiles.schemaHints": "a STRING"})
    assert (rescued(row), row["b"]) == ({"a": 1}, 2)


def test_a_file_that_is_not_avro_is_named(avro):
    avro.put("logo.png", b"\x89PNG not avro")
    with pytest.raises(FlowError, match=r"logo\.png is not an Avro file, take it out"):
        avro.load()


def test_orc_is_read_by_name_with_the_schema_that_is_given(orc):
    put(orc, "1.orc", "a INT, b STRING, c INT", (1, "x", 2))
    df = orc.load(schema="b STRING, a BIGINT, d INT")
    assert df.columns == ["b", "a", "d"]
    (row,) = orc.write(df.withColumn("file", F.col("_metadata.file_name"))).collect()
    assert tuple(row) == ("x", 1, None, "1.orc")


def test_orc_without_a_schema_is_refused(orc):
    put(orc, "1.orc", "a INT", (1,))
    with pytest.raises(FlowError, match="infers no columns of ORC files: give them"):
        orc.load()


def test_rescued_data_of_orc_is_refused(orc):
    with pytest.raises(FlowError, match="rescues no data of ORC files: leave"):
        orc.load(schema="a INT", rescuedDataColumn="rest")


def test_a_type_of_orc_that_does_not_fit_the_schema_is_named(orc):
    put(orc, "1.orc", "a STRING", ("x",))
    with pytest.raises(
        FlowError, match=r"column a is string in files in .*give it the"
    ):
        orc.load(schema="a INT")
