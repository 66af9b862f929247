"""Which privileges each kind of securable takes, and how a GRANT names them.

Follows https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
"""

import re
from dataclasses import dataclass

_INHERITED = {"EXECUTE", "MODIFY", "READ VOLUME", "REFRESH", "SELECT", "WRITE VOLUME"}
_MAKE = {
    "CREATE FUNCTION",
    "CREATE MATERIALIZED VIEW",
    "CREATE MODEL",
    "CREATE TABLE",
    "CREATE VOLUME",
}
_ANY = {"ALL PRIVILEGES", "APPLY TAG", "MANAGE"}
_SCHEMA = {*_ANY, *_MAKE, *_INHERITED, "EXTERNAL USE SCHEMA", "USE SCHEMA"}
PRIVILEGES = {
    "CATALOG": {*_SCHEMA, "BROWSE", "CREATE SCHEMA", "USE CATALOG"},
    "SCHEMA": _SCHEMA,
    "TABLE": {*_ANY, "MODIFY", "SELECT"},
    "VIEW": {*_ANY, "SELECT"},
    "MATERIALIZED VIEW": {*_ANY, "REFRESH", "SELECT"},
    "VOLUME": {*_ANY, "READ VOLUME", "WRITE VOLUME"},
    "EXTERNAL LOCATION": {
        *("ALL PRIVILEGES", "BROWSE", "CREATE EXTERNAL TABLE"),
        *("CREATE EXTERNAL VOLUME", "CREATE MANAGED STORAGE", "MANAGE"),
        *("READ FILES", "WRITE FILES"),
    },
    "FUNCTION": {"ALL PRIVILEGES", "EXECUTE", "MANAGE"},
}
_NAME = r"`(?:[^`]|``)+`|\w+"
_GRANT = re.compile(
    rf"GRANT (?P<privileges>[A-Z ,]+?) ON (?P<kind>{'|'.join(PRIVILEGES)}) "
    rf"(?P<name>(?:{_NAME})(?:\.(?:{_NAME}))*) TO (?P<principal>{_NAME})",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Grant:
    """A GRANT statement, its names without their quotes."""

    privileges: tuple[str, ...]
    kind: str
    name: tuple[str, ...]
    principal: str

    @property
    def invalid(self) -> list[str]:
        """The privileges that this kind of securable does not take."""
        return [p for p in self.privileges if p not in PRIVILEGES[self.kind]]


def parse(statement: str) -> Grant | None:
    """The statement as a Grant, or None where it is none."""
    found = _GRANT.fullmatch(" ".join(statement.split()))
    if not found:
        return None
    return Grant(
        tuple(p.strip().upper() for p in found["privileges"].split(",")),
        found["kind"].upper(),
        tuple(_unquoted(n) for n in re.findall(_NAME, found["name"])),
        _unquoted(found["principal"]),
    )


def _unquoted(name: str) -> str:
    return name[1:-1].replace("``", "`") if name.startswith("`") else name
