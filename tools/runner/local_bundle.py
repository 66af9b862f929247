"""Deployed pipelines as a bundle of their own, which the laptop runtime runs like any.

All pipelines of a schema are one bundle. It lies in the folder of their tables, so that
`localrun sql --root <that folder>` is all that it takes to look at them.
"""

import json
import os
from pathlib import Path

from runner.api import Workspace

# Paths in a workspace's volumes are files of the mirror; localrun itself maps them.
_SETTINGS = """\
[tool.localrun]
landing = "../../Volumes"
warehouse = "."

[tool.localrun.paths]
"/Volumes" = "."
"""


def write(workspace: Workspace, pipeline_id: str) -> Path:
    """Write the bundle in which a pipeline's key is its id; returns its folder."""
    spec = workspace.pipelines[pipeline_id]
    folder = workspace.warehouse(spec["catalog"], spec["schema"])
    folder.mkdir(parents=True, exist_ok=True)
    pipelines = {
        key: _local(workspace, other)
        for key, other in workspace.pipelines.items()
        if workspace.warehouse(other["catalog"], other["schema"]) == folder
    }
    bundle = {"bundle": {"name": folder.name}, "resources": {"pipelines": pipelines}}
    # JSON is YAML, too.
    _replace(folder / "databricks.yml", json.dumps(bundle, indent=2))
    _replace(folder / "pyproject.toml", _SETTINGS)
    return folder


def _local(workspace: Workspace, value: object) -> object:
    """A value of a spec, with the paths of workspace files as paths here."""
    if isinstance(value, dict):
        return {key: _local(workspace, one) for key, one in value.items()}
    if isinstance(value, list):
        return [_local(workspace, one) for one in value]
    if isinstance(value, str) and value.startswith("/Workspace/"):
        return workspace.local(value)
    return value


def _replace(path: Path, text: str) -> None:
    """At once, since runs of other pipelines may read it now."""
    partial = path.with_name(f"{path.name}.{os.getpid()}")
    partial.write_text(text, encoding="utf-8")
    partial.replace(path)
