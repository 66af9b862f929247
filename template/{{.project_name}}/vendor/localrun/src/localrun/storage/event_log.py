"""The event log, in the shape of the managed one, so that the same SQL reads both.

Follows https://docs.databricks.com/aws/en/ldp/monitor-event-logs. One JSON-lines file
an update; `details` is a JSON text there as here.
"""

import json
import os
import threading
import uuid
from datetime import datetime, timezone
from pathlib import Path
from typing import Any

from pyspark.sql import DataFrame, SparkSession

from localrun.engine.listener import Listener
from localrun.engine.results import FlowResult, Outcome, UpdateResult
from localrun.engine.update import Update

SCHEMA = """
    id STRING,
    sequence STRUCT<data_plane_id: STRUCT<instance: STRING, seq_no: BIGINT>>,
    origin STRUCT<pipeline_id: STRING, pipeline_name: STRING, update_id: STRING,
        dataset_name: STRING, flow_name: STRING, table_name: STRING>,
    timestamp TIMESTAMP, message STRING, level STRING, maturity_level STRING,
    error STRUCT<fatal: BOOLEAN, exceptions: ARRAY<STRUCT<class_name: STRING,
        message: STRING>>>,
    details STRING, event_type STRING
"""


# An update is cancelled, and a flow stopped, by new columns alone.
_LEVELS = {"FAILED": "ERROR", "STOPPED": "WARN", "CANCELED": "WARN"}


class EventLog(Listener):
    """Listens to an update and writes down what happened."""

    def __init__(self, folder: Path, pipeline: str):
        self._folder = folder
        self._pipeline = pipeline
        self._lock = threading.Lock()
        self._count = 0
        self._update = ""
        self._file: Path | None = None

    def update_started(self, update: Update) -> None:
        self._folder.mkdir(parents=True, exist_ok=True)
        now = datetime.now(timezone.utc).strftime("%Y%m%dT%H%M%S%f")
        self._update = update.id
        self._file = self._folder / f"{now}-{update.id}.jsonl"
        full = sorted(update.selection.full)
        cause = {"cause": update.cause, "full_refresh_selection": full}
        self._write("create_update", {"create_update": cause}, "Update started.")
        self._progress("RUNNING")
        for flow in update.definitions.flows:
            details = {"output_dataset": flow.target, "flow_type": type(flow).__name__}
            message = f"Flow {flow.name} defines {flow.target}."
            self._write(
                "flow_definition",
                {"flow_definition": details},
                message,
                flow_name=flow.name,
                dataset_name=flow.target,
            )

    def flow_ended(self, result: FlowResult) -> None:
        outcome = result.outcome
        progress: dict[str, Any] = {"status": result.status}
        if result.status == "COMPLETED":
            progress["metrics"] = _metrics(outcome)
            rules = [e for n, q in outcome.quality.items() for e in q.as_events(n)]
            progress["data_quality"] = {
                "dropped_records": outcome.dropped,
                "expectations": rules,
            }
        self._write(
            "flow_progress",
            {"flow_progress": progress},
            f"Flow {result.name} is {result.status}."
            + (f" {result.error}" if result.error else ""),
            level=_LEVELS.get(result.status, "INFO") if result.error else "INFO",
            error=result.error if result.status == "FAILED" else "",
            flow_name=result.name,
            dataset_name=result.target,
        )

    def update_ended(self, result: UpdateResult) -> None:
        # The managed log has none; those of an update that stopped go on to the next.
        for note in () if result.stopped else result.notes:
            self._write(
                "note",
                {"note": {"sentence": note.sentence}},
                f"{note.table}: {note.sentence}",
                level="WARN",
                dataset_name=note.table,
            )
        self._progress(result.state, result.stopped)

    def _progress(self, state: str, why: str = "") -> None:
        details = {"update_progress": {"state": state}}
        level = _LEVELS.get(state, "INFO")
        message = f"Update is {state}."
        if why:
            message += f" {why}. A new update goes on with them."
        self._write("update_progress", details, message, level)

    def _write(
        self,
        event_type: str,
        details: dict[str, Any],
        message: str,
        level: str = "INFO",
        error: str = "",
        **origin: str,
    ) -> None:
        assert self._file is not None  # the update has started
        with self._lock:
            self._count += 1
            event: dict[str, Any] = {
                "id": str(uuid.uuid4()),
                "sequence": {"data_plane_id": {"seq_no": self._count}},
                "origin": {
                    "pipeline_name": self._pipeline,
                    "update_id": self._update,
                    **origin,
                },
                "timestamp": datetime.now(timezone.utc).isoformat(),
                "message": message,
                "level": level,
                "maturity_level": "STABLE",
                "details": json.dumps(details),
                "event_type": event_type,
            }
            if error:
                exceptions = [{"class_name": "FlowFailed", "message": error}]
                event["error"] = {"fatal": True, "exceptions": exceptions}
            with open(self._file, "a", encoding="utf-8") as log:
                log.write(json.dumps(event) + "\n")


def _metrics(outcome: Outcome) -> dict[str, int]:
    """AUTO CDC tells what it changed, and has no `num_output_rows`.

    Follows https://docs.databricks.com/aws/en/ldp/cdc-advanced
    """
    if outcome.rows_deleted is None:
        return {"num_output_rows": outcome.rows_out}
    return {
        "num_upserted_rows": outcome.rows_out,
        "num_deleted_rows": outcome.rows_deleted,
    }


def read(spark: SparkSession, folder: Path) -> DataFrame:
    """All events of all updates, without a line that a killed run left incomplete."""
    os.makedirs(folder, exist_ok=True)
    return (
        spark.read.schema(SCHEMA)
        .option("mode", "DROPMALFORMED")
        .json(str(folder / "*.jsonl") if any(folder.glob("*.jsonl")) else str(folder))
    )
