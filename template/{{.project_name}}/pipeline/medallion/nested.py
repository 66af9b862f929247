"""Values of ARRAY, MAP and STRUCT, from JSON: what is in them is typed as columns are.

What the type has no place for is not lost: fields that it does not name or spells
otherwise, and all but the last of equal names, are told with their paths.
Names have letter case, as in
https://docs.databricks.com/aws/en/sql/language-manual/functions/from_json
"""

from collections.abc import Callable, Iterable
from functools import reduce
from operator import or_

from pyspark.sql import Column
from pyspark.sql import functions as F

from medallion import json_text, sql_text
from medallion.sql_types import NESTED, Type, parse

Leaf = Callable[[Column, str], Column]
# What is told of values by their paths
ENTRIES = "array<struct<key: string, value: string>>"


def typed(text: Column, type_name: str, leaf: Leaf, is_filled: Leaf) -> Column:
    """The value of a JSON text; NULL where it, or anything in it, does not fit.

    `leaf` makes the value of a type of a text, NULL where that does not fit, and
    `is_filled` says whether there is one in it. STRING takes all.
    """
    type_ = parse(type_name)
    # `whole` comes after the value: text that goes on behind its end would swallow it.
    whole = F.concat(
        F.lit('{"value":'), json_text.marked(text), F.lit(',"whole":true}')
    )
    read = F.from_json(
        whole,
        f"value {_as_texts(type_)}, whole BOOLEAN, corrupt STRING",
        {"columnNameOfCorruptRecord": "corrupt"},
    )
    bad = _has_misfit(type_, leaf, is_filled)
    fits = read["whole"] & read["corrupt"].isNull()
    fits = fits & ~(bad(read["value"]) if bad else F.lit(False))
    return F.when(fits, _built(read["value"], type_, leaf))


def unknown(text: Column, type_name: str, path: str) -> Column:
    """`array<struct<key: string, value: string>>`: what the type has no place for.

    Keys are paths such as `order.lines[0].colour`, values the text of the JSON there.
    NULL where the text is NULL, or is not JSON of that type.
    """
    found = _unknown(json_text.marked(text), parse(type_name), F.lit(path))
    if found is None:
        return F.lit(None).cast(ENTRIES)
    return F.transform(found, lambda e: _entry(e["key"], json_text.exact(e["value"])))


def _as_texts(type_: Type) -> str:
    """The same nesting, with texts in it."""
    if type_.base == "STRUCT":
        fields = (f"{sql_text.name(n)}: {_as_texts(t)}" for n, t in type_.fields)
        return f"STRUCT<{', '.join(fields)}>"
    if type_.base == "ARRAY":
        return f"ARRAY<{_as_texts(type_.within[0])}>"
    if type_.base == "MAP":
        return f"MAP<STRING, {_as_texts(type_.within[1])}>"
    return "STRING"


def _built(value: Column, type_: Type, leaf: Leaf) -> Column:
    if type_.base == "STRUCT":
        fields = [_built(value[n], t, leaf).alias(n) for n, t in type_.fields]
        return F.when(value.isNotNull(), F.struct(*fields))
    if type_.base == "ARRAY":
        return F.transform(value, lambda v: _built(v, type_.within[0], leaf))
    if type_.base == "MAP":
        inner = type_.within[1]
        return F.transform_values(value, lambda _, v: _built(v, inner, leaf))
    return leaf(json_text.exact(value), str(type_))


def _has_misfit(
    type_: Type, leaf: Leaf, is_filled: Leaf
) -> Callable[[Column], Column] | None:
    """Says of a value whether anything in it does not fit; None where all does."""

    def of_struct(value: Column) -> Column:
        return reduce(or_, (bad(value[n]) for n, bad in within))

    def of_any(values: Column) -> Column:
        return F.coalesce(F.exists(values, within[0][1]), F.lit(False))

    if type_.base not in NESTED:
        if type_.base == "STRING":
            return None
        return lambda value: _misfits(
            json_text.exact(value), str(type_), leaf, is_filled
        )
    inner = type_.fields if type_.base == "STRUCT" else [("", type_.within[-1])]
    found = [(name, _has_misfit(t, leaf, is_filled)) for name, t in inner]
    within = [(name, bad) for name, bad in found if bad]
    if not within:
        return None
    if type_.base == "STRUCT":
        return of_struct
    return of_any if type_.base == "ARRAY" else lambda v: of_any(F.map_values(v))


def _misfits(text: Column, type_name: str, leaf: Leaf, is_filled: Leaf) -> Column:
    found = is_filled(text, type_name) & leaf(text, type_name).isNull()
    return F.coalesce(found, F.lit(False))


def _unknown(text: Column, type_: Type, path: Column) -> Column | None:
    """Entries of what `marked` JSON has beside the type; None where nothing can be."""
    if type_.base == "STRUCT":
        return _let(
            F.map_entries(F.from_json(text, "map<string,string>")),
            lambda entries: _beside(entries, type_.fields, path),
        )
    if type_.base not in NESTED:
        return None
    inner = type_.within[-1]
    if _unknown(text, inner, path) is None:
        if type_.base == "ARRAY":
            return None
        return _let(
            F.map_entries(F.from_json(text, "map<string,string>")),
            lambda entries: _others(entries, [], path),
        )
    if type_.base == "ARRAY":
        found = F.transform(
            F.from_json(text, "array<string>"),
            lambda v, i: _unknown(v, inner, F.concat(path, F.lit("["), i, F.lit("]"))),
        )
        return _flat(found)

    def of_map(entries: Column) -> Column:
        within = F.transform(
            entries,
            lambda e: _unknown(e["value"], inner, F.concat(path, F.lit("."), e["key"])),
        )
        return F.concat(_others(entries, [], path), _flat(within))

    return _let(F.map_entries(F.from_json(text, "map<string,string>")), of_map)


def _beside(
    entries: Column, fields: Iterable[tuple[str, Type]], path: Column
) -> Column:
    found = [_others(entries, [name for name, _ in fields], path)]
    for name, type_ in fields:
        value = F.try_element_at(F.filter(entries, _is_named(name)), F.lit(-1))["value"]
        within = _unknown(value, type_, F.concat(path, F.lit(f".{name}")))
        if within is not None:
            found.append(F.coalesce(within, F.array().cast(ENTRIES)))
    return F.concat(*found)


def _others(entries: Column, names: list[str], path: Column) -> Column:
    """The entries that have none of these names, or are followed by their equal.

    Without names, those that are followed by their equal. Their keys are paths.
    """
    keys = F.transform(entries, lambda e: e["key"])

    def is_other(entry: Column, place: Column) -> Column:
        later = F.slice(keys, place + 2, F.size(keys))
        overwritten = F.array_contains(later, entry["key"])
        return overwritten | ~entry["key"].isin(names) if names else overwritten

    found = F.filter(F.filter(entries, is_other), lambda e: e["value"].isNotNull())
    return F.transform(
        found, lambda e: _entry(F.concat(path, F.lit("."), e["key"]), e["value"])
    )


def _is_named(name: str) -> Callable[[Column], Column]:
    return lambda entry: entry["key"] == name


def _entry(key: Column, value: Column) -> Column:
    return F.struct(key.alias("key"), value.alias("value"))


def _let(value: Column, body: Callable[[Column], Column]) -> Column:
    """An expression over a value that is computed once, however often it is used."""
    return F.get(F.transform(F.array(value), body), F.lit(0))


def _flat(found: Column) -> Column:
    """The entries of all elements, of which some have none."""
    return F.flatten(F.filter(found, lambda e: e.isNotNull()))
