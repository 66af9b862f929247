"""How a contract is read: tables, columns, keys, what follows from what is not said."""

import textwrap
from pathlib import Path

import pytest

from medallion import contract

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: test
version: "1"
status: draft
schema:
"""
CUSTOMERS = """
- name: customers
  description: |
    Who buys,
    and where.
  customProperties:
  - {property: role, value: scd2}
  - {property: format, value: json}
  - {property: sequenceBy, value: at}
  - {property: deleteWhen, value: "op = 'D'"}
  - {property: ignoreNullUpdates, value: true}
  - {property: technicalColumns, value: [op, at]}
  - {property: historyColumns, value: name}
  properties:
  - {name: customer_id, physicalType: long, primaryKey: true}
  - {name: name, physicalType: string, required: true, description: A name.}
  - {name: op, physicalType: STRING}
  - {name: at, physicalType: TIMESTAMP}
"""
ORDERS = """
- name: orders
  customProperties:
  - {property: role, value: fact}
  - {property: format, value: csv}
  - {property: location, value: /Volumes/a/b/c}
  - {property: readerOptions, value: {header: true, sep: ";", maxColumns: 9}}
  - {property: sequenceBy, value: day}
  - {property: deduplicateWithin, value: 2 days}
  properties:
  - {name: line, physicalType: INT, primaryKey: true, primaryKeyPosition: 2}
  - {name: order_id, physicalType: BIGINT, primaryKey: true, primaryKeyPosition: 1}
  - name: customer_id
    physicalType: BIGINT
    relationships: [{to: customers.customer_id}]
  - name: payer_id
    physicalType: BIGINT
    relationships: [{to: customers.customer_id}]
  - name: day
    physicalType: DATE
    logicalTypeOptions: {format: dd.MM.yyyy}
    customProperties: [{property: formats, value: [MM/dd/yyyy]}]
  - {name: price, physicalType: "decimal( 9 , 2 )"}
  - {name: double_price, physicalType: "DECIMAL(9,2)", transformLogic: price * 2}
  - name: Tags
    physicalType: >-
      array<struct<Key string not null comment 'x', `Value`:map<string,int>>>
"""


@pytest.fixture
def load(tmp_path):
    """load(text): the tables of a contract with that text, by name."""

    def loaded(text: str) -> dict[str, contract.Table]:
        path = tmp_path / "test.odcs.yaml"
        path.write_text(HEAD + text, encoding="utf-8")
        return {table.name: table for table in contract.load(path)}

    return loaded


@pytest.fixture
def tables(load):
    return load(CUSTOMERS + ORDERS)


def test_a_table_has_what_its_custom_properties_say(tables):
    customers, orders = tables["customers"], tables["orders"]
    assert (customers.role, customers.format) == ("scd2", "json")
    assert customers.comment == "Who buys, and where."
    assert customers.delete_when == "op = 'D'"
    assert customers.ignore_null_updates is True
    assert customers.technical_columns == ("op", "at")
    assert customers.history_columns == ("name",)
    assert orders.location == "/Volumes/a/b/c"
    assert orders.reader_options == {"header": "true", "sep": ";", "maxColumns": "9"}
    assert orders.deduplicate_within == "2 days"


def test_what_a_table_does_not_say_has_a_default(tables):
    customers, orders = tables["customers"], tables["orders"]
    assert customers.location is None
    assert customers.reader_options == {}
    assert customers.deduplicate_within == "7 days"
    assert orders.comment == ""
    assert orders.delete_when is None
    assert orders.ignore_null_updates is False
    assert (orders.technical_columns, orders.history_columns) == ((), ())


def test_columns_keep_their_order_and_have_types_in_one_spelling(tables):
    assert [(c.name, c.type) for c in tables["orders"].columns] == [
        ("line", "INT"),
        ("order_id", "BIGINT"),
        ("customer_id", "BIGINT"),
        ("payer_id", "BIGINT"),
        ("day", "DATE"),
        ("price", "DECIMAL(9,2)"),
        ("double_price", "DECIMAL(9,2)"),
        ("Tags", "ARRAY<STRUCT<Key: STRING, `Value`: MAP<STRING, INT>>>"),
    ]
    name = tables["customers"].column("name")
    assert name == contract.Column("name", "STRING", True, "A name.")


def test_an_unknown_column_is_a_key_error(tables):
    with pytest.raises(KeyError):
        tables["customers"].column("nobody")


def test_keys_are_in_the_order_of_their_positions(tables):
    assert tables["orders"].keys == ("order_id", "line")


def test_derived_columns_are_told_from_those_of_the_source(tables):
    orders = tables["orders"]
    assert [column.name for column in orders.derived_columns] == ["double_price"]
    assert "double_price" not in [column.name for column in orders.source_columns]
    assert orders.column("double_price").transform == "price * 2"
    assert "double_price" in orders.column_names


def test_the_standard_s_format_of_a_date_comes_before_our_own(tables):
    assert tables["orders"].column("day").formats == ("dd.MM.yyyy", "MM/dd/yyyy")


def test_a_second_relationship_to_a_table_is_named_after_its_column(tables):
    assert tables["orders"].relationships == (
        contract.Relationship(
            ("customer_id",), "customers", ("customer_id",), "customers_key"
        ),
        contract.Relationship(
            ("payer_id",), "customers", ("customer_id",), "payer_key"
        ),
    )


def test_a_composite_relationship_stands_at_the_table(load):
    text = """
    - name: prices
      customProperties:
      - {property: role, value: scd1}
      - {property: format, value: json}
      properties:
      - {name: product, physicalType: STRING, primaryKey: true}
      - {name: country, physicalType: STRING, primaryKey: true}
    - name: sales
      customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      properties:
      - {name: id, physicalType: STRING, primaryKey: true}
      - {name: product, physicalType: STRING}
      - {name: sold_in, physicalType: STRING}
      relationships:
      - from: [sales.product, sales.sold_in]
        to: [prices.product, prices.country]
    """
    (relationship,) = load(textwrap.dedent(text))["sales"].relationships
    assert relationship.columns == ("product", "sold_in")
    assert (relationship.table, relationship.to) == ("prices", ("product", "country"))
    assert relationship.key == "prices_key"


def test_facts_cluster_by_their_time_and_dimensions_by_their_key(tables):
    assert tables["orders"].cluster_by == ("day",)
    assert tables["customers"].cluster_by == ("customer_id",)


def test_what_settles_ties_is_nothing_to_cluster_by(load):
    orders = ORDERS.replace("value: day", "value: [day, line]")
    assert load(orders + CUSTOMERS)["orders"].cluster_by == ("day",)


@pytest.mark.parametrize(
    ("type_", "sequence", "is_time"),
    [
        ("DATE", "s", True),
        ("TIMESTAMP", "s", True),
        ("TIMESTAMP_NTZ", "[s]", True),
        ("BIGINT", "s", False),
        ("STRING", "s", False),
        ("TIMESTAMP", "[s, id]", True),
        ("TIMESTAMP", "[id, s]", False),
    ],
)
def test_a_date_or_timestamp_first_in_the_sequence_says_when(
    load, type_, sequence, is_time
):
    text = f"""
- name: t
  customProperties:
  - {{property: role, value: scd2}}
  - {{property: format, value: json}}
  - {{property: sequenceBy, value: {sequence}}}
  properties:
  - {{name: id, physicalType: BIGINT, primaryKey: true}}
  - {{name: s, physicalType: {type_}}}
"""
    assert load(text)["t"].sequence_is_time is is_time


def test_a_table_without_properties_has_keys_and_no_columns(load):
    text = """
- name: t
  customProperties:
  - {property: role, value: fact}
  - {property: format, value: parquet}
  - {property: keys, value: [a, b]}
  - {property: sequenceBy, value: s}
"""
    table = load(text)["t"]
    assert (table.keys, table.sequence_by) == (("a", "b"), ("s",))
    assert (table.columns, table.cluster_by) == ((), ("s",))
    assert (table.is_text, table.sequence_is_time) == (False, False)


@pytest.mark.parametrize("version", ["v3.0.2", "v3.1.0", "v3.2.0"])
def test_versions_3_0_to_3_2_are_read(tmp_path, version):
    path = tmp_path / "test.odcs.yaml"
    path.write_text(HEAD.replace("v3.1.0", version) + CUSTOMERS, encoding="utf-8")
    assert contract.load(path)[0].name == "customers"


def test_what_is_not_enforced_is_listed_with_the_reason(tmp_path):
    text = """
- name: t
  customProperties:
  - {property: role, value: scd1}
  - {property: format, value: json}
  properties:
  - {name: id, physicalType: STRING, primaryKey: true, unique: true}
  - name: mail
    physicalType: STRING
    logicalTypeOptions: {format: email}
    quality:
    - {metric: nullValues, mustBeLessThan: 5, unit: percent}
    - {metric: duplicateValues, mustBe: 0}
  - name: payload
    logicalType: object
    physicalType: "STRUCT<a: INT>"
    properties: [{name: a, physicalType: INT, required: true}]
  quality:
  - {metric: rowCount, mustBeGreaterThan: 0}
  - {name: q, type: sql, query: SELECT count(*) FROM t, mustBe: 0}
  - {name: r, type: custom, engine: soda, implementation: x}
  - {name: s, type: text, description: Be good.}
"""
    path = tmp_path / "test.odcs.yaml"
    path.write_text(HEAD + text, encoding="utf-8")
    assert contract.unenforced(path) == (
        "table t: rowCount is not enforced: rowCount is about the whole table, not "
        "about a row",
        "table t: q is not enforced: its query does not end in WHERE NOT (<predicate>)",
        "table t: r is not enforced: it is for the engine soda, not for lakeflow",
        "table t: s is not enforced: it is text, without a predicate",
        "table t, property id: unique is not enforced: it is about the whole table",
        "table t, property mail: nullValues is not enforced: only mustBe: 0 judges "
        "each row",
        "table t, property mail: duplicateValues is not enforced: duplicateValues is "
        "about the whole table, not about a row",
        "table t, property mail: format email is not enforced: only a pattern is",
        "table t, property payload: rules on its fields are not enforced: only columns "
        "are judged",
    )


def test_a_faulty_contract_names_file_table_field_and_remedy(tmp_path):
    path = tmp_path / "my.odcs.yaml"
    path.write_text(HEAD + CUSTOMERS.replace("long", "lng"), encoding="utf-8")
    with pytest.raises(contract.ContractError) as caught:
        contract.load(path)
    assert str(caught.value) == (
        "contract my.odcs.yaml, table customers, property customer_id: physicalType "
        "lng is not a Unity Catalog type; did you mean LONG?"
    )


def test_the_contract_of_this_bundle_is_in_order():
    for path in (Path(__file__).parent.parent / "contract").glob("*.odcs.yaml"):
        assert contract.load(path)
