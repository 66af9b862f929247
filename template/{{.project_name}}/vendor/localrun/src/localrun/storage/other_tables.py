"""Tables that the pipeline does not define, such as `samples.nyctaxi.trips`.

Each is a folder of this machine, `<tables>/<catalog>/<schema>/<table>`, with a Delta
table in it, or with files of Parquet, CSV (with a header) or JSON (a value a line); or
one such file, `<table>.csv`.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from localrun.errors import FlowError
from localrun.storage import delta_log

# The formats of files, and the options that read them as their owner would expect.
_FORMATS: dict[str, dict[str, str]] = {
    "parquet": {},
    "csv": {
        **{"header": "true", "inferSchema": "true"},
        **{"escape": '"', "multiLine": "true"},
    },
    "json": {},
}
FullName = tuple[str, str, str]


@dataclass(frozen=True)
class OtherTable:
    """Where a table lies, and how Spark reads it there."""

    path: Path
    format: str
    options: dict[str, str]

    def token(self) -> str:
        """A text that changes when the table does."""
        if self.format == "delta":
            return delta_log.token(self.path)
        files = [
            (str(f), f.stat().st_size, f.stat().st_mtime_ns) for f in _files(self.path)
        ]
        return hashlib.sha256(repr(sorted(files)).encode()).hexdigest()


@dataclass(frozen=True)
class OtherTables:
    """The tables in a folder, by name."""

    folder: Path

    def find(self, name: FullName) -> OtherTable | None:
        """The table, if it is there.

        Raises FlowError where its folder holds nothing that Spark reads as a table, or
        files of two formats.
        """
        place = self._place(name)
        if place is None:
            return None
        if (place / "_delta_log").is_dir():
            return OtherTable(place, "delta", {})
        found = sorted({kind for kind in map(_format, _files(place)) if kind})
        if len(found) != 1:
            what = " and ".join(found) if found else "no"
            raise FlowError(
                f"{place} holds {what} files, so {'.'.join(name)} cannot be read: put "
                "a Delta table there, or files of Parquet, CSV or JSON, of one format"
            )
        return OtherTable(place, found[0], _FORMATS[found[0]])

    def absent(self, name: FullName) -> str:
        """What a user is told of a table that is neither defined nor there."""
        where = self.folder.joinpath(*name)
        return (
            f"{'.'.join(name)} is not a table of this pipeline, and {where} does not "
            "exist: run the pipeline that writes it, or put its rows there, as a Delta "
            "table or as files of Parquet, CSV (with a header) or JSON"
        )

    def _place(self, name: FullName) -> Path | None:
        """Its folder or file; names are compared regardless of case."""
        place = self.folder
        for part in name[:2]:
            below = next((p for p in _below(place) if p.name.lower() == part), None)
            if below is None:
                return None
            place = below
        places = []
        for path in _below(place):
            is_file = path.is_file() and _format(path) is not None
            found = path.name.split(".")[0] if is_file else path.name
            if found.lower() == name[2]:
                places.append(path)
        if len(places) > 1:
            raise FlowError(
                f"{' and '.join(map(str, places))} could both be {'.'.join(name)}: "
                "keep one of them"
            )
        return places[0] if places else None


def _below(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _files(place: Path) -> Iterator[Path]:
    if place.is_file():
        yield place
        return
    for path in place.rglob("*"):
        below = path.relative_to(place).parts
        if path.is_file() and not any(part.startswith((".", "_")) for part in below):
            yield path


def _format(path: Path) -> str | None:
    suffixes = [suffix.lstrip(".").lower() for suffix in path.suffixes]
    compressed = suffixes[-1:] == ["gz"]
    kind = suffixes[-2:-1] if compressed else suffixes[-1:]
    kind = ["json"] if kind in (["jsonl"], ["ndjson"]) else kind
    return kind[0] if kind and kind[0] in _FORMATS else None
