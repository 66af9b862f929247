"""`make check` holds a contract against the JSON schema of its standard, too."""

import copy
from pathlib import Path

import pytest
import yaml

from contract_tools import standard
from medallion import contract

SOUND = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: shop
version: "1.0.0"
status: active
schema:
  - name: sales
    logicalType: object
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
    properties:
      - {name: id, logicalType: integer, physicalType: BIGINT, primaryKey: true}
      - name: note
        logicalType: string
        physicalType: STRING
    quality:
      - {name: be_good, type: text, description: All shall be well.}
""")


@pytest.fixture
def check(tmp_path):
    """check(document): the problems, without the file's name in front, and remarks."""

    def checked(document: dict) -> tuple[list[str], list[str]]:
        path = tmp_path / "shop.odcs.yaml"
        path.write_text(yaml.safe_dump(document), encoding="utf-8")
        problems, remarks = standard.check_folder(tmp_path)
        head = "contract shop.odcs.yaml"
        assert all(text.startswith(head) for text in map(str, [*problems, *remarks]))
        texts = [str(problem).removeprefix(head) for problem in problems]
        return texts, [remark.removeprefix(f"{head}: ") for remark in remarks]

    return checked


def spoilt(change) -> dict:
    document = copy.deepcopy(SOUND)
    change(document, document["schema"][0], document["schema"][0]["properties"])
    return document


FAULTS = [
    (
        lambda document, table, columns: document.pop("version"),
        ": version is missing; add version",
    ),
    (
        lambda document, table, columns: document.update(version=1.0),
        ", version: 1.0 is not of type string; put it in quotes",
    ),
    (
        lambda document, table, columns: document.update(descripton="x"),
        ": descripton is not a field of the standard here; did you mean description?",
    ),
    (
        lambda document, table, columns: table.update(colour="red"),
        ", table sales: colour is not a field of the standard here; "
        "write it as customProperty",
    ),
    (
        lambda document, table, columns: columns[1].update(clasification="secret"),
        ", table sales, property note: clasification is not a field of the standard "
        "here; did you mean classification?",
    ),
    (
        lambda document, table, columns: columns[1].update(classification=5),
        ", table sales, property note, classification: 5 is not of type string; "
        "put it in quotes",
    ),
    (
        lambda document, table, columns: table["quality"][0].update(dimension="shape"),
        ", table sales, rule be_good, dimension: shape is not known; known are: "
        "accuracy, completeness, conformity, consistency, coverage, timeliness, "
        "uniqueness",
    ),
    (
        lambda document, table, columns: columns[1].update(enum=[{"value": "a"}]),
        ", table sales, property note: enum came with version 3.2 of the standard; "
        "write apiVersion: v3.2.0",
    ),
]


@pytest.mark.parametrize(("change", "message"), FAULTS, ids=[m for _, m in FAULTS])
def test_what_the_standard_does_not_allow_is_named_with_its_place(
    check, change, message
):
    assert check(spoilt(change))[0] == [message]


def test_what_the_pipeline_checks_is_not_said_twice(check):
    document = spoilt(lambda _, table, columns: columns[1].update(required="yes"))
    problems, _ = check(document)
    assert problems == [
        ", table sales, property note: required is the text 'yes'; write true or false"
    ]


def test_faults_of_both_kinds_are_reported_together(check):
    def change(document, table, columns):
        document["version"] = 1.0
        columns[1]["physicalType"] = "STRNG"

    problems, _ = check(spoilt(change))
    assert problems == [
        ", table sales, property note: physicalType STRNG is not a Unity Catalog type; "
        "did you mean STRING?",
        ", version: 1.0 is not of type string; put it in quotes",
    ]


def test_a_rule_that_is_not_enforced_is_a_remark(check):
    problems, remarks = check(SOUND)
    assert problems == []
    assert remarks[0] == (
        "table sales: be_good is not enforced: it is text, without a predicate"
    )


UNDATED = "so it is dated by its file's modification time"
LINE = {"name": "n", "logicalType": "integer", "physicalType": "INT"}
SOLD_AT = {"name": "at", "logicalType": "timestamp", "physicalType": "TIMESTAMP"}


def sequence(*names: str) -> dict:
    return {"property": "sequenceBy", "value": list(names)}


def test_a_fact_without_a_time_gets_a_remark(check):
    assert check(SOUND)[1][-1] == (
        f"table sales: it has no time, {UNDATED}; add sequenceBy"
    )


def test_a_fact_whose_sequence_is_not_a_time_gets_a_remark(check):
    def change(document, table, columns):
        columns.append(LINE)
        table["customProperties"].append(sequence("n"))

    assert check(spoilt(change))[1][-1] == (
        f"table sales: its sequence begins with n, which is not a time, {UNDATED}; "
        "begin it with a time"
    )


def with_orders(relationships: list[dict]) -> dict:
    """The sales beside a fact `orders` that has a time."""

    def change(document, table, columns):
        orders = copy.deepcopy(table)
        orders["name"] = "orders"
        orders["customProperties"].append(sequence("at"))
        orders["properties"].append(SOLD_AT)
        document["schema"].append(orders)
        columns[1].update(LINE, name="order_id", physicalType="BIGINT")
        columns[1]["relationships"] = relationships

    return spoilt(change)


def test_a_fact_without_a_time_is_told_what_it_may_be_a_line_of(check):
    remedy = "add sequenceBy, or relate it to orders"
    said = f"table sales: it has no time, {UNDATED}; {remedy}"
    assert said in check(with_orders([]))[1]


def test_a_fact_with_a_time_or_a_header_gets_no_remark(check):
    assert UNDATED not in str(check(with_orders([{"to": "orders.id"}]))[1])


def test_an_older_version_than_the_schema_s_is_checked_without_it(check):
    older = spoilt(lambda document, *_: document.update(apiVersion="v3.0.2"))
    problems, remarks = check(older)
    assert problems == []
    assert remarks[-1] == (
        "the JSON schema of v3.0.2 is not installed: only what the pipeline reads was "
        "checked"
    )


ALLOWED = {
    "enum of 3.2": ("v3.2.0", {"enum": [{"value": "a"}, {"value": "b"}]}),
    "a custom property": (
        "v3.1.0",
        {"customProperties": [{"property": "enum", "value": ["a", "b"]}]},
    ),
    "invalidValues": (
        "v3.1.0",
        {
            "quality": [
                {
                    "metric": "invalidValues",
                    "arguments": {"validValues": ["a", "b"]},
                    "mustBe": 0,
                }
            ]
        },
    ),
}


@pytest.mark.parametrize(("version", "said"), ALLOWED.values(), ids=ALLOWED)
def test_allowed_values_make_the_same_rule_however_they_are_stated(
    check, tmp_path, version, said
):
    def change(document, table, columns):
        document["apiVersion"] = version
        columns[1].update(said)

    assert check(spoilt(change))[0] == []
    (sales,) = contract.load(tmp_path / "shop.odcs.yaml")
    rules = {rule.name: rule.expectation for rule in sales.rules}
    assert rules["note_allowed_values"] == "`note` IS NULL OR `note` IN ('a', 'b')"


def test_who_follows_the_advice_on_enum_is_done(check):
    def change(document, table, columns):
        columns[1]["enum"] = ["a"]

    spoilt_twice = spoilt(change)
    assert check(spoilt_twice)[0] == [
        ", table sales, property note: enum holds the text 'a'; "
        "write entries as {value: small}",
        ", table sales, property note: enum came with version 3.2 of the standard; "
        "write apiVersion: v3.2.0",
    ]
    spoilt_twice["apiVersion"] = "v3.2.0"
    spoilt_twice["schema"][0]["properties"][1]["enum"] = [{"value": "a"}]
    assert check(spoilt_twice)[0] == []


def test_a_field_of_3_2_within_a_column_is_named_with_its_place(check):
    def change(document, table, columns):
        field = {"name": "size", "logicalType": "string", "enum": [{"value": "a"}]}
        columns[1].update(logicalType="object", physicalType="STRUCT<size: STRING>")
        columns[1]["properties"] = [field]

    assert check(spoilt(change))[0] == [
        ", table sales, property note, property size: enum came with version 3.2 of "
        "the standard; write apiVersion: v3.2.0"
    ]


def test_a_column_without_a_logical_type_is_not_held_to_be_a_map(check):
    def change(document, table, columns):
        document["apiVersion"] = "v3.2.0"
        del columns[1]["logicalType"]

    assert check(spoilt(change))[0] == []


def test_a_folder_without_a_contract_is_a_problem(tmp_path):
    problems, remarks = standard.check_folder(tmp_path)
    assert problems == [f"{tmp_path} holds no contract: write one as <name>.odcs.yaml"]
    assert remarks == []


def test_every_contract_of_a_folder_is_checked(tmp_path):
    for name in ("a", "b"):
        path = tmp_path / f"{name}.odcs.yaml"
        path.write_text("kind: Nothing\n", encoding="utf-8")
    problems, _ = standard.check_folder(tmp_path)
    assert {problem.file for problem in problems} == {"a.odcs.yaml", "b.odcs.yaml"}


def test_what_is_not_yaml_is_reported_once(tmp_path):
    (tmp_path / "a.odcs.yaml").write_text("a: b: c", encoding="utf-8")
    (problem,) = standard.check_folder(tmp_path)[0]
    assert "line 1, column 5: this is not YAML" in str(problem)


def test_the_contract_of_each_answer_is_in_order(project):
    """The contracts that the template writes, retail's and those of named sources.

    Of facts that were given no sequence it says so.
    """
    problems, remarks = standard.check_folder(Path(project) / "contract")
    assert problems == []
    assert [remark for remark in remarks if UNDATED not in remark] == []
