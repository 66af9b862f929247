"""Delta tables of another catalog, in a folder of this machine.

A fact is appended to, a table of members changes row by row, and a reference is
replaced as a whole. Each batch is one commit, which says its number: sent again, it is
not written again.
"""

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa
from deltalake import CommitProperties, DeltaTable, Transaction, write_deltalake

from generator.from_contract.formats import arrow, json_lines
from generator.from_contract.judge import Row
from generator.from_contract.settings import Settings
from generator.settings import GeneratorError
from medallion import sql_text
from medallion.model import Table

EXTENSION = "jsonl"  # of what waits to be sent
FIRST_LINE = 1
TYPED = True
BREAKS = ""
GROWS = False
BLANK_IS_NULL = False
# In a row: that its member is to be deleted.
DELETED = "_deleted"
_APPLICATION = "generator"
# What a name has in tables with column mapping only
_WITH_MAPPING = set(" ,;{}()\n\t=")


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    with path.open("w", encoding="utf-8", newline="\n") as file:
        file.writelines(f"{json_lines.encode(row)}\n" for row in rows)


def read(path: Path, table: Table) -> Iterable[Row]:
    return []


def ready(table: Table, settings: Settings) -> None:
    """Raises GeneratorError where the table cannot be made."""
    for column in table.source_columns:
        if set(column.name) & _WITH_MAPPING:
            raise GeneratorError(
                f"table {table.name}: a Delta table has a column {column.name!r} with "
                "column mapping only, which is not written here: make that table on "
                "Spark, or leave physicalName out while data are generated"
            )


def stored(table: Table, settings: Settings) -> list[Row]:
    """The rows of the table as they are now."""
    path = _path(table, settings)
    if not DeltaTable.is_deltatable(path):
        return []
    return arrow.rows_of(pa.table(DeltaTable(path).to_pyarrow_table()))


def last_batch(table: Table, settings: Settings) -> int:
    path = _path(table, settings)
    if not DeltaTable.is_deltatable(path):
        return 0
    return DeltaTable(path).transaction_version(_APPLICATION) or 0


def send(file: Path, table: Table, settings: Settings) -> None:
    """Write a batch into the table, unless it is there already."""
    batch = int(file.name.split(".")[-2])
    path, rows = _path(table, settings), list(json_lines.read(file, table))
    exists = DeltaTable.is_deltatable(path)
    if last_batch(table, settings) >= batch:
        return
    commit = CommitProperties(app_transactions=[Transaction(_APPLICATION, batch)])
    deleted = [bool(row.pop(DELETED, False)) for row in rows]
    names = [c.name for c in table.source_columns]
    data = arrow.table_of(table, names, rows)
    if exists and table.reads_changes:
        _merge(DeltaTable(path), table, data, deleted, commit)
        return
    write_deltalake(
        path,
        data,
        mode="overwrite" if table.role == "reference" else "append",
        configuration={"delta.enableChangeDataFeed": "true"},
        commit_properties=commit,
    )


def _merge(
    target: DeltaTable, table: Table, data: pa.Table, deleted: list[bool], commit
) -> None:
    values = {_quoted(name): f"s.{_quoted(name)}" for name in data.column_names}
    data = data.append_column(DELETED, pa.array(deleted, pa.bool_()))
    same = " AND ".join(f"t.{_quoted(k)} = s.{_quoted(k)}" for k in table.keys)
    merge = target.merge(
        data, same, source_alias="s", target_alias="t", commit_properties=commit
    )
    merge.when_matched_delete(f"s.{DELETED}").when_matched_update(
        values
    ).when_not_matched_insert(values, predicate=f"NOT s.{DELETED}").execute()


def _quoted(name: str) -> str:
    return sql_text.name(name)


def _path(table: Table, settings: Settings) -> str:
    parts = (table.location or "").replace("`", "").split(".")
    if len(parts) != 3:
        raise GeneratorError(
            f"table {table.name}: its location {table.location} is not a table, as "
            "catalog.schema.table, so that nothing can be written there"
        )
    return str(Path(settings.delta_tables, *parts).absolute())
