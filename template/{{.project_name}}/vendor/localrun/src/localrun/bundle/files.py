"""The files of a bundle, and what they say together.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/settings, `include`.
"""

import os
from collections.abc import Iterator
from pathlib import Path

from localrun.bundle import documents, globs
from localrun.bundle.nodes import (
    Node,
    kind,
    mapping,
    sequence,
    shown,
    text,
)
from localrun.errors import UsageError

_NAMES = ("databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml")


def find(start: Path) -> Path:
    """The root of the bundle: the nearest folder at or above `start` with its file.

    That is databricks.yml, databricks.yaml, bundle.yml or bundle.yaml. Raises
    UsageError where there is none, or where a folder has two of them.
    """
    start = Path(os.path.abspath(start))
    for folder in (start, *start.parents):
        if _main_file(folder):
            return folder
    raise UsageError(
        f"{start} is not inside a bundle: neither this folder nor one above it holds a "
        f"{_NAMES[0]}"
    )


def read_all(root: Path) -> Node:
    """The main file of the bundle in folder `root` and all it includes, merged.

    Later files win, in the order of `include`, which counts in the main file only.
    Raises UsageError, with file and line,
    where one of them cannot be read or does not fit the others.
    """
    main = _main_file(root)
    if main is None:
        raise UsageError(f"{root} is not the root of a bundle: it holds no {_NAMES[0]}")
    config = documents.read(main, root)
    mapping(config, "the file")
    pipelines = dict(pipelines_of(config))
    for path in _included(config.get("include"), root, main):
        document = documents.read(path, root)
        mapping(document, "the file")
        for key, node in pipelines_of(document).items():
            if key in pipelines:
                raise UsageError(
                    f"{node.place}: pipeline {key} is defined in "
                    f"{pipelines[key].place} too: rename one of them"
                )
            pipelines[key] = node
        config = merged(config, document)
    return config


def merged(first: Node, second: Node) -> Node:
    """Both values in one, as the CLI merges them: mappings by key, lists one after the
    other; of two other values the second. UsageError where their shapes differ.
    """
    if first.value is None or second.value is None:
        return first if second.value is None else second
    if isinstance(first.value, dict) and isinstance(second.value, dict):
        entries = dict(first.value)
        for key, node in second.value.items():
            entries[key] = merged(entries[key], node) if key in entries else node
        return Node(entries, first.place)
    if isinstance(first.value, list) and isinstance(second.value, list):
        return Node([*first.value, *second.value], first.place)
    if isinstance(first.value, (dict, list)) or isinstance(second.value, (dict, list)):
        raise UsageError(
            f"{second.place}: this is {kind(second.value)}, but in {first.place} it is "
            f"{kind(first.value)}: write both in one shape"
        )
    return second


def pipelines_of(document: Node) -> dict[str, Node]:
    """The pipelines among the resources of a document, by key. UsageError for a
    section of the wrong shape.
    """
    mapping(document.get("resources"), "resources")
    return mapping(document.get("resources", "pipelines"), "pipelines")


def _main_file(folder: Path) -> Path | None:
    found = [folder / name for name in _NAMES if (folder / name).is_file()]
    if len(found) > 1:
        names = " and ".join(path.name for path in found)
        raise UsageError(f"{folder} holds {names}: keep one of them")
    return found[0] if found else None


def _included(include: Node | None, root: Path, main: Path) -> Iterator[Path]:
    """Each file once. `**` stands for one folder, as it does for the CLI."""
    seen = {main}
    for entry in sequence(include, "include"):
        pattern = text(entry, "an entry of include")
        if Path(pattern).is_absolute():
            raise UsageError(
                f"{entry.place}: include names the absolute path {pattern}: write it "
                "relative to the bundle"
            )
        found = globs.matching(root, pattern.replace("**", "*"))
        if not found and not globs.has_wildcard(pattern):
            raise UsageError(
                f"{entry.place}: include names {pattern}, which does not exist: "
                "correct the path or remove the entry"
            )
        for path in found:
            if path in seen:
                continue
            seen.add(path)
            if path.suffix not in (".yml", ".yaml", ".json"):
                raise UsageError(
                    f"{entry.place}: include matches {shown(path, root)}, which is "
                    "neither YAML nor JSON: narrow the pattern"
                )
            yield path
