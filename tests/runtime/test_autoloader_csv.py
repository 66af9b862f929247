"""CSV by Auto Loader, every file by its own header.

Pages: ingestion/cloud-object-storage/auto-loader/{schema,options}, query/formats/csv.
"""

import gzip
import json
import random

import pytest
from autoloading import Source, root_cause, rows
from pyspark.errors import StreamingQueryException
from pyspark.sql import functions as F

from localrun.errors import FlowError

HINTS = "id STRING, name STRING, _corrupt_record STRING"

# dialect -> file content -> the rows it becomes: unset columns are NULL
DIALECTS = {
    "defaults": {},
    "doubled quotes": {"escape": '"'},
    "lines in quotes": {"escape": '"', "multiLine": True},
    "excel": {"sep": ";", "escape": '"', "nullValue": "NA", "emptyValue": "-"},
    "blanks": {
        "delimiter": "\\t",
        "comment": "#",
        "ignoreLeadingWhiteSpace": True,
        "ignoreTrailingWhiteSpace": True,
        "skipRows": 1,
    },
    "no quotes": {"quote": "", "sep": "||"},
}
FILES = {
    "defaults": {
        "columns_in_another_order": ("name,id\na,1\n", [{"id": "1", "name": "a"}]),
        "a_missing_column_is_null": ("id\n1\n", [{"id": "1"}]),
        "a_new_column": (
            "id,note,name\n1,n,a\n",
            [{"id": "1", "name": "a", "note": "n"}],
        ),
        "another_letter_case_is_rescued": (
            "ID,id,Name\n1,2,a\n",
            [{"id": "2", "rescued": {"ID": "1", "Name": "a"}}],
        ),
        "equal_names_have_their_position_behind_them": (
            "id,x,x\n1,2,3\n",
            [{"id": "1", "x1": "2", "x2": "3"}],
        ),
        "a_header_without_a_name_is_called_by_position": (
            "id,,name\n1,x,a\n",
            [{"id": "1", "name": "a", "_c1": "x"}],
        ),
        "missing_cells_are_null_and_the_record_is_corrupt": (
            "id,name\n1\n,a\n",
            [{"id": "1", "_corrupt_record": "1"}, {"name": "a"}],
        ),
        "further_cells_are_rescued_and_the_record_is_corrupt": (
            "id,name\n1,a,x,,y\n",
            [
                {
                    "id": "1",
                    "name": "a",
                    "rescued": {"_c2": "x", "_c4": "y"},
                    "_corrupt_record": "1,a,x,,y",
                }
            ],
        ),
        "quoted_separators_and_escaped_quotes": (
            'id,name\n"1,5","say \\"hi\\" \\\\"\n',
            [{"id": "1,5", "name": 'say "hi" \\'}],
        ),
        "quotes_inside_of_a_cell_are_text": (
            'id,name\n5" pipe,"a"b\n',
            [{"id": '5" pipe', "name": '"a"b'}],
        ),
        "a_quote_that_is_not_closed_is_kept_as_text": (
            'id,name\n1,"a\n2,b\n',
            [{"_corrupt_record": '1,"a'}, {"id": "2", "name": "b"}],
        ),
        "blank_lines_are_no_records": (
            "\r\nid,name\r\n\r\n \t\r\n1,a\r\n",
            [{"id": "1", "name": "a"}],
        ),
        "a_byte_order_mark_is_ignored": (
            b"\xef\xbb\xbfid,name\n1,a\n",
            [{"id": "1", "name": "a"}],
        ),
        "undecodable_bytes_are_replaced": (
            b"id,name\n1,\xff\n",
            [{"id": "1", "name": "�"}],
        ),
        "an_empty_file_has_no_records": ("", []),
        "a_header_alone_has_no_records": ("id,name", []),
        "numbers_keep_the_way_they_are_written": (
            "id,name\n007,3.10\n",
            [{"id": "007", "name": "3.10"}],
        ),
    },
    "doubled quotes": {
        "doubled_quotes_are_one": (
            'id,name\n1,"say ""hi"""\n',
            [{"id": "1", "name": 'say "hi"'}],
        ),
        "a_backslash_is_text": (
            'id,name\n1,"C:\\new"\n',
            [{"id": "1", "name": "C:\\new"}],
        ),
        "a_comma_before_quotes": ('id,name\n1,"a,"""\n', [{"id": "1", "name": 'a,"'}]),
    },
    "lines in quotes": {
        "line_breaks_inside_of_quotes": (
            'id,"name"\r\n1,"a\n\nb"\r\n2,"c\r\n"\n',
            [{"id": "1", "name": "a\n\nb"}, {"id": "2", "name": "c\r\n"}],
        ),
        "the_last_quote_is_not_closed": (
            'id,name\n1,a\n2,"b\n3,c\n',
            [
                {"id": "1", "name": "a"},
                {"_corrupt_record": '2,"b'},
                {"id": "3", "name": "c"},
            ],
        ),
    },
    "excel": {
        "other_signs": (
            'id;name\n"1;5";NA\n2;""\nNA;\n',
            [{"id": "1;5"}, {"id": "2", "name": "-"}, {}],
        ),
    },
    "blanks": {
        "blanks_around_cells_comments_and_a_title": (
            'a title\n# comment\nid\tname\n  1 \t "a b" \n#2\tx\n',
            [{"id": "1", "name": "a b"}],
        ),
    },
    "no quotes": {
        "a_long_separator": ('id||name\n"1|||"a"\n', [{"id": '"1', "name": '|"a"'}]),
    },
}
CASES = [(dialect, name) for dialect, files in FILES.items() for name in files]


@pytest.fixture(scope="module")
def loaded(spark, tmp_path_factory) -> dict[str, list[dict]]:
    """The rows of each file, one stream a dialect."""
    found: dict[str, list[dict]] = {name: [] for _, name in CASES}
    for dialect, options in DIALECTS.items():
        options = {"cloudFiles.schemaHints": HINTS, **options}
        source = Source(spark, tmp_path_factory.mktemp("csv"), "csv", **options)
        for name, (content, _) in FILES[dialect].items():
            source.put(f"{name}.csv", content)
        df = source.load().withColumn("file", F.col("_metadata.file_name"))
        for row in rows(source.write(df)):
            if "_rescued_data" in row:
                row["rescued"] = json.loads(row.pop("_rescued_data"))
                assert row["rescued"].pop("_file_path").endswith(row["file"])
            found[row.pop("file").removesuffix(".csv")].append(row)
    return found


@pytest.mark.parametrize(("dialect", "case"), CASES)
def test_files(loaded, dialect, case):
    assert loaded[case] == FILES[dialect][case][1]


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "csv", escape='"')


def test_columns_follow_the_headers_oldest_file_first(source):
    source.put("b.csv", "z,Order Date,a\n")
    source.put("a.csv", "a,m,z\n", age=1)
    source.put("c.csv", "A,Z\n", age=2)
    assert source.load().columns == ["z", "Order Date", "a", "m", "_rescued_data"]


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "windows-1252"])
def test_other_encodings(source, encoding):
    source.put("a.csv", "id,name\r\n1,é\r\n".encode(encoding))
    assert source.run(encoding=encoding) == [{"id": "1", "name": "é"}]


def test_an_encoding_that_nobody_knows(source):
    source.put("a.csv", "id\n1\n")
    with pytest.raises(FlowError, match="encoding UTF-9 is not known"):
        source.load(encoding="UTF-9")


def test_compressed_files(source):
    source.put("a.csv.gz", gzip.compress(b"id\n1\n"))
    assert source.run() == [{"id": "1"}]


def test_without_a_header_columns_are_positions(source):
    source.put("a.csv", "1,a\n2,b,c\n")
    source.put("b.csv", "3,d,e\n", age=1)
    assert sorted(source.run(header=False), key=str) == [
        {"_c0": "1", "_c1": "a"},
        {"_c0": "2", "_c1": "b", "_c2": "c"},
        {"_c0": "3", "_c1": "d", "_c2": "e"},
    ]


def test_without_a_header_a_given_schema_names_the_positions(source):
    source.put("a.csv", "1,a\n2,b,c\n")
    options = {"header": "false", "rescuedDataColumn": "more"}
    one, two = source.run(schema="id INT, name STRING", **options)
    assert one == {"id": 1, "name": "a"}
    assert json.loads(two["more"])["_c2"] == "c"


def test_a_given_schema_is_read_by_name_where_there_is_a_header(source):
    source.put("a.csv", "name,x,id\na,y,1\n")
    assert source.run(schema="id INT, name STRING", header=True) == [
        {"id": 1, "name": "a"}
    ]


def test_typed_hints_and_what_does_not_fit_them(source):
    source.put("a.csv", "n,d,t\n1.50,31/12/2024,2024-05-01 10:00:00\nx,2024-05-01,\n")
    hints = {"cloudFiles.schemaHints": "n DECIMAL(5,2), d DATE, t TIMESTAMP"}
    one, two = source.run(dateFormat="dd/MM/yyyy", **hints)
    assert [str(value) for value in one.values()] == [
        "1.50",
        "2024-12-31",
        "2024-05-01 10:00:00",
    ]
    rescued = json.loads(two["_rescued_data"])
    assert (rescued["n"], rescued["d"]) == ("x", "2024-05-01")


def test_a_hint_that_no_cell_can_have(source):
    source.put("a.csv", "id\n1\n")
    with pytest.raises(
        FlowError, match=r"column id of a CSV file cannot be array<int>"
    ):
        source.load(**{"cloudFiles.schemaHints": "id ARRAY<INT>"})


def test_inferred_types(source):
    source.put(
        "a.csv",
        "i,l,d,s,day,time,b,e\n1,1,1.5,1,2024-05-01,2024-05-01 10:00:00,true,\n",
    )
    source.put("b.csv", "i,l,d,s\n-2,3000000000,2,x\n", age=1)
    df = source.load(**{"cloudFiles.inferColumnTypes": True})
    assert dict(df.drop("_rescued_data").dtypes) == {
        "i": "int",
        "l": "bigint",
        "d": "double",
        "s": "string",
        "day": "date",
        "time": "timestamp",
        "b": "boolean",
        "e": "string",
    }


def test_fail_fast_stops_at_an_unclosed_quote(source):
    source.put("a.csv", 'id\n"1\n')
    with pytest.raises(StreamingQueryException) as error:
        source.run(mode="FAILFAST")
    assert "a record cannot be read" in root_cause(error.value)


@pytest.mark.parametrize("escape", ['"', "\\"])
@pytest.mark.parametrize("multi_line", [False, True])
def test_it_agrees_with_spark_on_well_quoted_files(
    spark, source, tmp_path, escape, multi_line
):
    rnd = random.Random(7)
    alphabet = "ab ,\"'\\é" + ("\n" if multi_line else "")

    def cell() -> str:
        text = "".join(rnd.choice(alphabet) for _ in range(rnd.randint(0, 6)))
        if (
            text.strip() == text
            and not set(text) & set(',"\n\\')
            and rnd.random() < 0.5
        ):
            return text
        escaped = text.replace("\\", "\\\\") if escape == "\\" else text
        return f'"{escaped.replace(chr(34), escape + chr(34))}"'

    lines = [",".join([str(i), *(cell() for _ in range(3))]) for i in range(500)]
    content = "\n".join(["i,x,y,z", *lines]) + "\n"
    source.put("a.csv", content)
    plain = tmp_path / "a.csv"
    plain.write_text(content, encoding="utf-8")
    options = {"escape": escape, "multiLine": multi_line}
    theirs = spark.read.csv(str(plain), header=True, **options).collect()
    ours = source.write(source.load(**options)).drop("_rescued_data").collect()
    assert len(theirs) == len(lines)
    assert sorted(ours, key=lambda row: int(row.i)) == theirs
