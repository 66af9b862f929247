"""The columns of one load: what was inferred before, what new files bring, the hints.

Follows https://docs.databricks.com/aws/en/ingestion/cloud-object-storage/auto-loader/schema:
a column keeps the place at which it first came, and its type; names that differ only in
letter case are one column.
"""

import hashlib
import json
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path

from pyspark.sql.types import DataType, StringType, StructField, StructType

from localrun.autoloader.csv_shape import Shape
from localrun.autoloader.options import ADD, Options
from localrun.autoloader.types import by_name, wider, with_new_fields
from localrun.errors import FlowError
from localrun.storage.state import read_json, write_atomically


@dataclass
class Memory:
    """What the earlier loads of one path by one flow found out.

    `latest` are the columns, with their types, of the files that were new to the latest
    load that found any: those that the stream may still have to read.
    """

    columns: StructType = field(default_factory=StructType)
    partitions: list[str] = field(default_factory=list)
    seen: set[str] = field(default_factory=set)
    started: float = field(default_factory=time.time)
    latest: StructType = field(default_factory=StructType)
    surveyed: set[str] = field(default_factory=set)
    shape: Shape = field(default_factory=Shape)

    @staticmethod
    def file(folder: Path, path: str, options: Options) -> Path:
        """One for each set of files that the flow loads."""
        files = repr((path, options.format, options.source.get("pathGlobFilter")))
        return folder / f"{hashlib.sha256(files.encode()).hexdigest()[:16]}.json"

    @classmethod
    def read(cls, stored: Path) -> "Memory":
        known = read_json(stored)
        if not known:
            return cls()
        return cls(
            StructType.fromJson(known["columns"]),
            known["partitions"],
            set(known["seen"]),
            known["started"],
            StructType.fromJson(known["latest"]),
            set(known.get("surveyed", [])),
            Shape.stored(known.get("shape", {})),
        )

    def write(self, stored: Path) -> None:
        facts = {
            "columns": self.columns.jsonValue(),
            "partitions": self.partitions,
            "seen": sorted(self.seen),
            "started": self.started,
            "latest": self.latest.jsonValue(),
            "surveyed": sorted(self.surveyed),
            "shape": asdict(self.shape),
        }
        write_atomically(stored, json.dumps(facts))


@dataclass(frozen=True)
class Columns:
    """A load's columns in their order, and which of them the records do not fill."""

    schema: StructType
    partitions: tuple[str, ...]
    rescued: str | None
    corrupt: str

    @property
    def data(self) -> list[StructField]:
        """The columns that the records fill."""
        special = {*self.partitions, self.rescued, self.corrupt}
        return [column for column in self.schema if column.name not in special]


def evolve(
    known: StructType, found: StructType, options: Options, path: str
) -> StructType:
    """The remembered columns after the columns of new files are known.

    Raises FlowError in mode failOnNewColumns when there are any that are not hinted.
    """
    if not known.names:
        return first(found, options)
    names = {*by_name(known), *by_name(options.hints)}
    new = [c for name, c in by_name(found).items() if name not in names]
    if new and options.mode == "failOnNewColumns":
        raise FlowError(
            f"new files in {path} bring new columns "
            f"({', '.join(column.name for column in new)}), and "
            "cloudFiles.schemaEvolutionMode is failOnNewColumns: hint these columns, "
            "or take the files away"
        )
    if options.mode not in ADD:
        return known
    others = by_name(found)
    evolved = [StructField(c.name, _evolved(c, others, options.mode)) for c in known]
    return StructType([*evolved, *new])


def added(before: StructType, after: StructType) -> str:
    """What the schema has got, in words."""
    types = {name: c.dataType.simpleString() for name, c in by_name(before).items()}
    new = [name for name in after.names if name.lower() not in types]
    if new:
        return f"bring new columns ({', '.join(new)})"
    changed = [
        f"{column.name} {column.dataType.simpleString()}"
        for column in after
        if column.dataType.simpleString() != types[column.name.lower()]
    ]
    return f"bring new types of columns ({', '.join(changed)})"


def first(found: StructType, options: Options) -> StructType:
    """The columns of the first files; a hint says how its column is spelled."""
    spelled = by_name(options.hints)
    columns: dict[str, StructField] = {}
    for column in found:
        name = spelled.get(column.name.lower(), column).name
        columns.setdefault(name.lower(), StructField(name, column.dataType))
    return StructType(list(columns.values()))


def resolve(inferred: StructType, partitions: list[str], options: Options) -> Columns:
    """Inferred columns with the types of the hints, then the columns only hinted."""
    hints = by_name(options.hints)
    own = {*partitions, options.corrupt, options.rescued or options.corrupt}
    own = {name.lower() for name in own}
    columns = [hints.pop(n, c) for n, c in by_name(inferred).items() if n not in own]
    folders = [StructField(name, StringType()) for name in partitions]
    folders = [hints.pop(c.name.lower(), c) for c in folders]
    columns += [*hints.values(), *folders]
    return _with_rescued(columns, partitions, options)


def given(schema: StructType, partitions: list[str], options: Options) -> Columns:
    """The columns that the pipeline gives: nothing is added but the rescued data."""
    named = [name for name in partitions if name in schema.names]
    return _with_rescued(list(schema), named, options)


def _with_rescued(
    columns: list[StructField], partitions: list[str], options: Options
) -> Columns:
    if options.rescued and all(c.name != options.rescued for c in columns):
        columns = [*columns, StructField(options.rescued, StringType())]
    schema = StructType(columns)
    return Columns(schema, tuple(partitions), options.rescued, options.corrupt)


def _evolved(column: StructField, found: dict[str, StructField], mode: str) -> DataType:
    other = found.get(column.name.lower(), column).dataType
    if mode == "addNewColumnsWithTypeWidening":
        return wider(column.dataType, other) or column.dataType
    return with_new_fields(column.dataType, other)
