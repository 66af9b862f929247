"""Bad input gets one clear sentence and the documented exit code."""

import re
import shutil

import pytest
import yaml
from end_to_end.project import Project
from filelock import FileLock

from render import render


@pytest.fixture
def project(rendered, tmp_path) -> Project:
    root = tmp_path / "bundle"
    shutil.copytree(rendered("retail"), root)
    return Project(root)


def contract(project: Project):
    (path,) = (project.root / "contract").glob("*.odcs.yaml")
    return path


def test_an_unknown_table_is_a_wrong_call(project):
    done = project.call("localrun", "run", "--refresh", "bronze_salse")
    assert done.returncode == 2
    assert done.stderr.strip().splitlines()[-1] == (
        "localrun: no table is named bronze_salse: did you mean bronze_sales?"
    )


def test_a_missing_landing_folder_stops_nothing_and_is_noted(project):
    project.generate("--batches", "1", "--sales", "20")
    shutil.rmtree(project.landing / "stores")
    tables = ("bronze_stores", "silver_stores", "bronze_customers")
    done = project.localrun("run", "--refresh", *tables)
    assert done.returncode == 0
    told = " ".join(done.stdout.split())
    for table in tables:
        assert f"COMPLETED {table}" in told
    assert f"{project.landing / 'stores'} holds no files yet" in told


def test_a_file_that_is_not_json_at_all_is_quarantined_line_by_line(project):
    project.generate("--batches", "1", "--sales", "20")
    (project.landing / "sales" / "photo.json").write_bytes(b"\x89PNG\r\n\x1a\n\x00\xff")
    tables = ("bronze_sales", "quarantine_sales")
    assert project.localrun("run", "--refresh", *tables).returncode == 0
    found = project.localrun(
        "sql",
        "SELECT DISTINCT failed_rules[0].name AS rule FROM quarantine_sales "
        "WHERE _source_file LIKE '%photo.json'",
        "--format",
        "csv",
    )
    assert found.stdout.split() == ["rule", "line_is_readable"]


@pytest.mark.parametrize(
    ("command", "wrong", "right", "words"),
    [
        (
            "run",
            "physicalType: BIGINT",
            "physicalType: BIGNT",
            ["BIGNT", "did you mean BIGINT"],
        ),
        ("check", "role, value: fact", "role, value: facts", ["sales", "facts"]),
        ("run", "primaryKey: true", "primarykey: true", ["primarykey"]),
    ],
)
def test_a_wrong_contract_stops_everything_before_it_runs(
    project, command, wrong, right, words
):
    path = contract(project)
    text = path.read_text()
    assert wrong in text
    path.write_text(text.replace(wrong, right, 1))
    done = project.check() if command == "check" else project.localrun(command)
    assert done.returncode == 2
    assert all(word in done.stderr for word in words)
    assert path.name in done.stderr
    assert not (project.root / ".local/warehouse/tables").exists()


def test_a_row_that_breaks_a_fail_rule_names_flow_and_rule(project):
    path = contract(project)
    text = path.read_text()
    assert "action: drop" in text
    path.write_text(text.replace("action: drop", "action: fail"))
    project.generate("--batches", "2", "--sales", "300")
    done = project.localrun("run", "--refresh", "bronze_sales", "silver_sales")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "FAILED silver_sales" in told
    (rule,) = re.findall(r"a row breaks the fail rule (\w+) \(", told)
    assert f"name: {rule}\n" in text


def test_a_second_update_of_the_same_warehouse_is_refused(project):
    warehouse = project.root / ".local/warehouse"
    warehouse.mkdir(parents=True)
    with FileLock(warehouse / ".lock"):
        done = project.localrun("run")
    assert done.returncode == 2
    assert "another update is running" in done.stderr


@pytest.mark.parametrize(
    ("query", "word"),
    [
        ("SELECT * FROM nowhere", "no table is named nowhere"),
        ("SELEC 1", "SELEC"),
        ("SELECT nope FROM event_log", "nope"),
    ],
)
def test_a_wrong_query_is_answered_in_one_sentence(project, query, word):
    done = project.localrun("sql", query)
    assert done.returncode == 2
    assert word in done.stderr
    assert "Traceback" not in done.stderr


def test_a_file_that_cannot_be_stored_stops_its_own_tables_until_it_is_replaced(
    rendered, tmp_path
):
    project = Project(shutil.copytree(rendered("three_sources"), tmp_path / "bundle"))
    clients, orders = (project.landing / name for name in ("clients", "orders"))
    for folder in (clients, orders):
        folder.mkdir(parents=True, exist_ok=True)
    (orders / "1.json").write_text('{"order_id": 1, "ordered_at": "2026-01-05"}\n')
    (clients / "1.csv").write_text("client_id;name\n1;Ann\n")
    facts = ("bronze_orders", "silver_orders", "gold_fact_orders")
    members = ("bronze_clients", "silver_clients", "gold_dim_clients")
    done = project.localrun("run", "--refresh", *facts, *members)
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "FAILED bronze_clients" in told
    assert "1.csv has ';' between its cells: name the separator in the contract" in told
    assert "(readerOptions: {sep: ';'})" in told
    assert "SKIPPED gold_dim_clients" in told
    # It refers to no client.
    assert "COMPLETED gold_fact_orders" in told

    (clients / "1.csv").write_text("client_id,name\n1,Ann\n")
    done = project.localrun("run", "--refresh", *members)
    assert done.returncode == 0, done.stdout


def test_a_rule_that_cannot_be_computed_for_a_row_says_so_with_the_remedy(
    rendered, tmp_path
):
    project = Project(shutil.copytree(rendered("one_source"), tmp_path / "bundle"))
    rule = {
        "name": "ratio_is_small",
        "type": "custom",
        "engine": "lakeflow",
        "implementation": {"expectation": "10 / parts < 5", "action": "drop"},
    }
    document = yaml.safe_load(contract(project).read_text())
    document["schema"][0]["quality"] = [rule]
    contract(project).write_text(yaml.safe_dump(document))
    folder = project.landing / "events"
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "1.json").write_text('{"event_id": 1, "parts": "0"}\n')
    tables = ("bronze_events", "quarantine_events", "silver_events")
    done = project.localrun("run", "--refresh", *tables)
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert "COMPLETED bronze_events" in told
    for table in tables[1:]:
        assert f"FAILED {table}: [DIVIDE_BY_ZERO]" in told
    assert (
        "; a rule or transformLogic of events in the contract cannot be computed for a "
        "row: write it with try_divide," in told
    )

    rule["implementation"]["expectation"] = "try_divide(10, parts) < 5"
    contract(project).write_text(yaml.safe_dump(document))
    done = project.localrun("run", "--refresh", *tables)
    assert done.returncode == 0, done.stdout
    query = "SELECT failed_rules[0].name AS rule FROM quarantine_events"
    found = project.localrun("sql", "--format", "csv", query)
    assert found.stdout.split() == ["rule", "ratio_is_small"]


def test_a_rule_on_a_column_that_only_the_files_know_passes_the_check(
    rendered, tmp_path
):
    """And a misspelt one does, until there are files that say so."""
    project = Project(shutil.copytree(rendered("one_source"), tmp_path / "bundle"))
    document = yaml.safe_load(contract(project).read_text())
    rule = {"name": "is_plausible", "type": "custom", "engine": "lakeflow"}
    rule["implementation"] = {"expectation": "weight < 100 AND `in-stock`"}
    document["schema"][0]["quality"] = [rule]
    contract(project).write_text(yaml.safe_dump(document))
    for done in (project.check(), project.localrun("dry-run")):
        assert done.returncode == 0, done.stderr

    folder = project.landing / "events"
    folder.mkdir(parents=True, exist_ok=True)
    row = '{"event_id": 1, "weight": 7, "in-stock": true}'
    (folder / "1.json").write_text(f"{row}\n")
    for done in (project.check(), project.localrun("run")):
        assert done.returncode == 0, done.stderr

    (folder / "1.json").write_text('{"event_id": 1, "wight": 7, "in-stock": true}\n')
    done = project.check()
    assert done.returncode == 2
    assert "`weight` cannot be resolved" in done.stderr


def test_files_of_a_reference_that_do_not_go_together_are_named(spark, tmp_path):
    sources = "regions:csv:reference:region_id,codes:parquet:reference:code"
    project = Project(render({"project_name": "p1", "sources": sources}, tmp_path))
    regions, codes = (project.landing / name for name in ("regions", "codes"))
    regions.mkdir(parents=True, exist_ok=True)
    (regions / "1.csv").write_text("region_id,label\n1,one\n")
    (regions / "2.csv").write_text("label,region_id\nthree,3\n")
    for value in ("2", "'x'"):
        rows = spark.sql(f"SELECT 1 AS code, {value} AS n").coalesce(1)
        rows.write.mode("append").parquet(str(codes))

    done = project.localrun("run", "--refresh", "bronze_regions", "bronze_codes")
    assert done.returncode == 1
    told = " ".join(done.stdout.split())
    assert ".csv has the columns " in told
    assert "write all CSV files of a batch read with one header" in told
    words = 'the Parquet files that bronze_codes reads have a column with the types "'
    assert words in told
