"""What `localrun` is told of a project: names of the contract, and nothing else."""

import pytest
import yaml
from contract_drafts import Draft

from contract_tools.laptop import Laptop
from localrun.engine.results import FlowResult, Outcome, UpdateResult


@pytest.fixture
def laptop(tmp_path):
    """laptop(document): the extension of a project with this contract."""

    def made(document: object) -> Laptop:
        (tmp_path / "contract").mkdir()
        path = tmp_path / "contract/shop.odcs.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        extension = Laptop(tmp_path)
        extension.configuration = {"pipeline.contract": str(path)}
        return extension

    return made


def test_a_source_that_lies_in_the_cloud_is_in_the_landing_folder(laptop, tmp_path):
    draft = Draft()
    draft.custom("orders", location="s3://bucket/orders")

    assert laptop(draft.document).settings(tmp_path / "landing") == {
        "pipeline.location.orders": str(tmp_path / "landing/orders")
    }


@pytest.mark.parametrize(
    "document", [None, [], {"schema": "x"}, {"schema": [{"name": 1}, {"x": 2}]}]
)
def test_a_contract_that_cannot_be_read_is_for_its_loader_to_name(
    laptop, tmp_path, document
):
    assert laptop(document).settings(tmp_path) == {}


def test_a_table_without_columns_has_those_that_its_rules_name(laptop):
    draft = Draft()
    table = draft.orders
    table["name"] = "Orders"
    table["customProperties"].append({"property": "keys", "value": "order_id"})
    del table["properties"]
    table["quality"] = [
        {
            "name": "is_light",
            "type": "custom",
            "engine": "lakeflow",
            "implementation": {"expectation": "weight < 9 AND _misfits IS NULL"},
        }
    ]
    table["relationships"] = [
        {"from": "Orders.customer", "to": "customers.customer_id"}
    ]
    found = laptop(draft.document).columns()

    assert found.keys() == {"bronze_orders"}
    assert {"weight", "customer"} <= found["bronze_orders"]
    assert "_misfits" not in found["bronze_orders"]


def test_delta_tables_have_the_columns_that_the_contract_names(laptop):
    draft = Draft()
    draft.custom("orders", format="delta", location="crm.sales.Orders")
    columns = draft.orders["properties"]
    told = laptop(draft.document).tables()

    assert told.keys() == {"crm.sales.Orders"}
    names = [part.split()[0] for part in told["crm.sales.Orders"].split(", ")]
    assert names == [f"`{column['name']}`" for column in columns]


def test_a_delta_table_is_where_the_configuration_puts_it(laptop):
    draft = Draft()
    draft.custom("orders", format="delta", location="crm.sales.orders")
    extension = laptop(draft.document)
    extension.configuration["pipeline.location.orders"] = "test.sales.orders"

    assert extension.tables().keys() == {"test.sales.orders"}


def test_where_bronze_has_a_schema_its_tables_are_named_with_it(laptop):
    draft = Draft()
    draft.orders["customProperties"].append({"property": "keys", "value": "order_id"})
    del draft.orders["properties"]
    extension = laptop(draft.document)
    extension.configuration["pipeline.schema.bronze"] = "main.shop-raw"

    assert extension.columns().keys() == {"`main`.`shop-raw`.bronze_orders"}
    message = "name the separator (the reader's option sep); then"
    told = extension.explain("shop-raw.bronze_orders", message)
    assert "readerOptions" in told


DIVIDED = "[DIVIDE_BY_ZERO] Division by zero. SQLSTATE: 22012"


@pytest.mark.parametrize("layer", ["quarantine", "silver"])
def test_a_value_that_a_rule_fails_on_has_its_remedy(laptop, layer):
    said = laptop(Draft().document).explain(f"{layer}_orders", DIVIDED)

    assert said.startswith(
        "[DIVIDE_BY_ZERO] Division by zero; a rule or transformLogic of orders in the "
        "contract cannot be computed for a row: write it with try_divide,"
    )


def test_another_separator_is_named_where_it_stands_in_the_contract(laptop):
    message = "name the separator (the reader's option sep); then"
    said = laptop(Draft().document).explain("bronze_orders", message)

    assert (
        said == "name the separator in the contract (readerOptions: {sep: ';'}); then"
    )


def test_columns_that_differ_in_letter_case_only_are_named(laptop):
    message = "[COLUMN_ALREADY_EXISTS] The column `name` already exists. Choose another"
    said = laptop(Draft().document).explain("bronze_orders", message)

    assert said == (
        "the files of orders have columns whose names differ from `name` in letter "
        "case only, of which Spark would read one: have one of them delivered under "
        "another name"
    )


def test_who_adds_on_missing_is_told_what_to_judge_again(laptop):
    message = "[DIFFERENT_DELTA_TABLE_READ_BY_STREAMING_SOURCE] The streaming query …"
    said = laptop(Draft().document).explain("silver_orders", message)

    assert said.endswith("--full-refresh quarantine_orders silver_orders+")


def test_who_must_read_a_source_again_is_told_how_to_name_it(laptop):
    said = laptop(Draft().document).explain
    kept = "read its source again: set its pipelines.reset.allowed to true and use "
    command = "--full-refresh bronze_orders+"
    again = f"--var reread=orders {command}"
    assert said("bronze_orders", kept + command) == (
        f"read its source again: use {again}"
    )
    assert said("bronze_orders", f"rebuild with {command}") == f"rebuild with {again}"
    assert said("silver_orders", "use --full-refresh silver_orders+") is None


@pytest.mark.parametrize(
    ("table", "message"),
    [
        ("gold_orders", DIVIDED),
        ("silver_enriched", DIVIDED),
        ("silver_orders", "[PATH_NOT_FOUND] nothing there. SQLSTATE: 42K03"),
    ],
)
def test_other_failures_are_told_in_the_words_of_spark(laptop, table, message):
    assert laptop(Draft().document).explain(table, message) is None


def test_the_summary_counts_quarantined_rows_beside_their_silver_table(laptop):
    flows = {
        name: FlowResult(name, name, "COMPLETED", Outcome(rows_out=rows))
        for name, rows in {"quarantine_orders": 3, "silver_orders": 9}.items()
    }
    columns = laptop(Draft().document).summary_columns(UpdateResult("1", flows))

    assert columns == {"quarantined": {"silver_orders": 3}}
