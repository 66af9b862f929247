"""What Spark makes of a definition, to tell whether it is still the same."""

import hashlib
import re

from pyspark.sql import DataFrame

from localrun.spark import jvm

# Numbers in a plan that differ from one evaluation to the next: ids of expressions,
# addresses of objects, variables of lambdas, Python's handles, ids of watermarks.
_UNSTABLE = re.compile(
    r"#\d+L?|@[0-9a-f]+|\b[a-z]_\d+\b|JavaObject id=o\d+"
    r"|\b[0-9a-f]{8}(-[0-9a-f]{4,12}){4}"
)


def canonical(df: DataFrame) -> str:
    """The plan, without the names of columns."""
    return jvm.canonical_plan(df)


def stable(text: str) -> str:
    """The text of a plan, or of an expression, without `_UNSTABLE` numbers."""
    return _UNSTABLE.sub("", text)


def reads_the_clock(df: DataFrame) -> bool:
    """Whether the same input may give another result at another time."""
    return not jvm.is_deterministic(df) or bool(
        re.search(r"current_(date|timestamp)|now\(\)", jvm.analyzed_plan(df))
    )


def digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
