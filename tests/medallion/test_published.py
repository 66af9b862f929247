"""The schemas that tables state, by what the contract says of them."""

from dataclasses import replace

import pytest

from medallion import layers, published
from medallion.model import HEADER, Column, Relationship, Table

SALES = Table(
    name="sales",
    comment="",
    role="fact",
    format="json",
    keys=("id", "line"),
    sequence_by=("at",),
    columns=(
        Column("id", "BIGINT", comment="The sale's number."),
        Column("line", "INT"),
        Column("at", "TIMESTAMP"),
        Column("op", "STRING"),
    ),
)
LINES = replace(
    SALES,
    name="lines",
    keys=("id",),
    sequence_by=(),
    relationships=(
        Relationship(("id", "line"), "sales", ("id", "line"), "sales", HEADER),
    ),
)
SHOPS = replace(SALES, name="shops", role="scd2", technical_columns=("op",))


def lines(ddl: str) -> list[str]:
    return ddl.split(",\n")


def test_a_fact_has_the_contracts_key_which_is_not_relied_on():
    """Facts are without duplicates within days, not for ever."""
    assert lines(published.silver(SALES)) == [
        "`id` BIGINT COMMENT 'The sale\\'s number.'",
        "`line` INT",
        "`at` TIMESTAMP",
        "`op` STRING",
        "CONSTRAINT `silver_sales_key` PRIMARY KEY (`id`, `line`) NOT ENFORCED",
    ]


@pytest.mark.parametrize(
    ("sequence", "type_"),
    [
        (("at",), "TIMESTAMP"),
        (("at", "line"), "STRUCT<`at`: TIMESTAMP, `line`: INT>"),
        ((), "STRUCT<time: TIMESTAMP, tie: BIGINT>"),
    ],
)
def test_versions_have_bounds_of_the_sequences_type_and_no_key(sequence, type_):
    found = lines(published.silver(replace(SHOPS, sequence_by=sequence)))

    assert [one.partition(" COMMENT")[0] for one in found] == [
        *("`id` BIGINT", "`line` INT", "`at` TIMESTAMP"),
        *(f"`__START_AT` {type_}", f"`__END_AT` {type_}"),
    ]


def test_the_latest_versions_have_a_key_that_can_be_relied_on():
    key = "CONSTRAINT `silver_shops_current_key` PRIMARY KEY (`id`, `line`)"
    assert lines(published.current(SHOPS))[-1] == f"{key} NOT ENFORCED RELY"


def test_the_surrogate_key_of_a_reference_is_not_relied_on():
    """Its files may have a key twice."""
    of_reference = published.dimension(replace(SHOPS, role="reference"))
    assert published.dimension(SHOPS).endswith("NOT ENFORCED RELY")
    assert of_reference.endswith("PRIMARY KEY (`shops_key`) NOT ENFORCED")


def test_a_line_leads_to_its_header_in_the_schema_of_gold():
    in_layer = layers.of({"gold": "main.sales gold"})
    found = published.fact(LINES, {"sales": SALES}, in_layer)

    assert lines(found)[-1] == (
        "CONSTRAINT `gold_fact_lines_id_line` FOREIGN KEY (`id`, `line`) REFERENCES "
        "`main`.`sales gold`.gold_fact_sales (`id`, `line`) NOT ENFORCED"
    )


@pytest.mark.parametrize(
    "table",
    [
        replace(SALES, columns=()),
        replace(SALES, role="snapshot", version_type="number"),
    ],
)
def test_what_nobody_knows_is_not_stated(table):
    """Columns without types, and the type of a version that is a number."""
    assert published.silver(table) is None
