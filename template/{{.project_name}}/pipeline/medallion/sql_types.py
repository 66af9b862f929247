"""The types of Unity Catalog that a column may have, read from their SQL text."""

import re
from dataclasses import dataclass

from medallion.problems import did_you_mean, nearest

INTEGERS = ("TINYINT", "SMALLINT", "INT", "BIGINT")
FLOATS = ("FLOAT", "DOUBLE")
TIMES = ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ")
NESTED = ("ARRAY", "MAP", "STRUCT")
_SIMPLE = (*INTEGERS, *FLOATS, *TIMES, "BINARY", "BOOLEAN", "STRING")
_ALIASES = {
    "BYTE": "TINYINT",
    "SHORT": "SMALLINT",
    "INTEGER": "INT",
    "LONG": "BIGINT",
    "REAL": "FLOAT",
    "DEC": "DECIMAL",
    "NUMERIC": "DECIMAL",
    "TIMESTAMP_LTZ": "TIMESTAMP",
}
# Types of other systems, and those of Databricks that text cannot be read as here
_ELSEWHERE = {
    "BIGNUMERIC": "DECIMAL(p,s)",
    "BIGSERIAL": "BIGINT",
    "BIT": "BOOLEAN",
    "BOOL": "BOOLEAN",
    "HSTORE": "MAP<STRING, STRING>",
    "HUGEINT": "DECIMAL(38,0)",
    "LIST": "ARRAY<…>",
    "MEDIUMINT": "INT",
    "MONEY": "DECIMAL(19,4)",
    "NUMBER": "DECIMAL(p,s)",
    "SERIAL": "INT",
    "SMALLMONEY": "DECIMAL(10,4)",
    "UINT64": "DECIMAL(20,0)",
    **dict.fromkeys(("CHAR", "CHARACTER", "NCHAR", "BPCHAR"), "STRING with maxLength"),
    **dict.fromkeys(("VARCHAR", "VARCHAR2"), "STRING with maxLength"),
    **dict.fromkeys(("NVARCHAR", "NVARCHAR2"), "STRING with maxLength"),
    **dict.fromkeys(("CLOB", "NCLOB", "TEXT", "NTEXT", "CITEXT"), "STRING"),
    **dict.fromkeys(("TINYTEXT", "MEDIUMTEXT", "LONGTEXT", "ENUM", "XML"), "STRING"),
    **dict.fromkeys(("UUID", "GUID", "UNIQUEIDENTIFIER", "INET"), "STRING"),
    **dict.fromkeys(("GEOGRAPHY", "GEOMETRY", "INTERVAL", "VOID"), "STRING"),
    **dict.fromkeys(("TIME", "TIMETZ"), "STRING"),
    **dict.fromkeys(("JSON", "JSONB", "VARIANT", "SUPER"), "STRING, or STRUCT<…>"),
    **dict.fromkeys(("OBJECT", "RECORD", "ROW"), "STRUCT<…>"),
    **dict.fromkeys(("BYTEA", "BYTES", "BLOB", "IMAGE"), "BINARY"),
    **dict.fromkeys(("RAW", "VARBINARY"), "BINARY"),
    **dict.fromkeys(("INT2", "INT16", "UINT8"), "SMALLINT"),
    **dict.fromkeys(("INT4", "INT32", "UINT16", "YEAR"), "INT"),
    **dict.fromkeys(("INT8", "INT64", "UINT32"), "BIGINT"),
    **dict.fromkeys(("FLOAT4", "FLOAT32", "BINARY_FLOAT"), "FLOAT"),
    **dict.fromkeys(("FLOAT8", "FLOAT64", "BINARY_DOUBLE"), "DOUBLE"),
    **dict.fromkeys(("DATETIME", "DATETIME2", "SMALLDATETIME"), "TIMESTAMP"),
    **dict.fromkeys(("TIMESTAMPTZ", "TIMESTAMP_TZ", "DATETIMEOFFSET"), "TIMESTAMP"),
}
# What comes after a type elsewhere, and makes it another one
_GOING_ON = {
    ("TIMESTAMP", "WITHOUT"): "TIMESTAMP_NTZ",
    ("TINYINT", "UNSIGNED"): "SMALLINT",
    ("SMALLINT", "UNSIGNED"): "INT",
    ("INT", "UNSIGNED"): "BIGINT",
    ("BIGINT", "UNSIGNED"): "DECIMAL(20,0)",
}
_SIZED = re.compile(r"\s*\w+\s*(\(\s*\d+\s*(?:,\s*\d+\s*)?\))\s*")
_TOKEN = re.compile(r"\s*(?:(`(?:[^`]|``)+`)|('(?:[^'\\]|\\.)*')|([^\W]+)|(.))", re.S)


class TypeFault(ValueError):
    """A text is no type for a column: `message` says why, `remedy` what to write."""

    def __init__(self, message: str, remedy: str = ""):
        super().__init__(message)
        self.message, self.remedy = message, remedy


@dataclass(frozen=True)
class Type:
    """A type: `base` in its usual spelling, and numbers, types or fields within it."""

    base: str
    within: tuple = ()

    def __str__(self) -> str:
        if self.base == "DECIMAL":
            return f"DECIMAL({self.within[0]},{self.within[1]})"
        if self.base == "STRUCT":
            fields = (f"{name}: {type_}" for name, type_ in self.within)
            return f"STRUCT<{', '.join(fields)}>"
        if self.within:
            return f"{self.base}<{', '.join(map(str, self.within))}>"
        return self.base

    @property
    def fields(self) -> tuple[tuple[str, "Type"], ...]:
        """The types within it, by the names of fields; those without have none."""
        if self.base == "STRUCT":
            return tuple((_plain(name), type_) for name, type_ in self.within)
        return tuple(("", t) for t in self.within if isinstance(t, Type))

    @property
    def family(self) -> str:
        """Types of one family can be compared with each other."""
        if self.base in (*INTEGERS, "DECIMAL"):
            return "exact number"
        if self.base in FLOATS:
            return "approximate number"
        return "time" if self.base in TIMES else self.base


def parse(text: str) -> Type:
    """The type that a text such as `ARRAY<DECIMAL(10,2)>` names. Raises TypeFault."""
    return _Parser(text).whole()


def leaves(type_: Type) -> int:
    """As how many columns Delta counts it: a struct as those of its fields."""
    if type_.base != "STRUCT":
        return 1
    return sum(leaves(field) for _, field in type_.within)


def is_clusterable(type_: Type) -> bool:
    """Whether it has statistics: docs.databricks.com/aws/en/delta/clustering."""
    return type_.base not in (*NESTED, "BINARY", "BOOLEAN")


def is_orderable(type_: Type) -> bool:
    """Whether values have an order that says which change came later."""
    return type_.base not in (*NESTED, "BINARY", "BOOLEAN")


def _plain(name: str) -> str:
    """The name of a field without its backticks."""
    return name[1:-1].replace("``", "`") if name.startswith("`") else name


class _Parser:
    def __init__(self, text: str):
        self.text = text
        tokens = (match.group().strip() for match in _TOKEN.finditer(text))
        self._tokens = [token for token in tokens if token]

    def whole(self) -> Type:
        type_ = self._type()
        if self._tokens:
            meant = _GOING_ON.get((type_.base, self._peek().upper()), type_)
            raise TypeFault(
                f"physicalType {self.text} goes on after {type_}", f"write {meant}"
            )
        return type_

    def _type(self) -> Type:
        written = self._next()
        base = _ALIASES.get(written.upper(), written.upper())
        if base == "DECIMAL":
            return self._decimal()
        if base in _SIMPLE:
            if self._peek() == "(":
                remedy = f"write {base}"
                remedy += " with maxLength" if base == "STRING" else ""
                raise TypeFault(f"physicalType {self.text} has a size", remedy)
            return Type(base)
        if base in NESTED:
            return self._nested(base)
        raise self._unknown(written)

    def _unknown(self, written: str) -> TypeFault:
        if written.upper() in _ELSEWHERE:
            instead = _ELSEWHERE[written.upper()]
            if instead == "DECIMAL(p,s)" and (size := _SIZED.fullmatch(self.text)):
                instead = f"DECIMAL{size[1]}"
            return TypeFault(
                f"physicalType {self.text} cannot be used here", f"write {instead}"
            )
        known = (*_SIMPLE, "DECIMAL", *NESTED)
        meant = nearest(written, (*known, *_ALIASES))
        # The whole type again, with only the name mended
        remedy = f"did you mean {self.text.replace(written, meant or '', 1)}?"
        message = f"physicalType {self.text} is not a Unity Catalog type"
        return TypeFault(message, remedy if meant else did_you_mean(written, known))

    def _decimal(self) -> Type:
        if self._peek() != "(":
            return Type("DECIMAL", (10, 0))
        self._expect("(")
        precision, scale = self._number(), 0
        if self._peek() == ",":
            self._expect(",")
            scale = self._number()
        self._expect(")")
        if not 1 <= precision <= 38:
            raise TypeFault(
                f"physicalType {self.text} has a precision of {precision}",
                "write one from 1 to 38",
            )
        if scale > precision:
            raise TypeFault(
                f"physicalType {self.text} has more decimals than digits",
                f"write a scale of at most {precision}",
            )
        return Type("DECIMAL", (precision, scale))

    def _nested(self, base: str) -> Type:
        examples = {
            "ARRAY": "ARRAY<STRING>",
            "MAP": "MAP<STRING, INT>",
            "STRUCT": "STRUCT<name: STRING>",
        }
        if self._peek() != "<":
            raise TypeFault(
                f"physicalType {self.text} does not say what is in its {base}",
                f"write it like {examples[base]}",
            )
        self._expect("<")
        within = [self._field() if base == "STRUCT" else self._type()]
        while self._peek() == ",":
            self._expect(",")
            within.append(self._field() if base == "STRUCT" else self._type())
        self._expect(">")
        if len(within) != {"ARRAY": 1, "MAP": 2}.get(base, len(within)):
            raise TypeFault(
                f"physicalType {self.text} has a wrong number of types in its {base}",
                f"write it like {examples[base]}",
            )
        if base == "MAP" and within[0].base != "STRING":
            raise TypeFault(
                f"physicalType {self.text} has a MAP with keys other than text",
                f"write MAP<STRING, {within[1]}>, as in JSON",
            )
        names = [name.lower() for name, _ in within] if base == "STRUCT" else []
        for name in names:
            if names.count(name) > 1:
                raise TypeFault(f"physicalType {self.text} has two fields named {name}")
        return Type(base, tuple(within))

    def _field(self) -> tuple[str, Type]:
        name = self._next()
        if self._peek() == ":":
            self._expect(":")
        type_ = self._type()
        # What a JSON reader cannot promise, and what has no place in a cast
        if self._peek().upper() == "NOT":
            self._expect("NOT")
            self._expect("NULL")
        if self._peek().upper() == "COMMENT":
            self._expect("COMMENT")
            self._next()
        return name, type_

    def _peek(self) -> str:
        return self._tokens[0] if self._tokens else ""

    def _next(self) -> str:
        if not self._tokens:
            raise TypeFault(f"physicalType {self.text or 'is empty'} ends too early")
        return self._tokens.pop(0)

    def _expect(self, token: str) -> None:
        if self._peek().upper() != token:
            found = self._peek() or "its end"
            raise TypeFault(
                f"physicalType {self.text} has {found} where {token} belongs"
            )
        self._next()

    def _number(self) -> int:
        token = self._next()
        if not token.isdigit():
            message = f"physicalType {self.text} has {token} where a number belongs"
            raise TypeFault(message)
        return int(token)
