"""Monitoring SQL, alerts and dashboards, run on the laptop's tables and event log."""

import json
import re

import dashboards
import pytest
import yaml

# Of these, open-source Spark has not the tables. Their columns, as documented:
# https://docs.databricks.com/aws/en/admin/system-tables/ (billing, pricing, lineage)
SYSTEM_TABLES = {
    "system.billing.usage": "sku_name string, cloud string, usage_date date, "
    "usage_start_time timestamp, usage_end_time timestamp, usage_unit string, "
    "usage_quantity decimal(38,18), "
    "usage_metadata struct<job_id: string, dlt_pipeline_id: string>",
    "system.billing.list_prices": "sku_name string, cloud string, "
    "price_start_time timestamp, price_end_time timestamp, currency_code string, "
    "pricing struct<default: decimal(38,18), "
    "effective_list: struct<default: decimal(38,18)>>",
    "system.access.table_lineage": "entity_type string, "
    "source_table_full_name string, source_table_catalog string, "
    "source_table_schema string, source_table_name string, "
    "target_table_full_name string, target_table_catalog string, "
    "target_table_schema string, target_table_name string, "
    "event_time timestamp, event_date date",
}
ON_DATABRICKS_ONLY = {"cost", "lineage"}
MONITORING = (
    "expectations",
    "run_history",
    "row_counts",
    "quarantine_share",
    "backlog",
    "refreshes",
)


def rows(pipeline, query: str) -> list[dict]:
    return [row.asDict() for row in pipeline.sql(query).collect()]


@pytest.fixture
def monitoring(first_run, retail):
    """monitoring("row_counts"): the rows of sql/monitoring/row_counts.sql."""

    def run(name: str) -> list[dict]:
        path = retail.root / f"sql/monitoring/{name}.sql"
        return rows(first_run, path.read_text())

    return run


def test_every_monitoring_query_is_run_here_or_needs_databricks(retail):
    files = {path.stem for path in (retail.root / "sql/monitoring").glob("*.sql")}

    assert files == {*ON_DATABRICKS_ONLY, *MONITORING, "table_health"}


def test_pass_rates_are_those_of_the_quarantine(first_run, monitoring):
    found = {(r["dataset"], r["rule_name"]): r for r in monitoring("expectations")}
    broken = rows(
        first_run,
        "SELECT rule.name, count(*) AS n FROM quarantine_sales "
        "LATERAL VIEW explode(failed_rules) AS rule GROUP BY rule.name",
    )

    assert len(broken) > 5
    for rule in broken:
        counted = found["accepted_sales", rule["name"]]
        assert counted["failed_records"] == rule["n"]
        total = counted["passed_records"] + counted["failed_records"]
        assert counted["pass_rate"] == counted["passed_records"] / total


def test_the_history_tells_how_the_update_ended(monitoring):
    (update,) = monitoring("run_history")

    assert update["state"] == "COMPLETED"
    assert update["seconds"] > 0
    assert update["rows_written"] > 1000
    assert update["first_error"] is None


def test_row_counts_are_those_of_the_tables(first_run, monitoring):
    found = {r["table_name"]: r for r in monitoring("row_counts")}

    tables = ("bronze_sales", "quarantine_sales", "gold_fact_sales")
    # By AUTO CDC, whose metrics have other names: into an empty table, all is new.
    for name in (*tables, "silver_customers"):
        (counted,) = rows(first_run, f"SELECT count(*) AS n FROM {name}")
        assert found[name]["rows_written"] == counted["n"] > 0
        assert found[name]["rows_deleted"] == 0
    quarantined = found["quarantine_sales"]["rows_written"]
    assert found["silver_sales"]["rows_dropped"] == quarantined


def test_quarantine_shares_are_those_of_the_tables(first_run, monitoring):
    found = {r["source"]: r for r in monitoring("quarantine_share")}

    assert found.keys() == {"sales", "customers", "products", "stores"}
    for source, share in found.items():
        for table, column in (("bronze", "arrived"), ("quarantine", "quarantined")):
            (row,) = rows(first_run, f"SELECT count(*) AS n FROM {table}_{source}")
            assert share[f"rows_{column}"] == row["n"]
        arrived = share["rows_quarantined"] / share["rows_arrived"]
        assert share["quarantine_share"] == pytest.approx(arrived)


def test_table_health_is_that_of_the_table_put_in(first_run, retail):
    query = (retail.root / "sql/monitoring/table_health.sql").read_text()
    place = query.rindex("table_name")
    (health,) = rows(first_run, f"{query[:place]}silver_sales")

    assert health["format"] == "delta"
    assert health["clusteringColumns"] == ["sold_at"]


def events(*rows: tuple) -> str:
    """An event log of (event_type, hours ago, dataset, details), to select from."""
    selects = [
        f"SELECT '{kind}' AS event_type, "
        f"current_timestamp() - INTERVAL '{hours}' HOUR AS timestamp, "
        f"named_struct('dataset_name', '{dataset}') "
        f"AS origin, '{json.dumps(details)}' AS details"
        for kind, hours, dataset, details in rows
    ]
    return f"({' UNION ALL '.join(selects)})"


def progress(hours: int, dataset: str, **metrics: int) -> tuple:
    details = {"flow_progress": {"metrics": metrics}}
    return "flow_progress", hours, f"main.sales.{dataset}", details


def state(hours: int, name: str) -> tuple:
    return "update_progress", hours, "", {"update_progress": {"state": name}}


def test_the_backlog_is_what_each_stream_told_last(first_run, retail, monitoring):
    assert monitoring("backlog") == []  # the laptop has none

    log = events(
        progress(3, "bronze_sales", backlog_bytes=900, backlog_files=9),
        progress(2, "bronze_sales", backlog_bytes=100, backlog_files=1),
        progress(1, "bronze_sales", num_output_rows=5),
        progress(2, "bronze_stores", backlog_bytes=200, backlog_files=2),
    )
    query = (retail.root / "sql/monitoring/backlog.sql").read_text()
    found = rows(first_run, query.replace("FROM pipeline_events", f"FROM {log}"))

    assert [
        (r["table_name"], r["backlog_bytes"], r["backlog_files"]) for r in found
    ] == [
        ("bronze_stores", 200, 2),
        ("bronze_sales", 100, 1),
    ]


def test_refreshes_tell_which_way_was_taken_and_what_stood_in_the_way(
    first_run, retail, monitoring
):
    assert monitoring("refreshes") == []  # the laptop plans none

    def technique(kind: str, is_chosen: bool, *issues: tuple[str, bool]) -> dict:
        found = [{"issue_type": i, "prevent_incrementalization": p} for i, p in issues]
        return {
            "maintenance_type": f"MAINTENANCE_TYPE_{kind}",
            "is_chosen": is_chosen,
            "incrementalization_issues": found,
        }

    techniques = [
        technique("ROW_BASED", False, ("ROW_TRACKING_NOT_ENABLED", True)),
        technique("GROUP_AGGREGATE", False, ("AGGREGATE_NOT_TOP_NODE", True)),
        technique("COMPLETE_RECOMPUTE", True, ("PLAN_NOT_DETERMINISTIC", False)),
    ]
    details = {"planning_information": {"technique_information": techniques}}
    log = (
        "(SELECT 'planning_information' AS event_type, current_timestamp() AS "
        "timestamp, named_struct('update_id', 'u', 'dataset_name', CAST(NULL AS "
        "STRING), 'flow_name', 'main.sales.gold_fact_sales') AS origin, "
        f"'{json.dumps(details)}' AS details)"
    )
    query = (retail.root / "sql/monitoring/refreshes.sql").read_text()
    (found,) = rows(first_run, query.replace("FROM pipeline_events", f"FROM {log}"))

    assert found["table_name"] == "gold_fact_sales"
    assert found["refreshed_by"] == "MAINTENANCE_TYPE_COMPLETE_RECOMPUTE"
    assert found["in_the_way"] == ["AGGREGATE_NOT_TOP_NODE", "ROW_TRACKING_NOT_ENABLED"]


@pytest.mark.parametrize("name", sorted(ON_DATABRICKS_ONLY))
def test_queries_of_system_tables_name_columns_that_these_have(first_run, retail, name):
    query = (retail.root / f"sql/monitoring/{name}.sql").read_text()
    for table, schema in SYSTEM_TABLES.items():
        view = table.replace(".", "_")
        first_run.spark.createDataFrame([], schema).createOrReplaceTempView(view)
        query = query.replace(table, view)

    assert rows(first_run, re.sub(r"(?<!:):(\w+)\b", r"'\1'", query)) == []


def test_dashboards_ask_what_the_monitoring_queries_ask(retail):
    board = json.loads(
        (retail.root / "dashboards/data_quality.lvdash.json").read_text()
    )
    asked = {d["name"]: dashboards.query(d).strip() for d in board["datasets"]}

    shared = asked.keys() & set(MONITORING)
    assert shared == {"expectations", "run_history", "row_counts", "quarantine_share"}
    for name in shared:
        text = (retail.root / f"sql/monitoring/{name}.sql").read_text()
        assert asked[name] == re.sub(r"^--.*\n", "", text, flags=re.MULTILINE).strip()


@pytest.mark.parametrize(
    ("alert", "low", "high"),
    [("quality", 0.01, 0.2), ("freshness", 0, 1), ("failure", 0, 0)],
)
def test_alerts_yield_one_number(first_run, retail, alert, low, high):
    (row,) = rows(first_run, _query(retail, alert))

    column = _resource(retail, alert)["evaluation"]["source"]["name"]
    assert list(row) == [column]
    assert low <= row[column] <= high


@pytest.mark.parametrize("alert", ["quality", "freshness", "failure"])
def test_alerts_of_an_empty_log_say_what_a_new_pipeline_is(first_run, retail, alert):
    query = _query(retail, alert).replace(
        "`pipeline_events`", "(SELECT * FROM event_log LIMIT 0)"
    )
    (row,) = rows(first_run, query)

    (value,) = row.values()
    assert value == {"quality": 0, "freshness": 999999, "failure": 0}[alert]


def told(pipeline, retail, alert: str, *log: tuple):
    """What the alert yields of such an event log."""
    query = _query(retail, alert).replace("`pipeline_events`", events(*log))
    (row,) = rows(pipeline, query)
    (value,) = row.values()
    return value


@pytest.mark.parametrize(("last", "value"), [("FAILED", 1), ("RUNNING", 0)])
def test_the_failure_alert_lasts_until_the_next_update(first_run, retail, last, value):
    log = [state(4, "COMPLETED"), state(3, "RUNNING"), state(2, "FAILED")]

    assert told(first_run, retail, "failure", *log, state(1, last)) == value


@pytest.mark.parametrize(
    ("log", "hours"),
    [
        ([state(50, "COMPLETED"), state(30, "COMPLETED"), state(1, "FAILED")], 30),
        # As of a continuous pipeline, whose updates do not end.
        ([state(50, "RUNNING"), progress(3, "bronze_sales", num_output_rows=1)], 3),
        ([state(50, "RUNNING"), progress(2, "silver_a", num_upserted_rows=1)], 2),
        ([state(9, "COMPLETED"), progress(3, "bronze_sales", num_output_rows=0)], 9),
    ],
)
def test_data_are_as_old_as_the_last_success_or_row(first_run, retail, log, hours):
    found = told(first_run, retail, "freshness", *log)

    assert float(found) == pytest.approx(hours, abs=0.1)


def test_a_small_source_that_is_all_bad_is_told_of(first_run, retail):
    found = told(
        first_run,
        retail,
        "quality",
        *(progress(2, "bronze_sales", num_output_rows=n) for n in (900, 100)),
        progress(2, "quarantine_sales", num_output_rows=10),
        progress(2, "bronze_stores", num_output_rows=20),
        progress(2, "quarantine_stores", num_output_rows=18),
        # Of another day, and of a table that is neither.
        progress(30, "quarantine_stores", num_output_rows=99),
        progress(2, "silver_sales", num_output_rows=99),
    )

    assert float(found) == 0.9


@pytest.mark.parametrize("file", ["data_quality", "business"])
def test_every_widget_shows_columns_that_its_dataset_has(first_run, retail, file):
    path = retail.root / f"dashboards/{file}.lvdash.json"
    dashboard = json.loads(path.read_text())
    queries = {d["name"]: dashboards.query(d) for d in dashboard["datasets"]}
    widgets = list(dashboards.widgets(dashboard))

    assert len(widgets) > 5
    for dataset, query in queries.items():
        assert rows(first_run, query), f"{dataset} is empty"
    for widget, dataset, fields in widgets:
        expressions = ", ".join(field["expression"] for field in fields)
        grouped = [
            f["expression"]
            for f in fields
            if not re.match(r"[A-Z]+\(", f["expression"])
        ]
        query = f"SELECT {expressions} FROM ({queries[dataset]})"
        if len(grouped) < len(fields):
            query += f" GROUP BY {', '.join(grouped)}" if grouped else ""
        assert rows(first_run, query), widget


def _resource(retail, alert: str) -> dict:
    path = retail.root / f"resources/{alert}.alert.yml"
    return yaml.safe_load(path.read_text())["resources"]["alerts"][alert]


def _query(retail, alert: str) -> str:
    """The query with the catalog and schema left out, which the laptop has not."""
    return re.sub(r"`\$\{[^}]*\}`\.", "", _resource(retail, alert)["query_text"])
