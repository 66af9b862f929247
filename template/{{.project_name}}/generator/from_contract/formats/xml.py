"""XML: an element a row, named as the reader's option `rowTag` says."""

import xml.etree.ElementTree as ET
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Any

from generator.from_contract.formats import option
from generator.from_contract.judge import Row
from medallion.model import Table

EXTENSION = "xml"
FIRST_LINE = 1
TYPED = False
BREAKS = ""
GROWS = True
BLANK_IS_NULL = True


def write(
    path: Path, table: Table, columns: tuple[str, ...], rows: Iterable[Row]
) -> None:
    root = ET.Element("rows")
    for row in rows:
        element = ET.SubElement(root, option(table, "rowTag", default="row"))
        for name, value in row.items():
            _put(element, name, value)
    ET.indent(root)
    ET.ElementTree(root).write(path, encoding="utf-8", xml_declaration=True)


def read(path: Path, table: Table) -> Iterator[Row]:
    for element in ET.parse(path).getroot():
        yield {child.tag: child.text for child in element}


def _put(parent: ET.Element, name: str, value: Any) -> None:
    if isinstance(value, list):
        for item in value:
            _put(parent, name, item)
    elif isinstance(value, dict):
        element = ET.SubElement(parent, name)
        for key, inner in value.items():
            _put(element, key, inner)
    elif value is not None:
        text = str(value).lower() if isinstance(value, bool) else str(value)
        ET.SubElement(parent, name).text = text
