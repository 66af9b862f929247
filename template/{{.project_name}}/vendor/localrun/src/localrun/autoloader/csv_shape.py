"""What the CSV files of a load have in common, as far as the load depends on it."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Shape:
    """How the files of a load can be read.

    `beginning` is that of the largest new file, with its header, and `header` the names
    in it; `plain` says that Spark's parser may be trusted with all files, `even` that
    all records of a file have as many cells as its header (see `csv_beginnings.look`),
    `large` that one is larger than a cell should ever be.
    """

    beginning: str = ""
    header: tuple[str, ...] = ()
    plain: bool = False
    even: bool = False
    large: bool = False

    @property
    def width(self) -> int:
        return len(self.header)

    def with_new(self, new: "Shape") -> "Shape":
        """The shape of the files together with later ones."""
        first = not self.header
        return replace(
            new,
            plain=new.plain and (self.plain or first),
            even=new.even
            and (self.even or first)
            and new.width == (self.width or new.width),
            large=self.large or new.large,
        )

    @classmethod
    def stored(cls, facts: dict[str, Any]) -> "Shape":
        """As `dataclasses.asdict` gave it, by way of JSON."""
        return cls(**{**facts, "header": tuple(facts.get("header", ()))})
