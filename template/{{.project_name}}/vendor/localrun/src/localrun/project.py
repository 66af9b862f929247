"""What the pyproject.toml beside a bundle says to localrun; a bundle needs none.

[tool.localrun]
landing = ".local/landing"           # the folders, relative to the bundle
warehouse = ".local/warehouse"
tables = ".local/tables"
extension = "package.module:Class"   # see localrun.extension

[tool.localrun.paths]                # see localrun.storage.paths
"/Volumes/*/*/raw" = "raw"           # relative to the landing folder
"""

import difflib
import importlib
import sys
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from localrun.errors import UsageError
from localrun.extension import Extension

if sys.version_info >= (3, 11):
    import tomllib
else:
    import tomli as tomllib

_FILE = "pyproject.toml"


@dataclass(frozen=True)
class Project:
    """The settings of a project, paths as they were written."""

    landing: str = ".local/landing"
    warehouse: str = ".local/warehouse"
    tables: str = ".local/tables"
    extension: str = ""
    paths: Mapping[str, str] = field(default_factory=dict)


def read(root: Path) -> Project:
    """The settings of the project in a folder. Raises UsageError for wrong ones."""
    path = root / _FILE
    if not path.is_file():
        return Project()
    try:
        document = tomllib.loads(path.read_text(encoding="utf-8"))
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as error:
        raise UsageError(f"{_FILE} is not TOML: {error}") from error
    except OSError as error:
        raise UsageError(f"{_FILE} cannot be read: {error.strerror}") from error
    tool = document.get("tool", {})
    stated = tool.get("localrun", {}) if isinstance(tool, dict) else None
    if not isinstance(stated, dict):
        raise UsageError(
            f"{_FILE}: tool.localrun is not a table: write [tool.localrun]"
        )
    for key, value in stated.items():
        _check(key, value)
    return Project(**stated)


def _check(key: str, value: Any) -> None:
    known = list(Project.__dataclass_fields__)
    if key not in known:
        close = difflib.get_close_matches(key, known, 1)
        hint = f"did you mean {close[0]}?" if close else f"there are {', '.join(known)}"
        raise UsageError(f"{_FILE}, [tool.localrun]: {key} is not a setting: {hint}")
    if key != "paths":
        sound, wanted = isinstance(value, str), "a text"
    else:
        wanted = "a table of texts"
        sound = isinstance(value, dict) and all(
            isinstance(text, str) for text in value.values()
        )
    if not sound:
        raise UsageError(f"{_FILE}, [tool.localrun]: {key} is not {wanted}")


def extension(project: Project, root: Path) -> Extension:
    """The project's own extension, or one that adds nothing.

    Raises UsageError where it cannot be imported, or is not an Extension.
    """
    if not project.extension:
        return Extension(root)
    module, _, name = project.extension.partition(":")
    if not module.replace(".", "a").isidentifier() or module.startswith("."):
        raise UsageError(
            f"{_FILE}, [tool.localrun]: the extension {project.extension} is not the "
            "name of a class: write package.module:Class"
        )
    sys.path.insert(0, str(root))
    try:
        found = getattr(importlib.import_module(module), name, None)
    except Exception as error:
        raise UsageError(
            f"{_FILE}, [tool.localrun]: the extension {project.extension} cannot be "
            f"imported: {type(error).__name__}: {error}"
        ) from error
    finally:
        sys.path.remove(str(root))
    if not (isinstance(found, type) and issubclass(found, Extension)):
        raise UsageError(
            f"{_FILE}, [tool.localrun]: {project.extension} is not a subclass of "
            "localrun.extension.Extension: write package.module:Class"
        )
    return found(root)
