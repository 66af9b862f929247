"""Whether a source has files yet: looked at once, before the graph is put together.

Columns cannot be inferred from an empty folder, and one source without files stops the
whole update (CF_EMPTY_DIR_FOR_SCHEMA_INFERENCE). So a source that waits for its first
file is read with the columns that the contract knows, and nothing is inferred; from the
next update after that file on, its columns are inferred, and new ones are added.

The dataset files ask when they are loaded, never a dataset function: what that returns
must be the same each time it is called.
"""

import re

from pyspark.sql import SparkSession

from medallion import files, sql_text
from medallion.checks import predicates
from medallion.contract import Table
from medallion.model import CORRUPT, FILE_FORMATS
from medallion.names import READ_AS, is_kept

_PATTERN = re.compile(r"[*?\[{]")
_CHOICES = {"pathGlobFilter", "fileNamePattern"}


def awaited(spark: SparkSession, table: Table) -> str | None:
    """The columns (DDL) to read a source with that has no file yet.

    None where it has one, where nothing is inferred anyway (text, tables, topics), and
    where the columns or their types are not known: such an update fails, and says which
    folder needs a file. A file without content is none: it tells no columns either. A
    missing folder is made.
    """
    if table.format not in FILE_FORMATS or _has_files(spark, table):
        return None
    is_known = table.columns or (table.is_text and not table.once)
    if table.format == "text" or not is_known:
        return None
    columns = {c.source_name: c.type for c in table.source_columns}
    if table.is_text:
        columns = dict.fromkeys([*_named(table), READ_AS[CORRUPT]], "STRING")
    return ", ".join(f"{sql_text.name(n)} {type_}" for n, type_ in columns.items())


def _named(table: Table) -> list[str]:
    """What the source calls the columns that the contract names, if only in a rule."""
    stated = list(table.source_names.values())
    if table.columns:
        return stated
    texts = [rule.expectation for rule in table.rules]
    texts += [text for text in (table.delete_when, table.truncate_when) if text]
    named = [name for text in texts for name in predicates.columns(text)]
    named += [name for r in table.relationships for name in r.columns]
    of_files = [name for name in named if not is_kept(name, table.added_columns)]
    found: dict[str, str] = {}
    for name in (*stated, *(n for n in of_files if n not in table.source_names)):
        found.setdefault(name.lower(), name)
    return list(found.values())


def _has_files(spark: SparkSession, table: Table) -> bool:
    """Whether there is a file with content, at any depth.

    A pattern, or a choice of names, is not looked for, and counts as a file; so does
    what cannot be looked at, so that this stops no source that can be read.
    Follows https://docs.databricks.com/aws/en/files/.
    """
    folder = files.location(spark, table)
    if _PATTERN.search(folder) or _CHOICES & table.reader_options.keys():
        return True
    for look in (_holds, _makes):
        try:
            return look(folder)
        except Exception:  # Each kind of storage has its own for what is missing.
            continue
    return True  # Whoever reads it says what is wrong with it.


def _makes(folder: str) -> bool:
    _dbutils().fs.mkdirs(folder)
    return _holds(folder)


def _holds(folder: str) -> bool:
    # What begins with . or _ is hidden from readers.
    found = [e for e in _dbutils().fs.ls(folder) if not e.name.startswith((".", "_"))]
    inner = [entry.path for entry in found if entry.name.endswith("/")]
    if any(e.size > 0 for e in found if not e.name.endswith("/")):
        return True
    return any(map(_holds, inner))


def _dbutils():
    from databricks.sdk.runtime import dbutils

    return dbutils
