"""A schema for each layer, from files to validation, with names that need backticks."""

import json
import subprocess

import pytest
import yaml
from end_to_end import validation
from end_to_end.project import Project, contents, errors, versions

from render import render

ANSWERS = {
    "project_name": "shop",
    "catalog": "main-eu",
    "schema": "shop-data",
    "schema_per_layer": "yes",
    "sources": "orders:json:fact:order_id:ordered_at,"
    "clients:csv:scd2:client_id:changed_at,regions:csv:reference:region_id",
}
BRONZE, GOLD = "`shop-data_bronze`", "`shop-data_gold`"
TABLES = {
    "shop-data_bronze": {"bronze_orders", "bronze_clients", "bronze_regions"},
    "shop-data_silver": {
        *("silver_orders", "silver_clients", "silver_regions"),
        *("quarantine_orders", "quarantine_clients", "quarantine_regions"),
        *("silver_clients_current", "check_dimensions", "check_fact_orders"),
        "drift",
    },
    "shop-data_gold": {
        *("gold_fact_orders", "gold_dim_clients", "gold_dim_regions"),
        "gold_dim_date",
    },
}


def order(number: int | None, day: int) -> str:
    at = f"2026-01-{day:02}T10:00:00"
    return json.dumps({"order_id": number, "ordered_at": at, "client_id": "a"}) + "\n"


def client(name: str, day: int) -> str:
    return f"client_id,name,changed_at\na,{name},2026-01-{day:02}T00:00:00\n"


def deliver(project: Project, source: str, file: str, text: str) -> None:
    path = project.landing / source / file
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(text)


def add_relationship(project: Project) -> None:
    """Orders have clients: that is for a hand to write, not for the prompt."""
    (path,) = (project.root / "contract").iterdir()
    document = yaml.safe_load(path.read_text())
    orders = document["schema"][0]
    custom = orders["customProperties"]
    orders["customProperties"] = [one for one in custom if one["property"] != "keys"]
    orders["properties"] = [
        {"name": "order_id", "physicalType": "BIGINT", "primaryKey": True},
        {"name": "ordered_at", "physicalType": "TIMESTAMP"},
        {"name": "client_id", "physicalType": "STRING"},
    ]
    orders["properties"][2]["relationships"] = [{"to": "clients.client_id"}]
    path.write_text(yaml.safe_dump(document, sort_keys=False))


@pytest.fixture(scope="module")
def project(tmp_path_factory, spark) -> Project:
    project = Project(render(ANSWERS, tmp_path_factory.mktemp("layers")))
    add_relationship(project)
    return project


@pytest.fixture(scope="module")
def shop(project):
    """Two updates: the second brings an order, and a client's second version."""
    deliver(project, "orders", "1.json", order(1, 5) + order(None, 5))
    deliver(project, "clients", "1.csv", client("Ann", 1))
    deliver(project, "regions", "1.csv", "region_id,label\nn,North\n")
    pipeline = project.pipeline(project.root / ".local/warehouse")
    assert not errors(pipeline.update())
    pipeline.first = versions(pipeline)
    deliver(project, "orders", "2.json", order(2, 20))
    deliver(project, "clients", "2.csv", client("Anna", 10))
    pipeline.second = pipeline.update()
    assert not errors(pipeline.second)
    return pipeline


def rows(pipeline, query: str) -> list[tuple]:
    return sorted(tuple(row) for row in pipeline.sql(query).collect())


def test_the_dry_run_finds_every_table_and_readers_every_table_of_gold(project):
    checked = project.check()

    assert checked.returncode == 0, checked.stderr
    assert checked.stdout.startswith("The contract, ")


def test_each_table_is_in_the_schema_of_its_layer(shop):
    folder = shop.warehouse / "tables/main-eu"

    found = {
        path.name: {*map(lambda t: t.name, path.iterdir())} for path in folder.iterdir()
    }
    assert found == TABLES


def test_sql_names_the_schemas_of_bronze_and_gold(shop):
    query = f"""SELECT o.order_id, c.name FROM {GOLD}.gold_fact_orders o
        JOIN {GOLD}.gold_dim_clients c USING (clients_key)"""
    assert rows(shop, query) == [(1, "Ann"), (2, "Anna")]

    count = f"SELECT count(*) FROM `main-eu`.{BRONZE}.bronze_orders"
    assert rows(shop, count) == [(3,)]
    assert rows(shop, "SELECT failed_rules.name FROM quarantine_orders") == [
        (["order_id_is_present"],)
    ]


def test_the_second_update_reads_what_is_new(shop):
    flows = shop.second.flows
    for source in ("orders", "clients"):
        assert flows[f"shop-data_bronze.bronze_{source}"].outcome.rows_in == 1
    resting = ("silver_regions", "shop-data_gold.gold_dim_regions")
    now = versions(shop)
    assert [now[name] for name in resting] == [shop.first[name] for name in resting]


def test_checks_see_the_stars_of_the_other_schema(shop):
    counts = "rows, distinct_keys, clients_key_unresolved, clients_key_unknown"
    assert rows(shop, f"SELECT {counts} FROM check_fact_orders") == [(2, 2, 0, 0)]


def test_the_event_log_tells_of_tables_by_their_names(shop, project):
    query = (project.root / "sql/monitoring/quarantine_share.sql").read_text()
    found = {row["source"]: row for row in shop.sql(query).collect()}

    assert found.keys() == {"orders", "clients", "regions"}
    assert (found["orders"]["rows_arrived"], found["orders"]["rows_quarantined"]) == (
        3,
        1,
    )


def test_a_full_refresh_of_a_table_by_its_name_and_its_readers_changes_nothing(
    project, shop
):
    before = contents(shop)
    pipeline = project.rereading(shop.warehouse, "orders")
    result = pipeline.update(full_refresh=["shop-data_bronze.bronze_orders+"])

    assert not errors(result)
    assert contents(shop) == before


def test_make_validation_finds_all_tables(project, shop):
    limit = ("--max-quarantine-share", "0.4")
    done = validation.validate(project, shop.warehouse, *limit)

    assert done.returncode == 0, done.stderr
    ends = [line.split()[0] for line in done.stdout.splitlines()]
    assert ends == ["passed"] * validation.ASSERTIONS


def test_validation_that_is_told_of_another_schema_says_what_is_missing(project, shop):
    done = validation.validate(project, shop.warehouse, "--gold", "main-eu.nowhere")

    assert done.returncode == 2
    assert "there is no gold_dim_clients, gold_dim_regions, gold_fact_orders" in (
        done.stderr
    )


def test_the_projects_own_tests_find_tables_by_their_names_alone(project):
    command = project.command("pytest", "-q", "tests/test_pipeline.py")
    done = subprocess.run(
        command,
        cwd=project.root,
        env=project.environment,
        capture_output=True,
        text=True,
    )

    assert done.returncode == 0, done.stdout


def test_gold_that_was_not_put_into_its_layer_is_remarked_on(project):
    path = project.root / "pipeline/transformations/gold_mine.py"
    path.write_text(
        "from pyspark import pipelines as dp\n"
        "from pyspark.sql import SparkSession\n\n"
        "spark = SparkSession.active()\n\n\n"
        "@dp.materialized_view\n"
        "def gold_mine():\n"
        "    return spark.range(1)\n"
    )
    checked = project.check()
    path.unlink()

    assert checked.returncode == 0, checked.stderr
    assert 'define it with name=in_layer("gold_mine")' in checked.stdout
