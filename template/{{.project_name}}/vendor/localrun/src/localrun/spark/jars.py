"""Jars: fetched once from Maven Central by the resolver that Spark brings.

They are put on the class path afterwards, since resolving them at each start of Spark
would cost seconds and a network. Spark's class path is fixed when its JVM starts,
before any pipeline says what it reads: hence one set for all sources, fetched at once.
A jar that is not used costs its download, and no time at a start.
"""

import hashlib
import os
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass
from importlib.metadata import version
from pathlib import Path

import pyspark

from localrun.errors import UsageError

_RESOLVE = """
import sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
builder = builder.config("spark.jars.packages", sys.argv[1])
builder = builder.config("spark.jars.excludes", sys.argv[2])
builder.config("spark.jars.ivy", sys.argv[3]).getOrCreate().stop()
"""


@dataclass(frozen=True)
class JarSet:
    """Jars that are fetched together, by their coordinates `group:module:version`.

    Of what else comes with them, `needless` is not fetched, and none is kept where
    `alone` says that the jars themselves are enough.
    """

    name: str
    jars: tuple[str, ...]
    needless: tuple[str, ...] = ()
    alone: bool = False

    @property
    def folder(self) -> Path:
        """Where they are kept: another place for each choice of versions."""
        choice = hashlib.sha256(f"{self.jars}{self.needless}{self.alone}".encode())
        return cache_folder() / f"{self.name}-{choice.hexdigest()[:8]}"


def for_spark() -> JarSet:
    """Delta and the connectors of the installed Spark."""
    # Of exactly this Spark, whose classes they extend.
    spark = version("pyspark")
    delta = version("delta-spark")
    return JarSet(
        f"spark-{spark}-delta-{delta}",
        (
            f"io.delta:delta-spark_4.2_2.13:{delta}",
            f"io.delta:delta-storage:{delta}",
            f"io.delta:delta-kernel-api:{delta}",
            f"org.apache.spark:spark-avro_2.13:{spark}",
            f"org.apache.spark:spark-sql-kafka-0-10_2.13:{spark}",
            f"org.apache.spark:spark-token-provider-kafka-0-10_2.13:{spark}",
            # The client that Spark 4.2.0 is built with; brokers of any release take it.
            "org.apache.kafka:kafka-clients:3.9.2",
            # Likewise; Spark's connector keeps its consumers in it.
            "org.apache.commons:commons-pool2:2.13.1",
        ),
        # Spark has these, or does without.
        (
            "at.yawk.lz4:lz4-java",
            "com.fasterxml.jackson.core:jackson-annotations",
            "com.fasterxml.jackson.core:jackson-core",
            "com.fasterxml.jackson.core:jackson-databind",
            "com.fasterxml.jackson.datatype:jackson-datatype-jdk8",
            "com.google.code.findbugs:jsr305",
            "io.delta:delta-kernel-defaults",
            "io.delta:delta-kernel-unitycatalog",
            "io.unitycatalog:unitycatalog-client",
            "io.unitycatalog:unitycatalog-hadoop",
            "org.apache.hadoop:hadoop-client-api",
            "org.apache.hadoop:hadoop-client-runtime",
            "org.apache.logging.log4j:log4j-slf4j2-impl",
            "org.apache.parquet:parquet-hadoop",
            "org.locationtech.jts:jts-core",
            "org.roaringbitmap:RoaringBitmap",
            "org.scala-lang.modules:scala-parallel-collections_2.13",
            "org.slf4j:slf4j-api",
            "org.tukaani:xz",
            "org.xerial.snappy:snappy-java",
        ),
        alone=True,
    )


def for_broker() -> JarSet:
    """A Kafka broker of its own process, which takes Scala's library from Spark."""
    return JarSet(
        "kafka-4.3.1",
        (
            # The newest release of which every jar is on all mirrors that were tried;
            # it runs on Java 17 and 21, as Spark does.
            "org.apache.kafka:kafka_2.13:4.3.1",
            # The logger to go with it: a line a message, on standard error.
            "org.slf4j:slf4j-simple:2.0.17",
        ),
    )


def scala_library() -> Path:
    """The one that Spark brings; its resolver never fetches another."""
    folder = Path(pyspark.__file__).parent / "jars"
    return next(folder.glob("scala-library-2.13*.jar"))


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "localrun"


def fetched(wanted: JarSet) -> list[Path]:
    """The jars of a set, fetched now if this is the first time.

    Raises UsageError when they can be neither found nor fetched.
    """
    if not wanted.folder.exists():
        print(f"{wanted.name}: fetching jars from Maven Central, once", flush=True)
        _fetch(wanted)
    return sorted(wanted.folder.glob("*.jar"))


def _fetch(wanted: JarSet) -> None:
    folder = wanted.folder
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        packages, needless = ",".join(wanted.jars), ",".join(wanted.needless)
        resolved = subprocess.run(
            [sys.executable, "-c", _RESOLVE, packages, needless, scratch],
            capture_output=True,
            text=True,
        )
        jars = Path(scratch) / "jars"
        names = [
            f"{name.replace(':', '_', 1).replace(':', '-')}.jar" for name in wanted.jars
        ]
        missing = [name for name in names if not (jars / name).exists()]
        if resolved.returncode or missing:
            raise UsageError(_not_fetched(wanted, missing, resolved.stderr))
        if wanted.alone:
            kept, jars = jars, Path(scratch) / "kept"
            jars.mkdir()
            for name in names:
                shutil.move(kept / name, jars / name)
        try:
            os.replace(jars, folder)
        except OSError:  # another process was faster
            if not folder.exists():
                raise


def _not_fetched(wanted: JarSet, missing: list[str], written: str) -> str:
    said = written.strip().splitlines()[-1:]
    what = ", ".join(missing) or " ".join(said)
    return (
        f"the jars of {wanted.name} could not be fetched from Maven Central ({what}): "
        "check the network or the proxy, or set DEFAULT_ARTIFACT_REPOSITORY to the "
        "address of a mirror, and run again"
    )
