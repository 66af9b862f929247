"""CSV files that are read piece by piece, each by the way that is right for it.

A file that is quoted well is parsed by Spark alone; of others the records are taken
apart by regular expressions. Neither holds a file in memory.
"""

import gzip
import json

import pytest
from autoloading import Source, root_cause, rows
from pyspark.errors import StreamingQueryException
from pyspark.sql import functions as F

from localrun.autoloader import csv_beginnings, csv_look, options
from localrun.errors import FlowError

PLAIN = b'id,name\n1,"a\n""b"""\n2,c\n'
# Quotes that open no cell, or are followed by text: Spark takes both as they are.
QUOTED = {
    "a quote inside of a cell": b'id,name\n1,5" pipe\n',
    "two quotes inside of a cell": b'id,name\n1,a ""b"" c\n',
    "text behind a quoted cell": b'id,name\n1,"a"b\n',
    "a separator and text behind it": b'id,name\n1,"a,""b"c"d\n',
    "blanks around a quoted cell": b'id,name\n1, "a" \n',
}
# One for each way in which Spark's parser would not tell what is wrong.
ODD = {
    "a quote that is not closed": b'id,name\n1,"a\n2,b\n',
    "an inch mark and a quote that is not closed": b'id,name\n6",x\n1,"a\n',
    "ends of lines of two kinds": b"id,name\r\n1,a\n2,b\n",
    "a lone return": b"id,name\n1,a\r2,b\n",
    "a first end of a line that is in quotes": b'"i\nd",name\r\n1,a\r\n',
}


def quoting(**given: str) -> csv_beginnings.Quoting:
    given = {"cloudFiles.format": "csv", "escape": '"', "multiLine": "true", **given}
    return csv_beginnings.Quoting.of(options.parse(given, None))


def look(tmp_path, content: bytes, **given: str) -> csv_look.Look:
    path = tmp_path / "a.csv"
    path.write_bytes(content)
    return csv_look.look(str(path), quoting(**given))


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "csv", escape='"', multiLine=True)


def test_a_well_quoted_file_is_plain_and_its_records_are_counted_by_cells(tmp_path):
    assert look(tmp_path, PLAIN) == csv_look.Look(True, frozenset({2}))
    assert look(tmp_path, PLAIN.replace(b"\n", b"\r\n")).plain
    ragged = look(tmp_path, PLAIN + b"3\n\n4,d,,e")
    assert ragged == csv_look.Look(True, frozenset({1, 2, 4}))


@pytest.mark.parametrize("is_possessive", [True, False])
@pytest.mark.parametrize("case", QUOTED)
def test_quotes_within_cells_are_no_reason_to_doubt_a_file(
    tmp_path, monkeypatch, case, is_possessive
):
    if not is_possessive:  # as on Python 3.10
        monkeypatch.setattr(csv_look, "_IS_POSSESSIVE", False)
    assert look(tmp_path, QUOTED[case]) == csv_look.Look(True, frozenset({2}))
    assert not any(look(tmp_path, content).plain for content in ODD.values())


@pytest.mark.parametrize("case", ODD)
def test_a_file_that_is_not_plain_is_found(tmp_path, case):
    assert not look(tmp_path, ODD[case]).plain


@pytest.mark.parametrize("block", [1, 2, 3, 5, 8])
def test_a_look_in_small_blocks_finds_the_same(tmp_path, monkeypatch, block):
    monkeypatch.setattr(csv_look, "_BLOCK", block)
    assert look(tmp_path, PLAIN * 3) == csv_look.Look(True, frozenset({2}))
    assert not any(look(tmp_path, content).plain for content in ODD.values())


def test_a_quoted_cell_goes_on_over_what_could_be_a_split(spark, source):
    lines = "line of a long text\n" * 20_000
    source.put("a.csv", f'id,name\n1,"{lines}"\n2,b\n')
    before = spark.conf.get("spark.sql.files.maxPartitionBytes")
    spark.conf.set("spark.sql.files.maxPartitionBytes", "64k")
    try:
        one, two = sorted(source.run(), key=str)
    finally:
        spark.conf.set("spark.sql.files.maxPartitionBytes", before)
    assert (one, two) == ({"id": "1", "name": lines}, {"id": "2", "name": "b"})


@pytest.mark.parametrize("content", [PLAIN, *ODD.values()])
def test_no_plan_reads_a_whole_file_as_one_text(source, content):
    source.put("a.csv", content)
    plan = source.load()._jdf.queryExecution().analyzed().toString()
    (relation,) = (line for line in plan.splitlines() if "StreamingRelation" in line)
    assert "value#" not in relation
    assert "_0#" in relation


def test_quotes_within_cells_are_kept_as_they_are(source):
    for number, content in enumerate(QUOTED.values()):
        source.put(f"{number}.csv", content)
    found = [row["name"] for row in source.run()]
    assert sorted(found) == sorted(
        ['5" pipe', 'a ""b"" c', '"a"b', '"a,"b"c"d', ' "a" ']
    )


def test_headers_of_files_differ_within_one_load(source):
    source.put("a.csv", 'id,name\n1,"a"\n' * 1 + "2,b\n" * 50)
    source.put("b.csv", "name,more,id\nc,m,3\n")
    found = source.run()
    assert len(found) == 52
    assert {"id": "3", "name": "c", "more": "m"} in found


def test_rows_that_are_too_long_or_short_are_kept_in_a_plain_file(source):
    source.put("a.csv", "id,name\n1\n2,b,x,,y\n3,c\n")
    one, two, three = sorted(source.run(), key=lambda row: row["id"])
    rescued = json.loads(two.pop("_rescued_data"))
    assert (rescued["_c2"], rescued["_c4"]) == ("x", "y")
    assert [one, two, three] == [
        {"id": "1"},
        {"id": "2", "name": "b"},
        {"id": "3", "name": "c"},
    ]


def test_a_file_that_comes_late_is_read_by_its_own_header(source):
    source.put("a.csv", "id,name\n1,a\n")
    df = source.load()
    source.put("late.csv", "name,new,id\nb,n,2\n")
    with pytest.raises(StreamingQueryException) as error:
        source.write(df)
    assert "late.csv came while the update began" in root_cause(error.value)
    assert {"id": "2", "name": "b", "new": "n"} in source.run()


def test_a_late_file_like_the_others_is_read_at_once(source):
    source.put("a.csv", "id,name\n1,a\n")
    df = source.load()
    source.put("late.csv", "id,name\n2,b\n")
    assert {"id": "2", "name": "b"} in rows(source.write(df))


def test_made_names_do_not_hide_given_ones(source):
    source.put("a.csv", "id,x,x,x1,,_c4\n1,2,3,4,5,6\n")
    (row,) = source.run()
    assert sorted(row.values()) == ["1", "2", "3", "4", "5", "6"]
    assert (row["x1"], row["_c4"]) == ("4", "6")


def test_lines_to_skip_are_lines_of_the_file(source):
    source.put("a.csv", 'title\n\n"x\nid,name\n1,"a\nb"\n')
    assert source.run(skipRows=3) == [{"id": "1", "name": "a\nb"}]


def test_a_compressed_file_that_is_cut_off_is_named(source):
    whole = gzip.compress(b"id\n" + bytes(range(48, 58)) * 10_000)
    source.put("a.csv.gz", whole[:-20])
    with pytest.raises(
        FlowError, match=r"a\.csv\.gz is cut off or damaged.*again whole"
    ):
        source.load()


def test_a_file_in_another_encoding_is_named(source):
    source.put("a.csv", "id,name\n1,a\n".encode("UTF-16"))
    with pytest.raises(FlowError, match=r"a\.csv is not text in UTF-8: give its encod"):
        source.load()


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "windows-1252", "cp932"])
def test_other_encodings_with_line_breaks_in_quotes(source, encoding):
    text = "ソ" if encoding == "cp932" else "é"
    source.put("a.csv", f'id,name\r\n1,"{text}\n"\r\n'.encode(encoding))
    assert source.run(encoding=encoding) == [{"id": "1", "name": f"{text}\n"}]


def test_metadata_of_files_is_there_behind_the_lookup_of_headers(source):
    source.put("a é+&'(%.csv", "id\n1\n")
    df = source.load().withColumn("size", F.col("_metadata.file_size"))
    assert rows(source.write(df)) == [{"id": "1", "size": 5}]
