"""A SQL file task: its statements in order, GRANTs by the API, others by Spark.

A view of a whole table is noted beside the tables, without Spark.
"""

import re
import subprocess
import sys
import urllib.error
from pathlib import Path
from urllib.parse import quote

from runner import local_bundle, privileges
from runner.api import Workspace

_PART = r"`((?:[^`]|``)+)`"
_NAME = rf"{_PART}\.{_PART}\.{_PART}"
_VIEW = re.compile(
    rf"CREATE VIEW IF NOT EXISTS {_NAME}(?: COMMENT '[^']*')? AS SELECT \* FROM {_NAME}"
)
# What the API calls the kinds of securables that SQL calls otherwise
_SECURABLE = {
    "VIEW": "table",
    "MATERIALIZED VIEW": "table",
    "EXTERNAL LOCATION": "external_location",
}
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
        elif view := _VIEW.fullmatch(" ".join(statement.split())):
            _make_view(workspace, statement, view.groups())
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
        f"{_SECURABLE.get(wanted.kind, wanted.kind.lower())}/{'.'.join(wanted.name)}",
        {"changes": [{"principal": wanted.principal, "add": added}]},
    )


def _make_view(workspace: Workspace, statement: str, names: tuple[str, ...]) -> None:
    """Note a view of a table that exists. Raises StatementFailed where none does."""
    unquoted = [name.replace("``", "`") for name in names]
    view, table = unquoted[:3], unquoted[3:]
    if not _is_table(workspace, *table):
        raise StatementFailed(f"TABLE_OR_VIEW_NOT_FOUND: {'.'.join(table)}")
    file = _view(workspace, *view)
    file.parent.mkdir(exist_ok=True)
    file.write_text(statement, encoding="utf-8")


def _view(workspace: Workspace, catalog: str, schema: str, name: str) -> Path:
    return workspace.warehouse(catalog, schema) / "views" / f"{name}.sql"


def _is_table(workspace: Workspace, catalog: str, schema: str, table: str) -> bool:
    if table == "event_log":
        return (workspace.warehouse(catalog, schema) / table).is_dir()
    parts = [quote(part.lower(), safe="") for part in (catalog, schema, table)]
    # Beside those of its own schema, a pipeline may write tables of others.
    return any(
        warehouse.joinpath("tables", *parts).is_dir()
        for warehouse in (workspace.mirror / "Tables").glob("*")
    )


def _exists(workspace: Workspace, wanted: privileges.Grant) -> bool:
    name = ".".join(wanted.name)
    if wanted.kind == "VIEW":
        return _view(workspace, *wanted.name).is_file()
    if wanted.kind == "TABLE":
        return _is_table(workspace, *wanted.name)
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
