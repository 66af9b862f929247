"""Runs the source files of a pipeline, and collects what they define.

All that is wrong with them is told at once, each fault with its file and line: what
raised, and what does not run on a laptop.
"""

import hashlib
import os
import runpy
import sys
import traceback
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from pyspark import cloudpickle
from pyspark.pipelines.graph_element_registry import (
    graph_element_registration_context,
)
from pyspark.sql import SparkSession

from localrun.bundle import PipelineSpec, Source
from localrun.engine import notebooks
from localrun.engine.dbutils import Dbutils
from localrun.engine.definitions import Definitions, Fault
from localrun.engine.serverless import Compute
from localrun.errors import FlowError, UsageError
from localrun.secrets import hidden
from localrun.spark.messages import first_sentence
from localrun.storage.names import Names

# pyspark's copy of it has no types.
_by_value: Callable[[Any], None] = cloudpickle.register_pickle_by_value
_NOT_HERE = {
    "sql": "SQL files do not run on the laptop",
    "sql_notebook": "notebooks in SQL do not run on the laptop",
    "ipynb": "notebooks do not run on the laptop as .ipynb: export it as a source file",
}


def load(
    spec: PipelineSpec,
    root: Path,
    spark: SparkSession,
    configuration: Mapping[str, str],
    dbutils: Dbutils,
) -> Definitions:
    """The datasets and flows of a pipeline of the bundle in folder `root`.

    Raises UsageError with a line for each fault of the source files.
    """
    compute = Compute.SERVERLESS if spec.serverless else Compute.CLASSIC
    folders = _folders(spec)
    digest = _digest(folders, configuration)
    definitions = Definitions(Names(spec.catalog, spec.schema), compute, digest)
    given = {"spark": spark, "dbutils": dbutils}
    _forget_modules_below(folders)
    with graph_element_registration_context(definitions):
        for source in spec.sources:
            try:
                _forget_modules_of_others(source.path.parent, folders)
                with _first_on_path(source.path.parent):
                    _run(source, definitions, given)
            except (Exception, SystemExit) as error:
                definitions.faults += _faults(error, source, folders, spec)
    told = [*_told(definitions.faults, root)] or definitions.check()
    if told:
        raise UsageError("\n".join(told))
    _pickle_by_value(folders)
    return definitions


def _run(source: Source, definitions: Definitions, given: Mapping[str, Any]) -> None:
    if source.kind in _NOT_HERE:
        definitions.note(source.path, 1, _NOT_HERE[source.kind])
        return
    scope = dict(given)
    if source.kind == "notebook":
        scope |= {"__name__": "__main__", "__file__": str(source.path)}
        notebooks.run(source.path, scope, definitions.note)
    else:
        runpy.run_path(str(source.path), init_globals=scope)


def _folders(spec: PipelineSpec) -> list[Path]:
    """The folders that source files import modules from."""
    folders = [spec.root_path] if spec.root_path else []
    return list(dict.fromkeys([*folders, *(s.path.parent for s in spec.sources)]))


def _digest(folders: Iterable[Path], configuration: Mapping[str, str]) -> str:
    """A text that changes when the code or the configuration of the pipeline does.

    Files that the configuration names are part of it.
    """
    files = {file for folder in folders for file in _python_files(folder)}
    files |= {Path(value) for value in configuration.values() if _is_file(value)}
    known = hashlib.sha256(repr(sorted(configuration.items())).encode())
    for file in sorted(files):
        known.update(str(file).encode() + file.read_bytes())
    return known.hexdigest()


def _python_files(folder: Path) -> Iterator[Path]:
    """Those of the folder and of all below that are the user's own."""
    for current, folders, names in os.walk(folder):
        folders[:] = [n for n in folders if not n.startswith(".") and n != "vendor"]
        yield from (Path(current, name) for name in names if name.endswith(".py"))


def _is_file(value: str) -> bool:
    try:
        return os.path.isabs(value) and os.path.isfile(value)
    except ValueError:
        return False


@contextmanager
def importable(spec: PipelineSpec) -> Iterator[None]:
    """The pipeline's root and the folders of its source files first on `sys.path`.

    Also while it runs: functions may import, too, and from what a source file has put
    on the path.
    """
    before = list(sys.path)
    try:
        with _first_on_path(*_folders(spec)):
            yield
    finally:
        sys.path[:] = before


@contextmanager
def _first_on_path(*folders: Path) -> Iterator[None]:
    first = [str(folder) for folder in folders]
    sys.path[:0] = first
    try:
        yield
    finally:
        # No more than these: what a source file has added is for its functions, too.
        for folder in first:
            if folder in sys.path:
                sys.path.remove(folder)


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


def _forget_modules_of_others(folder: Path, folders: Iterable[Path]) -> None:
    """A file means its own neighbour where another folder has a module of that name."""
    for path in folder.glob("*.py"):
        module = sys.modules.get(path.stem)
        file = Path(getattr(module, "__file__", None) or "/")
        elsewhere = file.parent != folder and file.parent in folders
        if module is not None and elsewhere and not _installed(module):
            del sys.modules[path.stem]


def _installed(module: Any) -> bool:
    file = getattr(module, "__file__", None) or ""
    return "site-packages" in file or Path(file).is_relative_to(
        Path(__file__).parents[1]
    )


def _pickle_by_value(folders: Iterable[Path]) -> None:
    """Let functions of the pipeline's own modules be used in UDFs.

    Spark's workers do not have these folders on their path, so that the functions go to
    them whole, not by name.
    """
    for module in list(sys.modules.values()):
        file = Path(getattr(module, "__file__", None) or "/")
        below = any(file.is_relative_to(folder) for folder in folders)
        if below and not _installed(module):
            _by_value(module)


def _faults(
    error: BaseException, source: Source, folders: list[Path], spec: PipelineSpec
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


def _text(error: BaseException, spec: PipelineSpec) -> str:
    if isinstance(error, UsageError | FlowError):
        return str(error)
    name, text = type(error).__name__, first_sentence(error)
    text = text if text.startswith(name) else f"{name}: {text}"
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
        yield f"{place}{hidden(fault.text)}"
