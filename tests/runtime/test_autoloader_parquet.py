"""Parquet by Auto Loader: ingestion/cloud-object-storage/auto-loader/schema."""

import io
import json
from decimal import Decimal

import pyarrow as pa
import pytest
from autoloading import Source
from pyarrow import parquet

from localrun.errors import FlowError


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "parquet")


def put(source: Source, name: str, ddl: str, *values: tuple) -> str:
    """A Parquet file with one row a tuple, as Spark writes it."""
    written = source.folder.parent / "written" / name
    df = source.spark.createDataFrame(values, ddl).coalesce(1)
    df.write.parquet(str(written))
    (part,) = written.glob("part-*.parquet")
    return str(source.put(name, part.read_bytes()))


def rescued(row: dict) -> dict:
    found = json.loads(row["_rescued_data"])
    assert found.pop("_file_path").endswith(".parquet")
    return found


def test_columns_keep_their_types_and_are_read_by_name(source):
    put(source, "1.parquet", "a INT, b ARRAY<STRING>, `c d` DATE", (1, ["x"], None))
    put(source, "2.parquet", "e DECIMAL(9,2), a INT", (Decimal("2.50"), 2))
    df = source.load()
    assert df.dtypes == [
        ("a", "int"),
        ("b", "array<string>"),
        ("c d", "date"),
        ("e", "decimal(9,2)"),
        ("_rescued_data", "string"),
    ]
    found = source.write(df).orderBy("a").collect()
    assert [tuple(row) for row in found] == [
        (1, ["x"], None, None, None),
        (2, None, None, Decimal("2.50"), None),
    ]


def test_a_new_column_comes_last_and_the_files_before_have_null(source):
    put(source, "1.parquet", "b INT", (1,))
    source.run()
    put(source, "2.parquet", "a INT, b INT", (5, 2))
    assert source.load().columns == ["b", "a", "_rescued_data"]
    assert sorted(source.run(), key=str) == [{"b": 1}, {"b": 2, "a": 5}]


@pytest.mark.parametrize(
    ("one", "other", "widest"),
    [
        ("INT", "BIGINT", "bigint"),
        ("INT", "DOUBLE", "double"),
        ("FLOAT", "DOUBLE", "double"),
        ("DECIMAL(5,2)", "DECIMAL(9,4)", "decimal(9,4)"),
        ("STRUCT<x: INT>", "STRUCT<x: BIGINT, y: INT>", "struct<x:bigint,y:int>"),
    ],
)
def test_the_first_files_give_the_widest_type(source, one, other, widest):
    put(source, "1.parquet", f"a {one}", (None,))
    put(source, "2.parquet", f"a {other}", (None,))
    df = source.load()
    assert df.dtypes[0] == ("a", widest)
    assert source.write(df).count() == 2


def test_types_that_do_not_go_together_are_named(source):
    first = put(source, "1.parquet", "a INT, b INT", (1, 1))
    second = put(source, "2.parquet", "a INT, b STRING", (1, "x"))
    with pytest.raises(FlowError) as error:
        source.load()
    message = str(error.value)
    for part in (
        "column b is string",
        "and int in",
        first,
        second,
        "two updates",
    ):
        assert part in message


@pytest.mark.parametrize(
    ("later", "value", "row"),
    [
        ("INT", 2, {"a": 2}),
        ("DECIMAL(20,1)", Decimal("2.0"), {"a": 2}),
        ("DECIMAL(20,1)", Decimal("2.5"), {"a": 2.5}),
        ("STRING", "x", {"a": "x"}),
        ("STRUCT<b: INT>", (1,), {"a": {"b": 1}}),
    ],
)
def test_a_later_type_is_read_where_it_fits_and_rescued_where_not(
    source, later, value, row
):
    put(source, "1.parquet", "a BIGINT", (1,))
    source.run()
    put(source, "2.parquet", f"a {later}", (value,))
    assert source.load().dtypes[0] == ("a", "bigint")
    found = [r for r in source.run() if r != {"a": 1}]
    if row == {"a": 2}:
        assert found == [row]
    else:
        assert [rescued(r) for r in found] == [row]


def test_evolution_with_widening_changes_the_type(source):
    mode = {"cloudFiles.schemaEvolutionMode": "addNewColumnsWithTypeWidening"}
    put(source, "1.parquet", "a INT", (1,))
    source.load(**mode)
    put(source, "2.parquet", "a BIGINT", (2**40,))
    assert source.load(**mode).dtypes[0] == ("a", "bigint")


def test_a_hint_of_another_type_rescues_the_values(source):
    put(source, "1.parquet", "a INT, b INT", (1, 2))
    (row,) = source.run(**{"cloudFiles.schemaHints": "a STRING, b BIGINT"})
    assert rescued(row) == {"a": 1}
    assert row["b"] == 2


def test_new_columns_are_rescued_in_mode_rescue(source):
    mode = {"cloudFiles.schemaEvolutionMode": "rescue"}
    put(source, "1.parquet", "a INT", (1,))
    source.run(**mode)
    put(source, "2.parquet", "a INT, b DOUBLE", (2, 0.5), (3, None))
    found = {row["a"]: row for row in source.run(**mode)}
    assert rescued(found[2]) == {"b": 0.5}
    assert found[3] == {"a": 3}


def test_a_given_schema_is_read_by_name(source):
    put(source, "1.parquet", "a INT, b STRING, c INT", (1, "x", 2))
    (row,) = source.run(schema="b STRING, a BIGINT, d INT")
    assert row == {"b": "x", "a": 1}


def test_a_file_that_is_no_parquet_file_is_named(source):
    put(source, "1.parquet", "a INT", (1,))
    source.put("logo.png", b"\x89PNG not parquet")
    with pytest.raises(
        FlowError, match=r"logo\.png is not a Parquet file, take it out"
    ):
        source.load()


@pytest.mark.parametrize(
    ("column", "type_", "remedy"),
    [
        (pa.array([1], pa.timestamp("ns")), "TIMESTAMP(NANOS)", "write microseconds"),
        (pa.array([1], pa.time64("us")), "TIME(MICROS)", "write it as text"),
        (
            pa.array([{"at": 1}], pa.struct([("at", pa.timestamp("ns", "UTC"))])),
            "TIMESTAMP(NANOS)",
            "write microseconds",
        ),
    ],
    ids=["nanoseconds", "time", "nested"],
)
def test_a_type_that_spark_does_not_read_is_named_with_its_column(
    source, column, type_, remedy
):
    put(source, "1.parquet", "id INT", (1,))
    path = str(source.folder / "2.parquet")
    parquet.write_table(pa.table({"id": pa.array([2]), "ts": column}), path)
    name = "ts.at" if pa.types.is_struct(column.type) else "ts"
    with pytest.raises(FlowError) as error:
        source.load()
    assert str(error.value) == (
        f"column {name} of {path} has the type {type_}, which Spark does not read: "
        f"{remedy}"
    )


def test_columns_that_are_called_as_those_of_the_reader_are_kept(source):
    ddl = "a INT, _metadata STRING, _corrupt_record STRING, _rescued_data STRING"
    put(source, "1.parquet", ddl, (1, "m", "c", "r"))
    source.run()
    put(source, "2.parquet", "a STRING", ("x",))
    found = source.write(source.load())
    first, second = found.orderBy("a", ascending=False).collect()
    assert (first.a, first._metadata, first._corrupt_record) == (1, "m", "c")
    assert rescued(first.asDict()) == {"_rescued_data": "r"}
    assert rescued(second.asDict()) == {"a": "x"}


def test_columns_that_differ_in_letter_case_only_are_refused_with_their_file(source):
    file = io.BytesIO()
    parquet.write_table(pa.table({"Name": ["a"], "name": ["b"]}), file)
    path = source.put("1.parquet", file.getvalue())
    with pytest.raises(FlowError, match="differ in letter case only") as refused:
        source.load()
    assert path.name in str(refused.value)
