"""What the ledger says is what the pipeline does: the quarantine, exactly."""

import pytest
from generating.ledgers import CONTRACTS, Generated, quarantined
from generating.random_contracts import random_tables

pytestmark = [pytest.mark.nightly, pytest.mark.slow]

SHOP = ("orders", "customers", "products", "categories")
RANDOM = 3
DELTA = ("sales", "buyers", "stock", "lands")


@pytest.fixture(scope="module")
def generated(rendered, spark, tmp_path_factory, request):
    """Batches of the contract of that name, or number, and the tables made of them."""
    folder = tmp_path_factory.mktemp(str(request.param))
    contract = CONTRACTS / f"{request.param}.odcs.yaml"
    if isinstance(request.param, int):
        contract = random_tables(request.param)
    tables = folder / "tables"
    found = Generated(folder, contract, delta_tables=tables, members=60)
    # What changes in a Delta table is seen from the first update on.
    for batches in (1, 3) if request.param == "delta" else (4,):
        found.more(batches=batches, rows=100, updates=30, dirty_share=0.3)
        found.pipeline = found.updated(rendered("three_sources"), tables)
    return found


def of(contract: str | int, tables: tuple[str, ...]) -> list:
    return [pytest.param(contract, table, id=f"{contract}-{table}") for table in tables]


@pytest.mark.parametrize(
    ("generated", "table"),
    [
        *of("shop", SHOP),
        *of("delta", DELTA),
        *of("untyped", ("orders", "clients", "regions")),
        *of(RANDOM, ("fact", "scd1", "scd2", "reference")),
    ],
    indirect=["generated"],
    scope="module",
)
def test_the_quarantine_holds_the_planted_rows_with_all_the_rules_they_break(
    generated, table
):
    assert generated.noted(table)
    assert quarantined(generated.pipeline, table) == generated.noted(table)
