"""Random files of odd shapes: each value is in bronze, or the load names the file.

Many files make one stream, so that it is cheap. Every value has a core of its own,
which is looked for in the row of its file, whatever stands around it.
"""

import json
import random
import re
from decimal import Decimal

import pytest
from autoloading import Source, rows
from pyspark.sql import functions as F

from medallion import quality, sources
from medallion.model import Column, Table

TYPES = {
    "id": "BIGINT",
    "amount": "DECIMAL(38,18)",
    "day": "DATE",
    "o": "STRUCT<x: STRING, y: DECIMAL(38,30), n: STRUCT<a: INT, b: ARRAY<STRING>>>",
    "l": "ARRAY<STRUCT<a: BIGINT, b: STRING>>",
    "m": "MAP<STRING, STRUCT<q: DECIMAL(38,18)>>",
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


@pytest.fixture(scope="module")
def table() -> Table:
    columns = tuple(Column(name, type_) for name, type_ in TYPES.items())
    return Table("shapes", "", "fact", "json", keys=("id",), columns=columns)


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


@pytest.mark.parametrize("whole", [False, True])
def test_every_value_of_json_is_in_bronze(spark, tmp_path, table, whole):
    hints = ", ".join(f"`{name}` STRING" for name in [*TYPES, "_corrupt_record"])
    options = {"cloudFiles.schemaHints": hints, "multiLine": whole}
    source = Source(spark, tmp_path, "json", **options)
    made = {}
    for seed in range(FILES):
        shapes, name = Shapes(seed), f"{seed}.json"
        documents = [shapes.document() for _ in range(1 if whole else 3)]
        source.put(name, "\n".join(documents))
        made[name] = shapes.cores
    found = bronze(source, table)
    missing = {name: lost(cores, found.get(name, "")) for name, cores in made.items()}
    assert {name: cores for name, cores in missing.items() if cores} == {}
