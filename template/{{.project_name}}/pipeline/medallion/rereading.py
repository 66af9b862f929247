"""Which sources a full refresh may read again: of all others, bronze keeps its rows.

Bronze has rows that its source may not have any more: files are tidied away, messages
age out. So a full refresh leaves it alone, and makes all else again from it
(`pipelines.reset.allowed`, https://docs.databricks.com/aws/en/ldp/properties). Only
what bronze itself has got wrong, such as the type of a column, takes the source.
"""

from collections.abc import Callable, Iterable

from medallion.model import Table

KEY = "pipeline.reread"
PROPERTY = "pipelines.reset.allowed"


def configured(conf, tables: Iterable[Table]) -> Callable[[Table], dict[str, str]]:
    """A function that gives the property of what is read from a table's source.

    `conf` is `spark.conf`: `pipeline.reread` are names of tables, separated by commas.
    Raises ValueError for a name that is not a table of the contract.
    """
    named = {name.strip().lower() for name in conf.get(KEY, "").split(",")} - {""}
    known = [table.name for table in tables]
    for name in sorted(named - {name.lower() for name in known}):
        raise ValueError(
            f"reread names {name}, which is not a table of the contract: there are "
            f"{', '.join(known)}"
        )

    def properties(table: Table) -> dict[str, str]:
        return {PROPERTY: str(table.name.lower() in named).lower()}

    return properties
