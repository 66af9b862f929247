"""How the lines and cells of a CSV file are told apart, as Java's regular expressions.

They agree with Spark's own parser on whatever is well quoted. All repetition in them is
possessive: nothing backtracks, however long or broken a file is.
"""

from dataclasses import dataclass

from localrun.autoloader.options import Options
from localrun.autoloader.records import literally
from localrun.errors import FlowError


@dataclass(frozen=True)
class Grammar:
    """One dialect, and the regular expressions for its cells and lines."""

    separator: str
    quote: str
    escape: str
    trims: bool

    @classmethod
    def of(cls, options: Options) -> "Grammar":
        given = options.parser
        separator = given.get("sep", given.get("delimiter", ",")).replace("\\t", "\t")
        quote, escape = given.get("quote", '"').strip("\0"), given.get("escape", "\\")
        for name, value in (("quote", quote), ("escape", escape)):
            if len(value) > 1:
                raise FlowError(f"option {name} {value!r} is more than one character")
        trims = options.flag("ignoreleadingwhitespace")
        return cls(separator, quote, escape or quote, trims)

    @property
    def quoted(self) -> str:
        """A cell from quote to quote; its group is the text between them."""
        quote, escape = literally(self.quote), literally(self.escape)
        pair = quote * 2 if escape == quote else f"{escape}[\\s\\S]"
        plain = f"[^{quote}{escape}]*+"
        blanks = "[ \\t]*+" if self.trims else ""
        return f"{blanks}{quote}({plain}(?:{pair}{plain})*+){quote}"

    @property
    def cell(self) -> str:
        separator = literally(self.separator)
        plain = f"[^{separator}\\r\\n]*+"
        if len(self.separator) > 1:
            plain = f"(?:(?!{separator})[^\\r\\n])*+"
        # text after the closing quote belongs to the cell, which then is not quoted
        return f"(?:{self.quoted}{plain}|{plain})" if self.quote else plain

    @property
    def line(self) -> str:
        """A line together with the line breaks inside of its quotes."""
        return f"(?!\\z){self.cell}(?:{literally(self.separator)}{self.cell})*+"
