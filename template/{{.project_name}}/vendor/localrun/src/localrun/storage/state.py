"""What an update leaves on disk for the next one, beside the tables themselves.

A flow has one folder with its checkpoint, its events or its last snapshot (AUTO CDC),
the columns that it inferred and a record of what it last ran on. A full refresh is
written down before it changes anything, so that a run that is killed half-way through
one is finished by the next: data is lost or doubled at no point.
"""

import json
import os
import shutil
import uuid
from dataclasses import dataclass
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


@dataclass(frozen=True)
class FlowState:
    """The folder of one flow into one table."""

    folder: Path
    flow: str
    target: str

    @property
    def checkpoint(self) -> str:
        return str(self.folder / "checkpoint")

    @property
    def events(self) -> str:
        return str(self.folder / "events")

    @property
    def inferred(self) -> Path:
        return self.folder / "inferred"

    @property
    def told(self) -> Path:
        """Keeps which changes of its files a user was told of."""
        return self.folder / "told.json"

    @property
    def snapshot(self) -> str:
        return str(self.folder / "snapshot")

    def latest(self) -> str | None:
        """The version of the last snapshot that was applied, as it was remembered."""
        found = read_json(self.folder / "latest.json").get("version")
        return None if found is None else str(found)

    def remember_latest(self, version: str) -> None:
        write_atomically(self.folder / "latest.json", json.dumps({"version": version}))

    def record(self) -> dict[str, Any]:
        """What the flow last ran on; empty when it never finished."""
        return read_json(self.folder / "record.json")

    def remember(self, record: dict[str, Any]) -> None:
        write_atomically(self.folder / "record.json", json.dumps(record))

    def start(self) -> str:
        """An identity of the flow's writes that no reset flow of that name had."""
        path = self.folder / "identity.json"
        if not path.exists():
            identity = {"id": uuid.uuid4().hex, "flow": self.flow, "table": self.target}
            write_atomically(path, json.dumps(identity))
        return str(read_json(path)["id"])


class State:
    """The state of the flows and tables of one warehouse, by the names of a pipeline.

    A flow belongs to the table that it writes: the same flow into the table of another
    schema, for another target of the bundle, is another one.
    """

    def __init__(self, warehouse: Path, names: Names):
        self.folder = warehouse / "_state"
        self._flows = self.folder / "flows"
        self._resets = self.folder / "resets"
        self._tables = self.folder / "tables"
        self._made = self.folder / "made"
        self._names = names

    def flow(self, name: str, target: str) -> FlowState:
        """The state of the flow of that name into the table `target`."""
        table = self.key(target)
        # A flow that was not named has the name of its table, which is short or not
        # depending on the pipeline's schema.
        folder = "_" if name == target else quote(name, safe="")
        return FlowState(self._flows / table / folder, name, table)

    def forget(self, target: str) -> None:
        """Forget what all flows into a table have read, which is not there any more."""
        shutil.rmtree(self._flows / self.key(target), ignore_errors=True)

    def events(self, target: str) -> list[str]:
        """Where all flows into a table keep their events (AUTO CDC).

        Those of a flow that is not defined any more are among them.
        """
        return sorted(map(str, (self._flows / self.key(target)).glob("*/events")))

    def started(self) -> list[FlowState]:
        """Every flow that ever started here; targets are keys of tables."""
        found = []
        for path in sorted(self._flows.glob("*/*/identity.json")):
            identity = read_json(path)
            found.append(FlowState(path.parent, identity["flow"], identity["table"]))
        return found

    # -- full refresh

    def begin_reset(self, tables: set[str]) -> None:
        """Note which tables start over, then forget what their flows have read."""
        for table in tables:
            write_atomically(self._reset(table), table)
        self.forget_flows()

    def forget_flows(self) -> None:
        """Also at the start of an update: it ends what a killed one has begun."""
        for flow in self.started():
            if (self._resets / flow.target).exists():
                shutil.rmtree(flow.folder)

    def is_resetting(self, table: str) -> bool:
        return self._reset(table).exists()

    def end_reset(self, table: str) -> None:
        self._reset(table).unlink(missing_ok=True)

    def _reset(self, table: str) -> Path:
        return self._resets / self.key(table)

    # -- what is known of tables

    def table(self, table: str) -> dict[str, Any]:
        return read_json(self._tables / f"{self.key(table)}.json")

    def remember_table(self, table: str, facts: dict[str, Any]) -> None:
        write_atomically(self._tables / f"{self.key(table)}.json", json.dumps(facts))

    def made(self, table: str) -> dict[str, Any]:
        """What the rows of a table were made by (see `engine.outdated`)."""
        return read_json(self._made / f"{self.key(table)}.json")

    def remember_made(self, table: str, record: dict[str, Any]) -> None:
        if record != self.made(table):
            path = self._made / f"{self.key(table)}.json"
            write_atomically(path, json.dumps(record))

    def key(self, table: str) -> str:
        """The table's full name, as the name of a file."""
        return quote(".".join(self._names.full(table)), safe="")
