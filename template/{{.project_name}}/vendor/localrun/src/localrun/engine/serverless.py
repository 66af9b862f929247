"""What a dataset function must not do on Databricks is refused here too.

Serverless pipelines run on Spark Connect: there are no RDDs and no SparkContext, and a
dataset function only describes a query, so that it may neither run nor store one. A
pipeline on classic compute (`serverless: false`) may do all but write.
Follows https://docs.databricks.com/aws/en/ldp/limitations and ldp/developer/python-ref.
"""

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from enum import Enum
from functools import wraps
from types import FrameType
from typing import Any

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.group import GroupedData

from localrun.engine.patch import Patch
from localrun.errors import FlowError
from localrun.spark import jvm


class Compute(Enum):
    """What the pipeline runs on, as its resource says."""

    CLASSIC = "classic"
    SERVERLESS = "serverless"


_RUNS = "a dataset function describes a query and must not run it"
_NO_RDD = "serverless pipelines have neither RDDs nor a SparkContext"
_NO_CACHE = "serverless pipelines cannot cache"
_WRITES = ("write", "writeStream", "writeTo")
_FORBIDDEN: dict[type, dict[str, str]] = {
    jvm.CLASSIC_DATAFRAME: {
        **dict.fromkeys(
            ("collect", "count", "first", "foreach", "foreachPartition", "head"), _RUNS
        ),
        **dict.fromkeys(
            ("isEmpty", "show", "tail", "take", "toLocalIterator", "toPandas"), _RUNS
        ),
        **dict.fromkeys(_WRITES, _RUNS),
        **dict.fromkeys(
            ("cache", "checkpoint", "localCheckpoint", "persist"), _NO_CACHE
        ),
        "rdd": _NO_RDD,
    },
    SparkSession: {"sparkContext": _NO_RDD},
    GroupedData: {"pivot": "pipelines do not support pivot()"},
}
# Refused on classic compute as well: a pipeline's tables are all that it writes.
_ALWAYS = (*_WRITES, "pivot")
_NO_JVM = "serverless pipelines run on Spark Connect, which has no JVM to reach"
# Spark itself, and what stands on it, go on using what Spark Connect does not have.
_MAY_REACH_IT = ("pyspark", "delta", "localrun")
# What runs in this thread: a dataset function, or code of the runtime that looks
# something up for one; None for anything else.
_running: ContextVar[Compute | str | None] = ContextVar("running", default=None)
_OWN = "own code"
# Whether what runs may look at data, as only the source of a flow of snapshots may.
_looks: ContextVar[bool] = ContextVar("looks", default=False)


@contextmanager
def own_code() -> Iterator[None]:
    """For what the runtime reads itself: nothing is refused, and nothing stands in."""
    token = _running.set(_OWN)
    try:
        yield
    finally:
        _running.reset(token)


@contextmanager
def users_code() -> Iterator[None]:
    """Inside of `own_code`, for a read that stands in the place of the user's own."""
    token = _running.set(None)
    try:
        yield
    finally:
        _running.reset(token)


def in_own_code() -> bool:
    return _running.get() == _OWN


def evaluate(function: Callable[[], Any], compute: Compute) -> DataFrame:
    """Call a dataset function. Raises FlowError where it does what it must not."""
    with _as(compute, looks=False):
        df = function()
    if not isinstance(df, DataFrame):
        raise FlowError(f"the function returns {type(df).__name__}, not a DataFrame")
    return df


def look(function: Callable[[Any], Any], argument: object, compute: Compute) -> Any:
    """What the source function of a flow of snapshots returns.

    It may look at data, to find the next snapshot; all else is refused as in a dataset
    function, with a FlowError.
    """
    with _as(compute, looks=True):
        return function(argument)


@contextmanager
def _as(compute: Compute, looks: bool) -> Iterator[None]:
    running, looking = _running.set(compute), _looks.set(looks)
    try:
        yield
    finally:
        _running.reset(running)
        _looks.reset(looking)


class _OfTheJvm:
    """An attribute of instances that only the packages named above read meanwhile."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, instance: Any, owner: type | None = None) -> Any:
        if instance is None:
            return self
        if _running.get() is Compute.SERVERLESS and not _is_of_spark(sys._getframe(1)):
            raise FlowError(_refusal(self._name, _NO_JVM))
        try:
            return instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, instance: Any, value: Any) -> None:
        instance.__dict__[self._name] = value

    def __delete__(self, instance: Any) -> None:
        del instance.__dict__[self._name]


def _is_of_spark(frame: FrameType) -> bool:
    """Whether code of Spark, or of what stands on it, is what runs in a frame."""
    module = frame.f_globals.get("__name__", "")
    return module.partition(".")[0] in _MAY_REACH_IT


def _refusal(name: str, reason: str) -> str:
    return f"{name} is not possible in a dataset function: {reason}"


def guarded(original: Any, name: str, reason: str) -> Any:
    """A method or property that a dataset function cannot use: it raises FlowError."""

    def check() -> None:
        running = _running.get()
        always = running is Compute.CLASSIC and name in _ALWAYS
        refused = running is Compute.SERVERLESS or always
        if _looks.get() and reason == _RUNS and name not in _WRITES:
            refused = False
        # A UDF, for one, asks for the SparkContext by itself.
        if refused and not _is_of_spark(sys._getframe(2)):
            raise FlowError(_refusal(name, reason))

    if hasattr(original, "__get__") and not callable(original):  # a property

        def read(self: Any) -> Any:
            check()
            return original.__get__(self, type(self))

        return property(read)

    @wraps(original)
    def call(self: Any, *args: Any, **kwargs: Any) -> Any:
        check()
        return original(self, *args, **kwargs)

    return call


PATCHES = (
    *[
        Patch(owner, name, guarded(owner.__dict__[name], name, reason))
        for owner, names in _FORBIDDEN.items()
        for name, reason in names.items()
    ],
    *[
        Patch(owner, name, _OfTheJvm(name))
        for owner, names in jvm.ATTRIBUTES.items()
        for name in names
    ],
)
