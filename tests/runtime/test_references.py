"""References: all files at each update, judged by the rules that facts obey."""

import pytest
from pyspark.errors import PySparkException
from runtime.reference import Reference


@pytest.fixture
def reference(spark, tmp_path):
    def make(file_format: str, **types: str) -> Reference:
        return Reference(spark, tmp_path, file_format, **types)

    return make


def test_a_column_that_some_parquet_files_lack_keeps_its_values(reference):
    regions = reference("parquet", id="BIGINT", region="STRING")
    spark, folder = regions.spark, str(regions.folder)
    spark.range(1, 2).coalesce(1).write.mode("append").parquet(folder)
    more = spark.createDataFrame([(2, "north")], "id BIGINT, region STRING")
    more.coalesce(1).write.mode("append").parquet(folder)

    assert regions.accepted("id", "region") == [(1, None), (2, "north")]


def test_nested_json_has_the_type_of_the_contract(reference):
    regions = reference(
        "json",
        **{"id": "BIGINT", "tags": "ARRAY<STRING>", "place": "STRUCT<x: INT>"},
        payload="STRING",
    )
    regions.put("1.json", '{"id": 1, "tags": ["a"], "place": {"x": 3}}\n')
    regions.put("2.json", '{"id": 2, "tags": [], "payload": {"y": 1}}\n')
    regions.put("3.json", '{"id": 3, "place": {"x": "no"}, "payload": "z"}\n')

    assert regions.accepted("id", "tags", "place.x", "payload") == [
        (1, ["a"], 3, None),
        (2, [], None, '{"y": 1}'),
    ]
    assert regions.failed("id", "_misfits") == [
        (["place_fits_type"], 3, {"place": '{"x": "no"}'})
    ]


def test_nested_json_without_a_contract_is_its_text(reference):
    regions = reference("json")
    regions.put("1.json", '{"id": 1, "place": {"x": [1.50]}}\nbroken\n')

    assert regions.accepted("id", "place") == [("1", '{"x": [1.50]}')]
    assert regions.failed("_corrupt_record") == [(["line_is_readable"], "broken")]


def test_a_line_of_csv_that_is_not_whole_is_quarantined_alone(reference):
    regions = reference("csv", id="BIGINT", label="STRING")
    lines = ["id,label", "1,one,EXTRA", '2,"t""w,\no"', "3", '4,"unclosed', "5,five"]
    regions.put("1.csv", "\n".join(lines))

    assert regions.accepted("id", "label") == [(2, 't"w,\no'), (5, "five")]
    assert regions.failed("_corrupt_record") == [
        (["line_is_readable"], line) for line in ("1,one,EXTRA", "3", '4,"unclosed')
    ]


def test_csv_files_are_read_by_their_own_headers(reference):
    regions = reference("csv", id="BIGINT", label="STRING")
    regions.put("1.csv", "\ufeffid,label\r\n1,one\r\n\r\n2,\r\n")
    regions.put("2.csv", 'Label,"more",ID\n"three",m,3\n')
    regions.put("3.csv", "id\n4\n")
    regions.put("4.csv", "")

    assert regions.accepted(
        "id", "label", "get_json_object(_rescued_data, '$.more')"
    ) == [
        (1, "one", None),
        (2, None, None),
        (3, "three", "m"),
        (4, None, None),
    ]


def test_csv_files_of_a_table_without_properties_must_be_alike(reference):
    regions = reference("csv")
    regions.put("1.csv", "id,label\n1,one\n")
    regions.put("2.csv", "label,id\ntwo,2\n")
    assert regions.accepted("id", "label") == [("1", "one"), ("2", "two")]

    regions.put("3.csv", "id,label,size\n3,three,9\n")
    with pytest.raises(
        PySparkException, match=r"write both alike, or list the columns"
    ):
        regions.accepted("id", "label")


def test_csv_is_read_in_the_dialect_of_the_contract(reference):
    options = {"sep": ";", "quote": "'", "escape": "\\", "nullValue": "-"}
    options["encoding"] = "ISO-8859-1"
    regions = reference("csv", id="BIGINT", label="STRING")
    regions.options = options
    (regions.folder / "year=01").mkdir()
    text = "id;label\n1;'it\\'s; so'\n2;-\n3;\u00fc\n"
    (regions.folder / "year=01/1.csv").write_text(text, encoding="latin-1")

    assert regions.accepted("id", "label", "year") == [
        (1, "it's; so", "01"),
        (2, None, "01"),
        (3, "\u00fc", "01"),
    ]


def test_a_name_that_the_pipeline_needs_gives_way_to_one_that_is_free(reference):
    regions = reference("csv")
    regions.put("1.csv", "id,Record,source_record\n1,a,b\n")

    columns = ("source_record", "source_source_record")
    assert regions.accepted("id", *columns) == [("1", "b", "a")]
