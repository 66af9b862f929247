"""A pipeline update by the laptop runtime, on the deployed files of a pipeline.

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

from runner import local_bundle
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
    done = update(workspace, pipeline_id, arguments_of(request), tell)
    if done.returncode == 2:  # nothing began: the event log says nothing
        sentence = done.stderr.strip()
        tell(_failed(spec["name"], f"Update {update_id} is FAILED.", sentence))
    state = "COMPLETED" if done.returncode == 0 else "FAILED"
    print(json.dumps({"state": state}), flush=True)


def update(
    workspace: Workspace,
    pipeline_id: str,
    arguments: list[str],
    tell: Callable[[dict], None],
) -> subprocess.CompletedProcess:
    """A command of `localrun` on a pipeline; `tell` gets each event of its log."""
    root = local_bundle.write(workspace, pipeline_id)
    command, *options = arguments
    words = [sys.executable, "-m", "localrun", command, pipeline_id, "--root", root]
    with _Tail(root / "event_log", tell):
        return subprocess.run(
            [*map(str, words), *options],
            env=workspace.environment(),
            capture_output=True,
            text=True,
        )


def arguments_of(request: dict) -> list[str]:
    """The body of a request for an update as a command of `localrun`, with options."""
    if request.get("validate_only"):
        return ["dry-run"]
    arguments = ["run"]
    if request.get("full_refresh"):
        arguments.append("--full-refresh-all")
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
