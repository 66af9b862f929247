"""Odd CSV files in the roles that read them in batch: the verdict is Auto Loader's."""

import pytest
from reference_source import Reference

from medallion import files
from medallion.model import CORRUPT, RESCUED
from medallion.names import READ_AS

RAGGED = "id,name\nA,Smith, John\nB\nC,Ok\n"


@pytest.fixture
def reference(spark, tmp_path) -> Reference:
    return Reference(spark, tmp_path, "csv", id="STRING", name="STRING")


def test_a_ragged_row_of_a_reference_is_quarantined_whole(reference):
    reference.put("a.csv", RAGGED)
    assert reference.accepted("id", "name") == [("C", "Ok")]
    assert reference.failed("_corrupt_record") == [
        (["line_is_readable"], "A,Smith, John"),
        (["line_is_readable"], "B"),
    ]


def test_cells_that_auto_loader_rescues_by_position_make_a_row_corrupt(spark):
    rescued = [
        '{"_c2":" John","_file_path":"a.csv"}',
        '{"note":"{\\"_c2\\":1}","_file_path":"a.csv"}',
        None,
    ]
    corrupt = READ_AS[CORRUPT]
    rows = spark.createDataFrame(
        [(text, None) for text in rescued],
        f"{READ_AS[RESCUED]} STRING, {corrupt} STRING",
    )
    found = files.with_ragged(rows).collect()
    assert [row[corrupt] for row in found] == [rescued[0], None, None]


def test_a_first_line_without_a_column_of_the_contract_is_not_a_header(reference):
    reference.put("a.csv", "3,c\n4,d\n")
    with pytest.raises(
        ValueError,
        match=r"regions: the first line of the CSV files in .*regions is not a header, "
        "it has no column of the contract but 3, c: write the names",
    ):
        reference.checked()
