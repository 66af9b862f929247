"""Sources that flow into another table, as the contract has them once it is read."""

import pytest
import yaml
from contract_drafts import REMOVED, Draft, faults

from medallion import contract, quality

X = "main.crm.customers"


@pytest.fixture
def tables(tmp_path):
    """tables(draft): the tables of its contract, by name."""

    def load(draft: Draft) -> dict[str, contract.Table]:
        path = tmp_path / "shop.odcs.yaml"
        path.write_text(yaml.safe_dump(draft.document))
        return {table.name: table for table in contract.load(path)}

    return load


def test_rows_of_a_source_point_to_members_as_those_of_its_table_must(tables):
    draft = Draft()
    draft.must("customer_id", "customers.customer_id", "quarantine")
    draft.more_orders()
    found = tables(draft)

    assert found["shop"].must_exist == found["orders"].must_exist != ()
    name = "customer_id_exists"
    assert (
        found["shop"].rules_with("drop")[name]
        == (found["orders"].rules_with("drop")[name])
    )


def test_a_source_has_no_rule_of_its_table_but_those_on_members(tables):
    draft = Draft()
    draft.more_orders().pop("quality")
    found = tables(draft)

    assert found["shop"].relationships == found["orders"].relationships
    assert "amount_is_small" not in {rule.name for rule in found["shop"].rules}


def test_a_source_of_lines_is_dated_by_the_header_of_its_table(tables):
    draft = Draft()
    draft.with_lines()
    lines = draft.document["schema"][-1]
    more = {**lines, "name": "more_lines"}
    into = {"property": "into", "value": "lines"}
    more["customProperties"] = [*lines["customProperties"], into]
    more["properties"] = [
        {name: value for name, value in column.items() if name != "relationships"}
        for column in lines["properties"]
    ]
    draft.document["schema"].append(more)

    assert tables(draft)["more_lines"].dated_by.table == "orders"


def test_a_technical_column_that_points_to_a_member_is_needed_in_a_source(tmp_path):
    draft = Draft()
    draft.merged()
    regions = {
        "name": "regions",
        "customProperties": [
            {"property": "role", "value": "reference"},
            {"property": "format", "value": "json"},
        ],
        "properties": [{"name": "id", "physicalType": "STRING", "primaryKey": True}],
    }
    draft.document["schema"].append(regions)
    region = {"name": "region", "physicalType": "STRING"}
    region["relationships"] = [{"to": "regions.id"}]
    draft.customers["properties"].append(region)
    draft.custom("customers", technicalColumns=["changed_at", "region"])

    assert faults(tmp_path / "shop.odcs.yaml", draft.document) == [
        "table web, into: it lacks region, which customers relates to regions; add the "
        "column"
    ]


def test_a_backfill_from_a_delta_table_says_itself_what_orders_and_deletes(tables):
    draft = Draft()
    draft.merged(format="delta", location=X, once=True, deleteWhen="name = 'gone'")
    web = tables(draft)["web"]

    assert not web.reads_changes
    assert web.sequence_by == ("changed_at",)
    assert web.delete_when == "name = 'gone'"


def test_a_delta_table_that_is_followed_says_by_its_commits_what_is_deleted(tables):
    draft = Draft()
    draft.custom("customers", sequenceBy=REMOVED)
    draft.merged(format="delta", location=X)

    assert tables(draft)["web"].reads_changes


@pytest.mark.parametrize("once", [True, False])
def test_what_a_dimension_leaves_out_is_in_its_rows(tables, once):
    """Without properties; AUTO CDC refuses a column that is not there."""
    draft = Draft()
    draft.without_properties("id")
    draft.merged(once=once)
    left_out = quality.stored_columns(tables(draft)["web"])["except_column_list"]

    assert ("_ingested_at" in left_out, "_rescued_data" in left_out) == (not once,) * 2


def test_changes_without_types_are_ordered_by_as_many_columns(tables, tmp_path):
    draft = Draft()
    draft.without_properties("id")
    draft.custom("customers", sequenceBy=["at", "n"])
    draft.merged(sequenceBy=["seen", "m"])
    assert tables(draft)["web"].sequence_by == ("seen", "m")

    draft.custom("customers", sequenceBy="at")
    assert faults(tmp_path / "shop.odcs.yaml", draft.document) == [
        "table web, sequenceBy: it is ordered by seen, m, and customers is ordered by "
        "at; make both the same"
    ]
