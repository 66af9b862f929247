"""All SQL of a bundle, statement by statement, and what is wrong with it."""

import json
import re
import shutil
import tempfile
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import dashboards
from projects import SOURCE
from runner import privileges, sql_task

from cli import tool

# What the mustaches of a SQL task stand for, with characters that quotes are for.
PARAMETERS = {
    "catalog": "main-eu",
    "schema": "sales 2026",
    "bronze": "sales 2026 bronze",
    "silver": "sales 2026 silver",
    "gold": "sales 2026 gold",
    "run_as": "00000000-0000-0000-0000-000000000000",
    "readers": "o'brien & co",
    "operators": "data-engineers",
    "writers": "tester@example.com",
}


def statements(project: Path, bundle: dict) -> dict[str, str]:
    """Every statement by where it stands."""
    found = {}
    for path in sorted((project / "sql").rglob("*.sql")):
        text = path.read_text()
        for number, one in enumerate(sql_task.statements(text, PARAMETERS), 1):
            found[f"{path.relative_to(project)}, statement {number}"] = one
    for name, alert in bundle["resources"].get("alerts", {}).items():
        found[f"alert {name}"] = re.sub(
            r"\$\{[^}]*\}", "x", alert["query_text"]
        ).strip()
    for path in sorted((project / "dashboards").glob("*.lvdash.json")):
        try:
            dashboard = json.loads(path.read_text())
        except ValueError:
            continue
        for dataset in dashboard.get("datasets", []):
            where = f"{path.name}, dataset {dataset['name']}"
            found[where] = dashboards.query(dataset).strip()
    return found


def faults(project: Path, bundle: dict) -> Iterator[str]:
    found = statements(project, bundle)
    for where, statement in found.items():
        if statement.upper().startswith("GRANT"):
            grant = privileges.parse(statement)
            if grant is None:
                yield f"{where}: it is no GRANT that Unity Catalog knows"
            elif grant.invalid:
                kind = grant.kind
                yield f"{where}: {', '.join(grant.invalid)} is no privilege of a {kind}"
    yield from _lint(tuple(sorted(found.items())), SOURCE / ".sqlfluff")


@cache
def _lint(found: tuple[tuple[str, str], ...], config: Path) -> tuple[str, ...]:
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        shutil.copy(config, folder)
        for number, (_, statement) in enumerate(found):
            (folder / f"{number:03}.sql").write_text(f"{statement}\n")
        done = tool(
            *("sqlfluff", "sqlfluff", "lint", ".", "--format", "json"),
            *("--disable-progress-bar", "--nocolor"),
            cwd=folder,
        )
        if done.returncode not in (0, 1):
            raise AssertionError(done.stdout + done.stderr)
        reported = json.loads(done.stdout)
    return tuple(
        f"{found[int(Path(file['filepath']).stem)][0]}: "
        f"line {violation['start_line_no']}: {violation['description']}"
        for file in reported
        for violation in file["violations"]
    )
