"""What a dataset function must not do on Databricks is refused here too.

Serverless pipelines run on Spark Connect: there are no RDDs and no SparkContext, and a
dataset function only describes a query, so that it may neither run nor store one.
Follows https://docs.databricks.com/aws/en/ldp/limitations and ldp/developer/python-ref.
"""

import sys
from contextlib import contextmanager
from contextvars import ContextVar
from functools import wraps

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.catalog import Catalog
from pyspark.sql.classic.column import Column as ClassicColumn
from pyspark.sql.classic.dataframe import DataFrame as ClassicDataFrame
from pyspark.sql.group import GroupedData

from localrun.errors import FlowError

_RUNS = "a dataset function describes a query and must not run it"
_NO_RDD = "serverless pipelines have neither RDDs nor a SparkContext"
_NO_CACHE = "serverless pipelines cannot cache"
_FORBIDDEN = {
    ClassicDataFrame: {
        **dict.fromkeys(
            ("collect", "count", "first", "foreach", "foreachPartition", "head"), _RUNS
        ),
        **dict.fromkeys(
            ("isEmpty", "show", "tail", "take", "toLocalIterator", "toPandas"), _RUNS
        ),
        **dict.fromkeys(("write", "writeStream", "writeTo"), _RUNS),
        **dict.fromkeys(
            ("cache", "checkpoint", "localCheckpoint", "persist"), _NO_CACHE
        ),
        "rdd": _NO_RDD,
    },
    SparkSession: {"sparkContext": _NO_RDD},
    GroupedData: {"pivot": "pipelines do not support pivot()"},
    Catalog: {
        "tableExists": "what it describes must not depend on which tables there are",
    },
}
# What Spark Connect has not. Spark itself, and what stands on it, go on using these.
_OF_THE_JVM = {
    ClassicDataFrame: ("_jdf",),
    ClassicColumn: ("_jc",),
    SparkSession: ("_jsparkSession", "_jvm", "_sc", "_jsc"),
}
_NO_JVM = "serverless pipelines run on Spark Connect, which has no JVM to reach"
_MAY_REACH_IT = ("pyspark", "delta", "localrun")
_evaluating: ContextVar[bool] = ContextVar("evaluating", default=False)


@contextmanager
def evaluating(inside: bool = True):
    """Refuse what is forbidden while a dataset function runs (`inside`), or not."""
    token = _evaluating.set(inside)
    try:
        yield
    finally:
        _evaluating.reset(token)


def evaluate(function) -> DataFrame:
    """Call a dataset function. Raises FlowError where it does what it must not."""
    with evaluating():
        df = function()
    if not isinstance(df, DataFrame):
        raise FlowError(f"the function returns {type(df).__name__}, no DataFrame")
    return df


def install() -> None:
    for owner, names in _FORBIDDEN.items():
        for name, reason in names.items():
            original = owner.__dict__[name]
            if not getattr(original, "_localrun", False):
                setattr(owner, name, _guarded(original, name, reason))
    for owner, attributes in _OF_THE_JVM.items():
        for name in attributes:
            setattr(owner, name, _OfTheJvm(name))


class _OfTheJvm:
    """An attribute of instances that only the packages named above read meanwhile."""

    def __init__(self, name: str):
        self._name = name

    def __get__(self, instance, owner=None):
        if instance is None:
            return self
        if _evaluating.get():
            reader = sys._getframe(1).f_globals.get("__name__", "")
            if reader.partition(".")[0] not in _MAY_REACH_IT:
                raise FlowError(_refusal(self._name, _NO_JVM))
        try:
            return instance.__dict__[self._name]
        except KeyError:
            raise AttributeError(self._name) from None

    def __set__(self, instance, value) -> None:
        instance.__dict__[self._name] = value

    def __delete__(self, instance) -> None:
        del instance.__dict__[self._name]


def _refusal(name: str, reason: str) -> str:
    return f"{name} is not possible in a dataset function: {reason}"


def _guarded(original, name: str, reason: str):
    def check() -> None:
        if _evaluating.get():
            raise FlowError(_refusal(name, reason))

    if hasattr(original, "__get__") and not callable(original):  # a property

        class Guarded(property):
            _localrun = True

        def read(self):
            check()
            return original.__get__(self, type(self))

        return Guarded(read)

    @wraps(original)
    def call(self, *args, **kwargs):
        check()
        return original(self, *args, **kwargs)

    call._localrun = True
    return call
