"""The pipeline of this bundle on a few rows of each source of the contract.

The rows follow the contract's types only; add rows of your own that mean something.
"""

import csv
import json
from pathlib import Path

import pytest

from medallion import contract

(CONTRACT,) = (Path(__file__).parent.parent / "contract").glob("*.odcs.yaml")
TABLES = {table.name: table for table in contract.load(CONTRACT)}


def value(table, column: str, number: int):
    """Something that fits the column's type and tells rows apart."""
    kinds = {c.name: c.type for c in table.columns}
    kind = kinds.get(column, "STRING").split("(")[0]
    if column in table.sequence_by or kind in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
        return f"2026-01-{number:02}"
    if kind == "STRING":
        return f"{column} {number}"
    return number if kind in ("INT", "BIGINT", "DECIMAL", "DOUBLE") else None


def row(table, number: int) -> dict:
    names = [c.name for c in table.source_columns] or [*table.keys, *table.sequence_by]
    return {name: value(table, name, number) for name in names}


def without_key(table, number: int) -> dict:
    return {**row(table, number), table.keys[0]: None}


def deliver(laptop, table, rows: list[dict], file: str) -> None:
    folder = laptop.landing / table.name
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{file}.{table.format}"
    if table.format == "json":
        path.write_text("".join(json.dumps(row) + "\n" for row in rows))
    elif table.format == "csv":
        with path.open("w", newline="") as text:
            separator = table.reader_options.get("sep", ",")
            writer = csv.DictWriter(text, rows[0], delimiter=separator)
            writer.writeheader()
            writer.writerows(rows)
    else:
        columns = ", ".join(f"`{name}` STRING" for name in rows[0])
        frame = laptop.pipeline.spark.createDataFrame(rows, columns)
        frame.coalesce(1).write.mode("append").parquet(str(folder))


@pytest.fixture(scope="module")
def tables(laptop):
    """Three good rows and one without its key, then one more in a second update."""
    for table in TABLES.values():
        rows = [row(table, number) for number in (1, 2, 3)]
        deliver(laptop, table, [*rows, without_key(table, 4)], "first")
    laptop.run()
    laptop.first = laptop.row_counts()
    for table in TABLES.values():
        deliver(laptop, table, [row(table, 5)], "second")
    laptop.run()
    return laptop


@pytest.mark.parametrize("source", TABLES)
def test_a_row_without_its_key_is_quarantined_with_the_rule_named(tables, source):
    names = f"SELECT explode(failed_rules.name) FROM quarantine_{source}"
    assert (f"{TABLES[source].keys[0]}_is_present",) in tables.sql(names)


@pytest.mark.parametrize("source", TABLES)
def test_every_row_is_accepted_or_quarantined(tables, source):
    bronze = tables.value(f"SELECT count(*) FROM bronze_{source}")
    quarantined = tables.value(f"SELECT count(*) FROM quarantine_{source}")
    silver = tables.value(f"SELECT count(*) FROM silver_{source}")
    assert (bronze, bronze - quarantined) == (5, silver)


@pytest.mark.parametrize("source", TABLES)
def test_the_second_update_adds_the_new_row(tables, source):
    silver = f"silver_{source}"
    assert tables.row_counts()[silver] == tables.first[silver] + 1


def test_an_update_without_new_files_changes_nothing(tables):
    before = tables.versions()
    tables.run()
    assert tables.versions() == before
