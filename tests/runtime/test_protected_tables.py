"""Tables that a full refresh leaves alone: `pipelines.reset.allowed` is false.

Follows https://docs.databricks.com/aws/en/ldp/properties, and Spark's own pipelines for
what the page leaves open: all tables leave such a one alone, a selection of it fails.
"""

import pytest
from pyspark.pipelines.output import StreamingTable
from pyspark.pipelines.source_code_location import SourceCodeLocation

from localrun import cli
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


@pytest.fixture(scope="module")
def chain(shared_bundle):
    """Two files were read, and the first one is gone since."""
    (shared_bundle.root / "keeping.py").write_text(EXTENSION)
    settings = '[tool.localrun]\nextension = "keeping:Own"\n'
    (shared_bundle.root / "pyproject.toml").write_text(settings)
    shared_bundle.write(code()).land("sales", {"id": 1})
    shared_bundle.land("sales", {"id": 2})
    assert shared_bundle.run().ok
    (shared_bundle.landing / "sales/0001.json").unlink()
    return shared_bundle


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


def refusal(bundle, **arguments) -> str:
    before = bundle.versions()
    with pytest.raises(UsageError) as refused:
        bundle.run(**arguments)
    assert bundle.versions() == before
    return str(refused.value)


def test_a_full_refresh_of_all_rebuilds_what_is_made_of_it_from_it(chain, capsys):
    assert cli.main(["run", "--full-refresh-all", "--root", str(chain.root)]) == 0
    note = "NOTE bronze: its rows are kept, since its pipelines.reset.allowed is false"
    assert note in capsys.readouterr().out
    for table in ("bronze", "silver", "platinum"):
        assert chain.rows(table, "id") == [(1,), (2,)]


@pytest.mark.parametrize("name", ["bronze", "bronze+"])
def test_named_it_is_refused_with_what_to_rebuild_instead_and_what_would_be_lost(
    chain, name
):
    chain.write(code())
    assert refusal(chain, full_refresh=[name]) == (
        "bronze is not rebuilt, since its pipelines.reset.allowed is false, and 1 of "
        "its 2 rows would be lost if it were: rebuild what is made of it with "
        "--full-refresh other silver+, or read its source again: set its "
        "pipelines.reset.allowed to true and use --full-refresh bronze+"
    )


def test_another_type_of_a_column_says_that_it_takes_the_source(chain):
    failed = chain.write(code(hints="id STRING")).run(refresh=["bronze"])
    assert failed.flows["bronze"].error == (
        "in bronze, id was int and is string now, but a table keeps the types of its "
        "columns: read its source again: set its pipelines.reset.allowed to true and "
        "use --full-refresh bronze+"
    )


def test_rows_that_would_be_lost_are_counted_before_anything_is_touched(chain):
    chain.write(code(allowed="true"))
    told = refusal(chain, full_refresh=["bronze+"])
    assert told == (
        "bronze: 1 of its 2 rows would be lost: bring back what is gone, or add "
        "--accept-loss"
    )
    assert refusal(chain, full_refresh=[]) == told


def test_with_a_loss_accepted_its_source_is_read_again(chain, capsys):
    """The last of this file: what it takes from the bundle is gone."""
    chain.write(code(allowed="true"))
    arguments = ["--full-refresh", "bronze+", "--accept-loss"]
    assert cli.main(["run", "--root", str(chain.root), *arguments]) == 0
    assert chain.rows("silver", "id") == [(2,)]
