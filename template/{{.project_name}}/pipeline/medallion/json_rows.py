"""Rows of JSON files that are read in batch, from their text.

Spark's own reader takes one document of a line, or of a file with `multiLine`, and no
notice of what follows it. So the files are read as text here, and a line that goes on
behind its document cannot be read.
"""

from collections.abc import Mapping

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F
from pyspark.sql.readwriter import DataFrameReader

from medallion import json_text
from medallion.model import CORRUPT
from medallion.names import READ_AS

# About files and lines, not about what is in them
_OF_FILES = {"charset", "encoding", "linesep", "multiline", "pathglobfilter"}
_BYTE_ORDER_MARK = "\ufeff"
_TO_THE_END = 2**31 - 1
_RECORD, _MEMBERS = "_record", "_members"


def are_text(options: Mapping[str, str]) -> bool:
    """Whether Spark reads the files as text: it decodes no other encoding there."""
    said = {name.lower(): str(value).lower() for name, value in options.items()}
    return said.get("encoding", said.get("charset", "utf-8")) in ("utf-8", "utf8")


def read(
    reader: DataFrameReader,
    paths: list[str],
    names: list[str],
    options: Mapping[str, str],
) -> DataFrame:
    """A row for each object, with these names as columns of strings.

    Adds a column READ_AS[CORRUPT], the text of what is not one object.
    """
    said = {name.lower(): str(value) for name, value in options.items()}
    is_whole = said.get("multiline", "false").lower() == "true"
    text = reader.format("text").options(**options).option("wholetext", is_whole)
    rows = text.load(paths).select(_unmarked(F.col("value")).alias(_RECORD))
    rows = rows.where(F.rlike(_RECORD, F.lit(r"\S")))
    rows = rows.select(F.explode(_documents(F.col(_RECORD))).alias(_RECORD))
    parser = {name: v for name, v in said.items() if name not in _OF_FILES}
    members = _members(F.col(_RECORD), parser)
    rows = rows.select(_RECORD, members.alias(_MEMBERS))
    columns = {name: _last(name) for name in names if name != READ_AS[CORRUPT]}
    unreadable = F.when(F.col(_MEMBERS).isNull(), F.col(_RECORD))
    rows = rows.withColumns({**columns, READ_AS[CORRUPT]: unreadable})
    return rows.drop(_RECORD, _MEMBERS)


def _unmarked(value: Column) -> Column:
    is_marked = F.startswith(value, F.lit(_BYTE_ORDER_MARK))
    return F.when(is_marked, F.substring(value, 2, _TO_THE_END)).otherwise(value)


def _documents(text: Column) -> Column:
    """The values of an array; the text itself where it is none, or goes on behind."""
    wrapped = F.concat(
        F.lit('{"value":'), json_text.marked(text), F.lit(',"whole":true}')
    )
    read = F.from_json(wrapped, "value array<string>, whole boolean")
    values = F.transform(
        read["value"], lambda v: F.coalesce(json_text.exact(v), F.lit("null"))
    )
    is_array = F.rlike(text, F.lit(r"^\s*\[")) & read["whole"]
    return F.when(is_array, values).otherwise(F.array(text))


def _members(text: Column, options: Mapping[str, str]) -> Column:
    """The members of a text that is one object, in its order; NULL of any other.

    In an array, and before `whole`, where other documents would be found.
    """
    alone = F.regexp_replace(json_text.quoted(text), r"[\s,]+$", "")
    wrapped = F.concat(F.lit('{"value":['), alone, F.lit('\n],"whole":true}'))
    schema = "value array<map<string,string>>, whole boolean"
    read = F.from_json(wrapped, schema, dict(options))
    is_one = read["whole"] & (F.size(read["value"]) == 1)
    return F.when(is_one, F.map_entries(F.get(read["value"], F.lit(0))))


def _last(name: str) -> Column:
    found = F.filter(_MEMBERS, lambda member: member["key"] == name)
    return F.try_element_at(found, F.lit(-1))["value"]
