"""Of which columns Delta keeps statistics, as those that cluster a table must have.

Follows https://docs.databricks.com/aws/en/delta/data-skipping: by default it keeps them
of the first 32 columns, each field of a nested one being a column. On Databricks, where
another one clusters a table, that fails while it is made, with
DELTA_CLUSTERING_COLUMN_MISSING_STATS.
"""

import re

from pyspark.pipelines.output import Table
from pyspark.sql.types import DataType, StructType

from localrun.errors import FlowError
from localrun.spark.quoting import quoted

INDEXED = "delta.dataSkippingNumIndexedCols"
NAMED = "delta.dataSkippingStatsColumns"
_DEFAULT = 32
_NAME = re.compile(r"`((?:[^`]|``)+)`|([^,`\s]+)")


def check(output: Table, schema: StructType) -> None:
    """Raises FlowError where a column without statistics clusters the table."""
    properties = output.table_properties or {}
    stated = str(properties.get(NAMED, ""))
    limit = int(properties.get(INDEXED, _DEFAULT))
    kept = _named(stated) if stated else _first(schema, limit)
    missing = [name for name in output.cluster_by or [] if name.lower() not in kept]
    if not missing:
        return
    names = ", ".join(missing)
    columns = ",".join(map(quoted, output.cluster_by or []))
    why = (
        f"which {NAMED} does not name: add it there"
        if stated
        else f"and Delta has statistics of the first {limit} columns only, each field "
        "of a nested one being a column: let the query give it among those, or name "
        f"the columns that need statistics: table_properties={{'{NAMED}': '{columns}'}}"
    )
    raise FlowError(
        f"[DELTA_CLUSTERING_COLUMN_MISSING_STATS] {output.name} is clustered by "
        f"{names}, {why}"
    )


def _named(text: str) -> set[str]:
    return {(a.replace("``", "`") or b).lower() for a, b in _NAME.findall(text)}


def _first(schema: StructType, limit: int) -> set[str]:
    """The top-level columns within the first columns; all of them if limit is -1."""
    found, place = set(), 0
    for field in schema:
        place += _leaves(field.dataType)
        if limit < 0 or place <= limit:
            found.add(field.name.lower())
    return found


def _leaves(type_: DataType) -> int:
    if not isinstance(type_, StructType):
        return 1
    return sum(_leaves(field.dataType) for field in type_)
