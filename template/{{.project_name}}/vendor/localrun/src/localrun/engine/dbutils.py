"""`dbutils`, of which the laptop has the secrets, and what a notebook could leave out.

Source files have it as a global name; modules import it from `databricks.sdk.runtime`,
which stands in for the package of that name while a pipeline is at work.
Follows https://docs.databricks.com/aws/en/dev-tools/databricks-utils#secrets-utility-dbutilssecrets.
"""

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from types import ModuleType
from typing import Any

from pyspark.sql import SparkSession

from localrun.errors import UsageError
from localrun.secrets import Secrets

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


class Dbutils(_NotHere):
    """What code of a pipeline calls `dbutils`."""

    def __init__(self, secrets: Secrets):
        super().__init__("dbutils")
        self.secrets = _SecretsUtility(secrets)


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
