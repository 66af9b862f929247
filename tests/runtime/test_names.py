"""Names of tables, as Unity Catalog resolves them."""

import pytest

from localrun.errors import FlowError
from localrun.storage.names import Names, split

NAMES = Names("Main", "Sales")


@pytest.mark.parametrize(
    ("name", "full", "short"),
    [
        ("orders", "main.sales.orders", "orders"),
        ("Orders", "main.sales.orders", "orders"),
        ("`orders`", "main.sales.orders", "orders"),
        ("LIVE.orders", "main.sales.orders", "orders"),
        ("live.`Orders`", "main.sales.orders", "orders"),
        ("sales.orders", "main.sales.orders", "orders"),
        ("MAIN.sales.orders", "main.sales.orders", "orders"),
        ("bronze.orders", "main.bronze.orders", "bronze.orders"),
        ("LIVE.bronze.orders", "main.bronze.orders", "bronze.orders"),
        ("`main`.`bronze`.`Orders`", "main.bronze.orders", "bronze.orders"),
        ("raw.bronze.orders", "raw.bronze.orders", "raw.bronze.orders"),
        ("raw.sales.orders", "raw.sales.orders", "raw.sales.orders"),
        ("`a-b`.`c d`.`e``f`", "a-b.c d.e`f", "a-b.c d.e`f"),
        ("live", "main.sales.live", "live"),
        ("main.live.orders", "main.live.orders", "main.live.orders"),
        (" raw . bronze . orders ", "raw.bronze.orders", "raw.bronze.orders"),
        ("`v1.2`", "main.sales.v1.2", "`v1.2`"),
    ],
)
def test_a_name_in_any_form_is_one_table(name, full, short):
    assert ".".join(NAMES.full(name)) == full
    assert NAMES.short(name) == short


def test_a_short_name_names_the_same_table_again():
    for name in (
        "orders",
        "bronze.orders",
        "raw.bronze.orders",
        "`v1.2`",
        "main.live.a",
    ):
        assert NAMES.short(NAMES.short(name)) == NAMES.short(name)


@pytest.mark.parametrize("name", ["", ".", "a.", ".a", "a..b", "``", "`a", "a`b`"])
def test_what_is_not_a_name_is_told_how_to_write_one(name):
    with pytest.raises(FlowError, match=r"is not the name of a table: write table, "):
        split(name)


def test_four_parts_are_too_many():
    with pytest.raises(FlowError, match=r"a\.b\.c\.d has 4 parts: write it as"):
        NAMES.full("a.b.c.d")
