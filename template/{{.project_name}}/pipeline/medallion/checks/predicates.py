"""What can be told of a SQL predicate without Spark: its form, and the names in it.

Spark itself analyses every predicate in `make check`; this is what still works where
the contract is loaded, and it says what a rule must not be.
"""

import re
from collections.abc import Iterable, Iterator

from medallion.problems import did_you_mean

_TOKEN = re.compile(
    r"""(?P<space>\s+)
    | (?P<comment>--[^\n]*|/\*.*?(?:\*/|$))
    | (?P<text>[rR]'[^']*'|[rR]"[^"]*"|'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")
    | (?P<quoted>`(?:[^`]|``)+`)
    | (?P<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?[a-zA-Z]{0,2})
    | (?P<word>[^\W\d]\w*)
    | (?P<sign>->|=>|::|.)""",
    re.VERBOSE | re.DOTALL,
)
# Words that are no columns: of the language, of types and of units of time
_LANGUAGE = """
    and any array as asc at between both by case cast collate current_catalog
    current_database current_schema current_user desc distinct div else end escape
    exists extract false first for from ilike in interval is last leading like local
    not null nulls on or overlay placing position regexp rlike similar some substring
    then to trailing trim true unknown using utf8_binary utf8_lcase when x zone
"""
_TYPES_AND_UNITS = """
    bigint binary boolean byte date day dayofweek days dec decimal double float hour
    hours int integer long map microsecond microseconds millisecond milliseconds minute
    minutes month months numeric quarter real second seconds short smallint string
    struct time timestamp timestamp_ltz timestamp_ntz timestampadd timestampdiff tinyint
    void week weeks year years
"""
_MANY_ROWS = """
    any_value approx_count_distinct array_agg avg bool_and bool_or collect_list
    collect_set corr count count_distinct count_if cume_dist dense_rank every
    first_value grouping kurtosis lag last_value lead listagg max max_by mean median min
    min_by mode ntile over percentile rank row_number skewness std stddev stddev_pop
    stddev_samp string_agg sum try_avg try_sum var_pop var_samp variance
"""
_CHANGING = """
    curdate current_date current_time current_timestamp localtimestamp
    monotonically_increasing_id now rand randn random shuffle spark_partition_id uuid
"""
_WORDS = frozenset((_LANGUAGE + _TYPES_AND_UNITS + _CHANGING).split())
_LOOKS_AT_MANY_ROWS = frozenset(_MANY_ROWS.split())
_GIVES_ANOTHER_ANSWER = frozenset(_CHANGING.split())


def fault(predicate: str) -> tuple[str, str] | None:
    """Why a text cannot be a rule on one row, and what to do; None where it can be."""
    tokens = list(_tokens(predicate))
    if not tokens:
        return "it is empty", "write a condition such as amount > 0"
    for kind, text in tokens:
        if kind == "comment":
            return "it holds a comment", "say it in the rule's description"
        if kind == "sign" and text in ("'", '"', "`"):
            return f"a quote {text} is not closed", "close it, or double it within text"
        if kind == "sign" and text == ";":
            return "it holds a semicolon", "write one condition, joined by AND or OR"
        if kind == "sign" and text == ":" and "struct" not in predicate.lower():
            return "open-source Spark has no column:path", "use get_json_object"
    return _unbalanced(tokens) or _not_of_a_row(tokens)


def unknown_columns(predicate: str, known: Iterable[str]) -> list[tuple[str, str]]:
    """(name, remedy) of each column in a predicate that is none of the known ones."""
    names = list(known)
    lower = {name.lower() for name in names}
    found = dict.fromkeys(n for n in columns(predicate) if n.lower() not in lower)
    return [(name, did_you_mean(name, names)) for name in found]


def columns(predicate: str) -> list[str]:
    """The columns that a predicate names, as written, in order; fields not included."""
    tokens = list(_tokens(predicate))
    if any(text.lower() == "struct" for _, text in tokens):
        return []  # a type with names of its own
    parameters = set(_parameters(tokens))
    found = []
    for i, (kind, text) in enumerate(tokens):
        before = tokens[i - 1][1] if i else ""
        after = tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if before == "." or (kind == "word" and after in ("(", "=>")):
            continue
        if kind == "quoted":
            found.append(text[1:-1].replace("``", "`"))
        elif kind == "word" and text.lower() not in _WORDS | parameters:
            found.append(text)
    return found


def _tokens(predicate: str) -> Iterator[tuple[str, str]]:
    for match in _TOKEN.finditer(predicate):
        if match.lastgroup != "space":
            yield match.lastgroup or "", match.group()


def _unbalanced(tokens: list[tuple[str, str]]) -> tuple[str, str] | None:
    pairs, open_ = {"(": ")", "[": "]"}, []
    for kind, text in tokens:
        if kind == "sign" and text in "([":
            open_.append(text)
        elif kind == "sign" and text in ")]":
            if [text] != [pairs[bracket] for bracket in open_[-1:]]:
                return f"a bracket {text} closes nothing", "open it, or remove it"
            open_.pop()
    if open_:
        return f"a bracket {open_[-1]} is not closed", "close it"
    return None


def _not_of_a_row(tokens: list[tuple[str, str]]) -> tuple[str, str] | None:
    """Follows https://docs.databricks.com/aws/en/ldp/expectations and the SQL page of
    CREATE STREAMING TABLE: literals, columns and deterministic functions."""
    words = [text.lower() for kind, text in tokens if kind == "word"]
    if "select" in words:
        return "it holds a query", "a rule sees one row; compare tables in a view"
    for i, (kind, text) in enumerate(tokens):
        name, after = text.lower(), tokens[i + 1][1] if i + 1 < len(tokens) else ""
        if kind != "word" or (i and tokens[i - 1][1] == "."):
            continue
        if after == "(" and name in _LOOKS_AT_MANY_ROWS:
            return f"{name} looks at many rows", "a rule sees one row only"
        bare = name.startswith("current_")
        if name in _GIVES_ANOTHER_ANSWER and (after == "(" or bare):
            return (
                f"{name} gives another answer each time, so that a row could be in "
                "quarantine and in silver",
                "compare with a column, such as _ingested_at",
            )
    return None


def _parameters(tokens: list[tuple[str, str]]) -> Iterator[str]:
    """Names that stand before the arrow of a lambda: x -> …, (k, v) -> …"""
    for i, (_, text) in enumerate(tokens):
        if text != "->":
            continue
        j = i - 1
        while j >= 0 and (tokens[j][0] == "word" or tokens[j][1] in "(),"):
            if tokens[j][0] == "word":
                yield tokens[j][1].lower()
            if tokens[i - 1][1] != ")" or tokens[j][1] == "(":
                break
            j -= 1
