"""A contract's tables as they are written, whatever else is wrong with it."""

from pathlib import Path
from typing import Any

from medallion import checks, documents
from medallion.checks import shapes


def contracts(folder: Path) -> list[Path]:
    """The contract files of a folder."""
    return sorted(folder.glob("*.odcs.yaml"))


def well_formed(path: Path | str) -> list[dict[str, Any]]:
    """The tables that have the shape in which a contract is read.

    Loading the contract says what is wrong with the others.
    """
    document, _ = documents.read(path)
    if not isinstance(document, dict) or not checks.has_tables(document):
        return []
    return [
        table
        for table in document["schema"]
        if isinstance(table.get("name"), str)
        and checks.are_misspelt(shapes.faults(table))
    ]
