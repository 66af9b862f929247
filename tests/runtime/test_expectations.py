"""Expectations as documented at https://docs.databricks.com/aws/en/ldp/expectations."""

import json

import pytest

TABLE = """
{}
def silver():
    return landed("sales", "id INT, amount INT")
"""


def rules(bundle, dataset="silver"):
    """The rule counts of the newest update, as the event log has them."""
    events = bundle.pipeline.sql("""
        SELECT details FROM event_log WHERE event_type = 'flow_progress'
        ORDER BY timestamp
    """).collect()
    quality = json.loads(events[-1]["details"])["flow_progress"]["data_quality"]
    counts = {
        rule["name"]: (rule["passed_records"], rule["failed_records"])
        for rule in quality["expectations"]
        if rule["dataset"] == dataset
    }
    return counts, quality["dropped_records"]


@pytest.mark.parametrize(
    ("decorators", "kept", "counts", "dropped"),
    [
        ("@dp.table\n@dp.expect('p', 'amount > 0')", [1, 2, 3], {"p": (1, 2)}, 0),
        ("@dp.table\n@dp.expect_or_drop('p', 'amount > 0')", [1], {"p": (1, 2)}, 2),
        ("@dp.expect_or_drop('p', 'amount > 0')\n@dp.table", [1], {"p": (1, 2)}, 2),
        (
            "@dp.table\n@dp.expect_all({'p': 'amount > 0', 'i': 'id > 1'})",
            [1, 2, 3],
            {"p": (1, 2), "i": (2, 1)},
            0,
        ),
        (
            "@dp.table\n@dp.expect_all_or_drop({'p': 'amount > 0', 'i': 'id > 1'})",
            [],
            {"p": (1, 2), "i": (2, 1)},
            3,
        ),
        (
            "@dp.table\n@dp.expect('i', 'id > 1')\n"
            "@dp.expect_or_drop('n', 'amount IS NOT NULL')",
            [1, 2],
            {"i": (2, 1), "n": (2, 1)},
            1,
        ),
        (
            "@dp.table\n@dp.expect_or_drop('c', F.col('amount').isNotNull())",
            [1, 2],
            {"c": (2, 1)},
            1,
        ),
    ],
)
def test_warn_keeps_and_drop_removes_and_both_count(
    bundle, decorators, kept, counts, dropped
):
    bundle.write(TABLE.format(decorators))
    bundle.land("sales", {"id": 1, "amount": 5}, {"id": 2, "amount": 0}, {"id": 3})
    assert bundle.run().ok
    assert bundle.rows("silver", "id") == [(i,) for i in kept]
    assert rules(bundle) == (counts, dropped)


@pytest.mark.parametrize(
    "decorator",
    [
        "@dp.expect_or_fail('paid', 'amount > 0')",
        "@dp.expect_all_or_fail({'paid': 'amount > 0'})",
    ],
)
def test_fail_writes_nothing_of_the_update_and_names_rule_and_row(bundle, decorator):
    bundle.write(TABLE.format("@dp.table\n" + decorator))
    bundle.land("sales", {"id": 1, "amount": 5}, {"id": 2, "amount": -7})
    result = bundle.run()
    error = result.flows["silver"].error
    assert not result.ok
    assert "fail rule paid" in error and '"amount":-7' in error
    assert bundle.rows("silver") == []


def test_after_the_cure_a_failed_flow_goes_on_with_the_same_rows(bundle):
    bundle.write(TABLE.format("@dp.table\n@dp.expect_or_fail('paid', 'amount > 0')"))
    bundle.land("sales", {"id": 1, "amount": 5}, {"id": 2, "amount": -7})
    bundle.run()
    bundle.write(TABLE.format("@dp.table\n@dp.expect_or_drop('paid', 'amount > 0')"))
    assert bundle.run().ok
    assert bundle.rows("silver", "id") == [(1,)]


def test_a_row_that_breaks_a_drop_rule_and_a_fail_rule_fails_the_update(bundle):
    bundle.write(
        TABLE.format(
            "@dp.table\n@dp.expect_or_drop('d', 'amount > 0')\n"
            "@dp.expect_or_fail('f', 'amount > 0')"
        )
    )
    bundle.land("sales", {"id": 1, "amount": -1})
    assert "fail rule f" in bundle.run().flows["silver"].error


def test_expectations_of_a_view_are_counted_by_the_flow_that_reads_it(bundle):
    bundle.write("""
        @dp.temporary_view
        @dp.expect_or_drop("positive", "amount > 0")
        def checked():
            return landed("sales", "id INT, amount INT")

        @dp.table
        def silver():
            return spark.readStream.table("checked")
    """)
    bundle.land("sales", {"id": 1, "amount": 5}, {"id": 2, "amount": -7})
    bundle.run()
    assert bundle.rows("silver", "id") == [(1,)]
    assert rules(bundle, "checked") == ({"positive": (1, 1)}, 1)


def test_expectations_hold_on_materialized_views(bundle):
    bundle.write("""
        @dp.materialized_view
        @dp.expect_or_drop("small", "id < 3")
        @dp.expect("even", "id % 2 = 0")
        def numbers():
            return spark.range(5)
    """)
    bundle.run()
    assert bundle.rows("numbers") == [(0,), (1,), (2,)]
    assert rules(bundle, "numbers") == ({"small": (3, 2), "even": (3, 2)}, 2)


def test_expectations_of_a_cdc_target_are_arguments_of_its_creation(bundle):
    bundle.write("""
        dp.create_streaming_table("both", expect_all_or_drop={"positive": "id > 0"})

        @dp.append_flow(target="both")
        def shop():
            return landed("shop", "id INT")
    """)
    bundle.land("shop", {"id": 1}, {"id": -1})
    bundle.run()
    assert bundle.rows("both", "id") == [(1,)]


def test_a_rule_name_is_unique_on_a_dataset(bundle):
    bundle.write(
        TABLE.format("@dp.table\n@dp.expect('a', 'id > 0')\n@dp.expect('a', 'id > 1')")
    )
    with pytest.raises(Exception, match="expectation a is defined twice"):
        bundle.run()
