"""Names, values and patterns as SQL text that reads the same on every Spark."""

from decimal import Decimal


def name(column: str) -> str:
    """A column name in backticks, whatever characters it has."""
    return "`" + column.replace("`", "``") + "`"


def misfit(column: str) -> str:
    """The text in a column that does not fit its type; NULL where it fits."""
    return f"_misfits[{literal(column)}]"


def literal(value: object, type_name: str = "STRING") -> str:
    """A value of a contract as a literal that compares with a column of that type."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int):
        return str(value)
    if isinstance(value, float):
        # 1e-05 would be a double, and a decimal compared with it no longer exact.
        return format(Decimal(repr(value)), "f")
    escaped = str(value).replace("\\", "\\\\").replace("'", "\\'")
    time_type = type_name if type_name in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ") else ""
    return f"{time_type}'{escaped}'"


def pattern(regex: str) -> str:
    """A regular expression as a literal, raw wherever its quotes allow it."""
    for quote in "'\"":
        if quote not in regex:
            return f"r{quote}{regex}{quote}"
    return literal(regex)
