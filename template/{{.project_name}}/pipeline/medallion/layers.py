"""Which schema a table is in: the pipeline's own, or one that its layer has.

Where the pipeline's configuration names schemas for bronze and gold, all else is in the
pipeline's own: silver, quarantine, the checks. A name that was not put into its layer
ends up there, too, and not before the eyes of those who may read gold.
"""

from collections.abc import Callable, Mapping

from medallion import sql_text

# What the configuration calls the schema of each layer that can have one.
KEYS = {layer: f"pipeline.schema.{layer}" for layer in ("bronze", "gold")}


def configured(conf) -> Callable[[str], str]:
    """Makes `gold_sales` the name of that table in its layer, as `of` does.

    `conf` is `spark.conf`: `pipeline.schema.bronze` and `pipeline.schema.gold` are
    schemas with their catalogs, or are not set. Follows
    https://docs.databricks.com/aws/en/ldp/target-schema
    """
    return of({layer: conf.get(key, "") for layer, key in KEYS.items()})


def of(schemas: Mapping[str, str]) -> Callable[[str], str]:
    """A function from the name of a table to its name in the schema of its layer.

    `schemas` are texts such as `main.sales_gold` by layer, which is what a name begins
    with: `gold_daily` becomes `main`.`sales_gold`.gold_daily, within backticks. Of any
    other layer a name stays as it is.
    """

    def in_layer(table: str) -> str:
        schema = schemas.get(table.partition("_")[0])
        if not schema:
            return table
        return ".".join([*map(sql_text.name, schema.split(".")), table])

    return in_layer
