"""The text of JSON, with every number as it is written.

Jackson gives a nested value back as it prints it itself: 1.10 as 1.1, and of a long
decimal 17 digits. So numbers become strings that are marked, before it parses.
"""

from pyspark.sql import Column
from pyspark.sql import functions as F

# A code point that Unicode keeps for such use: no text that is exchanged has it.
_MARK = "\ufdd0"
_NUMBER = r"[-+]?+(?:[0-9][0-9.eE+-]*+|NaN|Infinity)"
_OTHER = r'[^"0-9+\-NI]++|"(?:[^"\\]++|\\.)*+"'
# \G is the end of the last match, so that none begins inside of a string.
_NEXT_NUMBER = rf"(?s)\G((?:{_OTHER})*+)({_NUMBER})"


def marked(text: Column) -> Column:
    """The JSON with its numbers as strings, which `exact` knows from others."""
    number = F.lit(f'$1"{_MARK}$2{_MARK}"')
    replaced = F.regexp_replace(text, F.lit(_NEXT_NUMBER), number)
    return F.when(F.contains(text, F.lit(_MARK)), text).otherwise(replaced)


def exact(text: Column) -> Column:
    """What `marked` JSON says, a string or nested JSON, with its numbers as written."""
    return F.regexp_replace(text, f'"?{_MARK}"?', "")


def object_of(entries: Column) -> Column:
    """`array<struct<key: string, value: string>>` as a JSON object of strings.

    Names may be equal, unlike the keys of a map.
    """

    def member(entry: Column) -> Column:
        alone = F.to_json(F.create_map(entry["key"], entry["value"]))
        return F.substring(alone, F.lit(2), F.length(alone) - 2)

    members = F.array_join(F.transform(entries, member), ",")
    return F.concat(F.lit("{"), members, F.lit("}"))
