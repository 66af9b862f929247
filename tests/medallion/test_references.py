"""References: all files at each update, judged by the rules that facts obey."""

from decimal import Decimal

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


def test_what_follows_a_document_of_json_is_quarantined_with_its_line(reference):
    regions = reference("json", id="BIGINT", v="STRING")
    regions.put("1.json", '{"id": 1}{"id": 2}\n{"id": 3, "v": 0.10}\n[{"id": 4}] x\n')
    regions.put("2.json", '[null, {"id": 5, "v": "b"}]\n\n{"id": 6},\n')

    assert regions.accepted("id", "v") == [(3, "0.10"), (5, "b"), (6, None)]
    assert regions.failed("_corrupt_record") == [
        (["line_is_readable"], '[{"id": 4}] x'),
        (["line_is_readable"], "null"),
        (["line_is_readable"], '{"id": 1}{"id": 2}'),
    ]


@pytest.mark.parametrize(
    ("file_format", "text"),
    [
        ("json", '{"id": 1, "o": {"x": "it\'s", "y": 0.1234567890123456789, "z": 1}}'),
        (
            "xml",
            "<all><region><id>1</id><o><x>it's</x><y>0.1234567890123456789</y>"
            "<z>1</z></o></region></all>",
        ),
    ],
)
def test_fields_that_a_nested_type_does_not_name_stay_in_bronze(
    reference, file_format, text
):
    nested = "STRUCT<x: STRING, y: DECIMAL(30,24)>"
    regions = reference(file_format, id="BIGINT", o=nested)
    regions.put(f"1.{file_format}", text)

    assert regions.accepted("o.x", "o.y", "_rescued_data") == [
        ("it's", Decimal("0.1234567890123456789"), '{"o.z":"1"}')
    ]


def test_fields_of_parquet_that_a_nested_type_does_not_name_stay_in_bronze(reference):
    regions = reference("parquet", id="BIGINT", o="ARRAY<STRUCT<x: STRING>>")
    rows = regions.spark.sql(
        "SELECT 1L AS id, array(named_struct('x', 1.10, 'X2', "
        "0.1234567890123456789012BD)) AS o"
    )
    rows.coalesce(1).write.mode("append").parquet(str(regions.folder))

    assert regions.accepted("o[0].x AS x", "_rescued_data") == [
        ("1.10", '{"o[0].X2":"0.1234567890123456789012"}')
    ]


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
