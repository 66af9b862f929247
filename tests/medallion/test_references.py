"""References: all files at each update, judged by the rules that facts obey."""

import pytest
from reference_source import Reference


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


def test_elements_of_xml_that_are_there_twice_are_all_kept(reference):
    regions = reference(
        "xml", id="BIGINT", tag="ARRAY<STRING>", place="STRUCT<x: STRING>"
    )
    regions.put(
        "1.xml",
        "<all><region><id>1</id><tag>a</tag><tag>b</tag><place><x>3</x></place>"
        "</region><region><id>2</id><tag>c</tag></region></all>",
    )

    assert regions.accepted("id", "tag", "place.x") == [
        (1, ["a", "b"], "3"),
        (2, ["c"], None),
    ]


def test_a_line_of_csv_with_a_cell_too_many_is_quarantined(reference):
    regions = reference("csv", id="BIGINT", label="STRING")
    regions.put("1.csv", "id,label\n1,one,EXTRA\n2,two\n")

    assert regions.accepted("id", "label") == [(2, "two")]
    assert regions.failed("_corrupt_record") == [(["line_is_readable"], "1,one,EXTRA")]


def test_a_name_that_the_pipeline_needs_gives_way_to_one_that_is_free(reference):
    regions = reference("csv")
    regions.put("1.csv", "id,Record,source_record\n1,a,b\n")

    columns = ("source_record", "source_source_record")
    assert regions.accepted("id", *columns) == [("1", "b", "a")]
