"""A Databricks workspace for one test: the CLI's own fake, on loopback, up in 10 ms."""

import json
import subprocess
import urllib.request
from pathlib import Path

import cli
from render import isolated_environment
from toolchain import fake_workspace

_USER, _SERVICE_PRINCIPAL = "dbapi0template", "dbapi1template"


class FakeWorkspace:
    """A context manager; all it keeps lies in `folder`.

    Raises AssertionError at its end when a client called an endpoint that the fake does
    not have, so that a test never passes on an answer that no workspace would give.
    """

    url: str

    def __init__(self, folder: Path):
        self.folder = folder
        self._log = folder / "requests.jsonl"
        self._errors = folder / "errors.txt"

    def __enter__(self) -> "FakeWorkspace":
        self.folder.mkdir(parents=True, exist_ok=True)
        self._process = subprocess.Popen(
            [fake_workspace(), "-stdin", "-log", self._log],
            # Its end of input is ours: a killed test leaves no server behind.
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._errors.open("w"),
            text=True,
        )
        self.url = self._process.stdout.readline().strip()
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

    def databricks(self, *arguments, cwd: Path, exit_code: int = 0) -> str:
        """Runs the CLI as the user; see `cli.databricks`."""
        return cli.databricks(*arguments, cwd=cwd, env=self.env, exit_code=exit_code)

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
        request = urllib.request.Request(
            f"{self.url}/__testserver/fault",
            data=json.dumps(rule).encode(),
            headers={"Authorization": f"Bearer {_USER}"},
        )
        urllib.request.urlopen(request).close()
