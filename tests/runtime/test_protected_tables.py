"""Tables that a full refresh leaves alone: `pipelines.reset.allowed` is false.

Follows https://docs.databricks.com/aws/en/ldp/properties, and Spark's own pipelines for
what the page leaves open: all tables leave such a one alone, a selection of it fails.
"""

from types import SimpleNamespace

import pytest
from pyspark.pipelines.output import StreamingTable
from pyspark.pipelines.source_code_location import SourceCodeLocation

from localrun.errors import FlowError, UsageError
from localrun.storage import resets

CHAIN = """
KEPT = {{"pipelines.reset.allowed": {allowed!r}}}

@dp.table(table_properties=KEPT)
def bronze():
    return landed("sales", {hints!r})

@dp.table
def silver():
    return spark.readStream.table("bronze")

@dp.table
def platinum():
    return spark.readStream.table("silver")

@dp.table
def other():
    return spark.readStream.table("bronze")
"""
MIXED = """
@dp.table
def bronze():
    return landed("sales", "id INT")

@dp.temporary_view
def checked():
    return spark.readStream.table("bronze")

@dp.table(table_properties={"pipelines.reset.allowed": "false"})
def silver():
    return spark.readStream.table("checked")
"""
EXTENSION = """
from localrun.extension import Extension


class Own(Extension):
    def lost(self, table, read):
        if table != "bronze" or not (gone := read(table).where("id < 2").count()):
            return ""
        return f"{gone} of its {read(table).count()} rows would be lost"
"""


def code(allowed: object = "false", hints: str = "id INT") -> str:
    return CHAIN.format(allowed=allowed, hints=hints)


def table(name: str, allowed: object) -> StreamingTable:
    place = SourceCodeLocation("small.py", 1)
    properties = {resets.PROPERTY: allowed}
    return StreamingTable(name, None, place, properties, None, None, None, None)


@pytest.mark.parametrize(
    ("stated", "allowed"),
    [("false", False), ("FALSE", False), (False, False), ("true", True), (True, True)],
)
def test_the_property_is_read_as_it_is_written(stated, allowed):
    assert resets.is_allowed(table("bronze", stated)) is allowed


def test_a_property_that_is_neither_true_nor_false_is_refused():
    with pytest.raises(UsageError) as refused:
        resets.is_allowed(table("bronze", "no"))
    assert str(refused.value) == (
        "bronze: the table property pipelines.reset.allowed is no: write true or false"
    )


def test_it_cannot_read_a_table_that_a_full_refresh_may_empty():
    silver, gold = table("silver", "false"), table("gold", "true")
    resets.check_sources(silver, [table("bronze", "false")])
    resets.check_sources(gold, [silver])
    with pytest.raises(FlowError) as refused:
        resets.check_sources(silver, [table("bronze", "true")])
    assert str(refused.value) == (
        "INVALID_RESETTABLE_DEPENDENCY: silver, whose pipelines.reset.allowed is "
        "false, reads bronze as a stream, which a full refresh may empty: set "
        "pipelines.reset.allowed to false there, too, or to true here"
    )


@pytest.fixture(scope="module")
def story(shared_bundle):
    """What is said and what is there at each step; one of two files is gone soon."""
    bundle, said = shared_bundle, SimpleNamespace()
    (bundle.root / "keeping.py").write_text(EXTENSION)
    settings = '[tool.localrun]\nextension = "keeping:Own"\n'
    (bundle.root / "pyproject.toml").write_text(settings)

    def ids(*tables: str) -> dict[str, list]:
        return {name: bundle.rows(name, "id") for name in tables}

    def refusal(**arguments) -> str:
        before = bundle.versions()
        with pytest.raises(UsageError) as refused:
            bundle.run(**arguments)
        assert bundle.versions() == before
        return str(refused.value)

    bundle.write(code()).land("sales", {"id": 1})
    bundle.land("sales", {"id": 2})
    assert bundle.run().ok
    (bundle.landing / "sales/0001.json").unlink()
    every = bundle.run(full_refresh=[])
    said.notes = [(note.table, note.sentence) for note in every.notes]
    said.rebuilt = every.flows["silver"].outcome.rows_in
    said.all = ids("bronze", "silver", "platinum")
    said.named = refusal(full_refresh=["bronze"])
    said.with_readers = refusal(full_refresh=["bronze+"])
    bundle.write(code(hints="id STRING"))
    said.type = bundle.run(refresh=["bronze"]).flows["bronze"].error
    bundle.write(code(allowed="true"))
    said.lost = refusal(full_refresh=["bronze+"])
    said.lost_of_all = refusal(full_refresh=[])
    assert bundle.run(full_refresh=["bronze+"], accept_loss=True).ok
    said.left = ids("silver")
    bundle.write(MIXED)
    said.mixed = bundle.pipeline.validate().problems
    return said


def test_a_full_refresh_of_all_rebuilds_what_is_made_of_it_from_it(story):
    kept = "its rows are kept, since its pipelines.reset.allowed is false"
    assert ("bronze", kept) in story.notes
    assert story.rebuilt == 2
    both = [(1,), (2,)]
    assert story.all == {"bronze": both, "silver": both, "platinum": both}


def test_named_it_is_refused_with_what_to_rebuild_instead_and_what_would_be_lost(story):
    assert story.named == story.with_readers
    assert story.named == (
        "bronze is not rebuilt, since its pipelines.reset.allowed is false, and 1 of "
        "its 2 rows would be lost if it were: rebuild what is made of it with "
        "--full-refresh other silver+, or read its source again: set its "
        "pipelines.reset.allowed to true and use --full-refresh bronze+"
    )


def test_another_type_of_a_column_says_that_it_takes_the_source(story):
    assert story.type == (
        "in bronze, id was int and is string now, but a table keeps the types of its "
        "columns: read its source again: set its pipelines.reset.allowed to true and "
        "use --full-refresh bronze+"
    )


def test_rows_that_would_be_lost_are_counted_before_anything_is_touched(story):
    assert story.lost == story.lost_of_all
    assert story.lost == (
        "bronze: 1 of its 2 rows would be lost: bring back what is gone, or add "
        "--accept-loss"
    )


def test_with_a_loss_accepted_its_source_is_read_again(story):
    assert story.left == {"silver": [(2,)]}


def test_a_dry_run_finds_a_kept_table_that_reads_one_that_may_be_emptied(story):
    """Through a view, too."""
    assert [*story.mixed] == ["silver"]
    assert story.mixed["silver"].startswith("INVALID_RESETTABLE_DEPENDENCY: silver, ")
