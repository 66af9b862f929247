"""Tables that a full refresh leaves alone: their `pipelines.reset.allowed` is false.

Such a table is a store of what its source may not have any more. The property is one of
https://docs.databricks.com/aws/en/ldp/properties#table-properties. A full refresh of
all tables refreshes it as any update does; one that names it fails, as in Spark's own
pipelines (TABLE_NOT_RESETTABLE).
"""

from collections.abc import Iterable

from pyspark.pipelines.output import Output, Table

from localrun.errors import FlowError, UsageError

PROPERTY = "pipelines.reset.allowed"


def is_allowed(output: Output) -> bool:
    """Whether a full refresh may empty the table.

    Raises UsageError where the property is neither true nor false.
    """
    properties = output.table_properties if isinstance(output, Table) else None
    stated = str((properties or {}).get(PROPERTY, "true")).lower()
    if stated not in ("true", "false"):
        raise UsageError(
            f"{output.name}: the table property {PROPERTY} is {stated}: write true or "
            "false"
        )
    return stated == "true"


def check_sources(output: Output, sources: Iterable[Output]) -> None:
    """Raises FlowError where a table that is kept reads another that is not, as a
    stream: it could not go on after that one is emptied.

    Spark's own pipelines refuse it, too: INVALID_RESETTABLE_DEPENDENCY.
    """
    if is_allowed(output):
        return
    if emptied := [source.name for source in sources if is_allowed(source)]:
        raise FlowError(
            f"INVALID_RESETTABLE_DEPENDENCY: {output.name}, whose {PROPERTY} is false, "
            f"reads {', '.join(emptied)} as a stream, which a full refresh may empty: "
            f"set {PROPERTY} to false there, too, or to true here"
        )


def remedy(output: Output, readers: str = "") -> str:
    """How the table is rebuilt: a part of a sentence that begins with a verb.

    `readers` are the tables that are made of it, as `--full-refresh` takes them.
    """
    rebuild = f"--full-refresh {output.name}+"
    if is_allowed(output):
        return f"use {rebuild} to rebuild it and its readers"
    instead = f"rebuild what is made of it with --full-refresh {readers}, or "
    return (
        f"{instead if readers else ''}read its source again: set its {PROPERTY} to "
        f"true and use {rebuild}"
    )
