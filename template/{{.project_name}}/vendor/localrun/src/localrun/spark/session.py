"""Spark with Delta on this machine, tuned for small data and many small commits."""

import logging
import os
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import IO

from pyspark.sql import SparkSession

from localrun.errors import UsageError
from localrun.spark import jvm
from localrun.spark.jars import cache_folder, fetched, for_spark
from localrun.spark.java import find_java, install_hint

_CATALOG = "org.apache.spark.sql.delta.catalog.DeltaCatalog"
_SETTINGS = {
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": _CATALOG,
    "spark.sql.catalogImplementation": "in-memory",
    "spark.sql.session.timeZone": "UTC",
    # A maximum, not taken at once.
    "spark.driver.memory": "4g",
    "spark.ui.enabled": "false",
    "spark.ui.showConsoleProgress": "false",
    "spark.sql.ui.retainedExecutions": "5",
    # Two partitions and no adaptive planning: the data is small, the plans are many.
    "spark.sql.shuffle.partitions": "2",
    "spark.sql.adaptive.enabled": "false",
    "spark.databricks.delta.snapshotPartitions": "1",
    # With twenty rules on a table, constraints took seconds of planning a micro-batch.
    "spark.sql.constraintPropagation.enabled": "false",
    # Every progress report is needed: expectations are counted in them.
    "spark.sql.streaming.numRecentProgressUpdates": "100000",
    "spark.sql.streaming.checkpoint.renamedFileCheck.enabled": "false",
    # What is used otherwise starts a process for each rename. That this log store knows
    # no other process is no loss here: a warehouse is locked while it is updated.
    "spark.delta.logStore.file.impl": "io.delta.storage.LocalLogStore",
    "spark.sql.streaming.checkpointFileManagerClass": (
        "org.apache.spark.sql.execution.streaming.checkpointing."
        "FileSystemBasedCheckpointFileManager"
    ),
}
# The short-lived JVM gains more from quick compilation than from good compilation, and
# nothing from a collector that works beside it.
_JAVA_OPTIONS = (
    "-XX:TieredStopAtLevel=1 -XX:+UseParallelGC -XX:ReservedCodeCacheSize=256m -Xss4m "
    f"-Dlog4j2.configurationFile={Path(__file__).with_name('log4j2.properties').as_uri()}"
)


def start(settings: Mapping[str, str] | None = None) -> SparkSession:
    """The SparkSession of this process, started on first use.

    Raises UsageError when there is no Java 17 or 21, or the jars are not to be had.
    """
    java = find_java()
    if java is None:
        raise UsageError(install_hint())
    os.environ["JAVA_HOME"] = str(java.home)
    os.environ["PYSPARK_PYTHON"] = sys.executable
    os.environ.setdefault("SPARK_LOCAL_IP", "127.0.0.1")
    for logger in jvm.LOGGERS:
        logging.getLogger(logger).setLevel(logging.CRITICAL)
    jars = os.pathsep.join(map(str, fetched(for_spark())))
    builder = SparkSession.builder.master("local[*]").appName("localrun")
    builder = builder.config("spark.driver.extraClassPath", jars)
    builder = builder.config("spark.sql.warehouse.dir", str(cache_folder() / "spark"))
    builder = builder.config("spark.driver.extraJavaOptions", _JAVA_OPTIONS)
    for key, value in {**_SETTINGS, **(settings or {})}.items():
        builder = builder.config(key, value)
    with _stderr_of_java() as errors:
        try:
            spark = builder.getOrCreate()
        except Exception as error:
            raise UsageError(
                f"Spark did not start with Java {java.major} in {java.home}: "
                f"{errors() or error}"
            ) from error
    for key, value in (settings or {}).items():  # also where a session existed already
        spark.conf.set(key, value)
    return spark


def interpret(spark: SparkSession, small: bool) -> None:
    """Have Spark interpret its plans where data are small, and compile them elsewhere.

    Both are Spark's own; each of the many plans of an update is compiled again.
    """
    spark.conf.set("spark.sql.codegen.wholeStage", str(not small).lower())
    mode = "NO_CODEGEN" if small else "FALLBACK"
    spark.conf.set("spark.sql.codegen.factoryMode", mode)


def jvm_pid(spark: SparkSession) -> int:
    return jvm.process_id(spark)


@contextmanager
def _stderr_of_java() -> Iterator[Callable[[], str]]:
    """Keep what Java writes while it starts, and all its life, off the terminal.

    Its greeting about incubator modules is no news to anyone. Yields a function that
    returns what has been written.
    """
    with tempfile.TemporaryFile() as written:
        ours = os.dup(2)
        os.dup2(written.fileno(), 2)
        try:
            yield lambda: _text_of(written)
        finally:
            os.dup2(ours, 2)
            os.close(ours)


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return " ".join(file.read().decode(errors="replace").split())[-500:]
