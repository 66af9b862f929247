"""How rows become files, a module for each format.

Each has `EXTENSION`; `FIRST_LINE`, the line of the first row; `TYPED`, whether a file's
columns have types of their own, so that nothing in it can misfit; `BREAKS`, where a
line that cannot be read may stand (`anywhere`, `last`, or nowhere, ""); `GROWS`,
whether a file may have one more column than the one before; `BLANK_IS_NULL`; and

- `write(path, table, columns, rows)`: rows are objects as JSON has them, or a text that
  is a line of its own;
- `read(path, table)`: the rows of a file, for what must be known of them later.
"""

import importlib
import json
from random import Random
from types import ModuleType

from generator.from_contract.judge import Row
from generator.settings import GeneratorError
from medallion.model import Table

_MODULES = {
    "json": "json_lines",
    "csv": "csv_files",
    "parquet": "parquet",
    "orc": "orc",
    "avro": "avro",
    "xml": "xml",
    "text": "text",
    "delta": "delta",
    "kafka": "kafka",
    "eventhubs": "kafka",
}


def of(table: Table) -> ModuleType:
    """The module for a table's format. Raises GeneratorError where there is none."""
    name = _MODULES.get(table.format)
    if name is None:
        raise GeneratorError(
            f"table {table.name}: files of the format {table.format} are not made here"
        )
    try:
        return importlib.import_module(f"{__name__}.{name}")
    except ImportError as error:
        package = (error.name or "").partition(".")[0]
        raise GeneratorError(
            f"table {table.name}: the format {table.format} needs the package "
            f"{package}: install generator/requirements.lock"
        ) from error


def option(table: Table, *names: str, default: str = "") -> str:
    """A reader option by any of its names, whatever their case."""
    given = {name.lower(): value for name, value in table.reader_options.items()}
    return next((given[n.lower()] for n in names if n.lower() in given), default)


def breaks(table: Table) -> str:
    """Where in this table's files a line may stand that cannot be read."""
    module = of(table)
    told = getattr(module, "breaks", None)
    return told(table) if told else module.BREAKS


def broken(table: Table, row: Row, rng: Random) -> str:
    """A line that cannot be read, made of a row."""
    told = getattr(of(table), "broken", None)
    if told:
        return told(table, next(iter(row.values()), ""))
    text = json.dumps(row, ensure_ascii=False)
    return text[: rng.randrange(len(text) // 4, len(text) - 1)]


def first_line(table: Table) -> int:
    module = of(table)
    told = getattr(module, "first_line", None)
    return told(table) if told else module.FIRST_LINE
