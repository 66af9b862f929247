"""Versions of snapshots: plain Python values, in order, as columns and on disk."""

import json
from collections.abc import Callable
from datetime import date, datetime, timezone
from typing import Any

from pyspark.sql import Column
from pyspark.sql import functions as F

from localrun.errors import FlowError

ERROR = "APPLY_CHANGES_FROM_SNAPSHOT_ERROR"
# Of each kind of version: the type of __START_AT and __END_AT, and how text becomes it.
_KINDS: dict[str, tuple[type, str, Callable[[str], Any]]] = {
    "datetime": (datetime, "timestamp", datetime.fromisoformat),
    "date": (date, "date", date.fromisoformat),
    "int": (int, "bigint", int),
    "float": (float, "double", float),
    "str": (str, "string", str),
}


def check(version: object, latest: object, target: str) -> None:
    """Raises FlowError where a version is not one, or does not come after the latest.

    Follows https://docs.databricks.com/aws/en/error-messages/apply-changes-from-snapshot-error-error-class
    for what is not a version, and https://docs.databricks.com/aws/en/ldp/cdc for the
    order: snapshots come in the ascending order of their versions.
    """
    if version is None:
        raise FlowError(
            f"{ERROR}.INVALID_TUPLE_NULL_SNAPSHOT_VERSION {target}: its source "
            "function returned a snapshot whose version is None: return a version "
            "with each"
        )
    kind = _kind(version)
    if kind is None:
        raise FlowError(
            f"{ERROR}.INVALID_SNAPSHOT_VERSION_TYPE {target}: the version {version!r} "
            f"is of type {type(version).__name__}: return a number, a text, a date or "
            "a datetime"
        )
    if latest is None:
        return
    if kind != _kind(latest):
        raise FlowError(
            f"{ERROR}.SNAPSHOT_VERSION_NOT_SORTABLE {target}: the version {version!r} "
            f"comes after {latest!r}, which is of another type: return versions of one "
            f"type, and rebuild the table with --full-refresh {target}"
        )
    if not _comparable(version) > _comparable(latest):
        raise FlowError(
            f"{target}: its source function returned the version {version} after "
            f"{latest}, and snapshots must come in the ascending order of their "
            f"versions: return the one that follows {latest}, or None"
        )


def literal(version: object) -> Column:
    """The version as a column: BIGINT, DOUBLE, STRING, DATE or TIMESTAMP.

    A datetime without a time zone is in that of the session, which is UTC.
    """
    kind = _kind(version)
    assert kind is not None
    if isinstance(version, datetime):
        version = _comparable(version).isoformat(sep=" ")
    return F.lit(version).cast(_KINDS[kind][1])


def to_text(version: object) -> str:
    """The version for a file; `from_text` gives it back."""
    text = version.isoformat() if isinstance(version, date) else str(version)
    return json.dumps([_kind(version), text])


def from_text(text: str) -> Any:
    kind, value = json.loads(text)
    return _KINDS[kind][2](value)


def _kind(version: object) -> str | None:
    if isinstance(version, bool):
        return None
    for kind, (type_, _, _) in _KINDS.items():  # a datetime is a date as well
        if isinstance(version, type_):
            return kind
    return None


def _comparable(version: Any) -> Any:
    if isinstance(version, datetime) and version.tzinfo is None:
        return version.replace(tzinfo=timezone.utc)
    return version
