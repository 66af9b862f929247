"""Names of tables in the schemas of their layers."""

import ast

import pytest
from projects import SOURCE

from medallion import layers

SCHEMAS = {"bronze": "main-eu.shop_bronze", "gold": "main-eu.shop gold"}
FILES = sorted((SOURCE / "pipeline/transformations").glob("*.py"))


@pytest.mark.parametrize(
    ("table", "name"),
    [
        ("bronze_sales", "`main-eu`.`shop_bronze`.bronze_sales"),
        ("gold_dim_date", "`main-eu`.`shop gold`.gold_dim_date"),
        ("silver_gold_sales", "silver_gold_sales"),
        ("quarantine_sales", "quarantine_sales"),
        ("check_dimensions", "check_dimensions"),
        ("golden", "golden"),
    ],
)
def test_bronze_and_gold_have_a_schema_where_one_is_named(table, name):
    assert layers.of(SCHEMAS)(table) == name
    assert layers.of({})(table) == layers.of({"gold": None})(table) == table


def test_the_configuration_names_the_schemas():
    configuration = {"pipeline.schema.gold": "main.shop_gold"}

    in_layer = layers.configured(configuration)
    assert in_layer("gold_a") == "`main`.`shop_gold`.gold_a"
    assert in_layer("bronze_a") == "bronze_a"


@pytest.mark.parametrize("file", FILES, ids=lambda file: file.stem)
def test_every_bronze_and_gold_table_of_the_pipeline_is_named_in_its_layer(file):
    """The text of an f-string is one of its parts."""
    tree = ast.parse(file.read_text())
    named = {
        id(part)
        for call in ast.walk(tree)
        if isinstance(call, ast.Call) and getattr(call.func, "id", "") == "in_layer"
        for part in ast.walk(call)
    }
    other = [
        text.value
        for text in ast.walk(tree)
        if isinstance(text, ast.Constant)
        and isinstance(text.value, str)
        and text.value.startswith(("bronze_", "gold_"))
        and id(text) not in named
    ]
    assert other == []
