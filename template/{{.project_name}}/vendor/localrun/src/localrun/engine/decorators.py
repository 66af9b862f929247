"""What Databricks has in `pyspark.pipelines` and in `dlt`, and open-source Spark lacks.

The six `expect*` functions, `create_auto_cdc_flow` with both SCD types and its sibling
for snapshots, flows that run `once`, the keyword arguments that only Databricks knows,
and the older names of `dlt`. Decorators return the function, so that expectations may
stand above or below them. An argument that neither side documents raises, as it would
on Databricks. What does not run on a laptop is noted with its place, and the file goes
on loading: all of it is told at once.
"""

import sys
from collections.abc import Callable
from functools import wraps
from pathlib import Path
from types import ModuleType
from typing import Any, cast

from pyspark import pipelines as dp
from pyspark.pipelines import api
from pyspark.pipelines.graph_element_registry import (
    get_active_graph_element_registry,
)
from pyspark.sql import Column, DataFrame, SparkSession

from localrun import auto_cdc
from localrun.engine.definitions import Definitions
from localrun.engine.expectations import ON_FUNCTION, Expectation
from localrun.engine.patch import Patch

# Documented for Databricks, without meaning on a laptop: accepted and left aside.
IGNORED_ARGUMENTS = {
    "cluster_by_auto",
    "path",
    "private",
    "refresh_policy",
    "row_filter",
    "temporary",
}
# Of a streaming table without a function; the others have it, and leave it aside.
_OF_STREAMING_TABLE = {*IGNORED_ARGUMENTS, "spark_conf"}
_OWN_CODE = Path(__file__).parents[1]
Function = Callable[[], Any]


def _definitions() -> Definitions:
    return cast(Definitions, get_active_graph_element_registry())


def _note(what: str) -> None:
    """Note that the line of the user's code that is being run cannot be run here."""
    frame = sys._getframe(1)
    while frame.f_back and Path(frame.f_code.co_filename).is_relative_to(_OWN_CODE):
        frame = frame.f_back
    _definitions().note(Path(frame.f_code.co_filename), frame.f_lineno, what)


# -- datasets and flows


def _decorator(original: Callable[..., Any]) -> Callable[..., Any]:
    @wraps(original)
    def decorator(query_function: Function | None = None, **arguments: Any) -> Any:
        known = {k: v for k, v in arguments.items() if k not in IGNORED_ARGUMENTS}

        def register(function: Function) -> Function:
            original(**known)(function)
            return function

        return register if query_function is None else register(query_function)

    return decorator


def _append_flow(
    *,
    target: str,
    name: str | None = None,
    once: bool = False,
    spark_conf: dict[str, str] | None = None,
    comment: str | None = None,
) -> Callable[[Function], Function]:
    def register(function: Function) -> Function:
        api.append_flow(target=target, name=name, spark_conf=spark_conf)(function)
        if once:
            _definitions().run_last_flow_once()
        return function

    return register


def _create_streaming_table(
    name: str,
    *,
    expect_all: dict[str, str] | None = None,
    expect_all_or_drop: dict[str, str] | None = None,
    expect_all_or_fail: dict[str, str] | None = None,
    **arguments: Any,
) -> None:
    known = {k: v for k, v in arguments.items() if k not in _OF_STREAMING_TABLE}
    api.create_streaming_table(name, **known)
    _definitions().expect_of_target(
        name,
        [
            Expectation(rule, predicate, action)
            for rules, action in (
                (expect_all, "warn"),
                (expect_all_or_drop, "drop"),
                (expect_all_or_fail, "fail"),
            )
            for rule, predicate in (rules or {}).items()
        ],
    )


def _create_auto_cdc_flow(
    target: str, source: str, keys: Any, sequence_by: Any, **arguments: Any
) -> None:
    try:
        flow = auto_cdc.flow_from_arguments(
            target=target,
            source=source,
            keys=keys,
            sequence_by=sequence_by,
            **arguments,
        )
    except NotImplementedError as error:
        _note(str(error))
        return
    _definitions().register_cdc(flow)


def _create_auto_cdc_from_snapshot_flow(
    target: str, source: Any, keys: Any, stored_as_scd_type: Any = 1, **arguments: Any
) -> None:
    try:
        flow = auto_cdc.snapshot_flow_from_arguments(
            target=target,
            source=source,
            keys=keys,
            stored_as_scd_type=stored_as_scd_type,
            **arguments,
        )
    except NotImplementedError as error:
        _note(str(error))
        return
    _definitions().register_cdc(flow)


# -- expectations


def _expectation(action: str) -> Callable[..., Any]:
    def expect(name: str, inv: str | Column) -> Callable[[Function], Function]:
        return _attach({name: inv}, action)

    return expect


def _expectations(action: str) -> Callable[..., Any]:
    def expect_all(
        expectations: dict[str, str | Column],
    ) -> Callable[[Function], Function]:
        return _attach(expectations, action)

    return expect_all


def _attach(
    rules: dict[str, str | Column], action: str
) -> Callable[[Function], Function]:
    def attach(function: Function) -> Function:
        attached = function.__dict__.setdefault(ON_FUNCTION, [])
        for name, predicate in rules.items():
            if any(known.name == name for known in attached):
                raise ValueError(
                    f"expectation {name} is defined twice on {function.__name__}"
                )
            attached.append(Expectation(name, predicate, action))
        return function

    return attach


# -- what a laptop does not run


def _not_here(name: str, decorates: bool = False) -> Callable[..., Any]:
    def refuse(*arguments: Any, **named: Any) -> Any:
        named_first = arguments[0] if arguments else None
        target = named.get("target") or named.get("name") or named_first
        of = f" ({target})" if isinstance(target, str) else ""
        _note(f"{name}{of} does not run on the laptop")
        if not decorates:
            return None
        return named_first if callable(named_first) else lambda function: function

    return refuse


def _read(name: str) -> DataFrame:
    return SparkSession.active().read.table(name)


def _read_stream(name: str) -> DataFrame:
    return SparkSession.active().readStream.table(name)


_COMMON: dict[str, Any] = {
    "table": _decorator(api.table),
    "view": _decorator(api.temporary_view),
    "materialized_view": _decorator(api.materialized_view),
    "temporary_view": _decorator(api.temporary_view),
    "append_flow": _append_flow,
    "create_streaming_table": _create_streaming_table,
    "create_auto_cdc_flow": _create_auto_cdc_flow,
    "apply_changes": _create_auto_cdc_flow,
    "create_auto_cdc_from_snapshot_flow": _create_auto_cdc_from_snapshot_flow,
    "apply_changes_from_snapshot": _create_auto_cdc_from_snapshot_flow,
    "expect": _expectation("warn"),
    "expect_or_drop": _expectation("drop"),
    "expect_or_fail": _expectation("fail"),
    "expect_all": _expectations("warn"),
    "expect_all_or_drop": _expectations("drop"),
    "expect_all_or_fail": _expectations("fail"),
    "create_sink": _not_here("create_sink"),
    "foreach_batch_sink": _not_here("foreach_batch_sink", decorates=True),
    "on_event_hook": _not_here("on_event_hook", decorates=True),
}
_OLDER: dict[str, Any] = {
    "read": _read,
    "read_stream": _read_stream,
    "create_target_table": _create_streaming_table,
    "create_streaming_live_table": _create_streaming_table,
}


def _dlt() -> ModuleType:
    module = ModuleType("dlt", "The older module, on the laptop.")
    vars(module).update(_COMMON | _OLDER, __all__=[*_COMMON, *_OLDER])
    return module


DLT = _dlt()
PATCHES = tuple(Patch(dp, name, value) for name, value in _COMMON.items())
