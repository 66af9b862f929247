"""Whether those who may read gold can read all of its tables, and which there are."""

import re
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

_TABLE = re.compile(r"^\s*GRANT .* ON TABLE .*`(\w+)` TO ", re.MULTILINE)


def remarks(
    file: Path, datasets: Iterable[str], in_layer: Callable[[str], str]
) -> Iterator[str]:
    """A sentence for each gold table without a grant, and each grant without a table.

    `datasets` are names without the pipeline's own schema, `in_layer` puts them into
    the schema of their layer. Where gold has one, that is granted as a whole.

    These are not problems of the pipeline: who may read what is for its owner to say.
    But the grants task of the refresh job fails on a table that does not exist.
    """
    if not file.is_file():
        return
    granted = set(_TABLE.findall(file.read_text(encoding="utf-8")))
    own = {name for name in datasets if "." not in name}
    gold = {name for name in own if name.startswith("gold_")}
    for name in sorted(gold - granted):
        unread = f"nobody but its owner can read {name}"
        if in_layer(name) == name:
            yield f"{file.name}: {unread}: grant SELECT on it"
        else:
            remedy = f'define it with name=in_layer("{name}")'
            yield f"{unread}, which is not in the schema of gold: {remedy}"
    for name in sorted(granted - {*datasets}):
        yield f"{file.name}: there is no table {name}: remove its line"
