"""The fake workspace as its runner sees it: its API, and its files as they lie here."""

import json
import os
import urllib.request
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from versions import RUNTIME


@dataclass(frozen=True)
class Workspace:
    """`mirror` holds what lies under /Workspace and /Volumes, and tables in Tables/.

    `pipelines` are the specs of all pipelines, by id.
    """

    host: str
    token: str
    mirror: Path
    pipelines: dict[str, dict]

    def get(self, path: str) -> dict:
        return self._call("GET", path)

    def patch(self, path: str, body: dict) -> dict:
        return self._call("PATCH", path, body)

    def _call(self, method: str, path: str, body: dict | None = None) -> dict:
        """The parsed answer. Raises urllib.error.HTTPError for an error status."""
        request = urllib.request.Request(
            f"{self.host}{quote(path, safe='/?=&%')}",
            data=json.dumps(body).encode() if body is not None else None,
            headers={"Authorization": f"Bearer {self.token}"},
            method=method,
        )
        with urllib.request.urlopen(request) as answer:
            return json.loads(answer.read() or "{}")

    def local(self, text: str) -> str:
        """A path of the workspace as a path here; any other text as it is."""
        if text.startswith(("/Workspace/", "/Volumes/")):
            return f"{self.mirror}{text}"
        return text

    def environment(self) -> dict[str, str]:
        """For programs that import the laptop runtime, which is not deployed."""
        return {**os.environ, "PYTHONPATH": str(RUNTIME / "src")}

    def told(self, text: str) -> str:
        """What a program here printed, with the workspace's own paths in it."""
        return text.replace(str(self.mirror), "")

    def warehouse(self, catalog: str, schema: str) -> Path:
        return self.mirror / "Tables" / f"{catalog}.{schema}"

    def pipeline_of(self, job: dict) -> str:
        """The id of the pipeline that was deployed with a job of these settings.

        Raises FileNotFoundError where there is none.
        """
        for key, spec in self.pipelines.items():
            if job.get("deployment") and spec.get("deployment") == job["deployment"]:
                return key
        raise FileNotFoundError(f"no pipeline was deployed with the job {job['name']}")
