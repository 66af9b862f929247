"""A pipeline update by the laptop runtime, on the deployed files of a bundle.

What it writes into its event log is passed on as it is written, as the events that
`databricks bundle run` prints.
"""

import json
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from datetime import datetime, timezone
from pathlib import Path

from runner.api import Workspace


def run(workspace: Workspace, pipeline_id: str, update_id: str, request: dict) -> None:
    """Run an update and tell standard output of its events and its state."""
    spec = workspace.pipelines[pipeline_id]
    clock = _Clock()

    def tell(event: dict) -> None:
        origin = {**event["origin"], "update_id": update_id, "pipeline_id": pipeline_id}
        event = {**event, "origin": origin, "timestamp": clock.next()}
        print(workspace.told(json.dumps({"event": event})), flush=True)

    print(json.dumps({"state": "RUNNING"}), flush=True)
    done = update(workspace, spec, arguments_of(request), tell)
    if done.returncode == 2:  # nothing began: the event log says nothing
        sentence = done.stderr.strip()
        tell(_failed(spec["name"], f"Update {update_id} is FAILED.", sentence))
    state = "COMPLETED" if done.returncode == 0 else "FAILED"
    print(json.dumps({"state": state}), flush=True)


def update(
    workspace: Workspace, spec: dict, arguments: list[str], tell: Callable[[dict], None]
) -> subprocess.CompletedProcess:
    """`localrun run` as the spec says; `tell` gets each event of its log."""
    root = Path(workspace.local(spec["root_path"])).parent
    warehouse = workspace.warehouse(spec["catalog"], spec["schema"])
    configuration = spec.get("configuration") or {}
    landing = workspace.local(configuration.get("pipeline.landing", ""))
    command = [sys.executable, "-m", "localrun.cli", "run", "--root", root]
    command += ["--warehouse", warehouse, "--landing", landing]
    for key, value in configuration.items():
        command += ["--conf", f"{key}={workspace.local(value)}"]
    with _Tail(warehouse / "event_log", tell):
        return subprocess.run(
            [*map(str, command), *arguments],
            env=workspace.environment(),
            capture_output=True,
            text=True,
        )


def arguments_of(request: dict) -> list[str]:
    """The body of a request for an update as arguments of `localrun run`."""
    if request.get("validate_only"):
        return ["--validate-only"]
    arguments = []
    if request.get("full_refresh"):
        arguments.append("--full-refresh")
    if names := request.get("full_refresh_selection"):
        arguments += ["--full-refresh", *names]
    if names := request.get("refresh_selection"):
        arguments += ["--refresh", *names]
    return arguments


def _failed(pipeline: str, message: str, sentence: str) -> dict:
    return {
        "event_type": "update_progress",
        "level": "ERROR",
        "message": message,
        "origin": {"pipeline_name": pipeline},
        "error": {"fatal": True, "exceptions": [{"message": sentence}]},
    }


class _Clock:
    """Times, each later than the last: the CLI asks for events after a time."""

    def __init__(self):
        self._last = ""

    def next(self) -> str:
        now = self._last
        while now <= self._last:
            moment = datetime.now(timezone.utc)
            now = moment.strftime("%Y-%m-%dT%H:%M:%S.%fZ")
        self._last = now
        return now


class _Tail:
    """Follows the one event log that a run adds to a folder."""

    def __init__(self, folder: Path, tell: Callable[[dict], None]):
        self._folder, self._tell = folder, tell
        self._before = set(folder.glob("*.jsonl"))
        self._ended = threading.Event()
        self._thread = threading.Thread(target=self._follow)

    def __enter__(self):
        self._thread.start()

    def __exit__(self, *_):
        self._ended.set()
        self._thread.join()

    def _follow(self) -> None:
        for line in self._lines():
            event = json.loads(line)
            event.pop("details", None)
            event.pop("sequence", None)
            self._tell(event)

    def _lines(self) -> Iterator[str]:
        position, path = 0, None
        while True:
            last = self._ended.wait(0.2)
            path = path or next(
                iter(set(self._folder.glob("*.jsonl")) - self._before), None
            )
            if path:
                with path.open(encoding="utf-8") as log:
                    log.seek(position)
                    while (line := log.readline()).endswith("\n"):
                        position = log.tell()
                        yield line
            if last:
                return
