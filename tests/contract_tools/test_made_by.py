"""What of a contract makes the rows of a table, and which changes leave rows as they
were."""

import copy

import pytest
import yaml
from contract_drafts import Draft

from contract_tools import changes
from contract_tools.made_by import differing, listed, made_by
from medallion import contract


@pytest.fixture
def parts(tmp_path):
    """parts(document): what makes the tables of this contract."""

    def read(document: dict) -> dict:
        path = tmp_path / "shop.odcs.yaml"
        path.write_text(yaml.safe_dump(document))
        return made_by(contract.load(path))

    return read


def add_column(draft, **more):
    column = {"name": "remark", "physicalType": "STRING", **more}
    draft.orders["properties"].append(column)


def first_rule(draft):
    rule = {"expectation": "order_id > 0", "action": "drop"}
    entry = {"name": "is_new", "type": "custom", "engine": "lakeflow"}
    draft.orders["quality"].append({**entry, "implementation": rule})


CHANGES = {
    "a column": (add_column, {"silver_orders": ["the column remark"]}),
    "a column that must not be empty": (
        lambda draft: add_column(draft, required=True),
        {
            "silver_orders": ["the column remark", "the rule remark_is_present"],
            "quarantine_orders": ["the rule remark_is_present"],
        },
    ),
    "a derived column": (
        lambda draft: add_column(draft, transformLogic="upper(customer_id)"),
        {
            "silver_orders": ["the column remark"],
            "quarantine_orders": ["the column remark"],
        },
    ),
    "a rule": (
        first_rule,
        {
            "silver_orders": ["the rule is_new"],
            "quarantine_orders": ["the rule is_new"],
        },
    ),
    "another window": (
        lambda draft: draft.custom("orders", deduplicateWithin="9 days"),
        {"silver_orders": ["deduplicateWithin"]},
    ),
    "options of the reader": (
        lambda draft: draft.custom("orders", readerOptions={"multiLine": True}),
        {"bronze_orders": ["readerOptions"]},
    ),
    "a description": (
        lambda draft: draft.orders.update(description="What was sold."),
        {},
    ),
}


@pytest.mark.parametrize("change", CHANGES)
def test_a_change_is_one_of_the_tables_whose_rows_it_would_make_otherwise(
    parts, change
):
    draft = Draft()
    before = parts(copy.deepcopy(draft.document))
    edit, expected = CHANGES[change]
    edit(draft)
    after = parts(draft.document)
    found = {table: differing(before[table], after[table]) for table in before}
    # What is new to bronze is in no older row: localrun leaves that out.
    found["bronze_orders"] = [
        part for part in found["bronze_orders"] if part in before["bronze_orders"]
    ]
    assert {table: names for table, names in found.items() if names} == expected


def test_what_is_made_again_at_each_update_is_not_among_them(parts):
    draft = Draft()
    draft.whole("reference")
    assert [name for name in parts(draft.document) if "customers" in name] == []


def test_a_sentence_names_no_more_than_a_few():
    assert listed(["a"]) == "a"
    assert listed(["a", "b"]) == "a and b"
    assert listed(list("abcdef")) == "a, b, c, d and 2 more"


def test_a_pull_request_says_what_to_rebuild_once_it_is_deployed(tmp_path):
    draft = Draft()
    old, new = tmp_path / "old.odcs.yaml", tmp_path / "new.odcs.yaml"
    old.write_text(yaml.safe_dump(draft.document))
    assert list(changes.outdated(old, old)) == []
    first_rule(draft)
    draft.custom("orders", readerOptions={"multiLine": True})
    new.write_text(yaml.safe_dump(draft.document))
    assert list(changes.outdated(old, new)) == [
        "bronze_orders: its rows stay as they are in readerOptions",
        "quarantine_orders: its rows stay as they are in the rule is_new",
        "silver_orders: its rows stay as they are in the rule is_new",
        "Once this is deployed, rebuild quarantine_orders, silver_orders and what "
        "reads them as streams, from bronze: make update "
        'ARGS="--full-refresh quarantine_orders,silver_orders"',
        "Only their sources can make bronze_orders again, as far as they still have "
        'the rows: see "A column or rule that comes later" in README.md',
    ]
