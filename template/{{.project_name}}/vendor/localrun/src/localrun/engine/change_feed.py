"""Reads of a table's change data feed by name: `option("readChangeFeed", "true")`.

Follows https://docs.databricks.com/aws/en/delta/delta-change-data-feed, and for the
targets of AUTO CDC https://docs.databricks.com/aws/en/ldp/cdc-advanced.
"""

from pyspark.pipelines.output import TemporaryView
from pyspark.sql import DataFrame
from pyspark.sql import functions as F

from localrun.engine.definitions import Definitions
from localrun.errors import FlowError

PROPERTY = "delta.enableChangeDataFeed"
_ADDED = {
    "_change_type": "string",
    "_commit_version": "bigint",
    "_commit_timestamp": "timestamp",
}


def check(definitions: Definitions, name: str) -> None:
    """Raises FlowError where a name is a dataset of the pipeline without a feed."""
    dataset = definitions.dataset(name)
    if dataset is None:
        return
    output = definitions.outputs[dataset]
    if isinstance(output, TemporaryView):
        raise FlowError(
            f"{dataset} is a view, and only a table has a change feed: read the feed "
            "of the table below it"
        )
    properties = getattr(output, "table_properties", None) or {}
    if str(properties.get(PROPERTY, "")).lower() != "true":
        raise FlowError(
            f"{dataset} has no change feed: define it with "
            f'table_properties={{"{PROPERTY}": "true"}}'
        )


def with_added_columns(df: DataFrame) -> DataFrame:
    """A table's empty stand-in, with the columns that its feed has beside its own."""
    nothing = F.lit(None)
    return df.withColumns({name: nothing.cast(kind) for name, kind in _ADDED.items()})
