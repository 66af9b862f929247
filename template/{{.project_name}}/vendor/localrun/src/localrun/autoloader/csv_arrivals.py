"""CSV files that come between the look at a folder and the micro-batch that reads it.

What a load found out of the files that were there decides how all are read. So a
micro-batch lists them once more, and looks at those that are new by then.
"""

from collections.abc import Collection

from pyspark.sql import Column, DataFrame, SparkSession
from pyspark.sql import functions as F

from localrun.autoloader.csv_beginnings import (
    STAMPED,
    Quoting,
    beginning,
    keyed,
    stamp,
)
from localrun.autoloader.csv_look import look
from localrun.autoloader.csv_shape import Shape
from localrun.autoloader.files import SourceFile, matching, name_filter
from localrun.autoloader.options import Options
from localrun.errors import FlowError


def beginnings(
    spark: SparkSession,
    path: str,
    options: Options,
    known: Collection[SourceFile],
    shape: Shape,
) -> DataFrame:
    """Those of all files that are there by now; see `csv_beginnings.known`."""
    quoting, pattern = Quoting.of(options), name_filter(options.source)
    known = frozenset(known)

    @F.udf(returnType=f"array<struct<{STAMPED}>>", useArrow=False)
    def listed() -> list[tuple[int, int, str, str]]:
        found = matching(path, pattern)
        for file in found:
            if file not in known:
                _check(file.path, quoting, shape)
        return [(*stamp(f.path), beginning(f.path, quoting)) for f in found]

    files = spark.range(1).select(F.explode(listed()).alias("file"))
    return keyed(files.select("file.*"))


def are_alike(
    spark: SparkSession,
    path: str,
    options: Options,
    known: Collection[SourceFile],
    shape: Shape,
) -> Column:
    """True, once it is clear that all files are like the known ones.

    A column of one value, which a micro-batch computes once. It fails with a FlowError
    where a file is not.
    """
    quoting, pattern = Quoting.of(options), name_filter(options.source)
    known = frozenset(known)

    @F.udf(returnType="boolean", useArrow=False)
    def checked() -> bool:
        for file in matching(path, pattern):
            if file not in known:
                _check(file.path, quoting, shape)
        return True

    return spark.range(1).select(checked()).scalar()


def _check(path: str, quoting: Quoting, shape: Shape) -> None:
    if not shape.plain:
        return
    seen = look(path, quoting)
    is_like = seen.plain and not (shape.even and seen.cells - {shape.width})
    if shape.uniform and shape.beginning:
        is_like = is_like and beginning(path, quoting) == shape.beginning
    if not is_like:
        raise FlowError(
            f"{path} came while the update began, and is not written as the files "
            "before it: run the update again"
        )
