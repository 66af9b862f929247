"""Odd CSV files that people have met: each value is kept, or the file is named.

Pages: ingestion/cloud-object-storage/auto-loader/{schema,options}, query/formats/csv.
"""

import gzip
import json

import pytest
from autoloading import Source

from localrun.errors import FlowError

HINTS = {"cloudFiles.schemaHints": "id STRING, _corrupt_record STRING"}
OTHERS = {
    "a zip archive": (b"PK\x03\x04\x14\x00", "not CSV but a zip archive or an Excel"),
    "gzip by another name": (gzip.compress(b"id\n1\n"), r"gzip: end its name with"),
    "JSON": (b'{"id": 1, "name": "a"}\n', "is not CSV but JSON: take it out"),
    "a web page": (b"<!DOCTYPE html>\n<html>\n", "is not CSV but XML or HTML"),
    "UTF-16": ("id,name\n1,ä\n".encode("utf-16"), "give its encoding as an option"),
    "a file without a header": (
        b"3,c\n4,d\n",
        r"the first line of .*other\.csv is not a header, it has no column that is "
        r"expected \(id\) but 3, c: write the names",
    ),
}


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "csv", escape='"', multiLine=True, **HINTS)


def values(row: dict) -> set[str]:
    rescued = json.loads(row.pop("_rescued_data", "{}"))
    rescued.pop("_file_path", None)
    return {*row.values(), *rescued.values()}


@pytest.mark.parametrize("case", OTHERS)
def test_a_file_of_another_kind_is_refused_by_name(source, case):
    content, words = OTHERS[case]
    source.put("other.csv", content)
    with pytest.raises(FlowError, match=words) as error:
        source.load()
    assert "other.csv" in str(error.value)


def test_text_that_begins_like_a_binary_format_is_csv(source):
    source.put("a.csv", "PAR1,ORC,id\nx,y,1\n")
    assert source.run() == [{"PAR1": "x", "ORC": "y", "id": "1"}]


def test_headers_that_collide_with_made_names_lose_no_value(source):
    source.put("a.csv", "id,amount,amount,amount1\n1,10,20,30\n")
    source.put("b.csv", "id,,_c1\n1,2,3\n", age=1)
    one, two = sorted(source.run(), key=len, reverse=True)
    assert values(one) == {"1", "10", "20", "30"}
    assert values(two) == {"1", "2", "3"}


@pytest.mark.parametrize("multi_line", [True, False])
def test_lines_are_skipped_as_lines_of_the_file(source, multi_line):
    text = "Report X\nGenerated 2026-01-01\n\nid|name|amt\n1|a|2\n2|b, c|3\n"
    source.put("a.csv", text)
    found = source.run(sep="|", skipRows=3, multiLine=multi_line)
    assert sorted(found, key=str) == [
        {"id": "1", "name": "a", "amt": "2"},
        {"id": "2", "name": "b, c", "amt": "3"},
    ]


@pytest.mark.parametrize("other", ["", "name,id\nx,9\n", 'id,name\n9,"x\n'])
def test_a_ragged_row_is_corrupt_however_its_file_is_read(source, other):
    source.put("a.csv", "id,name,city\n1,Smith, John,Paris\n2,Solo\n3,Ok,Rome\n")
    if other:
        source.put("b.csv", other)
    found = {row["id"]: row for row in source.run() if row.get("id") in ("1", "2", "3")}
    assert found["1"]["_corrupt_record"] == "1,Smith, John,Paris"
    assert values(found["1"]) >= {"1", "Smith", " John", "Paris"}
    assert found["2"]["_corrupt_record"] == "2,Solo"
    assert found["3"] == {"id": "3", "name": "Ok", "city": "Rome"}


def test_values_of_all_kinds_are_the_text_that_they_were(source):
    written = ["Inf", "NaN", " ", "0001", "-0", "007", "9" * 1001, "1e400"]
    lines = [f"{i},{text}\n" for i, text in enumerate(written)]
    quoted = ['"a\rb"', '"say ""hi"""', '5" pipe', '"a"b']
    lines += [f"{len(written) + i},{text}\n" for i, text in enumerate(quoted)]
    source.put("a.csv", "id,Größe in cm\n" + "".join(lines))
    found = {int(row["id"]): row["Größe in cm"] for row in source.run()}
    unquoted = ["a\rb", 'say "hi"', '5" pipe', '"a"b']
    assert [found[i] for i in range(len(found))] == [*written, *unquoted]


@pytest.mark.parametrize("file_format", ["json", "text"])
def test_a_compressed_file_of_another_format_that_is_cut_off_is_named(
    spark, tmp_path, file_format
):
    source = Source(spark, tmp_path, file_format)
    whole = gzip.compress(b"".join(b'{"id": %d}\n' % i for i in range(2000)))
    source.put("a.gz", whole[: len(whole) // 2])
    with pytest.raises(FlowError, match=r"a\.gz is cut off or damaged.*again whole"):
        source.load()
