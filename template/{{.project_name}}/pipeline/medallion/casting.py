"""Text, or a value of another type, as a value of the contract's type.

What fits is decided here, in expressions that run the same everywhere:

- blank text is an empty value (NULL) for every type but STRING;
- an integer may be written `3.0` or `3e2`, with nothing behind the point;
- a decimal is rounded half up, as SQL casts do; what is out of range does not fit;
- numbers are digits with a sign, a point and an exponent; NaN and Infinity fit DOUBLE;
- where a column has separators of its own, a number has those: `1.234,5` or `1 234,5`,
  groups being of three digits, or none at all: `1234,5`;
- days and times are ISO 8601 (`2026-11-21`, `2026-11-21T10:00:00Z`), or as the column's
  `formats` say;
- BINARY is base64, as JSON has it;
- ARRAY, MAP and STRUCT are JSON, and fit when everything in them does, by these rules.

A column without a type can order rows where it holds times or numbers as above.
"""

import re
from collections.abc import Iterable
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from medallion import json_text, nested
from medallion.model import RESCUED
from medallion.model import Column as ContractColumn
from medallion.sql_types import FLOATS, INTEGERS, NESTED, TIMES

_NUMBER = r"^\s*[+-]?(\d+\.?\d*|\.\d+)([eE][+-]?\d+)?\s*$"
# Signs that look the same to whoever writes a contract
_SIGNS = {" ": "[ \u00a0\u2009\u202f]", "'": "['\u2019]"}
_NOT_A_NUMBER = r"^\s*(NaN|[+-]?Infinity)\s*$"
# A year alone would fit a cast, and so would any number in a column of times.
_DAY_OR_TIME = r"^\s*\d{4}-\d{1,2}-\d{1,2}([T ]\s*\d[\d:.]*\s*(Z|UTC|[+-][\d:]+)?)?\s*$"
# What stands for the time of a value that says none: NULL orders nothing, and earlier
# ones are written to Parquet by not every Spark.
NO_TIME = "1900-01-01"
EXACT_TIMES = {
    "timestampFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSSXXX",
    "timestampNTZFormat": "yyyy-MM-dd'T'HH:mm:ss.SSSSSS",
}


def typed(column: ContractColumn, text: bool = True, rescued: bool = False) -> Column:
    """The source's column in the contract's type; NULL where it is empty or misfits.

    `text` says whether the source's column is text (JSON, CSV) or has a type of its own
    that is not known here (Parquet). `rescued` says whether `_rescued_data` has the
    values that do not fit that type: those of files that were written with another.
    """
    return _parsed(_text(column, text, rescued), column).alias(column.name)


def misfits(
    columns: Iterable[ContractColumn],
    text: bool = True,
    ordering: Iterable[str] = (),
    rescued: bool = False,
) -> Column:
    """`map<string,string>`: the text of each misfit by column; NULL where all fit.

    A misfit of the columns `ordering` is what is neither a time nor a number.
    """
    conditions, entries = [], []
    for column in columns:
        if column.type == "STRING":  # any text fits
            continue
        written = _text(column, text, rescued)
        misfit = _is_filled(written, column) & _parsed(written, column).isNull()
        conditions.append(misfit)
        entries.append(F.when(misfit, _entry(column.name, written)))
    for name in ordering:
        written = F.col(f"`{name}`").cast("string")
        orders = time_of(name).isNotNull() | _number_of(name).isNotNull()
        misfit = written.isNotNull() & ~orders
        conditions.append(misfit)
        entries.append(F.when(misfit, _entry(name, written)))
    if not conditions:
        return F.lit(None).cast("map<string,string>")
    found = F.map_from_entries(F.array_compact(F.array(*entries)))
    return F.when(reduce(or_, conditions), found)


def beside(
    columns: Iterable[ContractColumn], text: bool = True, rescued: bool = False
) -> Column | None:
    """`array<struct<key: string, value: string>>`: what nested types leave out.

    Of each column of ARRAY, MAP or STRUCT the paths and texts of fields that the type
    does not name (see `nested.unknown`). None where no column has such a type.
    """
    found = [
        nested.unknown(_text(column, text, rescued), column.type, column.source_name)
        for column in columns
        if _base(column.type) in NESTED
    ]
    entries = [F.coalesce(each, F.array().cast(nested.ENTRIES)) for each in found]
    return F.concat(*entries) if entries else None


def time_of(name: str) -> Column:
    """The time that a column without a type says; NULL where it says none."""
    text = F.col(f"`{name}`").cast("string")
    return F.when(text.rlike(_DAY_OR_TIME), text.try_cast("timestamp"))


def order_of(name: str) -> Column:
    """`struct<time: timestamp, number: decimal(38,9)>`: times and numbers in order.

    Nothing in it is NULL, which AUTO CDC may not order; see `NO_TIME`.
    """
    return F.struct(
        F.coalesce(time_of(name), F.lit(NO_TIME).cast("timestamp")).alias("time"),
        F.coalesce(_number_of(name), F.lit(0)).cast("decimal(38,9)").alias("number"),
    )


def _number_of(name: str) -> Column:
    text = F.col(f"`{name}`").cast("string")
    return F.when(text.rlike(_NUMBER), text.try_cast("decimal(38,9)"))


def _entry(name: str, value: Column) -> Column:
    return F.struct(F.lit(name).alias("key"), value.alias("value"))


def _text(column: ContractColumn, is_text: bool, rescued: bool) -> Column:
    if is_text:
        return F.col(f"`{column.name}`")
    own = _own_text(column)
    if not rescued:
        return own
    rescued_text = _rescued_text(column.source_name)
    return F.coalesce(own, json_text.exact(rescued_text))


def _rescued_text(name: str) -> Column:
    """Its marked text in JSON, of a value with whatever type."""
    marked = json_text.marked(F.col(RESCUED))
    if "'" not in name:
        return F.get_json_object(marked, f"$['{name}']")
    # A path has no way to write such a name
    return F.from_json(marked, "map<string,string>")[name]


def _own_text(column: ContractColumn) -> Column:
    source = F.col(f"`{column.name}`")
    if _base(column.type) in ("BINARY", "TIMESTAMP", "TIMESTAMP_NTZ", *NESTED):
        # As JSON would have it: legal for a column of any type, and exact for these.
        json = F.to_json(F.struct(source.alias("v")), EXACT_TIMES)
        return json_text.exact(F.from_json(json_text.marked(json), "v STRING")["v"])
    return source.cast("string")


def _is_filled(text: Column, column: ContractColumn) -> Column:
    empty = ["", "null"] if _base(column.type) in NESTED else [""]
    return ~F.trim(text).isin(empty)


def _parsed(text: Column, column: ContractColumn) -> Column:
    base = _base(column.type)
    if column.decimal != "." or column.group:
        text = _with_point(text, column)
    if base == "STRING":
        return text
    if base in INTEGERS:
        number = text.try_cast("decimal(38,18)")
        return F.when(number == F.floor(number), number.try_cast(column.type))
    if base == "DECIMAL":
        return F.when(text.rlike(_NUMBER), text.try_cast(column.type))
    if base in FLOATS:
        number = text.try_cast(column.type)
        finite = text.rlike(_NUMBER) & (F.abs(number) < float("inf"))
        return F.when(finite | text.rlike(_NOT_A_NUMBER), number)
    if base in TIMES:
        return _time(text, column)
    if base == "BINARY":
        filled = _is_filled(text, column)
        return F.when(filled, F.try_to_binary(text, F.lit("base64")))
    if base in NESTED:
        return nested.typed(text, column.type, _leaf, _has_leaf)
    return text.try_cast(column.type)


def _with_point(text: Column, column: ContractColumn) -> Column:
    """A number with the column's separators as one with a point; NULL where it is not.

    `1.5` is not a number where a point parts thousands: it must not become 15.
    """
    point = re.escape(column.decimal)
    whole, group = r"\d+", _SIGNS.get(column.group, f"[{re.escape(column.group)}]")
    if column.group:
        whole = rf"(\d{{1,3}}({group}\d{{3}})+|\d+)"
    number = rf"({whole}({point}\d*)?|{point}\d+)([eE][+-]?\d+)?"
    plain = F.regexp_replace(text, group, "") if column.group else text
    plain = F.replace(plain, F.lit(column.decimal), F.lit("."))
    is_number = text.rlike(rf"^\s*[+-]?{number}\s*$")
    return F.when(is_number, plain).when(text.rlike(_NOT_A_NUMBER), text)


def _time(text: Column, column: ContractColumn) -> Column:
    iso = F.when(text.rlike(_DAY_OR_TIME), text.try_cast(column.type))
    others = [
        F.try_to_timestamp(text, F.lit(pattern)).cast(column.type)
        for pattern in column.formats
    ]
    return F.coalesce(iso, *others)


def _leaf(text: Column, type_name: str) -> Column:
    return _parsed(text, ContractColumn("", type_name))


def _has_leaf(text: Column, type_name: str) -> Column:
    return _is_filled(text, ContractColumn("", type_name))


def _base(type_name: str) -> str:
    return type_name.split("(")[0].split("<")[0].strip()
