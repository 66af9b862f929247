"""What an update leaves on disk for the next one, beside the tables themselves.

A flow has one folder with its checkpoint, its events (AUTO CDC), the columns that it
inferred and a record of what it last ran on. A full refresh is written down before it
changes anything, so that a run that is killed half-way through one is finished by the
next: data is lost or doubled at no point.
"""

import json
import os
import shutil
import uuid
from pathlib import Path
from typing import Any
from urllib.parse import quote

from localrun.storage.names import Names


def write_atomically(path: Path, content: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    scratch = path.with_name(f".{path.name}.{os.getpid()}.{uuid.uuid4().hex[:8]}")
    scratch.write_text(content, encoding="utf-8")
    os.replace(scratch, path)


def read_json(path: Path) -> dict[str, Any]:
    try:
        return dict(json.loads(path.read_text(encoding="utf-8")))
    except FileNotFoundError:
        return {}


class State:
    """What is kept of one pipeline in a warehouse, and of the tables of them all."""

    def __init__(self, warehouse: Path, pipeline: str, names: Names):
        state = warehouse / "_state"
        self.folder = state / "pipelines" / quote(pipeline, safe="")
        self._flows = self.folder / "flows"
        self._resets = state / "resets"
        self._tables = state / "tables"
        self._names = names

    # -- one flow

    def of_flow(self, flow: str) -> Path:
        return self._flows / quote(flow, safe="")

    def checkpoint(self, flow: str) -> Path:
        return self.of_flow(flow) / "checkpoint"

    def events(self, flow: str) -> Path:
        return self.of_flow(flow) / "events"

    def inferred(self, flow: str) -> Path:
        return self.of_flow(flow) / "inferred"

    def record(self, flow: str) -> dict[str, Any]:
        """What the flow last ran on; empty when it never finished."""
        return read_json(self.of_flow(flow) / "record.json")

    def remember(self, flow: str, record: dict[str, Any]) -> None:
        write_atomically(self.of_flow(flow) / "record.json", json.dumps(record))

    def start(self, flow: str, target: str) -> str:
        """An identity of the flow's writes that no reset flow of that name had."""
        path = self.of_flow(flow) / "identity.json"
        if not path.exists():
            identity = {"id": uuid.uuid4().hex, "flow": flow, "target": target}
            write_atomically(path, json.dumps(identity))
        return str(read_json(path)["id"])

    def started(self) -> dict[str, dict[str, Any]]:
        """Every flow that ever started here, with its target and last record."""
        found: dict[str, dict[str, Any]] = {}
        for path in sorted(self._flows.glob("*/identity.json")):
            identity = read_json(path)
            found[identity["flow"]] = {**identity, **self.record(identity["flow"])}
        return found

    # -- full refresh

    def begin_reset(self, tables: set[str]) -> None:
        """Note which tables start over, then forget what their flows have read."""
        for table in tables:
            write_atomically(self._reset(table), table)
        self.forget_flows()

    def forget_flows(self) -> None:
        """Also at the start of an update: it ends what a killed one has begun."""
        for flow, identity in self.started().items():
            if self.is_resetting(identity["target"]):
                shutil.rmtree(self.of_flow(flow))

    def is_resetting(self, table: str) -> bool:
        return self._reset(table).exists()

    def end_reset(self, table: str) -> None:
        self._reset(table).unlink(missing_ok=True)

    def _reset(self, table: str) -> Path:
        return self._resets / self._key(table)

    # -- what is known of tables

    def table(self, table: str) -> dict[str, Any]:
        return read_json(self._tables / f"{self._key(table)}.json")

    def remember_table(self, table: str, facts: dict[str, Any]) -> None:
        write_atomically(self._tables / f"{self._key(table)}.json", json.dumps(facts))

    def _key(self, table: str) -> str:
        return quote(".".join(self._names.full(table)), safe="")
