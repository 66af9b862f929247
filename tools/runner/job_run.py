"""A job run: its tasks in order, each for real.

A pipeline task is an update by the laptop runtime, a SQL task runs the statements of
its file, a Python task runs its deployed file with the packages of its environment.
Retries and timeouts are those of a workspace, not of this one.
"""

import json
import subprocess
import sys
import time
from pathlib import Path

from pypi import find_uv
from runner import local_bundle, pipeline_update, sql_task
from runner.api import Workspace


class TaskFailed(Exception):
    """A task failed: the message is its error, `logs` what it printed."""

    def __init__(self, message: str, logs: str = ""):
        super().__init__(message)
        self.logs = logs


def run(workspace: Workspace, job_id: str) -> None:
    """Run a job's tasks and tell standard output how each of them ends."""
    job = workspace.get(f"/api/2.2/jobs/get?job_id={job_id}")["settings"]
    outcomes: dict[str, str] = {}
    waiting = {task["task_key"]: task for task in job["tasks"]}
    while waiting:
        ready = [
            task
            for task in waiting.values()
            if all(d["task_key"] not in waiting for d in task.get("depends_on", []))
        ]
        if not ready:
            for key in waiting:
                _tell(key, "INTERNAL_ERROR", "FAILED", error="its tasks form a cycle")
            return
        for task in ready:
            key = task["task_key"]
            outcomes[key] = _settle(workspace, job, task, outcomes)
            del waiting[key]


def _settle(workspace: Workspace, job: dict, task: dict, outcomes: dict) -> str:
    """Run or skip a task; returns its result, or "true" or "false" of a condition."""
    key = task["task_key"]
    if skipped := skipped_as(task, outcomes):
        _tell(key, "SKIPPED", skipped)
        return skipped
    _tell(key, "RUNNING")
    try:
        logs, outcome = _run(workspace, job, task)
    except (TaskFailed, OSError) as failed:
        printed = getattr(failed, "logs", "")
        error, logs = workspace.told(str(failed)), workspace.told(printed)
        _tell(key, "TERMINATED", "FAILED", error=error, logs=logs)
        return "FAILED"
    _tell(key, "TERMINATED", "SUCCESS", logs=workspace.told(logs))
    return outcome


def skipped_as(task: dict, outcomes: dict[str, str]) -> str:
    """The result of a task that is not run; empty for one that is."""
    needed = task.get("depends_on", [])
    # A workspace takes no job with a task that depends on none.
    found = [outcomes.get(n["task_key"], "FAILED") for n in needed]
    if task.get("run_if") == "ALL_DONE":
        return ""
    failed = {"FAILED", "UPSTREAM_FAILED"} & set(found)
    left_out = [
        one == "EXCLUDED" or (one not in failed and one != n.get("outcome", one))
        for n, one in zip(needed, found, strict=True)
    ]
    ended_well = [
        one
        for one, left in zip(found, left_out, strict=True)
        if not left and one not in failed
    ]
    if task.get("run_if") == "AT_LEAST_ONE_SUCCESS" and ended_well:
        return ""
    if failed:
        return "UPSTREAM_FAILED"
    if task.get("run_if") == "NONE_FAILED":
        return "EXCLUDED" if left_out and all(left_out) else ""
    one_is_enough = task.get("run_if") == "AT_LEAST_ONE_SUCCESS"
    return "EXCLUDED" if one_is_enough or any(left_out) else ""


def _run(workspace: Workspace, job: dict, task: dict) -> tuple[str, str]:
    if condition := task.get("condition_task"):
        return "", _condition(condition)
    if pipeline := task.get("pipeline_task"):
        return _pipeline(workspace, pipeline), "SUCCESS"
    if sql := task.get("sql_task"):
        return _sql(workspace, job, sql), "SUCCESS"
    if python := task.get("spark_python_task"):
        return _python(workspace, job, task, python), "SUCCESS"
    raise TaskFailed("this workspace runs no task of that kind")


def _condition(task: dict) -> str:
    equal = task["left"] == task["right"]
    known = {"EQUAL_TO": equal, "NOT_EQUAL": not equal}
    if task["op"] not in known:
        raise TaskFailed(f"this workspace knows no operator {task['op']}")
    return "true" if known[task["op"]] else "false"


def _pipeline(workspace: Workspace, task: dict) -> str:
    arguments = pipeline_update.arguments_of(task)
    done = pipeline_update.update(
        workspace, task["pipeline_id"], arguments, lambda _: None
    )
    if done.returncode:
        raise TaskFailed(_last_sentence(done), done.stdout)
    return done.stdout


def _sql(workspace: Workspace, job: dict, task: dict) -> str:
    warehouse = task["warehouse_id"]
    known = workspace.get("/api/2.0/sql/warehouses").get("warehouses", [])
    if warehouse not in [w["id"] for w in known]:
        raise TaskFailed(f"there is no SQL warehouse {warehouse}")
    path = Path(workspace.local(task["file"]["path"]))
    text = path.read_text(encoding="utf-8")
    try:
        done = sql_task.run(workspace, job, text, task.get("parameters") or {})
    except sql_task.StatementFailed as failed:
        raise TaskFailed(str(failed)) from failed
    return "\n".join(done)


def _python(workspace: Workspace, job: dict, task: dict, python: dict) -> str:
    environments = {
        e["environment_key"]: e["spec"] for e in job.get("environments", [])
    }
    key = task.get("environment_key")
    if key not in environments:
        raise TaskFailed(f"the job has no environment {key}")
    file = Path(workspace.local(python["python_file"]))
    pipeline = workspace.pipeline_of(job)
    # The job's packages beside those of this Python, which stand for Databricks' own.
    command = [find_uv()[0], "run", "--quiet", "--no-project"]
    command += ["--python", sys.executable]
    for package in environments[key].get("dependencies", []):
        command += ["--with", package]
    command += ["python", "-m", "localrun", "script", "--pipeline", pipeline]
    command += ["--root", local_bundle.write(workspace, pipeline), file, "--"]
    command += [workspace.local(value) for value in python.get("parameters", [])]
    done = subprocess.run(
        [*map(str, command)],
        cwd=workspace.mirror,
        env=workspace.environment(),
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise TaskFailed(_last_sentence(done), done.stdout)
    return done.stdout


def _last_sentence(done: subprocess.CompletedProcess) -> str:
    lines = (done.stderr.strip() or done.stdout.strip()).splitlines()
    failures = [line for line in lines if line.startswith("FAILED ")]
    return "\n".join(failures or lines[-1:])


def _tell(
    task: str, life_cycle: str, result: str = "", error: str = "", logs: str = ""
):
    state = {"life_cycle_state": life_cycle}
    if result:
        state["result_state"] = result
    if error:
        state["state_message"] = "Workload failed, see run output for details"
    news = {"task": task, "state": state, "time": int(time.time() * 1000)}
    if result:
        news["output"] = {"logs": logs, "error": error}
    print(json.dumps(news), flush=True)
