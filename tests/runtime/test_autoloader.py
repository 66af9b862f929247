"""Auto Loader over two updates: what it reads, remembers, refuses.

Pages: ingestion/cloud-object-storage/auto-loader/{schema,options,patterns}.
"""

import json
import os
import shutil

import pytest
from autoloading import Source, rows
from pyspark.sql import functions as F

from localrun.autoloader import signature
from localrun.errors import FlowError

MODE = "cloudFiles.schemaEvolutionMode"
HINTS = "cloudFiles.schemaHints"


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "json")


def rescued(row: dict) -> dict:
    found = json.loads(row["_rescued_data"])
    del found["_file_path"]
    return found


# -- files


def test_every_file_is_read_once_and_tells_its_metadata(source):
    path = source.put("a.json", '{"id": 1}')
    metadata = {
        name: F.col(f"_metadata.{name}")
        for name in ("file_path", "file_name", "file_size", "file_modification_time")
    }

    def stream():
        df = source.load()
        assert df.columns == ["id", "_rescued_data"]
        return df.where("id > 0").withColumn("n", F.lit(1)).withColumns(metadata)

    (row,) = source.write(stream()).collect()
    assert row.file_path.startswith("file:/")
    assert row.file_path.endswith("/land%20ing%20%5Bx%5D%20100%25/a.json")
    assert (row.file_name, row.file_size) == ("a.json", path.stat().st_size)
    assert row.file_modification_time.timestamp() == path.stat().st_mtime
    source.put("b.json", '{"id": 2}', age=-(10**8))
    found = source.write(stream()).select("id", "file_name").collect()
    assert sorted(map(tuple, found)) == [("1", "a.json"), ("2", "b.json")]


@pytest.mark.parametrize("path", ["plain", "uri", "encoded uri", "pattern of folders"])
def test_ways_to_give_a_path(source, path):
    folder = "in [1] {a,b}"
    source.put(f"{folder}/2024-05-01T10:00:00+02:00 %20#.json", '{"id": 1}')
    paths = {
        "plain": source.folder,
        "uri": f"file:{source.folder}",
        "encoded uri": source.folder.as_uri(),
        "pattern of folders": source.folder.parent / "land*" / "{in*,out}",
    }
    df = source.load(path=paths[path]).select("id")
    assert rows(source.write(df)) == [{"id": "1"}]


def test_a_pattern_of_files(source):
    for name in ("x/a1.json", "x/a2.json", "x/b1.json", "x/deep/a1.json"):
        source.put(name, json.dumps({"id": name}))
    df = source.load(path=f"{source.folder}/*/[a]?.json").select("id")
    assert sorted(row["id"] for row in rows(source.write(df))) == [
        "x/a1.json",
        "x/a2.json",
    ]


def test_hidden_files_and_folders_are_left_out(source):
    for name in ("_a.json", ".b.json", "_c/d.json", ".e/f.json", "g/h.json"):
        source.put(name, json.dumps({"id": name, name: 1}))
    assert source.load().columns == ["g/h.json", "id", "_rescued_data"]
    assert [row["id"] for row in source.run(**{MODE: "none", HINTS: "id STRING"})] == [
        "g/h.json"
    ]


def test_a_glob_chooses_files_by_name(source):
    for name in ("a.json", "b.jsonl", "c.txt"):
        source.put(name, json.dumps({"id": name}))
    found = source.run(pathGlobFilter="*.{json,jsonl}")
    assert sorted(row["id"] for row in found) == ["a.json", "b.jsonl"]


def test_folders_of_partitions_are_columns(source):
    source.put("day=2024-05-01/a=x%2Fy +1/f.json", '{"id": 1, "day": "other"}')
    source.put("day=2024-05-02/f.json", '{"id": 2}')
    one, two = sorted(source.run(**{HINTS: "day DATE"}), key=str)
    assert (str(one["day"]), one["a"]) == ("2024-05-01", "x/y +1")
    assert (str(two["day"]), two["id"]) == ("2024-05-02", "2")
    chosen = source.load(**{"cloudFiles.partitionColumns": "day"})
    assert chosen.columns == ["id", "day", "_rescued_data"]


def test_files_from_before_the_first_load_can_be_left_out(source):
    source.put("a.json", '{"id": 1}')
    only_new = {"cloudFiles.includeExistingFiles": False}
    assert source.run(**only_new) == []
    source.put("b.json", '{"id": 2}', age=10**9)
    assert source.run(**only_new) == [{"id": "2"}]


def test_a_micro_batch_reads_at_most_so_many_files(source):
    for i in range(3):
        source.put(f"{i}.json", '{"id": 1}')
    source.write(source.load(**{"cloudFiles.maxFilesPerTrigger": 1}))
    assert len(list((source.checkpoint / "commits").glob("[0-9]*"))) == 3


def test_the_signature_follows_the_files(source):
    def current() -> str:
        source.load(**{HINTS: "id STRING"})
        assert source.signatures == {str(source.folder): signature(str(source.folder))}
        return source.signatures[str(source.folder)]

    path = source.put("a.json", '{"id": 1}')
    first = current()
    assert current() == first
    source.put("_hidden.json", "{}")
    assert current() == first
    os.utime(path, (1, 1))
    assert current() != first
    assert signature(str(source.folder), {"pathGlobFilter": "*.csv"}) != current()


@pytest.mark.parametrize(
    ("file_format", "columns"),
    [
        ("text", ["value"]),
        ("binaryFile", ["path", "modificationTime", "length", "content"]),
    ],
)
def test_formats_with_columns_of_their_own(spark, tmp_path, file_format, columns):
    source = Source(spark, tmp_path, file_format)
    source.put("a.txt", "one\n")
    df = source.load()
    assert df.columns == columns
    assert (
        source.write(df.withColumn("name", F.col("_metadata.file_name"))).count() == 1
    )


# -- columns


def test_new_columns_come_last_and_keep_their_places(source):
    source.put("a.json", '{"b": 1, "d": 1}')
    assert source.load(**{HINTS: "z STRING, d STRING"}).columns == [
        "b",
        "d",
        "z",
        "_rescued_data",
    ]
    source.put("b.json", '{"c": 1, "a": 1, "B": 2}', age=1)
    hints = {HINTS: "z STRING, d STRING"}
    assert source.load(**hints).columns == ["b", "d", "a", "c", "z", "_rescued_data"]
    shutil.rmtree(source.folder)
    source.put("c.json", '{"e": 1}', age=2)
    assert source.load().columns == ["b", "d", "a", "c", "e", "_rescued_data"]


def test_a_file_that_comes_after_the_columns_were_inferred_loses_nothing(source):
    source.put("a.json", '{"id": 1}')
    df = source.load()
    source.put("late.json", '{"id": 2, "new": 3.10}')
    one, two = sorted(rows(source.write(df)), key=lambda row: row["id"])
    assert one == {"id": "1"}
    assert rescued(two) == {"new": "3.10"}
    source.put("b.json", '{"id": 3, "new": 4}')
    assert {"id": "3", "new": "4"} in source.run()


@pytest.mark.parametrize(
    ("mode", "columns", "second"),
    [
        ("addNewColumns", ["id", "new", "_rescued_data"], {"id": "2", "new": "3"}),
        ("rescue", ["id", "_rescued_data"], {"id": "2", "_rescued_data": {"new": "3"}}),
        ("none", ["id"], {"id": "2"}),
    ],
)
def test_modes_of_evolution(source, mode, columns, second):
    source.put("a.json", '{"id": 1}')
    source.run(**{MODE: mode})
    source.put("b.json", '{"id": 2, "new": 3}')
    df = source.load(**{MODE: mode})
    assert df.columns == columns
    (row,) = (row for row in rows(source.write(df)) if row["id"] == "2")
    if "_rescued_data" in row:
        row["_rescued_data"] = rescued(row)
    assert row == second


def test_new_columns_can_be_refused(source):
    mode = {MODE: "failOnNewColumns"}
    source.put("a.json", '{"id": 1}')
    source.load(**mode)
    source.put("b.json", '{"id": 2, "x": 3, "y": 4}')
    for _ in range(2):
        with pytest.raises(
            FlowError, match=r"new columns \(x, y\).*hint these columns"
        ):
            source.load(**mode)
    hinted = source.load(**mode, **{HINTS: "x INT, y INT"})
    assert hinted.columns == ["id", "x", "y", "_rescued_data"]


def test_a_given_schema_is_all_there_is_unless_a_rescue_column_is_asked_for(source):
    source.put("a.json", '{"id": 1, "x": 2}')
    assert source.load(schema="id INT").columns == ["id"]
    df = source.load(schema="rest STRING, id INT", rescuedDataColumn="rest")
    assert df.columns == ["rest", "id"]
    (row,) = rows(source.write(df))
    assert (row["id"], json.loads(row["rest"])["x"]) == (1, "2")


def test_names_that_differ_in_letter_case_are_one_column_as_the_hint_spells_it(source):
    source.put("a.json", '{"Amount": 1}\n{"AMOUNT": 2}\n{"amount": 3}')
    df = source.load(**{HINTS: "amount STRING"})
    assert df.columns == ["amount", "_rescued_data"]
    found = rows(source.write(df))
    assert [row.get("amount") for row in found] == [None, None, "3"]
    assert [rescued(row) for row in found[:2]] == [{"Amount": "1"}, {"AMOUNT": "2"}]


# -- nothing to read


def test_an_empty_folder_fails_with_what_to_put_there(source):
    source.put("_hidden.json", "{}")
    with pytest.raises(FlowError) as error:
        source.load(**{HINTS: "id STRING"})
    assert f"landing folder {source.folder} holds no json files" in str(error.value)
    assert "put at least one json file there" in str(error.value)


def test_a_missing_folder_fails_with_what_to_do(source):
    missing = source.folder / "missing"
    with pytest.raises(
        FlowError, match=r"is missing: make it and put at least one json"
    ):
        source.load(path=missing)


def test_an_empty_folder_will_do_once_columns_are_known(source):
    source.put("a.json", '{"id": 1}')
    source.run()
    os.remove(source.folder / "a.json")
    assert source.run() == [{"id": "1"}]
    assert source.load(schema="x INT").columns == ["x"]


FIRST_FILES = {
    "json": ('{"id": "1", "new": "x"}\n{"id": "2"\n', "_corrupt_record STRING"),
    "csv": ("new,id\nx,1\n,2\n", "_corrupt_record STRING"),
    "xml": ("<r><o><new>x</new><id>1</id></o><o><id>2</id></o></r>", "n STRING"),
}


@pytest.mark.parametrize("file_format", FIRST_FILES)
def test_with_a_given_schema_columns_are_found_by_name_and_others_rescued(
    spark, tmp_path, file_format
):
    """As a source is read whose first file comes while its update runs."""
    content, other = FIRST_FILES[file_format]
    options = {"header": "true", "rowTag": "o", "rescuedDataColumn": "_rescued_data"}
    options = {**options, MODE: "rescue"}
    source = Source(spark, tmp_path, file_format, **options)
    source.put(f"a.{file_format}", content)
    one, two = rows(source.write(source.load(schema=f"id STRING, {other}")))
    assert (one["id"], rescued(one)) == ("1", {"new": "x"})
    assert two.get("id") == "2" or two["_corrupt_record"] == '{"id": "2"'


@pytest.mark.parametrize("file_format", ["json", "csv", "parquet"])
def test_validation_needs_no_files_and_leaves_nothing(spark, tmp_path, file_format):
    source = Source(spark, tmp_path, file_format, **{HINTS: "id STRING"})
    for path in (source.folder, source.folder / "missing"):
        df = source.load(path=path, validating=True)
        assert df.isStreaming
        assert df.select("*", "_metadata.file_path").columns == [
            "id",
            "_rescued_data",
            "file_path",
        ]
    if file_format == "json":
        source.put("a.json", '{"x": 1}')
        assert source.load(validating=True).columns == ["x", "id", "_rescued_data"]
    assert not list((tmp_path / "inferred").glob("*.json"))


# -- options


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"cloudFiles.schemaHint": "a INT"}, "did you mean cloudFiles.schemaHints?"),
        ({"cloudFiles.header": "true"}, "a parser's option stands without the prefix"),
        (
            {"cloudFiles.format": "protobuf"},
            "format is protobuf: on the laptop it is one of json,",
        ),
        (
            {MODE: "add"},
            "schemaEvolutionMode is add: on the laptop it is one of addNew",
        ),
        ({HINTS: "a"}, "is not a list of columns and types"),
        ({HINTS: "INT"}, "is not a list of columns and types"),
        ({HINTS: "a.b INT"}, "a field inside of a column cannot be hinted alone"),
        ({HINTS: "a INT, A INT"}, "names the column a twice"),
        ({"cloudFiles.maxFilesPerTrigger": "many"}, "is not a number above 0"),
        ({"cloudFiles.maxBytesPerTrigger": "10 gigs"}, "is not a size like 10g"),
        ({"cloudFiles.allowOverwrites": True}, "does not run on the laptop"),
        ({"badRecordsPath": "/x"}, "hint the column `_corrupt_record STRING` instead"),
        ({"mode": "STRICT"}, "is none of PERMISSIVE"),
    ],
)
def test_options_that_cannot_be_meant(source, options, message):
    source.put("a.json", "{}")
    with pytest.raises(FlowError) as error:
        source.load(**options)
    assert message in str(error.value)


def test_evolution_does_not_go_with_a_schema(source):
    with pytest.raises(FlowError, match=r"give the columns as cloudFiles\.schemaHints"):
        source.load(schema="id INT", **{MODE: "addNewColumns"})


def test_a_type_alone_is_not_a_schema(source):
    with pytest.raises(FlowError, match="INT is a type: write columns"):
        source.load(schema="INT")


def test_a_path_of_the_cloud_is_refused(source):
    with pytest.raises(FlowError, match=r"s3://bucket/sales is not on this machine"):
        source.load(path="s3://bucket/sales")


def test_options_without_meaning_on_a_laptop_are_taken(source):
    source.put("a.json", '{"id": 1}')
    options = {
        "cloudFiles.useManagedFileEvents": True,
        "cloudFiles.useIncrementalListing": "auto",
        "cloudfiles.schemalocation": "/somewhere",
        "cloudFiles.resourceTag.team": "x",
        "cloudFiles.allowOverwrites": False,
        "cloudFiles.maxBytesPerTrigger": "10g",
    }
    assert source.run(**options) == [{"id": "1"}]
