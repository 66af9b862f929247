"""What a nested type has no place for, of values that are JSON.

Follows https://docs.databricks.com/aws/en/query/formats/json: the rescued data column
has what is missing from the schema, or is spelled in other letters.
"""

from collections.abc import Callable

from pyspark.sql import Column
from pyspark.sql import functions as F
from pyspark.sql.types import ArrayType, DataType, MapType, StructField, StructType

from localrun.autoloader import json_text

NESTED = (ArrayType, MapType, StructType)
ENTRIES = "array<struct<key:string,value:string>>"
_MEMBERS = "map<string,string>"


def beside(text: Column, column: StructField) -> Column | None:
    """The fields in a JSON text that the column's type does not name, by their paths.

    Entries of `key`, such as `order.lines[0].colour`, and `value`, the text of the JSON
    there; of equal names all but the last are among them. None where there can be none.
    """
    path = F.lit(column.name)
    found = _beside(json_text.marked(text), column.dataType, path)
    if found is None:
        return None
    return F.transform(found, lambda e: _entry(e["key"], json_text.exact(e["value"])))


def _beside(text: Column, data_type: DataType, path: Column) -> Column | None:
    if isinstance(data_type, StructType):
        return _let(
            F.map_entries(F.from_json(text, _MEMBERS)),
            lambda entries: _of_struct(entries, data_type, path),
        )
    if isinstance(data_type, MapType):
        return _let(
            F.map_entries(F.from_json(text, _MEMBERS)),
            lambda entries: _of_map(entries, data_type.valueType, path),
        )
    if not isinstance(data_type, ArrayType):
        return None
    inner = data_type.elementType
    if _beside(text, inner, path) is None:
        return None

    def within(value: Column, place: Column) -> Column:
        found = _beside(value, inner, F.concat(path, F.lit("["), place, F.lit("]")))
        return _nothing() if found is None else found

    return _flat(F.transform(F.from_json(text, "array<string>"), within))


def _of_struct(entries: Column, data_type: StructType, path: Column) -> Column:
    found = [_others(entries, data_type.names, path)]
    for field in data_type:
        value = F.try_element_at(_named(entries, field.name), F.lit(-1))["value"]
        inner = F.concat(path, F.lit(f".{field.name}"))
        within = _beside(value, field.dataType, inner)
        if within is not None:
            found.append(F.coalesce(within, _nothing()))
    return F.concat(*found)


def _of_map(entries: Column, inner: DataType, path: Column) -> Column:
    def within(entry: Column) -> Column:
        place = F.concat(path, F.lit("."), entry["key"])
        found = _beside(entry["value"], inner, place)
        return _nothing() if found is None else found

    overwritten = _others(entries, None, path)
    return F.concat(overwritten, _flat(F.transform(entries, within)))


def _others(entries: Column, names: list[str] | None, path: Column) -> Column:
    """Entries of no such name, or followed by their equal; only these without names."""
    keys = F.transform(entries, lambda e: e["key"])

    def is_other(entry: Column, place: Column) -> Column:
        later = F.slice(keys, place + 2, F.size(keys))
        overwritten = F.array_contains(later, entry["key"])
        return overwritten if names is None else overwritten | ~entry["key"].isin(names)

    found = F.filter(F.filter(entries, is_other), lambda e: e["value"].isNotNull())
    return F.transform(
        found, lambda e: _entry(F.concat(path, F.lit("."), e["key"]), e["value"])
    )


def _named(entries: Column, name: str) -> Column:
    return F.filter(entries, lambda entry: entry["key"] == name)


def _entry(key: Column, value: Column) -> Column:
    return F.struct(key.alias("key"), value.alias("value"))


def _let(value: Column, body: Callable[[Column], Column]) -> Column:
    """An expression over a value that is computed once, however often it is used."""
    return F.get(F.transform(F.array(value), body), F.lit(0))


def _flat(found: Column) -> Column:
    return F.flatten(F.filter(found, lambda entries: entries.isNotNull()))


def _nothing() -> Column:
    return F.array().cast(ENTRIES)
