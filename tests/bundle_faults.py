"""What `bundle validate --strict`, plan and deploy let pass, and what fails later.

Each check takes a project and its bundle as `bundle validate --output json` resolves
it, and yields a sentence for each fault.
"""

import json
import re
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import dashboards
import sql_statements

CHANNELS = ("CURRENT", "PREVIEW")
# https://docs.databricks.com/aws/en/jobs/scheduled: Quartz, seconds first.
_MONTHS = "JAN|FEB|MAR|APR|MAY|JUN|JUL|AUG|SEP|OCT|NOV|DEC"
_DAYS = "SUN|MON|TUE|WED|THU|FRI|SAT"
# Of each field the least and the greatest number, its names, and what else it may be.
_FIELDS = (
    (0, 59, None, None),
    (0, 59, None, None),
    (0, 23, None, None),
    (1, 31, None, r"\?|L|LW|\d+W"),
    (1, 12, _MONTHS, None),
    (1, 7, _DAYS, rf"\?|L|([1-7]|{_DAYS})(L|#[1-5])"),
    (1970, 2199, None, None),
)


def find(project: Path, bundle: dict) -> list[str]:
    """All faults of a project that the CLI does not find."""
    return [fault for check in CHECKS for fault in check(project, bundle)]


def globs_match(project: Path, bundle: dict) -> Iterator[str]:
    root = bundle["workspace"]["file_path"]
    for name, pipeline in _resources(bundle, "pipelines"):
        for library in pipeline.get("libraries", []):
            include = library["glob"]["include"].removeprefix(f"{root}/")
            folder = include.removesuffix("/**")
            if not list((project / folder).glob("*.py")):
                yield f"pipeline {name}: {include} matches no file"


def pipelines_can_be_made(project: Path, bundle: dict) -> Iterator[str]:
    for name, pipeline in _resources(bundle, "pipelines"):
        if pipeline.get("channel") not in CHANNELS:
            yield f"pipeline {name}: there is no channel {pipeline.get('channel')}"
        for key in ("catalog", "schema"):
            if not pipeline.get(key):
                yield f"pipeline {name}: it has no {key}"
        if pipeline.get("serverless") and pipeline.get("clusters"):
            yield f"pipeline {name}: it is serverless and has clusters"


def tasks_refer_to_what_is_there(project: Path, bundle: dict) -> Iterator[str]:
    for name, job in _resources(bundle, "jobs"):
        tasks = {task["task_key"]: task for task in job["tasks"]}
        environments = {e["environment_key"] for e in job.get("environments", [])}
        for task in job["tasks"]:
            where = f"job {name}, task {task['task_key']}"
            for needed in task.get("depends_on", []):
                if fault := _dependency(needed, tasks):
                    yield f"{where}: it depends on {fault}"
            environment = task.get("environment_key")
            if environment and environment not in environments:
                yield f"{where}: there is no environment {environment}"


def _dependency(needed: dict, tasks: dict[str, dict]) -> str | None:
    key, outcome = needed["task_key"], needed.get("outcome")
    if key not in tasks:
        return f"{key}, which is no task"
    if "condition_task" not in tasks[key]:
        return outcome and f"an outcome of {key}, which is no condition"
    return None if outcome else f"the condition {key} without an outcome"


def schedules_are_quartz(project: Path, bundle: dict) -> Iterator[str]:
    for kind in ("jobs", "alerts"):
        for name, resource in _resources(bundle, kind):
            cron = (resource.get("schedule") or {}).get("quartz_cron_expression")
            cron = cron or (resource.get("schedule") or {}).get("quartz_cron_schedule")
            if cron and not is_quartz(cron):
                yield f"{kind} {name}: {cron} is no Quartz schedule"


def dashboards_are_whole(project: Path, bundle: dict) -> Iterator[str]:
    for path in sorted((project / "dashboards").glob("*.lvdash.json")):
        try:
            dashboard = json.loads(path.read_text())
        except ValueError as error:
            yield f"{path.name}: {error}"
            continue
        yield from (f"{path.name}: {fault}" for fault in dashboards.faults(dashboard))


def sql_is_sound(project: Path, bundle: dict) -> Iterator[str]:
    yield from sql_statements.faults(project, bundle)


def yaml_has_no_key_twice(project: Path, bundle: dict) -> Iterator[str]:
    command = [sys.executable, "-m", "yamllint", "--format", "parsable"]
    rules = "{rules: {key-duplicates: enable}}"
    paths = [project / "databricks.yml", project / "resources"]
    done = subprocess.run(
        [*command, "-d", rules, *map(str, paths)], capture_output=True, text=True
    )
    yield from done.stdout.splitlines()


CHECKS: tuple[Callable[[Path, dict], Iterator[str]], ...] = (
    globs_match,
    pipelines_can_be_made,
    tasks_refer_to_what_is_there,
    schedules_are_quartz,
    dashboards_are_whole,
    sql_is_sound,
    yaml_has_no_key_twice,
)


def _resources(bundle: dict, kind: str):
    return bundle["resources"].get(kind, {}).items()


def is_quartz(cron: str) -> bool:
    """Six or seven fields; day of month or day of week is `?`, never both."""
    fields = cron.split(" ")
    if not 6 <= len(fields) <= 7 or (fields[3] == "?") == (fields[5] == "?"):
        return False
    return all(map(_is_field, fields, _FIELDS))


def _is_field(text: str, kind: tuple[int, int, str | None, str | None]) -> bool:
    least, greatest, names, special = kind
    if special and re.fullmatch(special, text):
        return True
    value = rf"(\d+|{names})" if names else r"\d+"
    parts = [rf"(\*|{value}(-{value})?)(/\d+)?" for _ in text.split(",")]
    numbers = re.findall(r"(?<!/)\b\d+", text)
    return bool(re.fullmatch(",".join(parts), text)) and all(
        least <= int(number) <= greatest for number in numbers
    )
