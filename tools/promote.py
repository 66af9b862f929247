"""A promotion from the first deployment to production, in a workspace on loopback.

    python promote.py project --folder workspace

Deploys dev as a user, refreshes and validates it, does the same in production as a
service principal; then bad rows arrive in dev, validation fails, and nothing is
promoted. Every command is the real CLI's; pipelines and jobs run on real Spark.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path

from lookup import ToolError
from toolchain import find_cli
from workspace import FakeWorkspace


class Stopped(Exception):
    """A step failed, so that nothing after it is done; `printed` is what it said."""

    def __init__(self, message: str, printed: str = ""):
        super().__init__(message)
        self.printed = printed


class Promotion:
    """One project on its way through the targets of one workspace."""

    def __init__(self, project: Path, workspace: FakeWorkspace):
        self._project, self._workspace = project, workspace

    def promote(self, target: str) -> None:
        """What deploy.yml does for a target. Raises Stopped at the first failure."""
        self.step(target, "validate", "--strict")
        self.step(target, "deploy", *(["--auto-approve"] if target == "dev" else []))
        self.step(target, "run", "setup")
        if not self._has_data(target):
            self.step(target, "run", "generate")
        self.step(target, "run", "refresh")

    def deliver(self, target: str, source: str, lines: list[dict]) -> None:
        """Put a file of JSON lines into a source's folder of the landing volume."""
        path = self._project / ".local/delivery.json"
        path.parent.mkdir(exist_ok=True)
        path.write_text("".join(f"{json.dumps(line)}\n" for line in lines))
        to = f"dbfs:{self._landing(target)}/{source}/delivery.json"
        self._call(target, "fs", "cp", path.relative_to(self._project), to)

    def step(self, target: str, *command: str) -> None:
        self._call(target, "bundle", *command, "--target", target)

    def _has_data(self, target: str) -> bool:
        folder = self._workspace.mirror / self._landing(target).lstrip("/")
        return any(folder.glob("*/*"))

    def _landing(self, target: str) -> str:
        command = ["bundle", "summary", "--output", "json", "--target", target]
        summary = json.loads(
            self._workspace.databricks(
                *command, cwd=self._project, env=self._env(target)
            )
        )
        return summary["resources"]["volumes"]["landing"]["volume_path"]

    def _env(self, target: str) -> Mapping[str, str]:
        if target == "prod":
            return self._workspace.service_principal_env
        return self._workspace.env

    def _call(self, target: str, *command: object) -> None:
        words = [str(word) for word in command]
        print(f"\n$ databricks {' '.join(words)}", flush=True)
        with subprocess.Popen(
            [find_cli()[0], *words],
            cwd=self._project,
            env=self._env(target),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        ) as process:
            printed = []
            for line in process.stdout:
                print(line, end="", flush=True)
                printed.append(line)
        if process.returncode:
            raise Stopped(f"databricks {' '.join(words)} failed", "".join(printed))


# Stores without a name and with a region that does not exist.
BAD_STORES = [
    {"store_id": f"S9{i:03}", "name": None, "region": "nowhere", "opened_on": "never"}
    for i in range(60)
]


def demonstrate(project: Path, folder: Path) -> None:
    """The whole story. Raises Stopped where it does not go as it should."""
    shutil.rmtree(folder, ignore_errors=True)
    shutil.rmtree(project / ".databricks", ignore_errors=True)
    with FakeWorkspace(folder, runs=True) as workspace:
        promotion = Promotion(project, workspace)
        for target in ("dev", "prod"):
            _title(f"{target}: deploy, refresh, validate")
            promotion.promote(target)
        _title("dev: bad rows arrive")
        promotion.deliver("dev", "stores", BAD_STORES)
        before = len(workspace.requests())
        try:
            promotion.promote("dev")
        except Stopped as stopped:
            if "Task validation FAILED" not in stopped.printed:
                raise
            told = f"{stopped}: production stays as it is"
        else:
            raise Stopped("validation let bad rows through")
        done = workspace.requests()[before:]
        if any(request["identity"] == "service principal" for request in done):
            raise Stopped("production was touched")
        _title(told)


def _title(text: str) -> None:
    print(f"\n== {text}", flush=True)


def main() -> int:
    parser = argparse.ArgumentParser(description="Promote a retail project, offline.")
    parser.add_argument("project", type=Path, help="folder of the rendered bundle")
    parser.add_argument("--folder", type=Path, required=True, help="of the workspace")
    options = parser.parse_args()
    started = time.monotonic()
    try:
        demonstrate(options.project.absolute(), options.folder.absolute())
    except (Stopped, ToolError) as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    seconds = time.monotonic() - started
    print(f"\nPromoted, and stopped where it had to, in {seconds:.0f} s")
    return 0


if __name__ == "__main__":
    sys.exit(main())
