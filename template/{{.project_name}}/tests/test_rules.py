"""Which rules a contract makes, and what each of them says of a row."""

from pathlib import Path

import pytest
from pyspark.sql import functions as F

from localrun.spark import session
from medallion import contract

HEAD = """
apiVersion: v3.1.0
kind: DataContract
id: test
version: "1"
status: draft
schema:
- name: sales
"""
FACT = """
  customProperties:
  - {property: role, value: fact}
  - {property: format, value: json}
"""
MEMBERS = """
  customProperties:
  - {property: role, value: scd2}
  - {property: format, value: json}
  - {property: sequenceBy, value: at}
  - {property: deleteWhen, value: "op = 'D'"}
  properties:
  - {name: id, physicalType: BIGINT, primaryKey: true}
  - {name: at, physicalType: TIMESTAMP}
  - {name: op, physicalType: STRING}
  - name: price
    physicalType: DECIMAL(9,2)
    required: true
    logicalTypeOptions: {minimum: 0}
  quality:
  - name: not_free
    type: custom
    engine: lakeflow
    implementation: {expectation: price <> 0.01, action: drop}
"""


@pytest.fixture(scope="module")
def spark():
    return session.start()


@pytest.fixture
def table(tmp_path):
    """table(text): the only table of a contract with that text."""

    def load(text: str) -> contract.Table:
        path = Path(tmp_path / "test.odcs.yaml")
        path.write_text(HEAD + text, encoding="utf-8")
        return contract.load(path)[0]

    return load


@pytest.fixture
def column(table):
    """column("{…}"): a table of a key, and of one column with that definition."""

    def load(definition: str, quality: str = "") -> contract.Table:
        key = "  - {name: id, physicalType: STRING, primaryKey: true}\n"
        return table(f"{FACT}  properties:\n{key}  - {definition}\n{quality}")

    return load


def broken(spark, table: contract.Table, **values: str) -> set[str]:
    """The rules that a row breaks; `values` are SQL, what is not named is NULL."""
    types = {c.name: c.type for c in table.columns}
    types |= {"_corrupt_record": "STRING", "_misfits": "MAP<STRING, STRING>"}
    row = [
        f"CAST({values.get(name, 'NULL')} AS {type_}) AS `{name}`"
        for name, type_ in types.items()
    ]
    rules = {
        n: p for a in ("warn", "drop", "fail") for n, p in table.rules_with(a).items()
    }
    verdicts = [F.expr(predicate).alias(name) for name, predicate in rules.items()]
    found = spark.sql(f"SELECT {', '.join(row)}").select(verdicts).first().asDict()
    assert set(found.values()) <= {True, False}, "a verdict is never NULL"
    return {name for name, holds in found.items() if not holds}


CONSTRAINTS = [
    ("physicalType: INT, required: true", "NULL", "c_is_present"),
    ("physicalType: INT, required: true", "0", None),
    ("physicalType: INT, logicalTypeOptions: {minimum: 1}", "0", "c_minimum"),
    ("physicalType: INT, logicalTypeOptions: {minimum: 1}", "1", None),
    ("physicalType: INT, logicalTypeOptions: {minimum: 1}", "NULL", None),
    ("physicalType: INT, required: true, logicalTypeOptions: {minimum: 1}", "NULL",
     "c_is_present"),
    ("physicalType: INT, logicalTypeOptions: {maximum: 1}", "2", "c_maximum"),
    ("physicalType: INT, logicalTypeOptions: {exclusiveMinimum: 1}", "1",
     "c_exclusive_minimum"),
    ("physicalType: INT, logicalTypeOptions: {exclusiveMaximum: 1}", "1",
     "c_exclusive_maximum"),
    ("physicalType: 'DECIMAL(9,5)', logicalTypeOptions: {minimum: 0.00001}", "0.00001",
     None),
    ("physicalType: 'DECIMAL(9,5)', logicalTypeOptions: {minimum: 0.00001}", "0",
     "c_minimum"),
    ("physicalType: 'DECIMAL(9,2)', logicalTypeOptions: {multipleOf: 0.05}", "1.15",
     None),
    ("physicalType: 'DECIMAL(9,2)', logicalTypeOptions: {multipleOf: 0.05}", "1.16",
     "c_multiple_of"),
    ("physicalType: DATE, logicalTypeOptions: {minimum: '2020-01-01'}",
     "DATE'2019-12-31'", "c_minimum"),
    ("physicalType: TIMESTAMP, logicalTypeOptions: {maximum: '2020-01-01T12:00:00Z'}",
     "TIMESTAMP'2020-01-01 12:00:01Z'", "c_maximum"),
    ("physicalType: STRING, logicalTypeOptions: {minLength: 2}", "'a'", "c_min_length"),
    ("physicalType: STRING, logicalTypeOptions: {maxLength: 2}", "'abc'",
     "c_max_length"),
    ("physicalType: STRING, logicalTypeOptions: {maxLength: 2}", "NULL", None),
    (r"physicalType: STRING, logicalTypeOptions: {pattern: '^\d+$'}", "'12'", None),
    (r"physicalType: STRING, logicalTypeOptions: {pattern: '^\d+$'}", "'a1'",
     "c_pattern"),
    ("physicalType: STRING, logicalTypeOptions: {pattern: \"^it's$\"}", "\"it's\"",
     None),
    ("physicalType: STRING, logicalTypeOptions: {pattern: \"^it's \\\"so\\\"$\"}",
     "'it\\'s \"so\"'", None),
    ("physicalType: ARRAY<INT>, logicalTypeOptions: {minItems: 1}", "array()",
     "c_min_items"),
    ("physicalType: ARRAY<INT>, logicalTypeOptions: {uniqueItems: true}",
     "array(1, 1)", "c_unique_items"),
    ("physicalType: STRING, enum: [{value: a}, {value: b}]", "'c'", "c_allowed_values"),
    ("physicalType: STRING, quality: [{metric: invalidValues, arguments: {validValues: "
     "[a, \"it's\"]}, mustBe: 0}]", "\"it's\"", None),
    ("physicalType: STRING, quality: [{metric: invalidValues, arguments: {validValues: "
     "[a]}, mustBe: 0}]", "'b'", "c_allowed_values"),
    ("physicalType: STRING, quality: [{metric: invalidValues, arguments: {pattern: "
     "'^a'}, mustBe: 0}]", "'b'", "c_pattern"),
    ("physicalType: STRING, quality: [{metric: nullValues, mustBe: 0}]", "NULL",
     "c_is_present"),
    ("physicalType: STRING, quality: [{metric: missingValues, arguments: "
     "{missingValues: [null, '', n/a]}, mustBe: 0}]", "'n/a'", "c_is_present"),
    ("physicalType: STRING, quality: [{metric: missingValues, arguments: "
     "{missingValues: [null, '', n/a]}, mustBe: 0}]", "NULL", "c_is_present"),
    # Version 3.0 of the standard
    ("physicalType: INT, logicalTypeOptions: {minimum: 1, exclusiveMinimum: true}", "1",
     "c_exclusive_minimum"),
    ("physicalType: STRING, quality: [{rule: validValues, validValues: [a], mustBe: "
     "0}]", "'b'", "c_allowed_values"),
]  # fmt: skip


@pytest.mark.parametrize(("definition", "value", "rule"), CONSTRAINTS)
def test_a_constraint_of_the_standard_is_a_rule(spark, column, definition, value, rule):
    constrained = column(f"{{name: c, {definition}}}")
    assert broken(spark, constrained, id="'1'", c=value) == ({rule} if rule else set())


def test_a_misfit_is_named_as_such_and_as_nothing_else(spark, column):
    constrained = column(
        "{name: c, physicalType: INT, required: true, "
        "logicalTypeOptions: {minimum: 1}, quality: [{metric: nullValues, mustBe: 0}]}"
    )
    found = broken(spark, constrained, id="'1'", _misfits="map('c', 'one')")
    assert found == {"c_fits_type"}


def test_a_column_of_text_has_no_misfits(column):
    names = [rule.name for rule in column("{name: c, physicalType: STRING}").rules]
    assert names == ["line_is_readable", "id_is_present"]


def test_what_is_said_twice_is_one_rule(column):
    twice = column(
        "{name: c, physicalType: INT, required: true, "
        "quality: [{metric: nullValues, mustBe: 0}]}"
    )
    assert [r.name for r in twice.rules].count("c_is_present") == 1


@pytest.mark.parametrize("name", ["order date", "it's", "a`b"])
def test_a_value_with_quotes_cannot_leave_its_literal(spark, column, name):
    quoted = name.replace("'", "''")
    constrained = column(
        f"{{name: c, physicalType: STRING, enum: [{{value: '{quoted}'}}]}}"
    )
    value = name.replace("'", "\\'")
    assert broken(spark, constrained, id="'1'", c=f"'{value}'") == set()


def test_an_unreadable_line_breaks_only_the_rule_that_says_so(spark, column):
    quality = """
  quality:
  - {name: p, type: custom, engine: lakeflow, implementation: {expectation: c > 0}}
  - name: f
    type: custom
    engine: lakeflow
    implementation: {expectation: c > 0, action: fail}
  - name: w
    type: custom
    engine: lakeflow
    implementation: {expectation: c > 0, action: warn}
"""
    strict = column("{name: c, physicalType: INT, required: true}", quality)
    assert broken(spark, strict, _corrupt_record="'{'") == {"line_is_readable"}
    assert broken(spark, strict) == {"id_is_present", "c_is_present", "p", "f", "w"}


def test_files_with_types_of_their_own_have_no_unreadable_lines(spark, table):
    stored = table(
        FACT.replace("json", "parquet")
        + "  properties: [{name: id, physicalType: INT, primaryKey: true}]"
    )
    assert [rule.name for rule in stored.rules] == ["id_fits_type", "id_is_present"]
    assert broken(spark, stored) == {"id_is_present"}


def test_a_null_verdict_breaks_a_rule(spark, column):
    quality = """
  quality:
  - {name: p, type: custom, engine: lakeflow, implementation: {expectation: c > 0}}
"""
    positive = column("{name: c, physicalType: INT}", quality)
    assert broken(spark, positive, id="'1'") == {"p"}
    assert broken(spark, positive, id="'1'", c="1") == set()


def test_a_case_rule_works(spark, column):
    quality = """
  quality:
  - name: p
    type: custom
    engine: lakeflow
    implementation:
      expectation: >-
        CASE WHEN c < 0 THEN id = 'return'
        WHEN c > 0 THEN id = 'sale'
        ELSE false END
      action: drop
"""
    signed = column("{name: c, physicalType: INT}", quality)
    assert broken(spark, signed, id="'return'", c="-1") == set()
    assert broken(spark, signed, id="'return'", c="1") == {"p"}
    assert broken(spark, signed, id="'sale'", c="0") == {"p"}
    assert broken(spark, signed, id="'sale'") == {"p"}


@pytest.mark.parametrize(
    "query",
    [
        "SELECT COUNT(*) FROM ${table} WHERE NOT (c > 0 OR id = 'x')",
        "select count(*)\nfrom {model}\nwhere not (c > 0\n OR id = 'x');",
    ],
)
def test_a_query_that_counts_bad_rows_is_a_rule(spark, column, query):
    indented = query.replace("\n", "\n      ")
    quality = f"""
  quality:
  - name: p
    type: sql
    query: |
      {indented}
    mustBe: 0
    customProperties: [{{property: action, value: fail}}]
"""
    counted = column("{name: c, physicalType: INT}", quality)
    assert counted.rules[-1].action == "fail"
    assert counted.rules[-1].expectation == "c > 0 OR id = 'x'"
    assert broken(spark, counted, id="'x'", c="-1") == set()
    assert broken(spark, counted, id="'y'", c="-1") == {"p"}


def test_a_query_of_a_property_names_it_by_a_placeholder(column):
    counted = column(
        "{name: c, physicalType: INT, quality: [{name: p, type: sql, mustBe: 0, query: "
        "'SELECT COUNT(*) FROM ${object} WHERE NOT (${property} > 0)'}]}"
    )
    assert counted.rules[-1].expectation == "`c` > 0"


def test_an_expectation_stands_beside_a_query_of_any_form(column):
    stated = column(
        "{name: c, physicalType: INT, quality: [{name: p, type: sql, mustBe: 0, query: "
        "'SELECT 1', customProperties: [{property: expectation, value: c > 0}]}]}"
    )
    assert stated.rules[-1].expectation == "c > 0"


@pytest.mark.parametrize(
    ("fields", "action"),
    [
        ("", "drop"),
        (", severity: error", "drop"),
        (", severity: warning", "warn"),
        (", severity: info", "warn"),
        (
            ", severity: info, customProperties: [{property: action, value: fail}]",
            "fail",
        ),
    ],
)
def test_an_action_is_stated_or_follows_from_the_severity(column, fields, action):
    ruled = column(
        "{name: c, physicalType: STRING, "
        f"quality: [{{metric: nullValues, mustBe: 0{fields}}}]}}"
    )
    assert ruled.rules[-1].action == action
    assert "c_is_present" in ruled.rules_with(action)


def test_a_reason_is_the_description_or_derived_from_the_rule(column):
    quality = """
  quality:
  - {name: p, type: custom, engine: lakeflow, implementation: {expectation: c > 0}}
  - name: q
    description: |
      Nothing is
      for free.
    type: custom
    engine: lakeflow
    implementation: {expectation: c <> 0}
"""
    ruled = column(
        "{name: c, physicalType: INT, logicalTypeOptions: {minimum: 1}}", quality
    )
    assert {rule.name: rule.reason for rule in ruled.rules} == {
        "line_is_readable": "the line must be readable as JSON; an object over several "
        "lines needs readerOptions {multiLine: true}",
        "id_is_present": "id must not be missing",
        "c_fits_type": "c must be a valid INT",
        "c_minimum": "c must be at least 1",
        "p": "c > 0 must hold",
        "q": "Nothing is for free",
    }


GOOD = {"id": "1", "at": "TIMESTAMP'2026-01-01'", "price": "1"}


def test_a_delete_needs_its_key_and_its_sequence_only(spark, table):
    members = table(MEMBERS)
    delete = {"id": "1", "at": "TIMESTAMP'2026-01-01'", "op": "'D'"}
    assert broken(spark, members, **delete) == set()
    assert broken(spark, members, **delete, price="-1") == set()
    assert broken(spark, members, **delete, _misfits="map('price', 'x')") == set()
    assert broken(spark, members, op="'D'") == {"id_is_present", "at_is_present"}
    misfits = "map('id', 'x', 'at', 'y')"
    assert broken(spark, members, op="'D'", _misfits=misfits) == {
        "id_fits_type",
        "at_fits_type",
    }


def test_an_unreadable_line_is_never_taken_for_a_delete(spark, table):
    members = table(MEMBERS.replace("op = 'D'", "coalesce(op, 'D') = 'D'"))
    assert broken(spark, members, _corrupt_record="'{'") == {"line_is_readable"}


def test_what_is_no_delete_keeps_all_rules(spark, table):
    members = table(MEMBERS)
    assert broken(spark, members, **GOOD) == set()
    assert broken(spark, members, **GOOD, op="'U'") == set()
    assert broken(spark, members, **{**GOOD, "price": "0.01"}) == {"not_free"}
    assert broken(spark, members, op="'U'") == {
        "id_is_present",
        "at_is_present",
        "price_is_present",
        "not_free",
    }


def test_null_passes_where_null_updates_are_ignored(spark, table):
    ignoring = "  - {property: ignoreNullUpdates, value: true}\n  properties:"
    members = table(MEMBERS.replace("  properties:", ignoring, 1))
    partial = {"id": "1", "at": "TIMESTAMP'2026-01-01'"}
    assert broken(spark, members, **partial) == set()
    assert broken(spark, members, **partial, price="-1") == {"price_minimum"}
    assert broken(spark, members, **partial, price="0.01") == {"not_free"}
    assert broken(spark, members) == {"id_is_present", "at_is_present"}


@pytest.mark.parametrize("role", ["fact", "scd1", "scd2"])
def test_keys_and_sequence_are_required_whatever_the_author_wrote(spark, table, role):
    text = MEMBERS.replace("scd2", role)
    if role == "fact":
        text = text.replace("""  - {property: deleteWhen, value: "op = 'D'"}\n""", "")
    assert {"id_is_present", "at_is_present"} <= broken(spark, table(text))


def test_a_table_without_properties_has_the_rules_of_its_key_and_sequence(table):
    passed = table(
        FACT + "  - {property: keys, value: [a, b]}\n"
        "  - {property: sequenceBy, value: t}\n"
    )
    assert passed.rules_with("drop") == {
        "line_is_readable": "coalesce(_corrupt_record IS NULL, false)",
        "a_is_present": "coalesce(_corrupt_record IS NOT NULL OR (`a` IS NOT NULL), "
        "false)",
        "b_is_present": "coalesce(_corrupt_record IS NOT NULL OR (`b` IS NOT NULL), "
        "false)",
        "t_is_present": "coalesce(_corrupt_record IS NOT NULL OR (`t` IS NOT NULL), "
        "false)",
        "t_is_ordered": "coalesce(_misfits['t'] IS NULL, false)",
    }
    assert (passed.columns, passed.sequence_is_time) == ((), False)


def test_a_name_may_have_a_dash(spark, column):
    dashed = column(
        "{name: unit-price, physicalType: INT, required: true, "
        "logicalTypeOptions: {minimum: 1}}"
    )
    assert broken(spark, dashed, id="'1'") == {"unit-price_is_present"}
    assert broken(spark, dashed, id="'1'", **{"unit-price": "0"}) == {
        "unit-price_minimum"
    }


def test_a_required_derived_column_is_not_called_missing_for_a_misfit(spark, column):
    quality = """
  - {name: d, physicalType: INT, required: true, transformLogic: c + 1}
"""
    derived = column("{name: c, physicalType: INT}", quality)
    assert broken(spark, derived, id="'1'") == {"d_is_present"}
    assert broken(spark, derived, id="'1'", _misfits="map('c', 'x')") == {"c_fits_type"}


def test_the_rules_of_this_bundle_can_be_judged_by_spark(spark):
    for path in (Path(__file__).parent.parent / "contract").glob("*.odcs.yaml"):
        for ours in contract.load(path):
            if ours.columns:
                assert "line_is_readable" not in broken(spark, ours), ours.name
