"""A rendered bundle and its commands, run as its user would run them."""

import io
import os
import signal
import subprocess
import sys
import time
from contextlib import redirect_stderr, redirect_stdout
from pathlib import Path

from contract_tools import cli as contract_tools
from localrun import Pipeline
from localrun import cli as localrun


class Project:
    """The bundle in folder `root`, with landing and warehouse folders of the caller."""

    def __init__(self, root: Path, landing: Path | None = None):
        self.root = root
        self.landing = landing or root / ".local/landing"
        self.environment = {
            **os.environ,
            "PYTHONPATH": str(root / "vendor/localrun/src"),
        }

    def command(self, module: str, *arguments) -> list[str]:
        return [sys.executable, "-m", module, *map(str, arguments)]

    def call(self, module: str, *arguments) -> subprocess.CompletedProcess:
        return subprocess.run(
            self.command(module, *arguments),
            cwd=self.root,
            env=self.environment,
            capture_output=True,
            text=True,
        )

    def generate(self, *arguments) -> None:
        done = self.call("generator", "--landing", self.landing, *arguments)
        assert done.returncode == 0, done.stderr

    def localrun(self, command: str, *arguments) -> subprocess.CompletedProcess:
        """A command of localrun, in this process, whose Spark has started already."""
        return self._in_process(localrun.main, command, *arguments)

    def check(self) -> subprocess.CompletedProcess:
        """`make check`, in this process."""
        return self._in_process(contract_tools.main, "check")

    def _in_process(self, main, command: str, *arguments):
        line = [command, "--root", self.root, *arguments]
        with (
            redirect_stdout(io.StringIO()) as out,
            redirect_stderr(io.StringIO()) as err,
        ):
            code = main([*map(str, line)])
        return subprocess.CompletedProcess(line, code, out.getvalue(), err.getvalue())

    def run_and_kill(
        self, after: float, warehouse: Path, *arguments, with_java: bool
    ) -> bool:
        """SIGKILL a run so many seconds after it began. False if it had ended.

        Without its Python process, Java notices soon that it is alone, and ends.
        """
        logs = warehouse / "event_log"
        known = len(list(logs.glob("*")))
        line = ("run", "--landing", self.landing, "--warehouse", warehouse, *arguments)
        process = subprocess.Popen(
            self.command("localrun", *line),
            cwd=self.root,
            env=self.environment,
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
            start_new_session=True,
        )
        # It begins with an event log of its own, some seconds after the process.
        while process.poll() is None and len(list(logs.glob("*"))) == known:
            time.sleep(0.1)
        try:
            process.wait(after)
            return False
        except subprocess.TimeoutExpired:
            (os.killpg if with_java else os.kill)(process.pid, signal.SIGKILL)
            process.wait()
            return True

    def pipeline(self, warehouse: Path, **arguments) -> Pipeline:
        return Pipeline(self.root, warehouse, self.landing, **arguments)

    def rereading(self, warehouse: Path, *sources: str) -> Pipeline:
        """The pipeline where a full refresh may read these sources again."""
        return self.pipeline(warehouse, variables={"reread": ",".join(sources)})


# When a row was processed; and of what drift found, the one row that showed it first.
_BY_CHANCE = {"_ingested_at", "quarantined_at", "first_seen", "sample", "source_file"}


def contents(pipeline: Pipeline) -> dict[str, list[str]]:
    """All rows of all tables, without what another order of processing changes."""
    found = {}
    for name in pipeline.tables.names():
        df = pipeline.table(name)
        columns = sorted(set(df.columns) - _BY_CHANCE)
        rows = df.select(*[f"`{column}`" for column in columns]).collect()
        found[name] = sorted(map(repr, rows))
    return found


def versions(pipeline: Pipeline) -> dict[str, int]:
    return {name: pipeline.tables.version(name) for name in pipeline.tables.names()}


def errors(result) -> dict[str, str]:
    return {flow.target: flow.error for flow in result.flows.values() if flow.error}
