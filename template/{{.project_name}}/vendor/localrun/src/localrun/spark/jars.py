"""Delta's jars: fetched once from Maven Central by the resolver that Spark brings.

They are put on the class path afterwards, since resolving them at each start of Spark
would cost seconds and a network.
"""

import os
import shutil
import subprocess
import sys
import tempfile
from importlib.metadata import version
from pathlib import Path

from localrun.errors import UsageError

# delta-spark needs no more of its own dependencies than these: Spark has the others.
MODULES = ("delta-spark_4.2_2.13", "delta-storage", "delta-kernel-api")
_EXCLUDED = (
    "org.apache.hadoop:hadoop-client-api",
    "org.apache.hadoop:hadoop-client-runtime",
    "org.apache.parquet:parquet-hadoop",
    "org.apache.logging.log4j:log4j-slf4j2-impl",
    "io.delta:delta-kernel-unitycatalog",
    "io.delta:delta-kernel-defaults",
    "io.unitycatalog:unitycatalog-client",
    "io.unitycatalog:unitycatalog-hadoop",
    "org.locationtech.jts:jts-core",
)
_RESOLVE = """
import sys
from pyspark.sql import SparkSession
builder = SparkSession.builder.master("local[1]").config("spark.ui.enabled", "false")
builder = builder.config("spark.jars.packages", sys.argv[1])
builder = builder.config("spark.jars.excludes", sys.argv[2])
builder.config("spark.jars.ivy", sys.argv[3]).getOrCreate().stop()
"""


def cache_folder() -> Path:
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "localrun"


def delta_jars() -> list[Path]:
    """The jars of the installed delta-spark, fetched now if this is the first time.

    Raises UsageError when they can be neither found nor fetched.
    """
    release = version("delta-spark")
    folder = cache_folder() / f"delta-{release}"
    if not folder.exists():
        _fetch(release, folder)
    return sorted(folder.glob("*.jar"))


def _fetch(release: str, folder: Path) -> None:
    print(f"Delta {release}: fetching its jars from Maven Central, once", flush=True)
    folder.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=folder.parent) as scratch:
        resolved = subprocess.run(
            [
                sys.executable,
                "-c",
                _RESOLVE,
                f"io.delta:{MODULES[0]}:{release}",
                ",".join(_EXCLUDED),
                scratch,
            ],
            capture_output=True,
            text=True,
        )
        wanted = Path(scratch) / "wanted"
        wanted.mkdir()
        for module in MODULES:
            for jar in Path(scratch).glob(f"jars/io.delta_{module}-{release}.jar"):
                shutil.move(jar, wanted / jar.name)
        if len(list(wanted.iterdir())) != len(MODULES):
            detail = resolved.stderr.strip().splitlines()[-1:]
            raise UsageError(
                f"the jars of Delta {release} could not be fetched from Maven Central: "
                f"check the network or the proxy and run again {detail}"
            )
        try:
            os.replace(wanted, folder)
        except OSError:  # another process was faster
            if not folder.exists():
                raise
