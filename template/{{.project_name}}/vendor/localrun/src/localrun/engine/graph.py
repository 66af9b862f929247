"""The datasets of a pipeline and what each reads, as data and as pictures."""

import json
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field

from pyspark.sql.types import StructType

from localrun.engine.schemas import Key

STORED = ("streaming table", "materialized view")


@dataclass
class Dataset:
    """One dataset: kind (streaming table, materialized view, view), comment, inputs.

    `reads` are short names of datasets, names of tables of others, and paths of files.
    """

    name: str
    kind: str
    comment: str
    reads: list[str] = field(default_factory=list)

    def read(self, *inputs: str) -> None:
        self.reads += [one for one in dict.fromkeys(inputs) if one not in self.reads]


@dataclass
class Graph:
    """The datasets in the order of their definition, and what is wrong with which."""

    datasets: dict[str, Dataset] = field(default_factory=dict)
    schemas: dict[str, StructType] = field(default_factory=dict)
    problems: dict[str, str] = field(default_factory=dict)
    # The primary and the foreign keys of those whose schemas state some
    keys: dict[str, tuple[Key | None, tuple[Key, ...]]] = field(default_factory=dict)

    @property
    def tables(self) -> list[str]:
        """The datasets that are stored, as a run counts them; others are views."""
        return [d.name for d in self.datasets.values() if d.kind in STORED]

    @property
    def edges(self) -> list[tuple[str, str]]:
        """(read, reader), in the order of definition."""
        return [(one, d.name) for d in self.datasets.values() for one in d.reads]


def rows(graph: Graph) -> Iterator[tuple[str, str, str, str]]:
    """(name, kind, reads, comment) of each dataset."""
    for dataset in graph.datasets.values():
        yield dataset.name, dataset.kind, ", ".join(dataset.reads), dataset.comment


def as_json(graph: Graph) -> str:
    """A list of objects: name, kind, comment, reads, columns, and keys.

    A column has name, type, nullable and comment; `primary_key` (null without one) and
    each of `foreign_keys` have columns, name and rely, a foreign key also table and to.
    """
    return json.dumps([_described(d, graph) for d in graph.datasets.values()], indent=2)


def _described(dataset: Dataset, graph: Graph) -> dict[str, object]:
    primary, foreign = graph.keys.get(dataset.name, (None, ()))
    columns = [
        {
            "name": field.name,
            "type": field.dataType.simpleString(),
            "nullable": field.nullable,
            "comment": field.metadata.get("comment", ""),
        }
        for field in graph.schemas.get(dataset.name, ())
    ]
    return {
        **vars(dataset),
        "columns": columns,
        "primary_key": primary and _as_object(primary),
        "foreign_keys": [
            {**_as_object(key), "table": key.table, "to": key.to} for key in foreign
        ],
    }


def _as_object(key: Key) -> dict[str, object]:
    return {"columns": key.columns, "name": key.name, "rely": key.rely}


def as_dot(graph: Graph) -> str:
    """Graphviz: https://graphviz.org/doc/info/lang.html."""
    shapes = {"streaming table": "cylinder", "materialized view": "box3d"}
    lines = ["digraph pipeline {", "  rankdir=LR;"]
    for dataset in graph.datasets.values():
        shape = shapes.get(dataset.kind, "ellipse")
        tip = f", tooltip={json.dumps(dataset.comment)}" if dataset.comment else ""
        lines.append(f"  {json.dumps(dataset.name)} [shape={shape}{tip}];")
    lines += [f"  {json.dumps(name)} [shape=folder];" for name in _outside(graph)]
    lines += [
        f"  {json.dumps(read)} -> {json.dumps(reader)};" for read, reader in graph.edges
    ]
    return "\n".join([*lines, "}"])


def as_mermaid(graph: Graph) -> str:
    """Mermaid, as GitHub draws it: https://mermaid.js.org/syntax/flowchart.html.

    A streaming table is a cylinder, a materialized view a box, a view is rounded; what
    comes from outside of the pipeline leans.
    """
    shapes: dict[str, tuple[str, str]] = {
        "streaming table": ("[(", ")]"),
        "materialized view": ("[", "]"),
        "view": ("([", "])"),
    }
    ids = _ids(graph.datasets)
    # Paths and full names are long, and differ from place to place.
    ids |= {name: f"source-{i}" for i, name in enumerate(_outside(graph), 1)}
    lines = ["flowchart LR"]
    for name in _outside(graph):
        lines.append(f"  {ids[name]}[/{_label(name)}/]")
    for dataset in graph.datasets.values():
        left, right = shapes[dataset.kind]
        lines.append(f"  {ids[dataset.name]}{left}{_label(dataset.name)}{right}")
    lines += [f"  {ids[read]} --> {ids[reader]}" for read, reader in graph.edges]
    return "\n".join(lines)


FORMATS: dict[str, Callable[[Graph], str]] = {
    "dot": as_dot,
    "json": as_json,
    "mermaid": as_mermaid,
}


def _label(text: str) -> str:
    escaped = text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
    return f'"{escaped}"'


def _outside(graph: Graph) -> list[str]:
    """What is read and is not one of the datasets."""
    return list(
        dict.fromkeys(read for read, _ in graph.edges if read not in graph.datasets)
    )


def _ids(names: Iterable[str]) -> dict[str, str]:
    """For each name one that Mermaid takes for a node: letters, digits and _."""
    ids: dict[str, str] = {}
    for name in names:
        plain = re.sub(r"\W+", "_", name, flags=re.ASCII).strip("_") or "node"
        # `end` and others are words of Mermaid's own; none of them has a _ at its end.
        taken = {"end", "graph", "subgraph", "style", "class", "click", "default"}
        while plain in taken | set(ids.values()):
            plain += "_"
        ids[name] = plain
    return ids
