"""Rows that would be lost, were a table read again from its source."""

from pathlib import Path
from urllib.parse import unquote, urlsplit

from pyspark.sql import DataFrame

from medallion.model import Table

_NAMED = 3


def lost(table: Table, bronze: DataFrame) -> str:
    """Which of a table's rows of bronze its source does not have any more.

    A clause such as "3 of its 10 rows, whose files are gone (a.json), would be lost";
    empty where there are none. What a topic, or a table of others, still has is not
    known here: then they are all named.
    """
    counts = {row["_source_file"]: row["count"] for row in _by_file(bronze)}
    total = sum(counts.values())
    if not total:
        return ""
    if table.topic or table.format == "delta":
        source = f"the topic {table.topic.name}" if table.topic else table.location
        return (
            f"{total:,} of its {total:,} rows would be lost, but for those that "
            f"{source} still has"
        )
    gone = [file for file in sorted(counts) if not _path(file).exists()]
    if not gone:
        return ""
    names = [_path(file).name for file in gone]
    more = f" and {len(names) - _NAMED} more" if len(names) > _NAMED else ""
    rows = sum(counts[file] for file in gone)
    return (
        f"{rows:,} of its {total:,} rows, whose files are gone "
        f"({', '.join(names[:_NAMED])}{more}), would be lost"
    )


def _by_file(bronze: DataFrame) -> list:
    return bronze.groupBy("_source_file").count().collect()


def _path(file: str) -> Path:
    return Path(unquote(urlsplit(file).path))
