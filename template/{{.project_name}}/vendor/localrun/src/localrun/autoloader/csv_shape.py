"""What the CSV files of a load have in common, as far as the load depends on it."""

from dataclasses import dataclass


@dataclass(frozen=True)
class Shape:
    """How the files of a load can be read.

    `width` is the number of cells in a record of the largest new file; `plain` says
    that Spark's parser may be trusted with all files (see `csv_beginnings.is_plain`),
    `large` that one of them is larger than a cell should ever be.
    """

    width: int = 0
    plain: bool = False
    large: bool = False

    def with_new(self, new: "Shape") -> "Shape":
        """The shape of the files together with later ones."""
        plain = new.plain and (self.plain or not self.width)
        return Shape(new.width, plain, self.large or new.large)
