"""What can be wrong with the rules of a table in a contract."""

import pytest
from contract_drafts import REMOVED, named, reported

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
        "table orders, property note, rule invalidValues: "
        "validValues is an empty list; write a list, as [small, large]",
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
        "table orders, property note, rule invalidValues: pattern (a is not a "
        "regular expression: missing ), unterminated subpattern; fix it",
    ),
    (
        lambda d: d.column(
            "note", customProperties=[{"property": "enum", "value": ["DE", False]}]
        ),
        "table orders, property note: enum holds the flag false for a text; "
        "put it in quotes",
    ),
    (
        lambda d: d.column(
            "note",
            enum=[{"value": "small"}],
            customProperties=[{"property": "enum", "value": ["small"]}],
        ),
        "table orders, property note: enum stands twice; remove the custom property",
    ),
    (
        lambda d: d.column("note", enum=["small", "large"]),
        "table orders, property note: enum holds the text 'small'; "
        "write entries as {value: small}",
    ),
]


@pytest.mark.parametrize(**named(RULES))
def test_a_fault_is_reported_alone_with_its_remedy(tmp_path, spoil, message):
    assert reported(tmp_path, spoil) == [message]
