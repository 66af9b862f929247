"""Reads of files: a workspace's paths as paths of this machine, and Auto Loader."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

from pyspark.errors import AnalysisException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql.readwriter import DataFrameReader
from pyspark.sql.streaming.readwriter import DataStreamReader
from pyspark.sql.types import StructType

from localrun.autoloader import (
    CloudFilesReader,
    LoadContext,
    check_files,
    files,
    parquet_types,
    signature,
)
from localrun.engine import kafka_reads
from localrun.engine.patch import Patch
from localrun.engine.reads import FILE_FORMATS, GIVEN, Reading, current_reading
from localrun.engine.serverless import own_code
from localrun.errors import FilesFound, FlowError, NoFilesError
from localrun.storage import delta_log


def _option(original: Callable[..., Any]) -> Callable[..., Any]:
    """Options are remembered: Auto Loader's may be given before its format is."""

    def option(self: Any, key: str, value: Any) -> Any:
        self.__dict__.setdefault(GIVEN, {})[key] = value
        if current_reading() is not None and key.lower() == "path":
            return self  # the load that follows is given it
        return original(self, key, value)

    return option


def _options(self: Any, **given: Any) -> Any:
    for key, value in given.items():
        self.option(key, value)
    return self


_SCHEMA = "_localrun_schema"
_format_as_it_is = DataStreamReader.format


def _schema(original: Callable[..., Any]) -> Callable[..., Any]:
    def schema(self: Any, schema: StructType | str) -> Any:
        self.__dict__[_SCHEMA] = schema
        return original(self, schema)

    return schema


def _format(self: Any, source: str) -> Any:
    current = current_reading()
    self.__dict__["_localrun_format"] = source.lower()
    if source.lower() != "cloudfiles" or current is None:
        return _format_as_it_is(self, source)
    context = LoadContext(
        schema_folder=current.schema_folder,
        validating=current.engine.validating,
        note_source=current.files.__setitem__,
        restarts=current.engine.restarts,
    )
    reader = _FilesReader(self._spark, context, current)
    reader.options(**self.__dict__.get(GIVEN, {}))
    if schema := self.__dict__.get(_SCHEMA):
        reader.schema(schema)
    return reader


class _FilesReader(CloudFilesReader):
    """Looks into files when it infers columns, which the function itself must not."""

    def __init__(self, spark: SparkSession, context: LoadContext, current: Reading):
        super().__init__(spark, context)
        self._paths, self._sources = current.engine.paths, current.sources
        self._only_files = current.only_files

    def load(self, path: Any = None) -> DataFrame:
        path = path or self._options.get("path")
        if path is None:
            return super().load()
        self._sources.append(str(path))
        with own_code():
            local = self._paths.local(str(path))
            if self._only_files:
                super().check_files(local)
                raise FilesFound
            return super().load(local)


def _load(owner: type, name: str) -> Callable[..., DataFrame]:
    """A read of files, which says in one sentence that there are none."""
    original: Callable[..., DataFrame] = owner.__dict__[name]

    def load(self: Any, *args: Any, **kwargs: Any) -> DataFrame:
        current = current_reading()
        if current is None:
            return original(self, *args, **kwargs)
        if name == "load" and _format_read(self, name, args[1:], kwargs) == "kafka":
            more = {k: v for k, v in kwargs.items() if k not in ("path", "format")}
            return _of_kafka(self.options(**more), current)
        given, others = _paths_given(self, name, args, kwargs)
        paths = given if isinstance(given, list | tuple) else [given]
        if not paths or not all(isinstance(path, str) for path in paths):
            again = () if given is None else (given,)
            return original(self, *again, *others, **kwargs)
        format_ = _format_read(self, name, others, kwargs)
        infers = not _has_schema(self, name, others, kwargs)
        local = [found_locally(path, format_, current, infers) for path in paths]
        if current.only_files:
            raise FilesFound
        if None in local:
            return _nothing(self, current)
        options = {**self.__dict__.get(GIVEN, {}), **kwargs}
        for path in local:
            if path and not _is_elsewhere(path):
                check_files(path, format_, options)
        if name in _MANY:
            return original(self, *local, **kwargs)
        one = local if isinstance(given, list | tuple) else local[0]
        try:
            return original(self, one, *others, **kwargs)
        except AnalysisException as error:
            places = [path for path in local if path]
            with own_code():
                said = parquet_types.unreadable(self._spark, places, error)
            if said:
                raise FlowError(said) from error
            raise

    return load


def _of_kafka(reader: Any, current: Reading) -> DataFrame:
    options = kafka_reads.translated(reader.__dict__.get(GIVEN, {}))
    kafka_reads.look_up(reader, options, current)
    for key, value in options.items():
        _OPTION[type(reader)](reader, key, value)
    return _LOAD[type(reader)](reader)


def found_locally(
    path: str, format_: str, current: Reading, infers: bool = True
) -> str | None:
    """Where a path is on this machine; what it holds now is noted in `current`.

    None for no files where only schemas are wanted. Raises NoFilesError where there is
    nothing to read: a folder may be empty where its columns are not to be inferred
    (`infers`). Raises FlowError where there is no Delta table. A list of files
    (`binaryFile`) may be empty, and be of a folder that is missing.
    """
    local = current.engine.paths.local(path)
    current.sources.append(path)
    known = format_ == "text" or not infers
    may_be_empty = known and format_ != "delta" and _is_folder(local)
    if may_be_empty or _holds(local, format_) or format_ == "binaryfile":
        current.files[local] = _token(local, format_)
        return local
    if current.engine.validating and format_ != "delta":
        return None
    raise (FlowError if format_ == "delta" else NoFilesError)(
        _missing(path, local, format_)
    )


def _has_schema(
    reader: Any, name: str, others: tuple[Any, ...], kwargs: dict[str, Any]
) -> bool:
    """Whether the columns are given: to the reader, or with the path."""
    place = 1 if name == "load" else 0
    stated = others[place] if name in _WITH_SCHEMA and len(others) > place else None
    return bool(reader.__dict__.get(_SCHEMA) or kwargs.get("schema") or stated)


def _is_folder(local: str) -> bool:
    return not _is_elsewhere(local) and os.path.isdir(files.local_path(local))


def _paths_given(
    reader: Any, name: str, args: tuple[Any, ...], kwargs: dict[str, Any]
) -> tuple[Any, tuple[Any, ...]]:
    """The path or paths among the arguments, taken out of them, and what is left.

    Without any, the path may be an option of the reader.
    """
    if name in _MANY and args:
        return list(args), ()
    if args and args[0] is not None:
        return args[0], args[1:]
    stated = kwargs.pop("path", kwargs.pop("paths", None))
    given = {k.lower(): v for k, v in reader.__dict__.get(GIVEN, {}).items()}
    return stated if stated is not None else given.get("path"), args[1:]


def _format_read(
    reader: Any, name: str, others: tuple[Any, ...], kwargs: dict[str, Any]
) -> str:
    if name != "load":
        return name
    stated = kwargs.get("format") or (others[0] if others else None)
    known = reader.__dict__.get("_localrun_format", "parquet")
    return str(stated or known).lower()


# These take several paths, each an argument of its own.
_MANY = ("parquet", "orc")
# And these a schema behind the path.
_WITH_SCHEMA = ("load", "csv", "json", "xml")


def _batch_format(original: Callable[..., Any]) -> Callable[..., Any]:
    def format(self: Any, source: str) -> Any:
        self.__dict__["_localrun_format"] = source.lower()
        return original(self, source)

    return format


def _is_elsewhere(path: str) -> bool:
    return "://" in path


def _holds(path: str, format_: str) -> bool:
    """Whether there is something to read; what is not on this machine is Spark's."""
    if _is_elsewhere(path) or format_ not in (*FILE_FORMATS, "cloudfiles"):
        return True
    if format_ == "delta":
        return (Path(path.removeprefix("file:")) / "_delta_log").is_dir()
    return bool(files.matching(files.local_path(path)))


def _missing(path: str, local: str, format_: str) -> str:
    place = path if path == local else f"{path} is {local} here, which"
    if format_ == "delta":
        what = "is not a Delta table: put one there"
    else:
        what = "holds no files: put the source's files there"
    return f"{place} {what}, or name another folder with --landing"


def _token(path: str, format_: str) -> str:
    """A text that changes when there is something new to read."""
    if _is_elsewhere(path):
        return ""
    if format_ == "delta":
        return delta_log.token(Path(path.removeprefix("file:")))
    return signature(path, {})


def _nothing(reader: Any, current: Reading) -> DataFrame:
    """No rows, with the schema that the reader was given, or else no columns."""
    reader = reader.format("parquet")
    empty = str(current.empty_folder)
    load = _LOAD[type(reader)]
    try:
        return load(reader, empty)
    except AnalysisException:
        return load(reader.schema(StructType([])), empty)


_LOAD: dict[type, Callable[..., DataFrame]] = {
    owner: owner.__dict__["load"] for owner in (DataFrameReader, DataStreamReader)
}
_OPTION: dict[type, Callable[..., Any]] = {
    owner: owner.__dict__["option"] for owner in _LOAD
}
_LOADS = ("load", "csv", "json", "orc", "parquet", "text", "xml")
_READERS = (DataFrameReader, DataStreamReader)
PATCHES = (
    Patch(DataStreamReader, "format", _format),
    *[Patch(r, "schema", _schema(r.__dict__["schema"])) for r in _READERS],
    Patch(DataFrameReader, "format", _batch_format(DataFrameReader.format)),
    *[Patch(r, "option", _option(r.__dict__["option"])) for r in _READERS],
    *[Patch(r, "options", _options) for r in _READERS],
    *[Patch(r, name, _load(r, name)) for r in _READERS for name in _LOADS],
)
