"""The text of one CSV record into its cells, by Spark's own expressions."""

from pyspark.sql import Column
from pyspark.sql import functions as F

from localrun.autoloader.csv_grammar import Grammar
from localrun.autoloader.options import Options
from localrun.autoloader.records import literally


def raw_cells(record: Column, grammar: Grammar) -> Column:
    """The cells of a record as they are written, quotes included."""
    separator = literally(grammar.separator)
    plain = F.split(record, separator, -1)
    if not grammar.quote:
        return plain
    # a separator in front, so that no match is empty, which would skip a character
    cells = F.regexp_extract_all(
        F.concat(F.lit(grammar.separator), record),
        F.lit(f"{separator}({grammar.cell})"),
        F.lit(1),
    )
    return F.when(F.contains(record, F.lit(grammar.quote)), cells).otherwise(plain)


def is_readable(record: Column, raw: Column, grammar: Grammar) -> Column:
    """Every quote that opens a cell is closed."""
    if not grammar.quote:
        return F.lit(True)
    closed = F.lit(f"^{grammar.quoted}")
    unclosed = F.exists(
        raw, lambda cell: _opens(cell, grammar) & ~F.rlike(cell, closed)
    )
    return ~F.contains(record, F.lit(grammar.quote)) | ~unclosed


def values(raw: Column, grammar: Grammar, options: Options) -> Column:
    """What the cells say: unquoted, and NULL for what the options take for it."""
    empty = options.parser.get("emptyvalue", "")
    whole = f"^{grammar.quoted}[ \\t]*+\\z"

    def unquoted(cell: Column) -> Column:
        text = F.ltrim(cell) if grammar.trims else cell
        text = F.rtrim(text) if options.flag("ignoretrailingwhitespace") else text
        text = F.when(text != "", text)
        if not grammar.quote:
            return text
        inner = F.trim(cell, F.lit(" \t"))
        inner = _unescaped(F.substring(inner, 2, F.length(inner) - 2), grammar)
        inner = F.when(inner == "", F.lit(empty)).otherwise(inner) if empty else inner
        is_quoted = _opens(cell, grammar) & F.rlike(cell, F.lit(whole))
        return F.when(is_quoted, inner).otherwise(text)

    null = options.parser.get("nullvalue", "")
    return F.transform(F.transform(raw, unquoted), lambda c: F.when(c != null, c))


def _opens(cell: Column, grammar: Grammar) -> Column:
    return F.startswith(F.ltrim(cell) if grammar.trims else cell, F.lit(grammar.quote))


def _unescaped(text: Column, grammar: Grammar) -> Column:
    quote, escape = grammar.quote, grammar.escape
    if quote == escape:
        return F.replace(text, F.lit(quote * 2), F.lit(quote))
    escaped = f"{literally(escape)}([{literally(quote)}{literally(escape)}])"
    return F.regexp_replace(text, escaped, "$1")
