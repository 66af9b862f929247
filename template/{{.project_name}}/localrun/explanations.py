"""Why a flow failed, in one sentence with the remedy where there is a usual one."""

import difflib
import re
from collections.abc import Collection

from localrun.errors import first_sentence

# The layers whose flows compute the rules and the derived columns of the contract.
_LAYERS = ("quarantine", "silver")
# SQL's class of values that an operation cannot be done with, such as a zero to divide
# by: https://docs.databricks.com/aws/en/error-messages/sqlstates.
_OF_A_VALUE = re.compile(r"\.?\s*SQLSTATE: 22\w{3}")
_NOT_COMPUTED = (
    "; a rule or transformLogic of {} in the contract cannot be computed for a row: "
    "write it with try_divide, try_add, try_subtract, try_multiply or try_cast, which "
    "give NULL instead"
)
_OTHER_HEADER = re.compile(
    r"CSV header does not conform to the schema\.\s+Header: (?P<header>.*?)\s+"
    r"Schema: (?P<first>.*?)\s+Expected: .*CSV file: (?P<file>\S+)",
    re.DOTALL,
)
_OTHER_TYPE = re.compile(
    r'CANNOT_MERGE_INCOMPATIBLE_DATA_TYPE.*data types (?P<types>"\S+" and "\S+")',
    re.DOTALL,
)


def explain(
    error: Exception,
    target: str,
    outputs: Collection[str],
    contract_tables: Collection[str],
) -> str:
    """What a user is told of the failure of a flow into `target`.

    `outputs` are the datasets of the pipeline, `contract_tables` the tables that its
    contract names.
    """
    message = first_sentence(error).removeprefix("[USER_RAISED_EXCEPTION] ")
    if "TABLE_OR_VIEW_NOT_FOUND" in message and "`" in message:
        name = message.split("`")[1]
        close = difflib.get_close_matches(name, outputs, 1)
        hint = f"; did you mean {close[0]}?" if close else ""
        return f"no dataset or table is named {name}{hint}"
    layer, _, table = target.partition("_")
    if found := _OTHER_HEADER.search(message):
        return (
            f"{found['file']} has the columns {found['header']} where another file has "
            f"{found['first']}: write the CSV files of a reference with one header"
        )
    if found := _OTHER_TYPE.search(message):
        return (
            f"the Parquet files of {table} have a column with the types "
            f"{found['types']}: write the files of a reference with one type"
        )
    if layer in _LAYERS and table in contract_tables and _OF_A_VALUE.search(message):
        return _OF_A_VALUE.sub("", message) + _NOT_COMPUTED.format(table)
    return message
