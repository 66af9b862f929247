"""Runs the source files of a pipeline, and collects what they define.

All that is wrong with them is told at once, each fault with its file and line: what
raised, and what does not run on a laptop.
"""

import runpy
import sys
import traceback
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark.pipelines.graph_element_registry import (
    graph_element_registration_context,
)
from pyspark.sql import SparkSession

from localrun.bundle import PipelineSpec, Source
from localrun.engine import notebooks
from localrun.engine.definitions import Definitions, Fault
from localrun.engine.serverless import Compute
from localrun.errors import FlowError, UsageError
from localrun.spark.messages import first_sentence
from localrun.storage.names import Names

_NOT_HERE = {
    "sql": "SQL files do not run on the laptop",
    "sql_notebook": "notebooks in SQL do not run on the laptop",
    "ipynb": "notebooks do not run on the laptop as .ipynb: export it as a source file",
}


class _Dbutils:
    """`dbutils`, of which a laptop has only what a notebook could leave out."""

    def __init__(self, name: str = "dbutils"):
        self._name = name

    def __getattr__(self, name: str) -> "_Dbutils":
        return _Dbutils(f"{self._name}.{name}")

    def __call__(self, *arguments: object, **named: object) -> None:
        if self._name != "dbutils.library.restartPython":
            raise UsageError(
                f"{self._name} does not run on the laptop: read what differs from "
                "place to place from the pipeline's configuration, spark.conf.get"
            )


def load(spec: PipelineSpec, root: Path, spark: SparkSession) -> Definitions:
    """The datasets and flows of a pipeline of the bundle in folder `root`.

    Raises UsageError with a line for each fault of the source files.
    """
    compute = Compute.SERVERLESS if spec.serverless else Compute.CLASSIC
    definitions = Definitions(Names(spec.catalog, spec.schema), compute)
    folders = _folders(spec)
    _forget_modules_below(folders)
    with graph_element_registration_context(definitions):
        for source in spec.sources:
            try:
                with _first_on_path(source.path.parent):
                    _run(source, definitions, spark)
            except Exception as error:
                definitions.faults += _faults(error, source, folders, spec)
    if not definitions.faults:
        definitions.check()
        return definitions
    raise UsageError("\n".join(_told(definitions.faults, root)))


def _run(source: Source, definitions: Definitions, spark: SparkSession) -> None:
    if source.kind in _NOT_HERE:
        definitions.note(source.path, 1, _NOT_HERE[source.kind])
        return
    scope: dict[str, Any] = {"spark": spark, "dbutils": _Dbutils()}
    if source.kind == "notebook":
        scope |= {"__name__": "__main__", "__file__": str(source.path)}
        notebooks.run(source.path, scope, definitions.note)
    else:
        runpy.run_path(str(source.path), init_globals=scope)


def _folders(spec: PipelineSpec) -> list[Path]:
    """The folders that source files import modules from."""
    folders = [spec.root_path] if spec.root_path else []
    return list(dict.fromkeys([*folders, *(s.path.parent for s in spec.sources)]))


@contextmanager
def importable(spec: PipelineSpec) -> Iterator[None]:
    """The pipeline's root and the folders of its source files first on `sys.path`.

    Also while it runs: functions may import, too.
    """
    with _first_on_path(*_folders(spec)):
        yield


@contextmanager
def _first_on_path(*folders: Path) -> Iterator[None]:
    before = list(sys.path)
    sys.path[:0] = [str(folder) for folder in folders]
    try:
        yield
    finally:
        sys.path[:] = before


def _forget_modules_below(folders: Iterable[Path]) -> None:
    """Import these folders' modules again: they may have been edited since, or another
    pipeline of this process may have modules of the same names."""
    names = {
        path.stem
        for folder in folders
        for path in folder.iterdir()
        if path.suffix == ".py" or path.is_dir()
    }
    for name, module in list(sys.modules.items()):
        of = name.partition(".")[0]
        if of in names and of not in sys.stdlib_module_names and not _installed(module):
            del sys.modules[name]


def _installed(module: Any) -> bool:
    file = getattr(module, "__file__", None) or ""
    return "site-packages" in file or Path(file).is_relative_to(
        Path(__file__).parents[1]
    )


def _faults(
    error: Exception, source: Source, folders: list[Path], spec: PipelineSpec
) -> list[Fault]:
    """The error as a fault at the line of the user's own files that raised it."""
    if hasattr(error, "problems"):  # it names its own places
        return [Fault(source.path, 0, str(error))]
    if isinstance(error, SyntaxError) and error.filename:
        return [
            Fault(Path(error.filename), error.lineno or 1, f"SyntaxError: {error.msg}")
        ]
    file, line = source.path, 1
    for frame in traceback.extract_tb(error.__traceback__):
        place = Path(frame.filename)
        if any(place.is_relative_to(folder) for folder in folders):
            file, line = place, frame.lineno or 1
    return [Fault(file, line, _text(error, spec))]


def _text(error: Exception, spec: PipelineSpec) -> str:
    if isinstance(error, UsageError | FlowError):
        return str(error)
    text = f"{type(error).__name__}: {first_sentence(error)}"
    if isinstance(error, ModuleNotFoundError) and spec.dependencies:
        text += (
            "; the pipeline's environment has the dependencies "
            f"{', '.join(spec.dependencies)}: install them where localrun runs"
        )
    return text


def _told(faults: Iterable[Fault], root: Path) -> Iterator[str]:
    for fault in dict.fromkeys(faults):
        file = fault.file
        if file.is_relative_to(root):
            file = file.relative_to(root)
        place = f"{file.as_posix()}, line {fault.line}: " if fault.line else ""
        yield f"{place}{fault.text}"
