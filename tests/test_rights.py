"""What a principal may do once an administrator and the jobs have run all of `sql/`.

A right on a table is of use with USE SCHEMA and USE CATALOG on what holds it:
https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
"""

import pytest
from projects import CONFIGS
from runner import privileges, sql_task

SCHEMA = ("main", "sales")
# As catalog.sql names them, and as databricks.yml would then, too.
PRINCIPALS = {
    "run_as": "00000000-0000-0000-0000-000000000000",
    "readers": "data-readers",
    "writers": "data-writers",
    "operators": "data-operators",
    "engineers": "data-engineers",
}


class Rights:
    """Who was granted what by the files of a project's `sql/`."""

    def __init__(self, project, *files: str):
        parameters = {"catalog": SCHEMA[0], "schema": SCHEMA[1], **PRINCIPALS}
        self.grants = [
            grant
            for file in files
            for statement in sql_task.statements(
                (project / "sql" / file).read_text(), parameters
            )
            if (grant := privileges.parse(statement))
        ]

    def has(self, who: str, privilege: str, *name: str) -> bool:
        """Whether it was granted on `name`, or on what holds it."""
        return any(
            grant.principal == PRINCIPALS[who]
            and privilege in grant.privileges
            and grant.name == name[: len(grant.name)]
            for grant in self.grants
        )

    def can(self, who: str, privilege: str, name: str) -> bool:
        """Whether it can be made use of: that of a table or volume of the schema."""
        return (
            self.has(who, "USE CATALOG", SCHEMA[0])
            and self.has(who, "USE SCHEMA", *SCHEMA)
            and self.has(who, privilege, *SCHEMA, name)
        )


# What stands between backticks has its own doubled, see databricks.yml.
TEAM, QUOTED_TEAM = "o'brien`s team", "o'brien``s team"
LEAST = ("catalog.sql", "setup.sql", "grants.sql")
MAY = [
    ("readers", "SELECT", "gold_fact_sales"),
    ("operators", "SELECT", "event_log"),
    ("writers", "READ VOLUME", "landing"),
    ("writers", "WRITE VOLUME", "landing"),
    ("run_as", "READ VOLUME", "landing"),
    ("run_as", "CREATE TABLE", "bronze_sales"),
    ("run_as", "CREATE MATERIALIZED VIEW", "gold_fact_sales"),
]
MAY_NOT = [
    ("readers", "SELECT", "bronze_sales"),
    ("readers", "SELECT", "silver_sales"),
    ("readers", "SELECT", "quarantine_sales"),
    ("readers", "SELECT", "event_log"),
    ("readers", "READ VOLUME", "landing"),
    ("operators", "SELECT", "gold_fact_sales"),
    ("writers", "SELECT", "gold_fact_sales"),
    ("writers", "CREATE TABLE", "mine"),
    ("run_as", "MODIFY", "bronze_sales"),
]


@pytest.mark.parametrize(("who", "privilege", "name"), MAY)
def test_everybody_can_do_what_is_theirs(rendered, who, privilege, name):
    assert Rights(rendered("retail"), *LEAST).can(who, privilege, name)


@pytest.mark.parametrize(("who", "privilege", "name"), MAY_NOT)
def test_and_nothing_else_by_default(rendered, who, privilege, name):
    assert not Rights(rendered("retail"), *LEAST).has(who, privilege, *SCHEMA, name)


@pytest.mark.parametrize(
    ("who", "privilege", "name"),
    [
        ("readers", "SELECT", "bronze_sales"),
        ("writers", "CREATE TABLE", "mine"),
        ("writers", "CREATE FUNCTION", "mine"),
        ("run_as", "ALL PRIVILEGES", "bronze_sales"),
    ],
)
def test_more_by_choice(rendered, who, privilege, name):
    rights = Rights(rendered("retail"), *LEAST, "setup_broad.sql")

    assert rights.can(who, privilege, name)


@pytest.mark.parametrize("who", ["run_as", "engineers"])
def test_sources_that_lie_elsewhere_can_be_read_by_whoever_runs_the_pipeline(
    rendered, who
):
    """shifts@/Volumes/main/raw/files/shifts, order@s3://bucket/orders"""
    rights = Rights(rendered("all_roles"), "catalog.sql")

    assert rights.has(who, "USE SCHEMA", "main", "raw")
    assert rights.has(who, "READ VOLUME", "main", "raw", "files")
    assert rights.has(who, "READ FILES", "location-of-order")


@pytest.mark.parametrize("config", CONFIGS)
def test_every_grant_is_one(rendered, config):
    """A statement that `privileges` does not know would be left out above."""
    for path in (rendered(config) / "sql").glob("*.sql"):
        parameters = {"catalog": "a-b", "schema": "c d"}
        parameters |= dict.fromkeys(PRINCIPALS, QUOTED_TEAM)
        for statement in sql_task.statements(path.read_text(), parameters):
            if not statement.startswith("CREATE CATALOG"):
                grant = privileges.parse(statement)
                assert grant is not None and not grant.invalid, statement
                assert ("o'brien" in statement) == (grant.principal == TEAM)
