"""A malformed contract is refused with every fault named: place, cause and remedy."""

from pathlib import Path

import pytest
import yaml
from contract_drafts import ORDERS, REMOVED, Draft, faults, named, reported

from medallion.contract import ContractError, load, unenforced


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
    "braces around a text": (
        "name: shop\ndescription: {{lines}}\n",
        ": line 2, column 15: this is not YAML, found unhashable key; a text that "
        "begins with { or [ needs quotes",
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
    draft.column("amount", physicalType="MONEY", requird=True)
    draft.expect("amout > 0")
    draft.custom("customers", format="jsn")
    places = [f.split(":")[0] for f in faults(tmp_path / "c.yaml", draft.document)]
    assert places == [
        "kind",
        "table orders, property amount",
        "table orders, customProperties role",
        "table orders, property amount",
        "table orders, rule amount_is_small",
        "table customers, customProperties format",
    ]


def test_a_rule_with_two_faults_has_both_reported(tmp_path):
    draft = Draft()
    draft.expect("amout > 0", action="drp")
    assert [f.split(": ")[1] for f in faults(tmp_path / "c.yaml", draft.document)] == [
        "action drp is not known; did you mean drop?",
        "it names amout, which is no column of the table; did you mean amount?",
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


@pytest.mark.parametrize(**named([*DOCUMENT, *SHAPES]))
def test_a_fault_is_reported_alone_with_its_remedy(tmp_path, spoil, message):
    assert reported(tmp_path, spoil) == [message]


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
        {
            "from": ["orders.order_id"],
            "to": ["customers.customer_id"],
            "customProperties": [{"property": "other", "value": 1}],
        }
    ]
    draft.with_lines(inheritKeys=["customers_key"])
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
    assert [table.name for table in load(path)] == ["orders", "customers", "lines"]
