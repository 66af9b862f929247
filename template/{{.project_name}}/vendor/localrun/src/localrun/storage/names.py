"""The names of tables, as Unity Catalog resolves them.

Follows https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-names and, for
`LIVE`, https://docs.databricks.com/aws/en/ldp/live-schema.
"""

import re
from dataclasses import dataclass

from localrun.errors import FlowError

_TEXT = r"\s*`(?:[^`]|``)+`\s*|[^`.]+"
_PART = re.compile(_TEXT)
_NAME = re.compile(rf"(?:{_TEXT})(?:\.(?:{_TEXT}))*")


@dataclass(frozen=True)
class Names:
    """The default catalog and schema of a pipeline, and what names mean in it.

    A table's full name has three parts in lower case, since Unity Catalog tells names
    apart regardless of case. Its short name leaves out the default schema, or the
    default catalog: `orders`, `raw.orders`, `crm.raw.orders`.
    """

    catalog: str
    schema: str

    def full(self, name: str) -> tuple[str, str, str]:
        """Catalog, schema and table. Raises FlowError for what is not a name."""
        parts = [part.lower() for part in split(name)]
        if parts[0] == "live" and len(parts) > 1:
            parts = parts[1:]
        if len(parts) > 3:
            raise FlowError(
                f"{name} has {len(parts)} parts: write it as catalog.schema.table"
            )
        defaults = [self.catalog.lower(), self.schema.lower()]
        catalog, schema, table = [*defaults[: 3 - len(parts)], *parts]
        return catalog, schema, table

    def short(self, name: str) -> str:
        """The name with as few parts as it needs; itself where it is short already.

        A part that holds a dot keeps its backticks.
        """
        catalog, schema, table = self.full(name)
        parts = [table]
        if (catalog, schema) != (self.catalog.lower(), self.schema.lower()):
            parts.insert(0, schema)
        # `live.x` would be read as the `x` of the default schema.
        if catalog != self.catalog.lower() or parts[0] == "live" != parts[-1]:
            parts.insert(0, catalog)
        return ".".join(f"`{part}`" if "." in part else part for part in parts)


def split(name: str) -> list[str]:
    """The parts of a name, without backticks. Raises FlowError where it has none."""
    parts = [part.strip() for part in _PART.findall(name)]
    if not _NAME.fullmatch(name) or not all(parts):
        raise FlowError(
            f"{name!r} is not the name of a table: write table, schema.table or "
            "catalog.schema.table, with backticks around parts that hold dots"
        )
    quoted = [part.startswith("`") for part in parts]
    return [
        part[1:-1].replace("``", "`") if is_quoted else part
        for part, is_quoted in zip(parts, quoted, strict=True)
    ]
