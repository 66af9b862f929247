"""A SQL file task: its statements in order, GRANTs by the API, others by Spark."""

import re
import subprocess
import sys
import urllib.error
from pathlib import Path

from runner import privileges
from runner.api import Workspace

_PARAMETER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class StatementFailed(Exception):
    """A statement was refused; the message says which and why."""


def run(workspace: Workspace, path: Path, parameters: dict[str, str]) -> list[str]:
    """Run a deployed SQL file; returns its statements as they were run."""
    done = []
    for statement in statements(path.read_text("utf-8"), parameters):
        if statement.upper().startswith("GRANT "):
            grant(workspace, statement)
        else:
            _query(workspace, path, statement)
        done.append(statement)
    return done


def statements(text: str, parameters: dict[str, str]) -> list[str]:
    """The statements of a SQL file, without comments, its parameters put in.

    Parameters are put in as text, as a SQL task does it. Raises StatementFailed for one
    that has no value.
    """

    def value(found: re.Match) -> str:
        if found[1] not in parameters:
            raise StatementFailed(f"parameter {found[1]} has no value")
        return parameters[found[1]]

    text = re.sub(r"^\s*--.*$", "", text, flags=re.MULTILINE)
    text = _PARAMETER.sub(value, text)
    return [s.strip() for s in text.split(";") if s.strip()]


def grant(workspace: Workspace, statement: str) -> None:
    """Carry out a GRANT. Raises StatementFailed where Unity Catalog would refuse it."""
    wanted = privileges.parse(statement)
    if wanted is None:
        raise StatementFailed(f"PARSE_SYNTAX_ERROR: {statement}")
    if wanted.invalid:
        raise StatementFailed(
            f"INVALID_PARAMETER_VALUE: {', '.join(wanted.invalid)} is no privilege of "
            f"a {wanted.kind}: {statement}"
        )
    if not _exists(workspace, wanted):
        name = ".".join(wanted.name)
        raise StatementFailed(f"{wanted.kind}_NOT_FOUND: {name}: {statement}")
    added = [p.replace(" ", "_") for p in wanted.privileges]
    workspace.patch(
        "/api/2.1/unity-catalog/permissions/"
        f"{wanted.kind.lower().replace(' ', '_')}/{'.'.join(wanted.name)}",
        {"changes": [{"principal": wanted.principal, "add": added}]},
    )


def _exists(workspace: Workspace, wanted: privileges.Grant) -> bool:
    name = ".".join(wanted.name)
    if wanted.kind == "TABLE":
        catalog, schema, table = wanted.name
        warehouse = workspace.warehouse(catalog, schema)
        return any((warehouse / f / table).is_dir() for f in ("tables", ""))
    if wanted.kind in ("SCHEMA", "VOLUME"):
        try:
            workspace.get(f"/api/2.1/unity-catalog/{wanted.kind.lower()}s/{name}")
        except urllib.error.HTTPError:
            return False
    return True


def _query(workspace: Workspace, path: Path, statement: str) -> None:
    bundle = workspace.bundle_of(path)
    spec = workspace.pipeline_of(bundle)
    warehouse = workspace.warehouse(spec["catalog"], spec["schema"])
    program = Path(__file__).with_name("statement.py")
    words = (sys.executable, program, bundle, warehouse, statement)
    done = subprocess.run(
        [*map(str, words)],
        env=workspace.environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise StatementFailed(done.stderr.strip().splitlines()[-1])
