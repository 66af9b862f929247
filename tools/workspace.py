"""A Databricks workspace on loopback: the CLI's own fake, up in 10 ms.

    python workspace.py project --folder workspace

starts one that runs pipelines and jobs for real, and prints how to use it.
"""

import argparse
import json
import shutil
import signal
import subprocess
import sys
import urllib.request
from pathlib import Path

from lookup import ToolError
from render import isolated_environment
from toolchain import fake_workspace, find_cli
from versions import ROOT

# Every new workspace has one of this name.
WAREHOUSE = "Serverless Starter Warehouse"
# A way to log in, a profile or a variable that the shell has for another workspace.
_WITHOUT_OTHERS = (
    "unset DATABRICKS_TOKEN $(env | grep -oE '^(DATABRICKS|BUNDLE_VAR|ARM)_\\w+')\n"
)
_USER, _SERVICE_PRINCIPAL = "dbapi0template", "dbapi1template"


class FakeWorkspace:
    """A context manager; all it keeps lies in `folder`.

    With `runs`, pipeline updates and job runs are carried out, by `tools/runner`: files
    and tables lie in `mirror` then. Without, they end well at once and do nothing.

    Raises AssertionError at its end when a client called an endpoint that the fake does
    not have, so that a test never passes on an answer that no workspace would give.
    """

    url: str

    def __init__(self, folder: Path, runs: bool = False):
        self.folder = folder
        self.mirror = folder / "mirror"
        self._runs = runs
        self._log = folder / "requests.jsonl"
        self._errors = folder / "errors.txt"

    def __enter__(self) -> "FakeWorkspace":
        self.folder.mkdir(parents=True, exist_ok=True)
        command = [fake_workspace(), "-stdin", "-log", self._log]
        if self._runs:
            command += ["-mirror", self.mirror, "--", sys.executable]
            command += [ROOT / "tools/runner"]
        else:
            command += ["--", "true"]
        self._process = subprocess.Popen(
            command,
            # Its end of input is ours: a killed test leaves no server behind.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors.open("w"),
            text=True,
        )
        self.url = self._process.stdout.readline().strip()
        self.call("POST", "/api/2.0/sql/warehouses", {"name": WAREHOUSE})
        return self

    def __exit__(self, kind, *_) -> None:
        self._process.terminate()
        self._process.communicate()
        if kind is None:
            assert self._process.returncode == 0, self._errors.read_text()

    @property
    def env(self) -> dict[str, str]:
        """Of a user, tester@databricks.com, with a home of their own."""
        return isolated_environment(self.folder / "home", self.url, _USER)

    @property
    def service_principal_env(self) -> dict[str, str]:
        """Of a service principal in the same workspace."""
        home = self.folder / "service_principal"
        return isolated_environment(home, self.url, _SERVICE_PRINCIPAL)

    def databricks(
        self, *arguments, cwd: Path, exit_code: int = 0, env: dict | None = None
    ) -> str:
        """Standard output of the CLI; of a command that must fail, standard error.

        As the user, unless `env` is another's. Raises AssertionError, with all that it
        printed, where the exit code is another.
        """
        result = subprocess.run(
            [find_cli()[0], *map(str, arguments)],
            cwd=cwd,
            env=env or self.env,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
        )
        assert result.returncode == exit_code, result.stdout + result.stderr
        return result.stderr if exit_code else result.stdout

    def requests(self, method: str = "", path: str = "") -> list[dict]:
        """The requests so far, oldest first, of this method and below this path.

        Each with method, path, query, identity ("user" or "service principal"), body
        (JSON parsed) and the status of the answer.
        """
        records = map(json.loads, self._log.read_text().splitlines())
        return [
            record
            for record in records
            if record["method"].startswith(method) and record["path"].startswith(path)
        ]

    def fail(self, pattern: str, status: int, message: str, times: int = 1) -> None:
        """The next calls of the user, such as `PUT /api/2.0/pipelines/*`, fail so.

        Not with 429 or 503: the CLI repeats those for minutes.
        """
        body = json.dumps({"error_code": "INJECTED", "message": message})
        rule = {"pattern": pattern, "status_code": status, "body": body, "times": times}
        self.call("POST", "/__testserver/fault", rule)

    def call(self, method: str, path: str, body: dict | None = None) -> dict:
        """The API itself, as the user. Raises urllib.error.HTTPError."""
        request = urllib.request.Request(
            f"{self.url}{path}",
            data=None if body is None else json.dumps(body).encode(),
            headers={"Authorization": f"Bearer {_USER}"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "{}")


def serve(folder: Path, project: Path) -> None:
    """Keep a workspace until Ctrl-C; `project` is what its user is told to deploy."""
    shutil.rmtree(folder, ignore_errors=True)
    # What the CLI remembers is of an earlier workspace, which is gone.
    shutil.rmtree(project / ".databricks", ignore_errors=True)
    with FakeWorkspace(folder, runs=True) as workspace:
        settings = {
            "DATABRICKS_HOST": workspace.url,
            "DATABRICKS_TOKEN": _USER,
            # Not the developer's own: their profiles stay out of this.
            "DATABRICKS_CONFIG_FILE": str(folder / "databrickscfg"),
            "PATH": f"{ROOT / 'bin'}:$PATH",
            "PROFILE": "",
        }
        lines = [f'export {name}="{value}"\n' for name, value in settings.items()]
        (folder / "env").write_text(_WITHOUT_OTHERS + "".join(lines))
        print(
            f"A workspace answers at {workspace.url} until Ctrl-C. Its pipelines\n"
            "and jobs run here, on real Spark and Delta. In another terminal:\n\n"
            f"  . {_short(folder / 'env')}\n"
            f"  cd {_short(project)}\n"
            "  databricks bundle deploy -t dev\n"
            "  databricks bundle run setup -t dev\n"
            "  databricks bundle run generate -t dev\n"
            "  databricks bundle run refresh -t dev\n\n"
            f"Files and tables lie in {_short(workspace.mirror)}.",
            flush=True,
        )
        signal.signal(signal.SIGTERM, signal.default_int_handler)
        try:
            signal.pause()
        except KeyboardInterrupt:
            print("\nThe workspace is gone.")


def _short(path: Path) -> Path:
    return path.relative_to(Path.cwd()) if path.is_relative_to(Path.cwd()) else path


def main() -> int:
    parser = argparse.ArgumentParser(description="A workspace on this machine.")
    parser.add_argument("project", type=Path, help="folder of the rendered bundle")
    parser.add_argument("--folder", type=Path, required=True, help="of the workspace")
    options = parser.parse_args()
    try:
        serve(options.folder.absolute(), options.project.absolute())
    except ToolError as error:
        print(f"Error: {error}", file=sys.stderr)
        return 1
    return 0


if __name__ == "__main__":
    sys.exit(main())
