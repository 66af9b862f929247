"""Which sources a full refresh may read again."""

import pytest

from medallion import rereading
from medallion.model import Table

ORDERS = Table("Orders", "", "fact", "json")
CLIENTS = Table("clients", "", "scd1", "csv")


def allowed(conf: dict[str, str]) -> dict[str, str]:
    properties = rereading.configured(conf, [ORDERS, CLIENTS])
    found = {table.name: properties(table) for table in (ORDERS, CLIENTS)}
    assert all([*of] == ["pipelines.reset.allowed"] for of in found.values())
    return {name: of["pipelines.reset.allowed"] for name, of in found.items()}


@pytest.mark.parametrize("conf", [{}, {"pipeline.reread": ""}])
def test_bronze_is_kept_unless_its_source_is_named(conf):
    assert allowed(conf) == {"Orders": "false", "clients": "false"}


def test_sources_are_named_with_commas_in_any_case():
    assert allowed({"pipeline.reread": "orders"})["Orders"] == "true"
    both = {"Orders": "true", "clients": "true"}
    assert allowed({"pipeline.reread": "orders, clients"}) == both


def test_a_name_that_is_not_in_the_contract_is_refused():
    with pytest.raises(ValueError) as refused:
        allowed({"pipeline.reread": "order"})
    assert str(refused.value) == (
        "reread names order, which is not a table of the contract: there are Orders, "
        "clients"
    )
