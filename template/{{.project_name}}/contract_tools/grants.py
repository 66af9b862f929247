"""Whether sql/grants.sql speaks of the gold tables that there are."""

import re
from collections.abc import Iterable, Iterator
from pathlib import Path

_TABLE = re.compile(r"^\s*GRANT .* ON TABLE .*`(\w+)` TO ", re.MULTILINE)


def remarks(file: Path, datasets: Iterable[str]) -> Iterator[str]:
    """A sentence for each gold table without a grant, and each grant without a table.

    These are not problems of the pipeline: who may read what is for its owner to say.
    But the grants task of the refresh job fails on a table that does not exist.
    """
    if not file.is_file():
        return
    granted = set(_TABLE.findall(file.read_text(encoding="utf-8")))
    gold = {name for name in datasets if name.startswith("gold_")}
    for name in sorted(gold - granted):
        yield f"{file.name}: nobody but its owner can read {name}: grant SELECT on it"
    for name in sorted(granted - {*datasets, "event_log"}):
        yield f"{file.name}: there is no table {name}: remove its line"
