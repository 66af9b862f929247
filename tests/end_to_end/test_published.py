"""What readers are told: comments on all tables and columns, and the keys of the star.

No data is needed, and none is there: the schemas are those of a dry run.
"""

from functools import cache

import pytest

from localrun import Pipeline


@pytest.fixture(scope="module")
def graph_of(rendered):
    """The graph of a sample's project."""

    @cache
    def graph(sample: str):
        found = Pipeline(rendered(sample)).validate()
        assert found.problems == {}
        return found

    return graph


def keys(graph, table: str) -> tuple:
    """Its primary key, whether that is relied on, and where its foreign keys lead."""
    primary, foreign = graph.keys[table]
    return primary.columns, primary.rely, {(k.columns, k.table, k.to) for k in foreign}


@pytest.mark.parametrize("sample", ["retail", "orders", "online_sales"])
def test_every_table_and_every_column_has_a_comment(graph_of, sample):
    graph = graph_of(sample)

    assert len(graph.tables) > 20
    assert [t for t in graph.tables if not graph.datasets[t].comment] == []
    assert [
        f"{table}.{field.name}"
        for table in graph.tables
        for field in graph.schemas[table]
        if not field.metadata.get("comment")
    ] == []


@pytest.mark.parametrize("sample", ["retail", "orders", "online_sales"])
def test_what_a_materialized_view_reads_tracks_its_rows(graph_of, rendered, sample):
    """Else it is not refreshed incrementally: ROW_TRACKING_NOT_ENABLED, of
    https://docs.databricks.com/aws/en/error-messages/materialized-view-not-incrementalizable-error-class
    """
    graph, outputs = graph_of(sample), Pipeline(rendered(sample)).definitions().outputs

    def tables(names: list[str]) -> set[str]:
        """The tables among them, and those that the views among them read."""
        found = [graph.datasets[name] for name in names if name in graph.datasets]
        within = [tables(one.reads) for one in found if one.kind == "view"]
        stored = {one.name for one in found if one.kind != "view"}
        return stored.union(*within)

    views = [d for d in graph.datasets.values() if d.kind == "materialized view"]
    read = set().union(*(tables(view.reads) for view in views))
    assert len(read) > 5
    assert [
        name
        for name in sorted(read)
        if outputs[name].table_properties.get("delta.enableRowTracking") != "true"
    ] == []


def test_facts_members_and_days_have_keys_that_tools_can_follow(graph_of):
    graph = graph_of("retail")
    members = ("customers", "products", "stores")

    assert keys(graph, "gold_fact_sales") == (
        ("sale_id",),
        False,
        {((f"{m}_key",), f"gold_dim_{m}", (f"{m}_key",)) for m in members},
    )
    for member in members:
        assert keys(graph, f"gold_dim_{member}") == ((f"{member}_key",), True, set())
    assert keys(graph, "gold_dim_date") == (("date_key",), True, set())


def test_silver_has_the_keys_of_the_contract_and_versions_have_none(graph_of):
    graph = graph_of("retail")

    assert keys(graph, "silver_sales") == (("sale_id",), False, set())
    assert keys(graph, "silver_customers_current") == (("customer_id",), True, set())
    assert graph.keys["silver_customers"][0] is None
