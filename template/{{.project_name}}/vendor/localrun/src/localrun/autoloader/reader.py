"""The reader behind `spark.readStream.format("cloudFiles")`, and what one load does."""

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from uuid import uuid4

from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F
from pyspark.sql.streaming.readwriter import DataStreamReader
from pyspark.sql.types import StructType

from localrun.autoloader import (
    csv_arrivals,
    csv_files,
    encodings,
    files,
    json_files,
    records,
    typed_files,
    xml_files,
)
from localrun.autoloader import options as cloud_options
from localrun.autoloader.columns import (
    Columns,
    Memory,
    added,
    evolve,
    given,
    resolve,
)
from localrun.autoloader.files import SourceFile
from localrun.autoloader.options import ADD, Options
from localrun.autoloader.types import from_ddl, union
from localrun.errors import FlowError, NoFilesError, SchemaChanged

# How many new files are looked at in one go: the sample that Auto Loader documents.
SAMPLE_FILES = 1000
SAMPLE_BYTES = 50 * 2**30
# Each load counts its records under this and its path: Spark counts the files of CSV.
RECORDS = "records in "
_FIXED = {
    "text": "value STRING",
    "binaryFile": (
        "path STRING, modificationTime TIMESTAMP, length BIGINT, content BINARY"
    ),
}
# Of CSV files more is looked at than whether they are whole.
_WHOLE = ("json", "text", "xml")
_PARSERS: dict[str, records.Parser] = {
    "json": json_files,
    "csv": csv_files,
    "xml": xml_files,
}
_INFER = {
    "json": json_files.infer,
    "csv": csv_files.infer,
    "xml": xml_files.infer,
    **dict.fromkeys(typed_files.FORMATS, typed_files.infer),
}


@dataclass(frozen=True)
class LoadContext:
    """What Auto Loader has to know of the flow that reads.

    `schema_folder` keeps the inferred columns from one update to the next; while
    `validating`, no file is needed and nothing is kept; `note_source` is told each path
    with the signature of its files. Where the flow `restarts`, columns that are new
    stop it, once they are kept, as Auto Loader does.
    """

    schema_folder: Path
    validating: bool
    note_source: Callable[[str, str], None]
    restarts: bool = False


class CloudFilesReader:
    """Takes the options of a `DataStreamReader`; `load` gives the stream."""

    def __init__(self, spark: SparkSession, context: LoadContext):
        self._spark = spark
        self._context = context
        self._options: dict[str, object] = {}
        self._schema: StructType | None = None

    def format(self, source: str) -> "CloudFilesReader":
        if source.lower() != "cloudfiles":
            raise FlowError(f"a cloudFiles reader cannot become {source}: start again")
        return self

    def option(self, key: str, value: object) -> "CloudFilesReader":
        self._options[key] = value
        return self

    def options(self, **options: object) -> "CloudFilesReader":
        self._options.update(options)
        return self

    def schema(self, schema: StructType | str) -> "CloudFilesReader":
        self._schema = from_ddl(schema) if isinstance(schema, str) else schema
        return self

    def load(self, path: str | os.PathLike[str] | None = None) -> DataFrame:
        """A stream of the records in the files under `path`, those to come included.

        Its columns are the given ones, or the inferred and hinted ones with
        `_rescued_data`; the hidden column `_metadata` tells the file. Raises FlowError
        for options that cannot be meant, and where there is nothing to infer from.
        """
        return self._load(path).stream()

    def check_files(self, path: str | os.PathLike[str] | None = None) -> None:
        """Raises NoFilesError where `load` would have nothing to infer columns from."""
        self._load(path).check_files()

    def _load(self, path: str | os.PathLike[str] | None) -> "_Load":
        options = cloud_options.parse(self._options, self._schema)
        given = path or self._options.get("path")
        if given is None:
            raise FlowError("Auto Loader needs a path: .load('<folder>')")
        return _Load(self._spark, self._context, options, str(given), self._schema)


class _Load:
    """One call of `load`."""

    def __init__(
        self,
        spark: SparkSession,
        context: LoadContext,
        options: Options,
        path: str,
        schema: StructType | None,
    ):
        self._spark = spark
        self._context = context
        self._options = options
        self._schema = schema
        self._path = files.local_path(path)
        self._files = files.matching(self._path, options.source.get("pathGlobFilter"))
        self._stored = Memory.file(context.schema_folder, self._path, options)
        self._memory = Memory.read(self._stored)
        context.note_source(path, files.digest(self._files))

    def stream(self) -> DataFrame:
        source = files.spark_path(self._path)
        if not self._exists():
            source = self._nothing()
        df = self._rows(source)
        if not self._options.include_existing:
            since = F.timestamp_millis(F.lit(int(self._memory.started * 1000)))
            modified = df.metadataColumn("_metadata")["file_modification_time"]
            df = df.where(modified > since)
        # Of a name of its own: one folder may be loaded twice in a query.
        name = f"{RECORDS}{self._path} {uuid4()}"
        return df.observe(name, F.count(F.lit(1)).alias("records"))

    def check_files(self) -> None:
        """Raises NoFilesError for a folder that is missing, or tells no columns.

        Follows CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE of
        https://docs.databricks.com/aws/en/error-messages/error-classes.
        """
        if not self._exists():
            raise NoFilesError(
                f"landing folder {self._path} is missing: make it and {self._wanted()}"
            )
        name = self._options.format
        infers = self._schema is None and name not in _FIXED
        if infers and not self._files and not self._memory.seen:
            raise NoFilesError(
                f"landing folder {self._path} holds no {name} files, so "
                f"there is nothing to infer columns from: {self._wanted()}"
            )

    def _exists(self) -> bool:
        return os.path.exists(self._path) or files.is_pattern(self._path)

    def _nothing(self) -> str:
        """An empty folder in place of a missing one, where only schemas are wanted."""
        if not self._context.validating:
            self.check_files()
        empty = self._context.schema_folder / "no_files"
        empty.mkdir(parents=True, exist_ok=True)
        return files.spark_path(str(empty))

    def _wanted(self) -> str:
        only = self._options.source.get("pathGlobFilter")
        named = f" named {only}" if only else " (not named with _ or . in front)"
        return f"put at least one {self._options.format} file there{named}"

    # -- columns

    def _columns(self) -> Columns:
        options = self._options
        checks = options.mode == "failOnNewColumns"
        checks = checks or options.format in typed_files.FORMATS
        if self._schema is None or checks:
            self._infer()
        if self._schema is None:
            chosen = options.partitions
            folders = self._memory.partitions if chosen is None else list(chosen)
            return resolve(self._memory.columns, folders, options)
        return given(self._schema, self._partitions(self._files), self._options)

    def _infer(self) -> None:
        """Look at the files that no load has seen, and remember their columns."""
        memory, options = self._memory, self._options
        new = [file for file in self._files if file.path not in memory.seen]
        if not self._context.validating:
            self.check_files()
        if not new:
            return
        before = known = self._schema or memory.columns
        latest = StructType()
        for sample in _samples(new):
            paths = [file.path for file in sample]
            found = self._found(paths)
            known = evolve(known, found, options, self._path)
            latest = union(latest, found)
        memory.columns, memory.latest = known, latest
        if not memory.seen or options.mode in ADD:
            names = [*memory.partitions, *self._partitions(new)]
            memory.partitions = list(dict.fromkeys(names))
        memory.seen |= {file.path for file in new}
        if not self._context.validating:
            memory.write(self._stored)
            changed = before.names and known.simpleString() != before.simpleString()
            if changed and self._context.restarts:
                found_new = added(before, known)
                raise SchemaChanged(f"new files in {self._path} {found_new}")

    def _found(self, paths: list[str]) -> StructType:
        if self._options.format == "json":
            encodings.refuse_unsaid(paths, self._options.parser)
        return _INFER[self._options.format](self._spark, paths, self._options)

    def _partitions(self, found: list[SourceFile]) -> list[str]:
        if self._options.partitions is not None:
            return list(self._options.partitions)
        return files.partition_names(self._path, found)

    # -- rows

    def _check_whole(self) -> None:
        """Raises FlowError for a new file of text that is cut off; Spark names none."""
        if self._options.format not in _WHOLE:
            return
        memory = self._memory
        new = [file for file in self._files if file.path not in memory.surveyed]
        for file in new:
            files.check_whole(file.path)
        if new and not self._context.validating:
            memory.surveyed |= {file.path for file in new}
            memory.write(self._stored)

    def _rows(self, source: str) -> DataFrame:
        options = self._options
        self._check_whole()
        reader = self._spark.readStream.options(**options.limits)
        if options.format in _FIXED:
            reader = reader.options(**options.source).options(**options.parser)
            reader = reader.schema(_FIXED[options.format])
            return reader.format(options.format).load(source)
        columns = self._columns()
        if options.format in typed_files.FORMATS:
            latest = self._memory.latest
            return typed_files.load(reader, source, columns, latest, options)
        parser = _PARSERS[options.format]
        names = [column.name for column in columns.data]
        if options.format == "csv":
            df = self._csv(reader, source, names)
        else:
            text = xml_files if options.format == "xml" else json_files
            df = text.read(reader, source, names, options)
        df = records.enforce_mode(df, options)
        return records.to_columns(df, columns, options, parser)

    def _csv(
        self, reader: DataStreamReader, source: str, names: list[str]
    ) -> DataFrame:
        """Records of CSV files, after a look at those that no load has seen."""
        memory, options = self._memory, self._options
        new = [file for file in self._files if file.path not in memory.surveyed]
        if new and not self._context.validating:
            memory.shape = memory.shape.with_new(
                csv_files.shape_of(self._spark, new, options)
            )
            memory.surveyed |= {file.path for file in new}
            memory.write(self._stored)
        shape = memory.shape
        there = (self._spark, self._path, options, self._files, shape)
        if shape.is_one_table:
            alike = csv_arrivals.are_alike(*there)
            return csv_files.read(reader, source, names, options, alike, shape)
        beginnings = csv_arrivals.beginnings(*there)
        return csv_files.read(reader, source, names, options, beginnings, shape)


def _samples(new: list[SourceFile]) -> list[list[SourceFile]]:
    """The new files, in parts of the documented sample size."""
    samples: list[list[SourceFile]] = []
    size = 0
    for file in new:
        size += file.size
        if not samples or len(samples[-1]) == SAMPLE_FILES or size > SAMPLE_BYTES:
            samples.append([])
            size = file.size
        samples[-1].append(file)
    return samples
