"""Why a flow failed, in one sentence with the remedy where there is a usual one."""

import difflib
import re
from collections.abc import Callable, Collection

from localrun.secrets import hidden
from localrun.spark.messages import first_sentence

_OTHER_HEADER = re.compile(
    r"CSV header does not conform to the schema\.\s+Header: (?P<header>.*?)\s+"
    r"Schema: (?P<first>.*?)\s+Expected: .*CSV file: (?P<file>\S+)",
    re.DOTALL,
)
_OTHER_TYPE = re.compile(
    r'CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE.*data types (?P<types>"\S+" and "\S+")',
    re.DOTALL,
)
_TWICE = re.compile(r"COLUMN_ALREADY_EXISTS\] The column (?P<name>`.*?`) already")
# What Delta says of a table that a stream cannot go on reading. Follows
# https://docs.databricks.com/aws/en/structured-streaming/delta-lake.
_CHANGED_ROWS = re.compile(
    r"DELTA_SOURCE_(?:TABLE_IGNORE_CHANGES|IGNORE_DELETE).*?at version (?P<version>\d+)"
    r"(?:.*?found at path (?P<path>.+?)\.?\s*$)?",
    re.DOTALL,
)
_OTHER_TABLE = "DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE"
_NO_FEED = re.compile(r"DELTA_MISSING_CHANGE_DATA.*?not recorded for version \[(\d+)")
_AGED_OUT = (
    re.compile(
        r"FetchPosition\{offset=(?P<offset>\d+).* out of range for partition "
        r"(?P<topic>\S+)-(?P<partition>\d+)"
    ),
    re.compile(
        r"[Pp]artition (?P<topic>\S+)-(?P<partition>\d+)'s offset was changed from "
        r"(?P<offset>\d+)"
    ),
)
# A project's own words on a failure, given the table and the message, if it has any.
Explain = Callable[[str, str], str | None]


def explain(
    error: BaseException, target: str, outputs: Collection[str], own: Explain
) -> str:
    """What a user is told of the failure of a flow into `target`.

    `outputs` are the datasets of the pipeline, `own` what the project says of it.
    """
    return hidden(_explained(error, target, outputs, own))


def _explained(
    error: BaseException, target: str, outputs: Collection[str], own: Explain
) -> str:
    message = first_sentence(error).removeprefix("[USER_RAISED_EXCEPTION] ")
    if said := own(target, message):
        return said
    if "TABLE_OR_VIEW_NOT_FOUND" in message and "`" in message:
        return unknown(message.split("`")[1], outputs)
    if found := _OTHER_HEADER.search(message):
        return (
            f"{found['file']} has the columns {found['header']} where another file has "
            f"{found['first']}: write all CSV files of a batch read with one header"
        )
    if found := _OTHER_TYPE.search(message):
        return (
            f"the Parquet files that {target} reads have a column with the types "
            f"{found['types']}: write the files of a batch read with one type"
        )
    if found := _TWICE.search(message):
        return (
            f"a file that {target} reads has the column {found['name']} twice, or in "
            "two spellings: write each name once, in the same letters"
        )
    if found := _CHANGED_ROWS.search(message):
        return (
            f"{target} reads {found['path'] or 'a table'} as a stream, and version "
            f"{found['version']} of that table changed or deleted rows: read its "
            'change feed, option("readChangeFeed", "true"), or leave such changes out '
            'with option("skipChangeCommits", "true")'
        )
    if _OTHER_TABLE in message:
        return (
            f"{_OTHER_TABLE} {target}: a table that it reads as a stream was dropped "
            f"and made again: read all of it with --full-refresh {target}+"
        )
    if found := _NO_FEED.search(message):
        return (
            f"{target} reads the change feed of a table that recorded none in version "
            f"{found[1]}: begin after its change feed was enabled, with "
            'option("startingVersion", …), and see the versions by DESCRIBE HISTORY'
        )
    for aged_out in _AGED_OUT:
        if found := aged_out.search(message):
            return (
                f"messages of the topic {found['topic']} were deleted before they were "
                f"read, from offset {found['offset']} of partition {found['partition']}"
                " on: set failOnDataLoss to false to go on with what is left"
            )
    return message


def unknown(name: str, outputs: Collection[str]) -> str:
    """What to say of a name that stands for nothing."""
    close = difflib.get_close_matches(name, outputs, 1)
    hint = f"; did you mean {close[0]}?" if close else ""
    return f"no dataset or table is named {name}{hint}"
