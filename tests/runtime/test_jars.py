"""Jars of Delta and of Spark's connectors: fetched once, or refused in a sentence."""

import pytest

from localrun.errors import UsageError
from localrun.spark import jars
from localrun.spark.jars import JarSet


def test_spark_finds_the_connectors_of_kafka_and_avro(spark, tmp_path):
    stream = spark.readStream.format("kafka").option("subscribe", "orders")
    columns = stream.option("kafka.bootstrap.servers", "127.0.0.1:1").load().columns
    spark.range(1).write.format("avro").save(str(tmp_path / "avro"))

    assert columns[:5] == ["key", "value", "topic", "partition", "offset"]
    assert spark.read.format("avro").load(str(tmp_path / "avro")).count() == 1


def test_a_set_of_other_versions_has_a_folder_of_its_own():
    one = JarSet("kafka", ("org.apache.kafka:kafka_2.13:4.3.1",))
    other = JarSet("kafka", ("org.apache.kafka:kafka_2.13:4.3.0",))

    assert one.folder != other.folder


def test_jars_out_of_reach_are_one_sentence_and_leave_nothing(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    nowhere = "-Dhttps.proxyHost=127.0.0.1 -Dhttps.proxyPort=1"
    monkeypatch.setenv("JAVA_TOOL_OPTIONS", nowhere)
    absent = JarSet("absent", ("localrun.test:absent:1.0",))

    with pytest.raises(UsageError, match=r"absent-1\.0\.jar") as refused:
        jars.fetched(absent)

    assert len(str(refused.value).splitlines()) == 1
    assert list((tmp_path / "localrun").iterdir()) == []
