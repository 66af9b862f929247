"""What the ledger says is what the pipeline does: the quarantine, exactly."""

import pytest
from generating.ledgers import CONTRACTS, Generated, quarantined


@pytest.fixture(scope="module")
def shop(rendered, spark, tmp_path_factory):
    """Every type, constraint and kind of rule, in three formats and four roles."""
    generated = Generated(tmp_path_factory.mktemp("shop"), CONTRACTS / "shop.odcs.yaml")
    generated.more(batches=6, rows=300, dirty_share=0.2)
    generated.pipeline = generated.updated(rendered("three_sources"))
    return generated


@pytest.mark.parametrize("table", ["orders", "customers", "products", "categories"])
def test_the_quarantine_holds_the_planted_rows_with_all_the_rules_they_break(
    shop, table
):
    assert shop.noted(table)
    assert quarantined(shop.pipeline, table) == shop.noted(table)
