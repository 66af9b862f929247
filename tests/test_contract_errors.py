"""A malformed contract is refused with every fault named: place, cause and remedy."""

import copy
from pathlib import Path

import pytest
import yaml
from medallion.contract import ContractError, load

ORDERS = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: shop
version: "1.0.0"
status: active
schema:
  - name: orders
    description: What was ordered.
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: ordered_at}
    properties:
      - {name: order_id, physicalType: BIGINT, primaryKey: true}
      - name: customer_id
        physicalType: BIGINT
        relationships: [{to: customers.customer_id}]
      - {name: amount, logicalType: number, physicalType: "DECIMAL(10,2)"}
      - {name: note, logicalType: string, physicalType: STRING}
      - {name: tags, logicalType: array, physicalType: ARRAY<STRING>}
      - {name: weight, logicalType: number, physicalType: DOUBLE}
      - {name: ordered_at, logicalType: timestamp, physicalType: TIMESTAMP}
    quality:
      - name: amount_is_small
        type: custom
        engine: lakeflow
        implementation: {expectation: amount < 1000, action: drop}
  - name: customers
    description: Who ordered.
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: csv}
      - {property: sequenceBy, value: changed_at}
      - {property: technicalColumns, value: [changed_at]}
    properties:
      - {name: customer_id, physicalType: BIGINT, primaryKey: true}
      - {name: name, physicalType: STRING}
      - {name: changed_at, physicalType: TIMESTAMP}
""")
REMOVED = object()


class Draft:
    """A sound contract, and the ways to spoil it."""

    def __init__(self):
        self.document = copy.deepcopy(ORDERS)
        self.orders, self.customers = self.document["schema"]

    def column(self, name: str, **changes) -> None:
        columns = [*self.orders["properties"], *self.customers["properties"]]
        column = next(c for c in columns if c["name"] == name)
        for key, value in changes.items():
            column.pop(key, None)
            if value is not REMOVED:
                column[key] = value

    def options(self, column: str, **options) -> None:
        self.column(column, logicalTypeOptions=options)

    def custom(self, table: str, **changes) -> None:
        entry = self.orders if table == "orders" else self.customers
        kept = [p for p in entry["customProperties"] if p["property"] not in changes]
        added = [
            {"property": name, "value": value}
            for name, value in changes.items()
            if value is not REMOVED
        ]
        entry["customProperties"] = kept + added

    def rule(self, **changes) -> None:
        rule = self.orders["quality"][0]
        for key, value in changes.items():
            rule.pop(key, None)
            if value is not REMOVED:
                rule[key] = value

    def expect(self, expectation: object, **more) -> None:
        self.rule(implementation={"expectation": expectation, **more})

    def library(self, column: str, **entry) -> None:
        self.column(column, quality=[{"type": "library", **entry}])


def faults(path: Path, content: str | dict) -> list[str]:
    """The problems of a contract, without the file's name in front."""
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [str(p) for p in caught.value.problems]
    head = f"contract {path.name}"
    assert all(str(p).startswith(head) for p in caught.value.problems)
    return [str(p).removeprefix(head).removeprefix(", ") for p in caught.value.problems]


def test_the_contract_that_the_cases_spoil_is_sound(tmp_path):
    path = tmp_path / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(ORDERS), encoding="utf-8")
    assert [table.name for table in load(path)] == ["orders", "customers"]


def test_a_misspelt_type_is_reported_with_file_table_field_and_remedy(tmp_path):
    draft = Draft()
    draft.column("amount", physicalType="DECMAL(10,2)")
    path = tmp_path / "my.odcs.yaml"
    path.write_text(yaml.safe_dump(draft.document), encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(path)
    assert str(caught.value) == (
        "contract my.odcs.yaml, table orders, property amount: physicalType "
        "DECMAL(10,2) is not a Unity Catalog type; did you mean DECIMAL(10,2)?"
    )
    problem = caught.value.problems[0]
    assert (problem.file, problem.table) == ("my.odcs.yaml", "orders")
    assert problem.field == "property amount"
    assert problem.remedy == "did you mean DECIMAL(10,2)?"


YAML = {
    "a colon within text": (
        "name: shop\ndescription: sales: all of them\n",
        ": line 2, column 19: this is not YAML, mapping values are not allowed in this "
        "context; a text that holds ': ' needs quotes",
    ),
    "a tab": (
        "schema:\n\t- name: x\n",
        ": line 2, column 1: this is not YAML, found character that cannot start any "
        "token; indent with spaces, and put quotes around the text",
    ),
    "a bracket left open": (
        "schema: [a, b\n",
        ": line 2, column 1: this is not YAML, did not find expected ',' or ']'; "
        "mend the YAML",
    ),
    "two documents": (
        "a: 1\n---\nb: 2\n",
        ": line 2, column 1: this is not YAML, but found another document; keep one "
        "contract a file, without a second ---",
    ),
    "an empty file": ("", ": it is no mapping; begin with apiVersion: v3.1.0"),
    "a list": ("- a\n- b\n", ": it is no mapping; begin with apiVersion: v3.1.0"),
    "a text": ("hello", ": it is no mapping; begin with apiVersion: v3.1.0"),
}


@pytest.mark.parametrize(("text", "message"), YAML.values(), ids=YAML)
def test_what_is_no_yaml_is_refused_with_its_line(tmp_path, text, message):
    assert faults(tmp_path / "shop.odcs.yaml", text) == [message]


def test_a_key_that_stands_twice_is_refused(tmp_path):
    text = yaml.safe_dump(ORDERS, sort_keys=False)
    text = text.replace("kind: DataContract", "kind: DataContract\nid: other")
    assert faults(tmp_path / "shop.odcs.yaml", text) == [
        ": line 4: id stands twice in the same place; keep this one or the one in line 3"
    ]


def test_a_date_without_quotes_is_refused_as_it_is_no_text_elsewhere(tmp_path):
    draft = Draft()
    draft.options("ordered_at", minimum="2020-01-01")
    text = yaml.safe_dump(draft.document, sort_keys=False)
    text = text.replace("'2020-01-01'", "2020-01-01")
    line = text.splitlines().index("      minimum: 2020-01-01") + 1
    assert faults(tmp_path / "shop.odcs.yaml", text) == [
        f": line {line}: the date 2020-01-01 is not in quotes; "
        'write "2020-01-01", so that it stays text'
    ]


def test_a_file_that_is_not_there_is_named(tmp_path):
    with pytest.raises(ContractError, match=r"there is no such file; looked for .*nope"):
        load(tmp_path / "nope.odcs.yaml")


def test_a_file_in_another_encoding_is_refused(tmp_path):
    path = tmp_path / "shop.odcs.yaml"
    path.write_bytes(b"description: Gesch\xe4ft\n")
    with pytest.raises(ContractError, match="byte 18 is not UTF-8; save the file as"):
        load(path)


def test_all_faults_are_reported_at_once_in_the_order_of_the_file(tmp_path):
    draft = Draft()
    draft.document["kind"] = "Contract"
    draft.custom("orders", role="facts")
    draft.column("amount", physicalType="MONEY")
    draft.expect("amout > 0")
    draft.custom("customers", format="jsn")
    places = [f.split(":")[0] for f in faults(tmp_path / "c.yaml", draft.document)]
    assert places == [
        "kind",
        "table orders, customProperties role",
        "table orders, property amount",
        "table orders, rule amount_is_small",
        "table customers, customProperties format",
    ]


def test_one_spoilt_table_does_not_make_others_look_spoilt(tmp_path):
    draft = Draft()
    draft.customers["properties"] = "none"
    assert faults(tmp_path / "c.yaml", draft.document) == [
        "table customers: properties is the text 'none'; write a list of mappings"
    ]
