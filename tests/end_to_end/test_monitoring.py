"""Monitoring SQL, alerts and dashboards, run on the laptop's tables and event log."""

import json
import re

import dashboards
import pytest
import yaml

# Of these, open-source Spark has not the tables.
ON_DATABRICKS_ONLY = {"cost", "lineage"}
MONITORING = (
    "expectations",
    "run_history",
    "row_counts",
    "quarantine_share",
    "backlog",
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

    for name in ("bronze_sales", "quarantine_sales", "gold_fact_sales"):
        (counted,) = rows(first_run, f"SELECT count(*) AS n FROM {name}")
        assert found[name]["rows_written"] == counted["n"]
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


def test_nothing_is_left_to_read(monitoring):
    assert monitoring("backlog") == []


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
        "`event_log`", "(SELECT * FROM event_log LIMIT 0)"
    )
    (row,) = rows(first_run, query)

    (value,) = row.values()
    assert value == {"quality": 0, "freshness": 999999, "failure": 0}[alert]


@pytest.mark.parametrize(("last", "value"), [("FAILED", 1), ("RUNNING", 0)])
def test_the_failure_alert_lasts_until_the_next_update(first_run, retail, last, value):
    state = '\'{"update_progress": {"state": "%s"}}\' AS details'
    events = " UNION ALL ".join(
        f"SELECT 'update_progress' AS event_type, TIMESTAMP '{time}' AS timestamp, "
        + state % name
        for time, name in (
            ("2026-01-01", "COMPLETED"),
            ("2026-01-02 00:00", "RUNNING"),
            ("2026-01-02 00:10", "FAILED"),
            ("2026-01-02 00:20", last),
        )
    )
    query = _query(retail, "failure").replace("`event_log`", f"({events})")

    assert rows(first_run, query) == [{"failed": value}]


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
