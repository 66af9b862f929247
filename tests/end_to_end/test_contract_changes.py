"""The contract is edited and the pipeline run again: nothing else has to change."""

import json
import shutil

import pytest
import yaml
from end_to_end.project import Project, errors

# What the tests look at; a run of everything would take a minute more for each.
STORES = ("bronze_stores", "quarantine_stores", "silver_stores", "gold_dim_stores")
VISITS = ("bronze_visits", "quarantine_visits", "silver_visits", "gold_fact_visits")


@pytest.fixture
def project(rendered, tmp_path, spark):
    root = tmp_path / "bundle"
    shutil.copytree(rendered("retail"), root)
    project = Project(root)
    project.generate("--batches", "1", "--sales", "40", "--seed", "2")
    return project


def edit(project: Project, change) -> None:
    (path,) = (project.root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(path.read_text())
    change({table["name"]: table for table in document["schema"]}, document)
    path.write_text(yaml.safe_dump(document, sort_keys=False))


def run(project: Project, refresh=STORES, **arguments):
    pipeline = project.pipeline(project.root / ".local/warehouse")
    result = pipeline.update(refresh, **arguments)
    assert not errors(result)
    return pipeline


def value(pipeline, query: str):
    return pipeline.sql(query).collect()[0][0]


def deliver(project: Project, source: str, *rows: dict) -> None:
    folder = project.landing / source
    folder.mkdir(exist_ok=True)
    text = "".join(json.dumps(row) + "\n" for row in rows)
    (folder / "zz.json").write_text(text)


def test_an_added_column_is_filled_from_the_next_rows_on(project):
    run(project)

    def add(tables, _):
        tables["stores"]["properties"].append(
            {"name": "floor_area", "logicalType": "integer", "physicalType": "INT"}
        )

    edit(project, add)
    row = {"store_id": 9001, "name": "Pop-up", "region": "north", "city": "Oslo"}
    deliver(
        project,
        "stores",
        {**row, "updated_at": "2027-01-01T00:00:00Z", "floor_area": "120"},
    )
    pipeline = run(project)
    assert value(pipeline, "SELECT max(floor_area) FROM silver_stores") == 120
    assert value(pipeline, "SELECT max(floor_area) FROM gold_dim_stores") == 120


def test_an_added_source_runs_beside_the_others(project):
    run(project)

    def add(_, document):
        document["schema"].append(
            {
                "name": "visits",
                "logicalType": "object",
                "description": "Who came in.",
                "customProperties": [
                    {"property": "role", "value": "fact"},
                    {"property": "format", "value": "json"},
                    {"property": "sequenceBy", "value": "at"},
                ],
                "properties": [
                    {
                        "name": "visit_id",
                        "logicalType": "integer",
                        "physicalType": "BIGINT",
                        "primaryKey": True,
                        "required": True,
                    },
                    {
                        "name": "store_id",
                        "logicalType": "integer",
                        "physicalType": "BIGINT",
                        "relationships": [{"to": "stores.store_id"}],
                    },
                    {
                        "name": "at",
                        "logicalType": "timestamp",
                        "physicalType": "TIMESTAMP",
                        "required": True,
                    },
                ],
            }
        )

    edit(project, add)
    deliver(
        project,
        "visits",
        {"visit_id": 1, "store_id": 1, "at": "2026-11-01T10:00:00"},
        {"visit_id": 2, "store_id": None, "at": "2026-11-01T10:00:00"},
        {"visit_id": "x", "store_id": 1, "at": "2026-11-01T10:00:00"},
    )
    dimensions = [
        f"{layer}_{d}"
        for layer in ("bronze", "silver", "gold_dim")
        for d in ("customers", "products")
    ]
    pipeline = run(project, [*STORES, *VISITS, *dimensions])
    assert value(pipeline, "SELECT count(*) FROM gold_fact_visits") == 2
    assert value(pipeline, "SELECT count(*) FROM quarantine_visits") == 1
    unknown = "SELECT count(*) FROM gold_fact_visits WHERE stores_key = -1"
    assert value(pipeline, unknown) == 1


def test_text_that_gets_a_type_needs_its_files_again_as_the_message_says(
    rendered, tmp_path, spark
):
    """A source without properties is given some; then drift is given a type, too."""
    project = Project(shutil.copytree(rendered("one_source"), tmp_path / "bundle"))
    project.landing.mkdir(parents=True, exist_ok=True)
    deliver(project, "events", {"event_id": 1, "amount": "1.10", "visits": "7"})
    tables = ("bronze_events", "quarantine_events", "silver_events")
    run(project, tables)

    for name, type_ in (("amount", "DECIMAL(10,2)"), ("visits", "INT")):

        def add(all_tables, _, name=name, type_=type_):
            events = all_tables["events"]
            key = {"name": "event_id", "physicalType": "STRING", "primaryKey": True}
            columns = events.setdefault("properties", [key])
            columns.append({"name": name, "physicalType": type_})
            customs = events["customProperties"]
            customs[:] = [c for c in customs if c["property"] != "keys"]

        edit(project, add)
        done = project.localrun("run", "--refresh", *tables)
        assert done.returncode == 1
        told = f"{name} was string and is {type_.lower()} now"
        assert told in " ".join(done.stdout.split())
        again = "use --var reread=events --full-refresh bronze_events+"
        assert again in " ".join(done.stdout.split())
        pipeline = project.rereading(project.root / ".local/warehouse", "events")
        assert not errors(pipeline.update(full_refresh=["bronze_events+"]))
        stored = f"SELECT typeof({name}) FROM silver_events"
        assert value(pipeline, stored) == type_.lower()
