"""Where a path of a workspace or of a cloud is on this machine.

One rule: it is the folder of the same name in the landing folder, the scheme being a
folder, too.

    /Volumes/main/sales/raw/orders        <landing>/Volumes/main/sales/raw/orders
    dbfs:/mnt/raw, /mnt/raw               <landing>/dbfs/mnt/raw
    s3://bucket/raw                       <landing>/s3/bucket/raw
    abfss://raw@store.dfs.core…/orders    <landing>/abfss/raw@store.dfs.core…/orders
    /databricks-datasets/retail-org       <landing>/databricks-datasets/retail-org

A mapping of a prefix to a folder overrides it; of several, the longest one does.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

CLOUD = ("s3", "s3a", "s3n", "gs", "abfs", "abfss", "wasb", "wasbs", "adl", "r2")
# What belongs to DBFS, or to Unity Catalog, with the scheme `dbfs:` and without it.
_ROOTS = ("Volumes", "databricks-datasets", "mnt", "FileStore")
_SCHEME = re.compile(rf"({'|'.join(CLOUD)}|dbfs):/+", re.IGNORECASE)
_OF_DBFS = re.compile(rf"/(?:dbfs/)?({'|'.join(_ROOTS)})(?=/|$)")
_MOUNTED = re.compile(r"/dbfs(?=/|$)")


@dataclass(frozen=True)
class Paths:
    """Paths of a workspace and of clouds as paths of this machine.

    `mapped` are prefixes, in which `*` stands for one part of a path, and the folders
    that take their place, relative to `landing`. What lies in the landing folder, or in
    the folder `root` of the bundle, is on this machine whatever it is called: a disk
    may well be `/Volumes/Data`, or `/mnt/c`.
    """

    landing: Path
    mapped: Mapping[str, str] = field(default_factory=dict)
    root: Path | None = None

    def local(self, path: str) -> str:
        """The path here; one that is local already is returned as it is.

        What follows the prefix, such as a glob pattern, is kept as it is.
        """
        if self._is_own(path):
            return path
        remote = _normalized(path)
        stated = remote or path.strip("/")
        for prefix, folder in sorted(self.mapped.items(), key=_parts, reverse=True):
            match = _pattern(_normalized(prefix) or prefix).match(stated)
            if match and (remote or path.startswith("/")):
                return _join(self.landing / folder, stated[match.end() :])
        return path if remote is None else _join(self.landing, remote)

    def _is_own(self, path: str) -> bool:
        folders = [folder for folder in (self.landing, self.root) if folder]
        return any(f"{path}/".startswith(f"{folder}/") for folder in folders)


def _normalized(path: str) -> str | None:
    """The path below the landing folder, by the rule alone; None for a local path."""
    if match := _SCHEME.match(path):
        scheme = match[1].lower()
        rest = path[match.end() :]
        if scheme != "dbfs":
            return f"{scheme}/{rest}"
        path = f"/{rest}"
        if not _OF_DBFS.match(path):
            return f"dbfs/{rest}"
    if match := _OF_DBFS.match(path):
        below = path[match.start(1) :]
        return below if match[1] in _ROOTS[:2] else f"dbfs/{below}"
    return path.strip("/") if _MOUNTED.match(path) else None


def _parts(item: tuple[str, str]) -> tuple[int, int]:
    """How exactly a prefix names what it does: its parts, those without a * first."""
    parts = item[0].strip("/").split("/")
    return len(parts), len(parts) - parts.count("*")


def _pattern(prefix: str) -> re.Pattern[str]:
    parts = prefix.strip("/").split("/")
    text = "/".join("[^/]+" if part == "*" else re.escape(part) for part in parts)
    return re.compile(rf"{text}(?=/|$)")


def _join(folder: Path, below: str) -> str:
    below = below.strip("/") + ("/" if below.endswith("/") else "")
    return f"{folder}/{below}" if below.strip("/") else str(folder)
