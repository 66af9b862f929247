"""What the CSV files of a load have in common, as far as the load depends on it."""

from dataclasses import dataclass, replace
from typing import Any


@dataclass(frozen=True)
class Shape:
    """How the files of a load can be read.

    `beginning` is that of the largest new file, with its header, and `header` the names
    in it; `plain` says that Spark's parser may be trusted with all files, `even` that
    all records have as many cells as that header (see `csv_look`), `uniform` that all
    files begin alike, `large` that one is larger than a cell should ever be.
    """

    beginning: str = ""
    header: tuple[str, ...] = ()
    plain: bool = False
    even: bool = False
    uniform: bool = False
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
            uniform=new.uniform
            and (self.uniform or first)
            and new.beginning == (self.beginning or new.beginning),
            large=self.large or new.large,
        )

    @property
    def is_one_table(self) -> bool:
        """Whether all files are as good as one, which Spark's parser reads alone."""
        return self.plain and self.even and self.uniform

    @classmethod
    def stored(cls, facts: dict[str, Any]) -> "Shape":
        """As `dataclasses.asdict` gave it, by way of JSON."""
        return cls(**{**facts, "header": tuple(facts.get("header", ()))})
