"""Random files of odd shapes: each value is in bronze, or the load names the file.

Many files make one stream, so that it is cheap. Every value has a core of its own,
which is looked for in the row of its file, whatever stands around it.
"""

import json
import random
import re
from decimal import Decimal

import pyarrow as pa
from autoloading import Source, rows
from pyarrow import parquet
from pyspark.sql import functions as F

from medallion import quality, sources
from medallion.model import Column, Table

TYPES = {
    "id": "BIGINT",
    "amount": "DECIMAL(38,28)",
    "day": "DATE",
    "o": "STRUCT<x: STRING, y: DECIMAL(38,30), n: STRUCT<a: INT, b: ARRAY<STRING>>>",
    "l": "ARRAY<STRUCT<a: BIGINT, b: STRING>>",
    "m": "MAP<STRING, STRUCT<q: DECIMAL(38,28)>>",
    "note": "STRING",
}
NAMES = [
    *TYPES,
    "ID",
    "O",
    "X",
    "x",
    "y",
    "n",
    "a",
    "A",
    "b",
    "q",
    "new",
    "it's",
    "a b",
]
ODD = [
    "",
    "'",
    '"',
    "\\",
    "\n",
    " ",
    "é",
    "𝄞",
    "{",
    "]",
    ",",
    ":",
    '\\"',
    "1.50",
    "NaN",
]
FILES = 30
NUMBER = re.compile(r"-?\d+(?:\.\d+)?(?:[eE][+-]?\d+)?")


class Shapes:
    """Random JSON; `cores` are the texts and numbers that it has made."""

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._next = 10_000
        self.cores: list[str | Decimal] = []

    def document(self) -> str:
        """An object, now and then something else, or with something behind it."""
        kind = self._random.random()
        text = self._object(3)
        if kind < 0.05:
            text += self._random.choice(["", " ", ", "]) + self._object(1)
        elif kind < 0.1:
            text = f"[{text}, null, {self._object(1)}]"
        elif kind < 0.13:
            text = text[:-1]
        return text + self._random.choice(["", " ", "\r"])

    def _object(self, depth: int) -> str:
        names = self._random.choices(NAMES, k=self._random.randint(0, 5))
        if depth == 3:
            names = [*self._random.sample([*TYPES], 4), *names]
        members = (f"{json.dumps(n)}: {self._value(depth - 1)}" for n in names)
        return "{" + self._blank().join(["", ", ".join(members), ""]) + "}"

    def _value(self, depth: int) -> str:
        kind = self._random.choice(["text", "number", "odd", "object", "array"])
        if kind == "object" and depth:
            return self._object(depth)
        if kind == "array" and depth:
            values = (self._value(depth - 1) for _ in range(self._random.randint(0, 3)))
            return f"[{self._blank()}{', '.join(values)}]"
        if kind == "number":
            return self._number()
        if kind == "odd":
            return self._random.choice(["null", "true", '""', "-0", "[]", "{}"])
        core = f"w{self._core()}w"
        self.cores.append(core)
        around = self._random.choices(ODD, k=2)
        text = f"{around[0]}{core}{around[1]}"
        return json.dumps(text, ensure_ascii=self._random.random() < 0.5)

    def _number(self) -> str:
        digits = str(self._core())
        forms = [digits, f"-{digits}", f"{digits}.50", f"{digits}e2", digits * 8]
        forms += [f"0.{digits * 5}1", f"{digits}.{digits * 3}"]
        text = self._random.choice(forms)
        self.cores.append(Decimal(text))
        return text

    def _blank(self) -> str:
        return self._random.choice(["", " ", "\t"])

    def _core(self) -> int:
        self._next += 1
        return self._next


def lost(cores: list[str | Decimal], found: str) -> list[str | Decimal]:
    """The cores that are not in the text, in which numbers may have other zeros."""
    numbers = {Decimal(number) for number in NUMBER.findall(found)}
    return [
        core
        for core in cores
        if (core not in numbers if isinstance(core, Decimal) else core not in found)
    ]


class Cells:
    """Random columns of Parquet: of each the type is one, its fields are some of them.

    `cores` are the texts and numbers in them.
    """

    def __init__(self, seed: int):
        self._random = random.Random(seed)
        self._next = 10_000
        self.cores: list[str | Decimal] = []

    def table(self) -> pa.Table:
        wide = pa.decimal128(38, 30)
        some = {"x": pa.int64(), "y": wide, "X2": pa.string(), "z": pa.list_(wide)}
        within = pa.struct([("a", pa.int32()), *self._some(some)])
        types = {
            **{"amount": pa.decimal128(30, 20), "day": pa.string()},
            **{"o": pa.struct([*self._some(some), ("n", within)])},
            **{"l": pa.list_(within), "m": pa.map_(pa.string(), within)},
            **{"note": within, "new": pa.list_(pa.string()), "n": pa.float64()},
        }
        fields = [("id", pa.int32()), *self._some(types)[:5]]
        return pa.table(
            {name: pa.array([self._cell(type_)], type_) for name, type_ in fields}
        )

    def _some(self, fields: dict[str, pa.DataType]) -> list[tuple[str, pa.DataType]]:
        names = self._random.sample([*fields], self._random.randint(1, len(fields)))
        return [(name, fields[name]) for name in names]

    def _cell(self, type_: pa.DataType):
        if pa.types.is_struct(type_):
            return {field.name: self._cell(field.type) for field in type_}
        if pa.types.is_map(type_):
            return [(f"k{i}", self._cell(type_.item_type)) for i in range(2)]
        if pa.types.is_list(type_):
            return [self._cell(type_.value_type), None]
        self._next += 1
        if pa.types.is_string(type_):
            self.cores.append(f"w{self._next}w")
            return f"{self._random.choice(ODD)}{self.cores[-1]}"
        if pa.types.is_decimal(type_):
            self.cores.append(Decimal(f"{self._next}.{str(self._next) * 4}"))
            return self.cores[-1]
        self.cores.append(Decimal(self._next))
        return self._next


def bronze(source: Source, table: Table) -> dict[str, str]:
    """All that bronze has of each file, as text."""
    typed = sources.type_columns(source.load(), table)
    df = quality.check(typed, table).drop("failed_rules", "_order", "record")
    df = df.withColumn("file", F.regexp_extract("_source_file", r"([^/]*)$", 1))
    kept = df.drop("_source_file", "_ingested_at", "_source_modified_at")
    found: dict[str, str] = {}
    for row in rows(source.write(kept)):
        name = row.pop("file")
        found[name] = found.get(name, "") + json.dumps(
            row, default=str, ensure_ascii=False
        )
    return found


def of(file_format: str) -> Table:
    columns = tuple(Column(name, type_) for name, type_ in TYPES.items())
    return Table("shapes", "", "fact", file_format, keys=("id",), columns=columns)


def assert_kept(made: dict[str, list[str | Decimal]], found: dict[str, str]) -> None:
    missing = {name: lost(cores, found.get(name, "")) for name, cores in made.items()}
    assert {name: cores for name, cores in missing.items() if cores} == {}


def test_every_value_of_json_is_in_bronze(spark, tmp_path):
    hints = ", ".join(f"`{name}` STRING" for name in [*TYPES, "_corrupt_record"])
    source = Source(spark, tmp_path, "json", **{"cloudFiles.schemaHints": hints})
    made = {}
    for seed in range(FILES):
        shapes, name = Shapes(seed), f"{seed}.json"
        source.put(name, "\n".join(shapes.document() for _ in range(5)))
        made[name] = shapes.cores
    assert_kept(made, bronze(source, of("json")))


def test_every_value_of_parquet_is_in_bronze(spark, tmp_path):
    source, made = Source(spark, tmp_path, "parquet"), {}
    for seed in range(FILES):
        cells, name = Cells(seed), f"{seed}.parquet"
        parquet.write_table(cells.table(), source.folder / name)
        made[name] = cells.cores
    assert_kept(made, bronze(source, of("parquet")))
