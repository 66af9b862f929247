"""Parquet files in the contract's types."""

from collections.abc import Iterable
from pathlib import Path

import pyarrow.parquet as parquet

from generator.from_contract.formats import arrow
from generator.from_contract.judge import Row
from medallion.model import Table

EXTENSION = "parquet"
FIRST_LINE = 1
TYPED = True
BREAKS = ""
GROWS = True
BLANK_IS_NULL = False


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    parquet.write_table(arrow.table_of(table, columns, list(rows)), str(path))


def read(path: Path, table: Table) -> list[Row]:
    return arrow.rows_of(parquet.read_table(str(path)))
