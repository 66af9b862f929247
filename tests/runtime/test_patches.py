"""What stands in for pyspark while a pipeline is at work is taken back after it."""

import importlib
import sys
import threading

import pytest
from pyspark import pipelines as dp

from localrun.engine import patches


def attributes() -> dict[tuple[str, str], object]:
    return {
        (patch.owner.__name__, patch.name): vars(patch.owner).get(patch.name)
        for patch in patches.TABLE
    }


def test_patches_hold_for_the_block_and_no_longer():
    before = attributes()
    with patches.applied():
        assert all(attributes()[key] is not before[key] for key in before)
        with patches.applied():
            pass
        assert all(attributes()[key] is not before[key] for key in before)
        assert importlib.import_module("dlt").read_stream
    assert attributes() == before
    assert "dlt" not in sys.modules
    assert not hasattr(dp, "expect")


def test_they_are_taken_back_where_the_block_raises():
    before = attributes()
    with pytest.raises(ZeroDivisionError), patches.applied():
        raise ZeroDivisionError
    assert attributes() == before


def test_blocks_in_several_threads_end_in_any_order():
    before = attributes()
    entered, leave = threading.Event(), threading.Event()

    def block():
        with patches.applied():
            entered.set()
            leave.wait(10)

    with patches.applied():
        thread = threading.Thread(target=block)
        thread.start()
        entered.wait(10)
    assert attributes() != before
    leave.set()
    thread.join()
    assert attributes() == before


def test_each_attribute_stands_in_the_table_once():
    places = [(patch.owner, patch.name) for patch in patches.TABLE]
    assert len(places) == len(set(places))


def test_a_run_leaves_pyspark_as_it_was(bundle):
    before = attributes()
    bundle.write("""
        @dp.materialized_view
        def numbers():
            return spark.range(3)
    """)
    assert bundle.run().ok
    assert attributes() == before
