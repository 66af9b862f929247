"""A SQL file task: its statements in order, GRANTs by the API, others by Spark."""

import re
import subprocess
import sys
import urllib.error
from pathlib import Path
from urllib.parse import quote

from runner import local_bundle, privileges
from runner.api import Workspace

_PARAMETER = re.compile(r"\{\{\s*([\w.]+)\s*\}\}")


class StatementFailed(Exception):
    """A statement was refused; the message says which and why."""


def run(
    workspace: Workspace, job: dict, text: str, parameters: dict[str, str]
) -> list[str]:
    """Run the SQL of a job's task; returns its statements as they were run."""
    done = []
    for statement in statements(text, parameters):
        if statement.upper().startswith("GRANT "):
            grant(workspace, statement)
        else:
            _query(workspace, job, statement)
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
        if table == "event_log":
            return (workspace.warehouse(catalog, schema) / table).is_dir()
        parts = [quote(part.lower(), safe="") for part in wanted.name]
        # Beside those of its own schema, a pipeline may write tables of others.
        return any(
            warehouse.joinpath("tables", *parts).is_dir()
            for warehouse in (workspace.mirror / "Tables").glob("*")
        )
    if wanted.kind in ("SCHEMA", "VOLUME"):
        try:
            workspace.get(f"/api/2.1/unity-catalog/{wanted.kind.lower()}s/{name}")
        except urllib.error.HTTPError:
            return False
    return True


def _query(workspace: Workspace, job: dict, statement: str) -> None:
    pipeline = workspace.pipeline_of(job)
    root = local_bundle.write(workspace, pipeline)
    program = Path(__file__).with_name("statement.py")
    words = (sys.executable, program, root, pipeline, statement)
    done = subprocess.run(
        [*map(str, words)],
        env=workspace.environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise StatementFailed(done.stderr.strip().splitlines()[-1])
