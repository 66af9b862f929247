"""The text of JSON, with every number as it is written.

Spark's parser gives a nested value back as it prints it itself: 1.10 as 1.1, and of a
long decimal 17 digits. So numbers become strings that are marked, before it parses.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

# A code point that Unicode keeps for such use: no text that is exchanged has it.
_MARK = "\ufdd0"
_NUMBER = r"[-+]?+(?:[0-9][0-9.eE+-]*+|NaN|Infinity)"
_OTHER = r'[^"0-9+\-NI]++|"(?:[^"\\]++|\\.)*+"'
# \G is the end of the last match, so that none begins inside of a string.
_NEXT_NUMBER = rf"(?s)\G((?:{_OTHER})*+)({_NUMBER})"
# The rest of the control characters is not JSON, inside of strings and outside.
_ESCAPES = {"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\r", "\t": "\\t"}


def _nested(string: str, depth: int) -> str:
    inner = f"|{_nested(string, depth - 1)}" if depth else ""
    return rf'[\[{{](?:[^"\[\]{{}}]++|{string}{inner})*+[\]}}]'


# Everything is possessive, so that no record is too long or too broken to be matched.
_STRING = r'"[^"\\]*+(?:\\.[^"\\]*+)*+"'
_KEY = rf"\s*+{_STRING}\s*+:\s*+"
_PLAIN = rf"(?:{_STRING}|true|false|null)"
_MEMBER = (
    rf"(?s)((?:^\s*+\{{|\G\s*+,)(?:{_KEY}{_PLAIN}\s*+,)*+{_KEY})"
    rf"({_NUMBER}|{_nested(_STRING, 32)})"
)


def marked(text: Column) -> Column:
    """The JSON with its numbers as strings, which `exact` knows from others."""
    replaced = F.regexp_replace(
        text, F.lit(_NEXT_NUMBER), F.lit(f'$1"{_MARK}$2{_MARK}"')
    )
    return F.when(F.contains(text, F.lit(_MARK)), text).otherwise(replaced)


def exact(text: Column) -> Column:
    """What `marked` JSON says, a string or nested JSON, with its numbers as written."""
    return F.regexp_replace(text, f'"?{_MARK}"?', "")


def quoted(record: Column) -> Column:
    """An object with its numbers and nested values as strings, each as it is written.

    Of values that are nested deeper than 32 times, the numbers may not be.
    """
    # Written as JSON escapes it, the mark that a record has itself is none.
    plain = F.replace(record, F.lit(_MARK), F.lit(r"\ufdd0"))
    marks = F.regexp_replace(plain, F.lit(_MEMBER), F.lit(f"$1{_MARK}$2{_MARK}"))

    def piece(text: Column, place: Column) -> Column:
        escaped = text
        for character, escape in _ESCAPES.items():
            escaped = F.replace(escaped, F.lit(character), F.lit(escape))
        string = F.concat(F.lit('"'), escaped, F.lit('"'))
        return F.when(place % 2 == 1, string).otherwise(text)

    return F.array_join(F.transform(F.split(marks, _MARK), piece), "")


def object_of(entries: Column) -> Column:
    """`array<struct<key: string, value: string>>` as a JSON object of strings.

    NULL without entries. Names may be equal, unlike the keys of a map.
    """

    def member(entry: Column) -> Column:
        alone = F.to_json(F.create_map(entry["key"], entry["value"]))
        return F.substring(alone, F.lit(2), F.length(alone) - 2)

    members = F.array_join(F.transform(entries, member), ",")
    whole = F.concat(F.lit("{"), members, F.lit("}"))
    return F.when(F.size(entries) > 0, whole)


def joined(one: Column, other: Column) -> Column:
    """Two texts of JSON objects as one; either may be NULL."""
    head = F.substring(one, F.lit(1), F.length(one) - 1)
    both = F.concat(head, F.lit(","), F.substring(other, F.lit(2), F.length(other)))
    return F.coalesce(both, one, other)
