"""`dbutils`, of which the laptop has the secrets, lists of files, and what a notebook
could leave out.

Source files have it as a global name; modules import it from `databricks.sdk.runtime`,
which stands in for the package of that name while a pipeline is at work.
Follows https://docs.databricks.com/aws/en/dev-tools/databricks-utils#secrets-utility-dbutilssecrets.
"""

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from pyspark.sql import SparkSession

from localrun.errors import UsageError
from localrun.secrets import Secrets
from localrun.storage.paths import Paths

_RUNTIME = "databricks.sdk.runtime"


class _NotHere:
    """An attribute of `dbutils` that raises UsageError when it is called."""

    def __init__(self, name: str):
        self._name = name

    def __getattr__(self, name: str) -> "_NotHere":
        return _NotHere(f"{self._name}.{name}")

    def __call__(self, *arguments: object, **named: object) -> None:
        if self._name != "dbutils.library.restartPython":
            raise UsageError(
                f"{self._name} does not run on the laptop: read what differs from "
                "place to place from the pipeline's configuration, spark.conf.get"
            )


class _SecretsUtility(_NotHere):
    def __init__(self, secrets: Secrets):
        super().__init__("dbutils.secrets")
        self._secrets = secrets

    def get(self, scope: str, key: str) -> str:
        return self._secrets.get(scope, key)

    def getBytes(self, scope: str, key: str) -> bytes:
        return self._secrets.get(scope, key).encode()


class FileInfo(NamedTuple):
    """A file, or a folder, whose name and path end in `/`."""

    path: str
    name: str
    size: int
    modificationTime: int

    def isDir(self) -> bool:
        return self.name.endswith("/")

    def isFile(self) -> bool:
        return not self.isDir()


class _FilesUtility(_NotHere):
    """Folders, by paths as a workspace has them (see `storage.paths`).

    Follows https://docs.databricks.com/aws/en/dev-tools/databricks-utils#file-system-utility-dbutilsfs.
    """

    def __init__(self, paths: Paths):
        super().__init__("dbutils.fs")
        self._paths = paths

    def ls(self, dir: str) -> list[FileInfo]:
        """What is in a folder. Raises FileNotFoundError where there is none."""
        folder = Path(self._paths.local(dir).removeprefix("file:"))
        if not folder.is_dir():
            raise FileNotFoundError(f"No such file or directory {dir}")
        found = []
        for name in sorted(os.listdir(folder)):
            stat, end = (folder / name).stat(), "/" if (folder / name).is_dir() else ""
            size = 0 if end else stat.st_size
            path = f"{dir.rstrip('/')}/{name}{end}"
            found.append(FileInfo(path, name + end, size, int(stat.st_mtime * 1000)))
        return found

    def mkdirs(self, dir: str) -> bool:
        os.makedirs(self._paths.local(dir).removeprefix("file:"), exist_ok=True)
        return True


class Dbutils(_NotHere):
    """What code of a pipeline calls `dbutils`."""

    def __init__(self, secrets: Secrets, paths: Paths):
        super().__init__("dbutils")
        self.secrets = _SecretsUtility(secrets)
        self.fs = _FilesUtility(paths)


@contextmanager
def importable(dbutils: Dbutils, spark: SparkSession) -> Iterator[None]:
    """`from databricks.sdk.runtime import dbutils, spark` works in the block."""
    runtime: Any = ModuleType(_RUNTIME)
    runtime.dbutils, runtime.spark = dbutils, spark
    names = ("databricks", "databricks.sdk", _RUNTIME)
    before = {name: sys.modules.get(name) for name in names}
    for name in names[:2]:
        if before[name] is None:
            package = sys.modules[name] = ModuleType(name)
            package.__path__ = []
    sys.modules[_RUNTIME] = runtime
    try:
        yield
    finally:
        for name, module in before.items():
            if module is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = module
