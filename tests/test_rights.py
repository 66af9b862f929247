"""What a principal may do once an administrator and the jobs have run all of `sql/`.

A right on a table is of use with USE SCHEMA and USE CATALOG on what holds it:
https://docs.databricks.com/aws/en/data-governance/unity-catalog/manage-privileges/privileges
"""

import pytest
from projects import CONFIGS
from runner import privileges, sql_task

SCHEMA = ("main", "sales")
# Of a project with a schema for each layer, by what sql/ calls them.
LAYERS = {"bronze": "sales_bronze", "silver": "sales_silver", "gold": "sales_gold"}
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

    def __init__(self, project, *files: str, **names: str):
        """`names` are those of catalog and schemas, where they are not of SCHEMA."""
        parameters = {"catalog": SCHEMA[0], "schema": SCHEMA[1], **PRINCIPALS, **names}
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

    def can(self, who: str, privilege: str, *name: str) -> bool:
        """Whether it can be made use of: that of a table or volume, named in full."""
        return (
            self.has(who, "USE CATALOG", *name[:1])
            and self.has(who, "USE SCHEMA", *name[:2])
            and self.has(who, privilege, *name)
        )


# What stands between backticks has its own doubled, see databricks.yml.
TEAM, QUOTED_TEAM = "o'brien`s team", "o'brien``s team"
LEAST = ("catalog.sql", "setup.sql", "grants.sql")
MAY = [
    ("readers", "SELECT", "gold_fact_sales"),
    ("operators", "SELECT", "pipeline_events"),
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
    *((who, "SELECT", "event_log") for who in ("readers", "writers", "operators")),
    ("readers", "SELECT", "pipeline_events"),
    ("readers", "READ VOLUME", "landing"),
    ("operators", "SELECT", "gold_fact_sales"),
    ("writers", "SELECT", "gold_fact_sales"),
    ("writers", "CREATE TABLE", "mine"),
    ("run_as", "MODIFY", "bronze_sales"),
]


@pytest.mark.parametrize(("who", "privilege", "name"), MAY)
def test_everybody_can_do_what_is_theirs(rendered, who, privilege, name):
    assert Rights(rendered("retail"), *LEAST).can(who, privilege, *SCHEMA, name)


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

    assert rights.can(who, privilege, *SCHEMA, name)


LEAST_BY_LAYER = ("catalog.sql", "setup_layers.sql", "grants.sql")
# The same, and the layer whose schema it is in.
MAY_BY_LAYER = [
    ("readers", "SELECT", "gold", "gold_fact_sales"),
    ("readers", "SELECT", "gold", "gold_that_is_made_later"),
    ("operators", "SELECT", "silver", "pipeline_events"),
    ("writers", "READ VOLUME", "bronze", "landing"),
    ("writers", "WRITE VOLUME", "bronze", "landing"),
    ("run_as", "READ VOLUME", "bronze", "landing"),
    *[("run_as", "CREATE TABLE", layer, "any") for layer in LAYERS],
    *[("run_as", "CREATE MATERIALIZED VIEW", layer, "any") for layer in LAYERS],
]
MAY_NOT_BY_LAYER = [
    ("readers", "SELECT", "bronze", "bronze_sales"),
    ("readers", "SELECT", "silver", "silver_sales"),
    ("readers", "SELECT", "silver", "quarantine_sales"),
    ("readers", "SELECT", "silver", "check_dimensions"),
    ("readers", "SELECT", "silver", "event_log"),
    ("operators", "SELECT", "silver", "event_log"),
    ("readers", "SELECT", "silver", "pipeline_events"),
    ("readers", "READ VOLUME", "bronze", "landing"),
    ("readers", "CREATE TABLE", "gold", "mine"),
    ("operators", "SELECT", "silver", "quarantine_sales"),
    ("operators", "SELECT", "gold", "gold_fact_sales"),
    ("writers", "SELECT", "bronze", "bronze_sales"),
    ("writers", "SELECT", "gold", "gold_fact_sales"),
    ("writers", "CREATE TABLE", "gold", "mine"),
    ("run_as", "MODIFY", "bronze", "bronze_sales"),
]


def rights_by_layer(rendered, *more: str) -> Rights:
    names = {"catalog": "main-eu", "schema": LAYERS["silver"], **LAYERS}
    return Rights(rendered("per_layer"), *LEAST_BY_LAYER, *more, **names)


@pytest.mark.parametrize(("who", "privilege", "layer", "name"), MAY_BY_LAYER)
def test_with_a_schema_per_layer_everybody_can_do_what_is_theirs(
    rendered, who, privilege, layer, name
):
    rights = rights_by_layer(rendered)

    assert rights.can(who, privilege, "main-eu", LAYERS[layer], name)


@pytest.mark.parametrize(("who", "privilege", "layer", "name"), MAY_NOT_BY_LAYER)
def test_with_a_schema_per_layer_nobody_can_do_anything_else(
    rendered, who, privilege, layer, name
):
    rights = rights_by_layer(rendered)

    assert not rights.has(who, privilege, "main-eu", LAYERS[layer], name)


@pytest.mark.parametrize(
    ("who", "layer"),
    [("readers", "gold"), ("writers", "bronze"), ("operators", "silver")],
)
def test_with_a_schema_per_layer_nobody_uses_more_than_one(rendered, who, layer):
    rights = rights_by_layer(rendered)

    used = [n for n in LAYERS if rights.has(who, "USE SCHEMA", "main-eu", LAYERS[n])]
    assert used == [layer]


def test_one_grant_on_gold_is_all_that_its_readers_need(rendered):
    granted = [
        grant
        for grant in rights_by_layer(rendered).grants
        if grant.principal == PRINCIPALS["readers"] and grant.kind != "CATALOG"
    ]

    (grant,) = granted
    assert (grant.kind, grant.name) == ("SCHEMA", ("main-eu", LAYERS["gold"]))
    assert grant.privileges == ("USE SCHEMA", "SELECT")


@pytest.mark.parametrize(
    ("who", "privilege", "layer", "name"),
    [
        ("readers", "SELECT", "bronze", "bronze_sales"),
        ("readers", "SELECT", "silver", "quarantine_sales"),
        ("writers", "SELECT", "bronze", "bronze_sales"),
        ("writers", "CREATE TABLE", "silver", "mine"),
        ("writers", "CREATE FUNCTION", "gold", "mine"),
        ("run_as", "ALL PRIVILEGES", "gold", "gold_fact_sales"),
    ],
)
def test_with_a_schema_per_layer_more_by_choice(rendered, who, privilege, layer, name):
    rights = rights_by_layer(rendered, "setup_layers_broad.sql")

    assert rights.can(who, privilege, "main-eu", LAYERS[layer], name)


@pytest.mark.parametrize("who", ["run_as", "engineers"])
def test_sources_that_lie_elsewhere_can_be_read_by_whoever_runs_the_pipeline(
    rendered, who
):
    """shifts@/Volumes/main/raw/files/shifts, order@s3://bucket/orders"""
    rights = Rights(rendered("all_roles"), "catalog.sql")

    assert rights.has(who, "USE SCHEMA", "main", "raw")
    assert rights.has(who, "READ VOLUME", "main", "raw", "files")
    assert rights.has(who, "READ FILES", "location-of-order")


@pytest.mark.parametrize(
    ("config", "schema"), [("retail", SCHEMA[1]), ("per_layer", LAYERS["silver"])]
)
def test_the_view_of_the_event_log_is_made_before_it_is_granted(
    rendered, config, schema
):
    """Privileges of a view are lost where it is replaced, hence IF NOT EXISTS:
    https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-view
    """
    text = (rendered(config) / "sql/grants.sql").read_text()
    names = {"catalog": SCHEMA[0], "schema": schema, **PRINCIPALS}
    made, granted, *_ = sql_task.statements(text, names)

    view, log = (f"`main`.`{schema}`.`{n}`" for n in ("pipeline_events", "event_log"))
    assert made.startswith(f"CREATE VIEW IF NOT EXISTS {view} ")
    assert made.endswith(f" AS SELECT * FROM {log}")
    assert granted == f"GRANT SELECT ON VIEW {view} TO `data-operators`"


@pytest.mark.parametrize("config", CONFIGS)
def test_nothing_that_is_emitted_reads_the_event_log_itself(rendered, config):
    project = rendered(config)
    asking = [
        *(project / "sql/monitoring").glob("*.sql"),
        *(project / "dashboards").glob("*"),
        *(project / "resources").glob("*.alert.yml"),
    ]

    assert asking
    assert [p.name for p in asking if "event_log" in p.read_text()] == []


@pytest.mark.parametrize("config", CONFIGS)
def test_every_grant_is_one(rendered, config):
    """A statement that `privileges` does not know would be left out above."""
    for path in (rendered(config) / "sql").glob("*.sql"):
        parameters = {"catalog": "a-b", "schema": "c d"}
        parameters |= {layer: f"c d {layer}" for layer in LAYERS}
        parameters |= dict.fromkeys(PRINCIPALS, QUOTED_TEAM)
        for statement in sql_task.statements(path.read_text(), parameters):
            if not statement.startswith(("CREATE CATALOG", "CREATE VIEW")):
                grant = privileges.parse(statement)
                assert grant is not None and not grant.invalid, statement
                assert ("o'brien" in statement) == (grant.principal == TEAM)
