"""What a run on a laptop notes about the sources, though nothing failed.

Rows in quarantine are counted by the expectations, which costs nothing more. Tables are
read only where there is something to say.
"""

from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from pathlib import Path
from urllib.parse import unquote

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as F

from contract_tools import file_looks
from localrun.extension import DataQuality, Note, UpdateResult
from medallion.contract import Table
from medallion.drift import NEW_COLUMN

Read = Callable[[str], DataFrame]
_SHOWN = 3


def found(result: UpdateResult, tables: Iterable[Table], read: Read) -> Iterator[Note]:
    """The notes of an update. `read` reads a table of the pipeline by its name.

    One for a source all of whose rows were set aside for one reason, or that has a file
    whose header lacks the key, and one for columns that the contract does not name.
    """
    completed = (f for f in result.flows.values() if f.status == "COMPLETED")
    there = {flow.target.lower() for flow in completed}
    for table in tables:
        quality = _quality(result, f"accepted_{table.name}")
        set_aside = f"quarantine_{table.name}".lower() in there
        if quality and quality.dropped and set_aside:
            yield from _quarantined(table, quality, result.seconds, read)
        drift = result.flows.get(f"drift_{table.name}")
        if drift and drift.outcome.rows_out:
            yield from _new_columns(table, drift.outcome.rows_out, read)


# -- quarantine


def _quarantined(
    table: Table, quality: DataQuality, seconds: float, read: Read
) -> Iterator[Note]:
    name = f"quarantine_{table.name}"
    rules = [rule for rule in table.rules if rule.action == "drop"]
    reason = next((r for r in rules if quality.passed.get(r.name) == 0), None)
    if reason and quality.dropped == quality.total:
        files = _files(read(name), F.lit(True), seconds)
        looked = next(filter(None, (file_looks.remedy(f, table) for f in files)), "")
        yield Note(
            name,
            f"all rows that came, {quality.total:,}, are here for one reason, "
            f"{reason.name} ({reason.reason})" + (f": {looked}" if looked else ""),
        )
        return
    keys = [f"{key}_is_present" for key in table.keys]
    if any(quality.passed.get(key, quality.total) < quality.total for key in keys):
        broken = F.exists("failed_rules", lambda rule: rule["name"].isin(keys))
        for file in _files(read(name), broken, seconds):
            if looked := file_looks.of_header(file, table):
                yield Note(name, looked)


def _quality(result: UpdateResult, dataset: str) -> DataQuality | None:
    """What the expectations of a dataset have counted in this update."""
    for flow in result.flows.values():
        for name, counted in flow.outcome.quality.items():
            if name.rpartition(".")[2].lower() == dataset.lower():
                return counted
    return None


def _files(rows: DataFrame, chosen: Column, seconds: float) -> list[Path]:
    """Some files with rows that were set aside in the last so many seconds.

    None of a source that is not files.
    """
    if "_source_file" not in rows.columns:
        return []
    if "quarantined_at" in rows.columns:  # all else is reloaded at each update
        begin = datetime.now().astimezone() - timedelta(seconds=seconds + 1)
        chosen = chosen & (F.col("quarantined_at") >= F.lit(begin))
    of_files = rows.where(chosen).select("_source_file").distinct()
    found = of_files.orderBy("_source_file").limit(_SHOWN).collect()
    return [_path(row._source_file) for row in found if row._source_file]


def _path(address: str) -> Path:
    """A file of this machine, as Spark names it, with one slash or three."""
    return Path("/" + unquote(address.removeprefix("file:")).lstrip("/"))


# -- drift


def _new_columns(table: Table, rows: int, read: Read) -> Iterator[Note]:
    """The columns among the newest `rows` of what differs from the contract."""
    of_table = read("drift").where(F.col("source") == table.name)
    newest = of_table.orderBy(F.col("first_seen").desc()).limit(rows).collect()
    new = [row for row in newest if row.kind == NEW_COLUMN]
    if new:
        told = [f"{row.column} (in {_path(row.source_file)})" for row in new[:_SHOWN]]
        more = f" and {len(new) - _SHOWN} more" if len(new) > _SHOWN else ""
        yield Note(
            f"bronze_{table.name}",
            "its files have columns that the contract does not name: "
            f"{', '.join(told)}{more}; they are kept here, and silver gets them once "
            "they are among the table's properties",
        )
