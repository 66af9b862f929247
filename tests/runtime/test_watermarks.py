"""Windows on a stream: when they are written, and what comes too late for them.

https://docs.databricks.com/aws/en/structured-streaming/watermarks. A last micro-batch
without data moves the watermark before an update ends, as `availableNow` does it:
https://spark.apache.org/docs/latest/streaming/apis-on-dataframes-and-datasets.html
"""

import pytest


@pytest.fixture(scope="module")
def hours(shared_bundle):
    """Orders of two updates; in the second, one comes for an hour that is over."""
    shared_bundle.write("""
        @dp.table
        def orders():
            return landed("orders", "at TIMESTAMP")

        @dp.table
        def hours():
            orders = spark.readStream.table("orders").withWatermark("at", "1 hour")
            counted = orders.groupBy(F.window("at", "1 hour")).count()
            return counted.select(F.hour("window.start").alias("hour"), "count")
    """)
    times = ("2026-01-05T10:10:00Z", "2026-01-05T10:20:00Z", "2026-01-05T12:30:00Z")
    shared_bundle.land("orders", *({"at": time} for time in times))
    assert shared_bundle.run().ok
    shared_bundle.first = shared_bundle.rows("hours")
    times = ("2026-01-05T10:30:00Z", "2026-01-05T12:40:00Z", "2026-01-05T15:00:00Z")
    shared_bundle.land("orders", *({"at": time} for time in times))
    assert shared_bundle.run().ok
    return shared_bundle


def test_a_window_is_written_in_the_update_whose_rows_end_it(hours):
    assert hours.first == [(10, 2)]


def test_a_row_for_a_window_that_was_written_is_left_out(hours):
    assert hours.rows("hours") == [(10, 2), (12, 2)]


def test_the_row_is_in_the_table_that_the_windows_are_made_of(hours):
    assert len(hours.rows("orders")) == 6


def test_an_update_without_new_rows_writes_no_window_again(hours):
    before = hours.versions()
    assert hours.run().ok
    assert hours.versions() == before
