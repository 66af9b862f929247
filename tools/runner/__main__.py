"""Runs what the fake workspace is asked to run: one pipeline update or one job run.

    python tools/runner < task.json

The task, and how this tells what becomes of it, are defined in
`tools/fakeworkspace/runner.go`.
"""

import json
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent.parent))

from runner import job_run, pipeline_update
from runner.api import Workspace


def main() -> None:
    task = json.load(sys.stdin)
    mirror = Path(task["mirror"]).absolute()
    workspace = Workspace(task["host"], task["token"], mirror, task["pipelines"])
    if task["kind"] == "update":
        pipeline_update.run(workspace, task["id"], task["run"], task["request"])
    else:
        job_run.run(workspace, task["id"])


if __name__ == "__main__":
    main()
