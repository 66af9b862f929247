"""Adds to `pyspark.pipelines` what Databricks has there and open-source Spark has not.

The six `expect*` functions, `create_auto_cdc_flow` with both SCD types, and the keyword
arguments that only Databricks knows. Decorators return the function, so that
expectations may stand above or below them. An argument that neither side documents
raises, as it would on Databricks.
"""

import sys
from collections.abc import Callable
from contextlib import contextmanager
from functools import wraps

from pyspark import pipelines as dp
from pyspark.pipelines import api
from pyspark.sql import Column

from localrun import auto_cdc
from localrun.expectations import Expectation

# Documented for Databricks, without meaning on a laptop: accepted and left aside.
IGNORED_ARGUMENTS = {
    "cluster_by_auto",
    "path",
    "private",
    "refresh_policy",
    "row_filter",
    "temporary",
}
_EXPECTATIONS = "_localrun_expectations"
_collector = None


@contextmanager
def collecting(definitions):
    """Make `definitions` receive what is not part of Spark's own registry."""
    global _collector
    _collector = definitions
    try:
        yield
    finally:
        _collector = None


def expectations_on(function: Callable) -> list[Expectation]:
    return list(getattr(function, _EXPECTATIONS, []))


def install() -> None:
    """Complete the module `pyspark.pipelines`, and offer it as `dlt` too."""
    dp.table = _decorator(api.table)
    dp.materialized_view = _decorator(api.materialized_view)
    dp.temporary_view = dp.view = _decorator(api.temporary_view)
    dp.append_flow = _append_flow
    dp.create_streaming_table = _create_streaming_table
    dp.create_auto_cdc_flow = dp.apply_changes = _create_auto_cdc_flow
    dp.expect = _expectation("warn")
    dp.expect_or_drop = _expectation("drop")
    dp.expect_or_fail = _expectation("fail")
    dp.expect_all = _expectations("warn")
    dp.expect_all_or_drop = _expectations("drop")
    dp.expect_all_or_fail = _expectations("fail")
    sys.modules["dlt"] = dp


def _decorator(original: Callable) -> Callable:
    @wraps(original)
    def decorator(query_function: Callable | None = None, **arguments):
        known = {k: v for k, v in arguments.items() if k not in IGNORED_ARGUMENTS}

        def register(function: Callable) -> Callable:
            original(**known)(function)
            return function

        return register if query_function is None else register(query_function)

    return decorator


def _append_flow(*, target: str, name: str | None = None, once=False, spark_conf=None):
    if once:
        raise NotImplementedError(
            f"append_flow into {target}: once=True does not run on the laptop"
        )

    def register(function: Callable) -> Callable:
        api.append_flow(target=target, name=name, spark_conf=spark_conf)(function)
        return function

    return register


def _create_streaming_table(
    name: str,
    *,
    expect_all: dict | None = None,
    expect_all_or_drop: dict | None = None,
    expect_all_or_fail: dict | None = None,
    **arguments,
) -> None:
    known = {k: v for k, v in arguments.items() if k not in IGNORED_ARGUMENTS}
    api.create_streaming_table(name, **known)
    _collector.target_expectations[name] = [
        Expectation(rule, predicate, action)
        for rules, action in (
            (expect_all, "warn"),
            (expect_all_or_drop, "drop"),
            (expect_all_or_fail, "fail"),
        )
        for rule, predicate in (rules or {}).items()
    ]


def _create_auto_cdc_flow(target: str, source: str, keys, sequence_by, **arguments):
    _collector.flows.append(
        auto_cdc.flow_from_arguments(
            target=target,
            source=source,
            keys=keys,
            sequence_by=sequence_by,
            **arguments,
        )
    )


def _expectation(action: str) -> Callable:
    def expect(name: str, inv: str | Column) -> Callable:
        return _attach({name: inv}, action)

    return expect


def _expectations(action: str) -> Callable:
    def expect_all(expectations: dict[str, str | Column]) -> Callable:
        return _attach(expectations, action)

    return expect_all


def _attach(rules: dict[str, str | Column], action: str) -> Callable:
    def attach(function: Callable) -> Callable:
        attached = function.__dict__.setdefault(_EXPECTATIONS, [])
        for name, predicate in rules.items():
            if any(known.name == name for known in attached):
                raise ValueError(
                    f"expectation {name} is defined twice on {function.__name__}"
                )
            attached.append(Expectation(name, predicate, action))
        return function

    return attach
