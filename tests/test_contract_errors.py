"""A malformed contract is refused with every fault named: place, cause and remedy."""

import copy
from pathlib import Path

import pytest
import yaml

from medallion.contract import ContractError, load, unenforced

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

    def column(self, name: str, /, **changes) -> None:
        columns = [*self.orders["properties"], *self.customers["properties"]]
        column = next(c for c in columns if c["name"] == name)
        for key, value in changes.items():
            column.pop(key, None)
            if value is not REMOVED:
                column[key] = value

    def rename_customers(self, name: str) -> None:
        self.customers["name"] = name
        self.column("customer_id", relationships=REMOVED)

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
        "mend it",
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
        ": line 4: id stands twice in the same place; "
        "keep this one or the one in line 3"
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
    with pytest.raises(ContractError, match="there is no such file; looked for"):
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


DOCUMENT = [
    (
        lambda d: d.document.update(apiVersion="v2.2.2"),
        "apiVersion: apiVersion v2.2.2 is not read; write v3.1.0 (3.0 to 3.2 are read)",
    ),
    (
        lambda d: d.document.pop("apiVersion"),
        "apiVersion: it is missing; write v3.1.0 (3.0 to 3.2 are read)",
    ),
    (
        lambda d: d.document.update(kind="DataProduct"),
        "kind: it is DataProduct; write kind: DataContract",
    ),
    (
        lambda d: d.document.pop("schema"),
        "schema: it is missing; list the tables in it, each with a name",
    ),
    (
        lambda d: d.document.update(schema=[]),
        "schema: it is no list of tables; list the tables in it, each with a name",
    ),
    (
        lambda d: d.document.update(schema={"orders": {}}),
        "schema: it is no list of tables; list the tables in it, each with a name",
    ),
    (
        lambda d: d.document["schema"].append({"description": "?"}),
        "schema: table number 3 has no name; add name: sales",
    ),
]
SHAPES = [
    (
        lambda d: d.orders.update(description=5),
        "table orders: description is the number 5; put it in quotes",
    ),
    (
        lambda d: d.orders.update(properties={"order_id": "BIGINT"}),
        "table orders: properties is a mapping; write a list of mappings",
    ),
    (
        lambda d: d.column("amount", primarykey=True),
        "table orders, property amount: primarykey is not known; "
        "did you mean primaryKey?",
    ),
    (
        lambda d: d.column("amount", required="yes"),
        "table orders, property amount: required is the text 'yes'; "
        "write true or false",
    ),
    (
        lambda d: d.column("amount", logicalTypeOptions="minimum"),
        "table orders, property amount: logicalTypeOptions is the text 'minimum'; "
        "write a mapping",
    ),
    (
        lambda d: d.column("amount", name=REMOVED),
        "table orders, property number 3: it has no name; add name",
    ),
    (
        lambda d: d.column("customer_id", relationships=[{"to": "customers"}]),
        "table orders, property customer_id: a relationship's to is the text "
        "'customers'; write it as customers.customer_id",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": ["orders.a", "orders.b"], "to": ["x.a", "y.b"]}]
        ),
        "table orders, relationships: a relationship's to names columns of several "
        "tables; write one relationship a table",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": ["orders.a", "orders.b"], "to": "x.a"}]
        ),
        "table orders, relationships: a relationship has a different number of columns "
        "in from and to; name as many on either side",
    ),
    (
        lambda d: d.orders["customProperties"].append({"role": "fact"}),
        "table orders, customProperties: an entry lacks its property or value; "
        "as {property: role, value: fact}",
    ),
    (
        lambda d: d.orders["customProperties"].append(
            {"property": "role", "value": "scd1"}
        ),
        "table orders, customProperties: role stands twice; keep one of the two",
    ),
    (
        lambda d: d.custom("orders", sequence_by="ordered_at"),
        "table orders, customProperties: sequence_by is not known; "
        "did you mean sequenceBy?",
    ),
    (
        lambda d: d.custom("orders", deleteWen="amount < 0"),
        "table orders, customProperties: deleteWen is not known; "
        "did you mean deleteWhen?",
    ),
    (
        lambda d: d.custom("customers", ignoreNullUpdates="yes"),
        "table customers, customProperties: ignoreNullUpdates is the text 'yes'; "
        "write true or false",
    ),
    (
        lambda d: d.custom("orders", sequenceBy={"column": "ordered_at"}),
        "table orders, customProperties: sequenceBy is a mapping; "
        "write a text, or a list of texts",
    ),
]
TABLES = [
    (
        lambda d: d.custom("orders", role=REMOVED),
        "table orders, customProperties role: it is missing; "
        "add {property: role, value: fact}, or scd1, scd2, reference",
    ),
    (
        lambda d: d.custom("orders", role="Facts"),
        "table orders, customProperties role: Facts is no role; did you mean fact?",
    ),
    (
        lambda d: d.custom("orders", role="stream"),
        "table orders, customProperties role: stream is no role; "
        "known are: fact, scd1, scd2, reference",
    ),
    (
        lambda d: d.custom("orders", format=REMOVED),
        "table orders, customProperties format: it is missing; "
        "add {property: format, value: json}, or csv, parquet",
    ),
    (
        lambda d: d.custom("orders", format="jsn"),
        "table orders, customProperties format: jsn is no format; did you mean json?",
    ),
    (
        lambda d: d.column("order_id", primaryKey=REMOVED),
        "table orders: it has no key; "
        "write primaryKey: true at the properties that make a row unique",
    ),
    (
        lambda d: d.rename_customers("Customers List"),
        "table Customers List, name: Customers List cannot name a table; "
        "write letters, digits and _, beginning with a letter",
    ),
    (
        lambda d: d.document["schema"].append({**d.orders, "name": "ORDERS"}),
        "table ORDERS: another table has this name, too; keep one of them",
    ),
    (
        lambda d: d.rename_customers("date"),
        "table date, name: gold_dim_date is the calendar; choose another",
    ),
    (
        lambda d: d.document["schema"].append(
            {**d.customers, "name": "customers_current"}
        ),
        "table customers_current: it and table customers would both make "
        "silver_customers_current; rename one of them",
    ),
    (
        lambda d: d.custom("orders", keys=["order_id"]),
        "table orders, keys: keys are for a table without properties; "
        "write primaryKey: true at the properties",
    ),
    (
        lambda d: d.orders.pop("properties"),
        "table orders: it has no key; "
        "add {property: keys, value: [order_id]} to its customProperties",
    ),
    (
        lambda d: d.column("order_id", physicalType="DOUBLE"),
        "table orders, property order_id: a key cannot be DOUBLE, whose values compare "
        "badly; choose a plain, exact type",
    ),
    (
        lambda d: d.custom("orders", sequenceBy="orderd_at"),
        "table orders, sequenceBy: orderd_at is no column of the table; "
        "did you mean ordered_at?",
    ),
    (
        lambda d: d.custom("orders", sequenceBy=["ordered_at", "ordered_at"]),
        "table orders, sequenceBy: ordered_at is there twice; name it once",
    ),
    (
        lambda d: d.custom("orders", sequenceBy="tags"),
        "table orders, sequenceBy: tags is ARRAY, which has no order; "
        "choose a time, a number or a text",
    ),
    (
        lambda d: d.custom("customers", technicalColumns=["op", "changed_at"]),
        "table customers, technicalColumns: op is no column of the table; "
        "known are: customer_id, name, changed_at",
    ),
    (
        lambda d: d.custom("customers", technicalColumns=["customer_id"]),
        "table customers, technicalColumns: customer_id is a key, which every version "
        "needs; remove it",
    ),
    (
        lambda d: d.custom("customers", historyColumns=["nam"]),
        "table customers, historyColumns: nam is no column of the table; "
        "did you mean name?",
    ),
    (
        lambda d: d.custom("customers", historyColumns=["changed_at"]),
        "table customers, historyColumns: changed_at is a technical column, which "
        "silver does not keep; remove it from one of the two",
    ),
    (
        lambda d: d.custom("customers", clusterBy=["changed_at"]),
        "table customers, clusterBy: changed_at is a technical column, which "
        "silver does not keep; remove it from one of the two",
    ),
    (
        lambda d: d.custom(
            "orders",
            clusterBy=["order_id", "customer_id", "amount", "note", "ordered_at"],
        ),
        "table orders, clusterBy: it names more than 4 columns; keep at most 4",
    ),
    (
        lambda d: d.custom("orders", clusterBy="tags"),
        "table orders, clusterBy: tags is ARRAY, which cannot be clustered by; "
        "choose a number, a text or a time",
    ),
    (
        lambda d: d.custom("orders", deleteWhen="note = 'D'"),
        "table orders, deleteWhen: deleteWhen means nothing for role fact; "
        "remove it (it is for scd1, scd2)",
    ),
    (
        lambda d: d.custom("customers", role="reference", technicalColumns=REMOVED),
        "table customers, sequenceBy: sequenceBy means nothing for role reference; "
        "remove it (it is for fact, scd1, scd2)",
    ),
    (
        lambda d: d.custom("customers", deduplicateWithin="2 days"),
        "table customers, deduplicateWithin: deduplicateWithin means nothing for role "
        "scd2; remove it (it is for fact)",
    ),
    (
        lambda d: d.custom("orders", deduplicateWithin="a week"),
        "table orders, deduplicateWithin: a week is no time span; write it as 7 days",
    ),
    (
        lambda d: d.custom("orders", deduplicateWithin="1 month"),
        "table orders, deduplicateWithin: 1 month is no time span; write it as 7 days",
    ),
    (
        lambda d: d.custom("customers", deleteWhen="operation = 'D'"),
        "table customers, deleteWhen: it names operation, which is no column of the "
        "table; known are: customer_id, name, changed_at",
    ),
    (
        lambda d: d.custom("orders", readerOptions={"mode": "DROPMALFORMED"}),
        "table orders, readerOptions: mode is set by the pipeline, so that no row is "
        "lost; remove it",
    ),
    (
        lambda d: d.custom("orders", readerOptions={"sep": [";"]}),
        "table orders, readerOptions: sep has no plain value; write a text",
    ),
]
COLUMNS = [
    (
        lambda d: d.column("weight", name="_weight"),
        "table orders, property _weight: the pipeline keeps this name for itself; "
        "choose another",
    ),
    (
        lambda d: d.column("note", name="Record"),
        "table orders, property Record: the pipeline keeps this name for itself; "
        "choose another",
    ),
    (
        lambda d: d.column("name", name="valid_from"),
        "table customers, property valid_from: the pipeline keeps this name for "
        "itself; choose another",
    ),
    (
        lambda d: d.column("name", name="__START_AT"),
        "table customers, property __START_AT: the pipeline keeps this name for "
        "itself; choose another",
    ),
    (
        lambda d: d.column("note", name="a note"),
        "table orders, property a note: a name cannot hold ' '; "
        "write letters, digits and _",
    ),
    (
        lambda d: d.column("note", name="Weight"),
        "table orders, property weight: it is there twice; as Weight, too",
    ),
    (
        lambda d: d.column("note", physicalName="remark"),
        "table orders, property note: physicalName remark is not read: files are read "
        "by name; name it remark",
    ),
    (
        lambda d: d.column("order_id", required=False),
        "table orders, property order_id: a key is always required; "
        "write required: true",
    ),
    (
        lambda d: d.column("note", physicalType=REMOVED),
        "table orders, property note: it has no physicalType; add physicalType: STRING",
    ),
    (
        lambda d: d.column("note", logicalType="strng"),
        "table orders, property note: logicalType strng is not known; "
        "did you mean string?",
    ),
    (
        lambda d: d.column("note", logicalType="integer"),
        "table orders, property note: logicalType integer and physicalType STRING "
        "contradict each other; write logicalType: string, or physicalType: BIGINT",
    ),
    (
        lambda d: d.column("name", physicalType="VARCHAR(20)"),
        "table customers, property name: physicalType VARCHAR(20) cannot be used here; "
        "write STRING with maxLength",
    ),
    (
        lambda d: d.column("name", physicalType="varchr(20)"),
        "table customers, property name: physicalType varchr(20) is not a Unity "
        "Catalog type; known are: TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DATE, "
        "TIMESTAMP, TIMESTAMP_NTZ, BINARY, BOOLEAN, STRING, DECIMAL, ARRAY, MAP, "
        "STRUCT",
    ),
    (
        lambda d: d.column("name", physicalType="ARRAY<STRNG>"),
        "table customers, property name: physicalType ARRAY<STRNG> is not a Unity "
        "Catalog type; did you mean ARRAY<STRING>?",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(40,2)"),
        "table orders, property amount: physicalType DECIMAL(40,2) has a precision of "
        "40; write one from 1 to 38",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(2,10)"),
        "table orders, property amount: physicalType DECIMAL(2,10) has more decimals "
        "than digits; write a scale of at most 2",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(ten,2)"),
        "table orders, property amount: physicalType DECIMAL(ten,2) has ten where a "
        "number belongs",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(10,2"),
        "table orders, property amount: physicalType DECIMAL(10,2 has its end where ) "
        "belongs",
    ),
    (
        lambda d: d.column("name", physicalType="ARRAY"),
        "table customers, property name: physicalType ARRAY does not say what is in "
        "its ARRAY; write it like ARRAY<STRING>",
    ),
    (
        lambda d: d.column("name", physicalType="MAP<STRING>"),
        "table customers, property name: physicalType MAP<STRING> has a wrong number "
        "of types in its MAP; write it like MAP<STRING, INT>",
    ),
    (
        lambda d: d.column("name", physicalType="MAP<INT, STRING>"),
        "table customers, property name: physicalType MAP<INT, STRING> has a MAP with "
        "keys other than text; write MAP<STRING, STRING>, as in JSON",
    ),
    (
        lambda d: d.column("name", physicalType="STRUCT<a: INT, A: INT>"),
        "table customers, property name: physicalType STRUCT<a: INT, A: INT> has two "
        "fields named a",
    ),
    (
        lambda d: d.column("name", physicalType="INT INT"),
        "table customers, property name: physicalType INT INT goes on after INT; "
        "write INT",
    ),
    (
        lambda d: d.column("name", physicalType="INT(5)"),
        "table customers, property name: physicalType INT(5) has a size; write INT",
    ),
    (
        lambda d: d.options("amount", minimun=0),
        "table orders, property amount: logicalTypeOptions minimun is not known; "
        "did you mean minimum?",
    ),
    (
        lambda d: d.options("amount", minimum=5, maximum=1),
        "table orders, property amount: no value is between minimum 5 and maximum 1; "
        "swap them, or widen the range",
    ),
    (
        lambda d: d.options("amount", exclusiveMinimum=5, maximum=5),
        "table orders, property amount: no value is between exclusiveMinimum 5 and "
        "maximum 5; swap them, or widen the range",
    ),
    (
        lambda d: d.options("note", minLength=5, maxLength=1),
        "table orders, property note: no value is between minLength 5 and maxLength 1; "
        "swap them, or widen the range",
    ),
    (
        lambda d: d.options("ordered_at", minimum="2021-01-01", maximum="2020-01-01"),
        "table orders, property ordered_at: no value is between minimum 2021-01-01 and "
        "maximum 2020-01-01; swap them, or widen the range",
    ),
    (
        lambda d: d.options("ordered_at", minimum="1.1.2020"),
        "table orders, property ordered_at: minimum is the text '1.1.2020'; "
        'write a date in quotes, as "2020-01-31"',
    ),
    (
        lambda d: d.options("amount", minimum="0"),
        "table orders, property amount: minimum is the text '0'; "
        "write a number, without quotes",
    ),
    (
        lambda d: d.options("amount", multipleOf=0),
        "table orders, property amount: multipleOf is the number 0; "
        "write a number above 0",
    ),
    (
        lambda d: d.options("weight", multipleOf=0.1),
        "table orders, property weight: multipleOf means nothing for DOUBLE; "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("note", minimum=0),
        "table orders, property note: minimum means nothing for STRING; "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("amount", pattern="^1"),
        "table orders, property amount: pattern means nothing for DECIMAL(10,2); "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("note", minLength=-1),
        "table orders, property note: minLength is the number -1; "
        "write a whole number from 0 on",
    ),
    (
        lambda d: d.options("note", pattern="[a-z"),
        "table orders, property note: pattern [a-z is no regular expression: "
        "unterminated character set; mend it",
    ),
    (
        lambda d: d.options("note", pattern=5),
        "table orders, property note: pattern is the number 5; "
        "write a regular expression in quotes",
    ),
    (
        lambda d: d.column(
            "note", customProperties=[{"property": "formats", "value": ["dd.MM.yyyy"]}]
        ),
        "table orders, property note: formats mean nothing for STRING; "
        "remove them, or make it a DATE",
    ),
    (
        lambda d: d.column(
            "ordered_at",
            customProperties=[{"property": "formats", "value": ["DD.MM.JJJJ"]}],
        ),
        "table orders, property ordered_at: the format DD.MM.JJJJ is no pattern; "
        "write one as dd.MM.yyyy HH:mm",
    ),
    (
        lambda d: d.column("ordered_at", transformLogic="note"),
        "table orders, property ordered_at: a sequence column cannot be derived; "
        "remove transformLogic",
    ),
    (
        lambda d: d.column("order_id", transformLogic="1"),
        "table orders, property order_id: a key column cannot be derived; "
        "remove transformLogic",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(nte)"),
        "table orders, property note: transformLogic names nte, which is no column "
        "before it; known are: order_id, customer_id, amount, tags, weight, ordered_at",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(note)"),
        "table orders, property note: transformLogic names note, which is no column "
        "before it; known are: order_id, customer_id, amount, tags, weight, ordered_at",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(("),
        "table orders, property note: transformLogic cannot be used: a bracket ( is "
        "not closed; close it",
    ),
]
RELATIONSHIPS = [
    (
        lambda d: d.column("customer_id", relationships=[{"to": "customer.id"}]),
        "table orders, property customer_id: the relationship to customer.id leads to "
        "no table; did you mean customers?",
    ),
    (
        lambda d: d.column("customer_id", relationships=[{"to": "customers.id"}]),
        "table orders, property customer_id: the relationship to customers.id does not "
        "lead to that table's key; its key is customers.customer_id",
    ),
    (
        lambda d: d.column("name", relationships=[{"to": "orders.order_id"}]),
        "table customers, property name: the relationship to orders.order_id leads to "
        "a fact; relate to an scd1, scd2 or reference table",
    ),
    (
        lambda d: d.column(
            "note", relationships=[{"to": "customers.customer_id"}], name="note_id"
        ),
        "table orders, property note_id: the relationship to customers.customer_id "
        "compares STRING with BIGINT; make note_id BIGINT, too",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": "orders.custmer_id", "to": "customers.customer_id"}]
        ),
        "table orders, property custmer_id: the relationship to customers.customer_id "
        "is from custmer_id, which is no column; did you mean customer_id?",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": "order.order_id", "to": "customers.customer_id"}]
        ),
        "table orders, relationships: a relationship of this table is from "
        "order.order_id; write orders.order_id",
    ),
    (
        lambda d: d.column("weight", name="customers_key"),
        "table orders, property customer_id: its surrogate key would be customers_key, "
        "as is column customers_key; rename one of the columns",
    ),
    (
        lambda d: d.column("name", name="customers_key"),
        "table customers, property customers_key: the dimension's surrogate key has "
        "this name; choose another",
    ),
]
RULES = [
    (
        lambda d: d.rule(name=REMOVED),
        "table orders, rule number 1: it has no name; "
        "add name, such as amount_is_small",
    ),
    (
        lambda d: d.expect("amount < 1000", action="delete"),
        "table orders, rule amount_is_small: action delete is not known; "
        "known are: warn, drop, fail",
    ),
    (
        lambda d: d.expect("amount < 1000", action="drp"),
        "table orders, rule amount_is_small: action drp is not known; "
        "did you mean drop?",
    ),
    (
        lambda d: d.expect("amount < 1000", acton="drop"),
        "table orders, rule amount_is_small: implementation has acton, which is not "
        "known; did you mean action?",
    ),
    (
        lambda d: d.expect(True),
        "table orders, rule amount_is_small: expectation is the flag true; "
        "write implementation: {expectation: amount > 0, action: drop}",
    ),
    (
        lambda d: d.rule(implementation="amount > 0"),
        "table orders, rule amount_is_small: implementation is the text 'amount > 0'; "
        "write implementation: {expectation: amount > 0, action: drop}",
    ),
    (
        lambda d: d.rule(engine="lakflow"),
        "table orders, rule amount_is_small: engine lakflow is not known; "
        "did you mean lakeflow?",
    ),
    (
        lambda d: d.rule(type="costum"),
        "table orders, rule amount_is_small: type costum is not known; "
        "did you mean custom?",
    ),
    (
        lambda d: d.orders["quality"].append({"name": "nothing"}),
        "table orders, rule nothing: it has neither type nor metric; "
        "add type: library | sql | custom | text",
    ),
    (
        lambda d: d.orders["quality"].append(dict(d.orders["quality"][0])),
        "table orders, rule amount_is_small: another rule of the table has this name, "
        "too; rename one of them",
    ),
    (
        lambda d: d.orders["quality"].append(
            {
                **d.orders["quality"][0],
                "name": "Amount_is_small",
                "implementation": {"expectation": "amount < 5"},
            }
        ),
        "table orders, rule Amount_is_small: another rule of the table has this name, "
        "too; rename one of them",
    ),
    (
        lambda d: d.rule(name="order_id_is_present"),
        "table orders, rule order_id_is_present: two rules have this name: `order_id` "
        "IS NOT NULL OR _misfits['order_id'] IS NOT NULL, and amount < 1000; "
        "rename one; a derived rule cannot be replaced",
    ),
    (
        lambda d: d.expect("amout < 1000"),
        "table orders, rule amount_is_small: it names amout, which is no column of the "
        "table; did you mean amount?",
    ),
    (
        lambda d: d.expect("(amount < 1000"),
        "table orders, rule amount_is_small: a bracket ( is not closed; close it",
    ),
    (
        lambda d: d.expect("amount < 1000) OR (true"),
        "table orders, rule amount_is_small: a bracket ) closes nothing; "
        "open it, or remove it",
    ),
    (
        lambda d: d.expect("note = 'it's'"),
        "table orders, rule amount_is_small: a quote ' is not closed; "
        "close it, or double it within text",
    ),
    (
        lambda d: d.expect("amount < 1000; drop table orders"),
        "table orders, rule amount_is_small: it holds a semicolon; "
        "write one condition, joined by AND or OR",
    ),
    (
        lambda d: d.expect("amount < 1000 -- for now"),
        "table orders, rule amount_is_small: it holds a comment; "
        "say it in the rule's description",
    ),
    (
        lambda d: d.expect("   "),
        "table orders, rule amount_is_small: it is empty; "
        "write a condition such as amount > 0",
    ),
    (
        lambda d: d.expect("customer_id IN (SELECT customer_id FROM customers)"),
        "table orders, rule amount_is_small: it holds a query; "
        "a rule sees one row; compare tables in a view",
    ),
    (
        lambda d: d.expect("sum(amount) < 1000"),
        "table orders, rule amount_is_small: sum looks at many rows; "
        "a rule sees one row only",
    ),
    (
        lambda d: d.expect("row_number() OVER (ORDER BY amount) = 1"),
        "table orders, rule amount_is_small: row_number looks at many rows; "
        "a rule sees one row only",
    ),
    (
        lambda d: d.expect("ordered_at <= current_timestamp()"),
        "table orders, rule amount_is_small: current_timestamp gives another answer "
        "each time, so that a row could be in quarantine and in silver; compare with a "
        "column, such as _ingested_at",
    ),
    (
        lambda d: d.expect("note:kind = 'a'"),
        "table orders, rule amount_is_small: open-source Spark has no column:path; "
        "use get_json_object",
    ),
    (
        lambda d: d.orders["quality"].append({"name": "q", "type": "sql", "mustBe": 0}),
        "table orders, rule q: it has no query; "
        "add query: SELECT COUNT(*) FROM … WHERE NOT (…)",
    ),
    (
        lambda d: d.orders["quality"].append(
            {"type": "sql", "query": "SELECT 1 WHERE NOT (amount > 0)", "mustBe": 0}
        ),
        "table orders, rule number 2: it has no name; "
        "add name, such as amount_is_small",
    ),
    (
        lambda d: d.orders["quality"].append(
            {
                "name": "q",
                "type": "sql",
                "query": "SELECT COUNT(*) FROM ${table} WHERE NOT (amont > 0)",
                "mustBe": 0,
            }
        ),
        "table orders, rule q: it names amont, which is no column of the table; "
        "did you mean amount?",
    ),
    (
        lambda d: d.library("note", metric="nullValue", mustBe=0),
        "table orders, property note, rule nullValue: metric nullValue is not known; "
        "did you mean nullValues?",
    ),
    (
        lambda d: d.library("note", metric="nullValues"),
        "table orders, property note, rule nullValues: it does not say how many rows "
        "may break it; add mustBe: 0",
    ),
    (
        lambda d: d.library("note", metric="nullValues", mustBe=0, mustBeLessThan=5),
        "table orders, property note, rule nullValues: it has both mustBe and "
        "mustBeLessThan; keep one of the two",
    ),
    (
        lambda d: d.library("note", metric="invalidValues", mustBe=0),
        "table orders, property note, rule invalidValues: it does not say what is "
        "valid; add arguments: {validValues: […]}",
    ),
    (
        lambda d: d.library(
            "note", metric="invalidValues", mustBe=0, arguments={"validValues": []}
        ),
        "table orders, property note, rule invalidValues: validValues is a list; "
        "write a list, as [small, large]",
    ),
    (
        lambda d: d.library(
            "note",
            metric="invalidValues",
            mustBe=0,
            arguments={"validValues": ["DE", False]},
        ),
        "table orders, property note, rule invalidValues: validValues holds the flag "
        "false for a text; put it in quotes",
    ),
    (
        lambda d: d.library(
            "note", metric="invalidValues", mustBe=0, arguments={"pattern": "(a"}
        ),
        "table orders, property note, rule invalidValues: pattern (a is no regular "
        "expression: missing ), unterminated subpattern; mend it",
    ),
    (
        lambda d: d.column("note", enum=["small", "large"]),
        "table orders, property note: enum holds the text 'small'; "
        "write entries as {value: small}",
    ),
]
CASES = [*DOCUMENT, *SHAPES, *TABLES, *COLUMNS, *RELATIONSHIPS, *RULES]


@pytest.mark.parametrize(
    ("spoil", "message"), CASES, ids=[message for _, message in CASES]
)
def test_a_fault_is_reported_alone_with_its_remedy(tmp_path, spoil, message):
    draft = Draft()
    spoil(draft)
    assert faults(tmp_path / "shop.odcs.yaml", draft.document) == [message]


def places(value: object, path: tuple = ()) -> list[tuple]:
    """The path to every value within a document."""
    found = [path] if path else []
    items = value.items() if isinstance(value, dict) else ()
    items = enumerate(value) if isinstance(value, list) else items
    return found + [p for key, inner in items for p in places(inner, (*path, key))]


def everything() -> dict:
    """A sound contract that uses whatever the pipeline reads."""
    draft = Draft()
    draft.options("amount", minimum=0, multipleOf=0.05)
    draft.options("note", pattern="^[a-z]+$", minLength=1, maxLength=9)
    draft.options("tags", minItems=1, uniqueItems=True)
    draft.options("ordered_at", minimum="2020-01-01", format="dd.MM.yyyy")
    draft.column("weight", transformLogic="amount * 2", unique=True)
    draft.column("name", enum=[{"value": "a"}])
    draft.library("note", metric="missingValues", mustBe=0)
    draft.orders["quality"] += [
        {
            "name": "q",
            "type": "sql",
            "query": "SELECT COUNT(*) FROM ${table} WHERE NOT (amount > 0)",
            "mustBe": 0,
            "customProperties": [{"property": "action", "value": "warn"}],
        },
        {
            "metric": "invalidValues",
            "arguments": {"validValues": ["a"], "pattern": "a"},
            "mustBe": 0,
        },
    ]
    draft.orders["relationships"] = [
        {"from": ["orders.order_id"], "to": ["customers.customer_id"]}
    ]
    draft.custom("orders", clusterBy=["amount"], deduplicateWithin="2 days")
    draft.custom("customers", deleteWhen="name = 'x'", readerOptions={"sep": ";"})
    return draft.document


def read(path: Path, document: object) -> None:
    path.write_text(yaml.safe_dump(document), encoding="utf-8")
    try:
        load(path)
        unenforced(path)
    except ContractError as error:
        assert all(problem.message for problem in error.problems)


@pytest.mark.parametrize(
    "garbage",
    [REMOVED, None, 5, 0.5, True, "", "x.y", [], ["x"], [{}], {}, {"x": {"y": []}}],
)
def test_garbage_in_any_place_is_reported_or_harmless(tmp_path, garbage):
    """Whatever stands where, a person gets sentences and never a stack trace."""
    for place in places(everything()):
        document = everything()
        owner = document
        for key in place[:-1]:
            owner = owner[key]
        if garbage is REMOVED:
            del owner[place[-1]]
        else:
            owner[place[-1]] = garbage
        try:
            read(tmp_path / "shop.odcs.yaml", document)
        except Exception as error:
            raise AssertionError(f"{garbage!r} at {place}") from error


def test_the_contract_that_garbage_is_put_into_is_sound(tmp_path):
    path = tmp_path / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(everything()), encoding="utf-8")
    assert [table.name for table in load(path)] == ["orders", "customers"]
