"""JSON by Auto Loader: ingestion/cloud-object-storage/auto-loader/{schema,options}."""

import gzip
import json

import pytest
from autoloading import Source, root_cause, rows
from pyspark.errors import StreamingQueryException
from pyspark.sql import functions as F

from localrun.errors import FlowError

PNG = b"\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR" + bytes(range(256)) * 3
HINTS = "id STRING, amount STRING, _corrupt_record STRING"
NUMBER = "123456789012345678901234567890.10"

# file content -> the rows it becomes: unset columns are NULL, `rescued` is parsed JSON
LINES = {
    "values_become_text": (
        '{"id": 1, "amount": "x", "note": true}',
        [{"id": "1", "amount": "x", "note": "true"}],
    ),
    "numbers_keep_the_way_they_are_written": (
        f'{{"id": 3.10, "amount": {NUMBER}, "note": -1e5}}',
        [{"id": "3.10", "amount": NUMBER, "note": "-1e5"}],
    ),
    "nested_values_keep_their_text": (
        '{"id": {"a": 1.50, "b": [1,  "]}"]}, "amount": []}',
        [{"id": '{"a": 1.50, "b": [1,  "]}"]}', "amount": "[]"}],
    ),
    "strings_are_unescaped": (
        r'{"id": "a \"b\" \u00e9\n\\", "note": "null"}',
        [{"id": 'a "b" é\n\\', "note": "null"}],
    ),
    "null_and_missing_values_are_null": ('{"id": null}\n{}', [{}, {}]),
    "single_quotes_are_allowed": (
        "{'id': '\"amount\": 1', \"note\": 2.50}",
        [{"id": '"amount": 1', "note": "2.5"}],
    ),
    "the_last_of_equal_keys_counts_and_the_others_are_rescued": (
        '{"id": 1, "id": 2, "note": 3, "note": 4, "id": null}',
        [{"note": "4", "rescued": {"id": ["1", "2"], "note": "3"}}],
    ),
    "text_behind_a_document_makes_the_line_unreadable": (
        '{"id": 1}{"id": 2}\n{"id": 3} x\n{"id": 4}\n{"id": 5}, {"id": 6}\n'
        '[{"id": 7}][{"id": 8}]\n{"id": 9}, \n',
        [
            {"_corrupt_record": '{"id": 1}{"id": 2}'},
            {"_corrupt_record": '{"id": 3} x'},
            {"id": "4"},
            {"_corrupt_record": '{"id": 5}, {"id": 6}'},
            {"_corrupt_record": '[{"id": 7}][{"id": 8}]'},
            {"id": "9"},
        ],
    ),
    "a_null_or_a_text_in_an_array_of_records_is_kept_as_text": (
        '[null, {"id": 1.10}, "a"]',
        [{"_corrupt_record": "null"}, {"id": "1.10"}, {"_corrupt_record": "a"}],
    ),
    "nested_numbers_keep_their_digits_beside_any_text": (
        '{"id": {"it\'s": "a\\"b", "n": 0.1234567890123456789012}}',
        [{"id": '{"it\'s": "a\\"b", "n": 0.1234567890123456789012}'}],
    ),
    "numbers_may_be_of_any_form": (
        f'{{"id": -0, "note": -Infinity}}\n{{"id": 007}}\n{{"id": {"9" * 1001}}}',
        [
            {"id": "-0", "note": "-Infinity"},
            {"_corrupt_record": '{"id": 007}'},
            {"_corrupt_record": f'{{"id": {"9" * 1001}}}'},
        ],
    ),
    "another_letter_case_is_rescued": (
        '{"ID": 1, "id": 2, "Amount": {"a": 1.0}}',
        [{"id": "2", "rescued": {"ID": "1", "Amount": '{"a": 1.0}'}}],
    ),
    "a_key_named_as_the_path_is_no_trouble": (
        '{"id": 1, "ID": 2, "_file_path": "x"}',
        [{"id": "1", "rescued": {"ID": "2"}, "_file_path": "x"}],
    ),
    "a_key_named_as_the_corrupt_record_is_rescued": (
        '{"id": 1, "_corrupt_record": "x"}',
        [{"id": "1", "rescued": {"_corrupt_record": "x"}}],
    ),
    "blank_lines_are_no_records": (
        '\n \t\n{"id": 1}\r\n\r\n{"id": 2}',
        [{"id": "1"}, {"id": "2"}],
    ),
    "an_array_is_a_record_for_each_object": (
        '  [{"id": 1.0}, {"id": [2.50]}]\n[]\n{"id": 3}',
        [{"id": "1.0"}, {"id": "[2.50]"}, {"id": "3"}],
    ),
    "a_line_that_is_no_json_is_kept_as_text": (
        'nonsense\n{"id": 1\n{"id": 2}',
        [
            {"_corrupt_record": "nonsense"},
            {"_corrupt_record": '{"id": 1'},
            {"id": "2"},
        ],
    ),
    "a_value_that_is_no_object_is_kept_as_text": (
        'null\n5\n"a"',
        [
            {"_corrupt_record": "null"},
            {"_corrupt_record": "5"},
            {"_corrupt_record": '"a"'},
        ],
    ),
    "a_byte_order_mark_is_ignored": (b'\xef\xbb\xbf{"id": 1}', [{"id": "1"}]),
    "undecodable_bytes_are_replaced": (b'{"id": "\xff\xfe"}', [{"id": "��"}]),
    "an_empty_file_has_no_records": ("", []),
}


def of_equals(pairs: list[tuple[str, str]]) -> dict:
    """An object; of names that are equal all values, as a list."""
    found: dict[str, list[str]] = {}
    for name, value in pairs:
        found.setdefault(name, []).append(value)
    return {name: v[0] if len(v) == 1 else v for name, v in found.items()}


@pytest.fixture(scope="module")
def loaded(spark, tmp_path_factory) -> dict[str, list[dict]]:
    """All of LINES in one stream: the rows of each file."""
    source = Source(
        spark,
        tmp_path_factory.mktemp("json"),
        "json",
        **{"cloudFiles.schemaHints": HINTS},
    )
    for name, (content, _) in LINES.items():
        source.put(f"{name}.json", content)
    df = source.load().withColumn("file", F.col("_metadata.file_name"))
    found: dict[str, list[dict]] = {name: [] for name in LINES}
    for row in rows(source.write(df)):
        if "_rescued_data" in row:
            rescued = json.loads(row.pop("_rescued_data"), object_pairs_hook=of_equals)
            assert rescued.pop("_file_path").endswith(row["file"])
            row["rescued"] = rescued
        found[row.pop("file").removesuffix(".json")].append(row)
    return found


@pytest.mark.parametrize("case", LINES)
def test_lines(loaded, case):
    assert loaded[case] == LINES[case][1]


@pytest.fixture
def source(spark, tmp_path) -> Source:
    return Source(spark, tmp_path, "json", **{"cloudFiles.schemaHints": HINTS})


def test_a_document_a_file_with_multi_line(source):
    source.put("a.json", '[\n {"id": 1.10,\n  "amount": {"a":\n 2.0}},\n {"id": 2}\n]')
    source.put("b.json", '\ufeff{\n"id": 3\n}', age=1)
    source.put("c.json", "{\n", age=2)
    assert sorted(source.run(multiLine=True), key=str) == [
        {"_corrupt_record": "{\n"},
        {"id": "1.10", "amount": '{"a":2.0}'},
        {"id": "2"},
        {"id": "3"},
    ]


@pytest.mark.parametrize("encoding", ["UTF-16", "ISO-8859-1", "windows-1252"])
def test_other_encodings(source, encoding):
    source.put("a.json", '{"id": "é"}\r\n{"id": 2.0}\n'.encode(encoding))
    assert source.run(encoding=encoding) == [{"id": "é"}, {"id": "2.0"}]


@pytest.mark.parametrize("encoding", ["UTF-16", "UTF-16LE", "UTF-16BE"])
@pytest.mark.parametrize("packed", [False, True])
def test_an_encoding_that_nothing_says_is_named(source, encoding, packed):
    data = '{"id":1}\n{"id":2}\n'.encode(encoding)
    name = "a.json.gz" if packed else "a.json"
    source.put(name, gzip.compress(data) if packed else data)
    with pytest.raises(FlowError) as error:
        source.load()
    assert f"{name} is in {encoding}, which no option says" in str(error.value)
    assert f"the reader's option encoding {encoding}" in str(error.value)


def test_a_compressed_file_that_is_cut_off_is_named(source):
    lines = "".join(f'{{"id": {i * 7919 % 100_003}}}\n' for i in range(2000))
    source.put("a.json", lines)
    source.put("b.json.gz", gzip.compress(lines.encode())[:3000])
    with pytest.raises(FlowError) as error:
        source.load()
    assert "b.json.gz is cut off or damaged" in str(error.value)
    assert "deliver it again whole" in str(error.value)


def test_compressed_files(source):
    source.put("a.json.gz", gzip.compress(b'{"id": 1}\n'))
    assert source.run() == [{"id": "1"}]


def test_a_folder_without_any_json_becomes_corrupt_records(source):
    source.put("logo.json", PNG)
    found = source.run()
    assert found
    assert all(row.keys() == {"_corrupt_record"} for row in found)


def test_the_options_of_the_parser_reach_it(source):
    source.put("a.json", "{/* c */ id: 1.50}")
    options = {"allowComments": True, "allowUnquotedFieldNames": True}
    assert source.run(**options) == [{"id": "1.5"}]


@pytest.mark.parametrize(
    ("mode", "expected"),
    [
        ("PERMISSIVE", [{"_corrupt_record": "x"}, {"id": "1"}]),
        ("DROPMALFORMED", [{"id": "1"}]),
    ],
)
def test_modes(source, mode, expected):
    source.put("a.json", 'x\n{"id": 1}')
    assert source.run(mode=mode) == expected


def test_fail_fast_names_the_file(source):
    source.put("a.json", "x")
    with pytest.raises(StreamingQueryException) as error:
        source.run(mode="FAILFAST")
    cause = root_cause(error.value)
    assert "FAILFAST and a record cannot be read" in cause
    assert cause.split(" SQLSTATE")[0].endswith("a.json: x")


def test_typed_hints_and_what_does_not_fit_them(source):
    source.put(
        "a.json",
        '{"n": 1.5, "s": {"a": 1}, "d": "2024-05-01"}\n{"n": "x", "s": 5, "note": 3.0}',
    )
    hints = "n DECIMAL(5,2), s STRUCT<a: INT>, d DATE"
    one, two = (dict(row) for row in source_rows(source, hints))
    assert (str(one["n"]), one["s"], str(one["d"])) == ("1.50", {"a": 1}, "2024-05-01")
    assert "_rescued_data" not in one
    rescued = json.loads(two["_rescued_data"])
    assert (rescued["n"], rescued["s"], two["note"]) == ("x", "5", "3.0")


def source_rows(source, hints):
    source.options["cloudFiles.schemaHints"] = hints
    return source.run()


def test_inferred_types(source):
    source.put("a.json", '{"i": 1, "f": 1.5, "s": {"b": true}, "t": "x"}')
    df = source.load(**{"cloudFiles.inferColumnTypes": True})
    types = {name: kind for name, kind in df.dtypes if not name.startswith("_")}
    assert types == {
        "f": "double",
        "i": "bigint",
        "s": "struct<b:boolean>",
        "t": "string",
        "id": "string",
        "amount": "string",
    }
    assert rows(source.write(df)) == [{"f": 1.5, "i": 1, "s": {"b": True}, "t": "x"}]


def test_letter_case_does_not_count_where_it_is_told_so(source):
    source.put(
        "a.json",
        '{"ID": 1.0, "AMOUNT": 2, "other": 3}\n'
        '{"id": null, "Id": "b"}\n'
        '{"Id": "c", "iD": "d", "amount": 5, "Amount": 6}',
    )
    one, two, three = source.run(readerCaseSensitive=False)
    assert one == {"id": "1.0", "amount": "2", "other": "3"}
    assert two == {"id": "b"}
    rescued = json.loads(three.pop("_rescued_data"))
    assert three == {"id": "d", "amount": "5"}
    assert (rescued["Id"], rescued["Amount"]) == ("c", "6")


def test_what_a_typed_hint_has_no_place_for_is_rescued_by_its_path(source):
    source.put(
        "a.json",
        '{"s": {"a": 1, "A": 2, "b": {"n": 0.1234567890123456789012}}}\n'
        '{"l": [{"c": 3, "d": 4.50}, null], "m": {"k": {"c": 5, "C": 6}}}\n'
        '{"s": {"a": "x", "b": 7}}',
    )
    struct = "STRUCT<c: INT>"
    hints = f"s STRUCT<a: INT>, l ARRAY<{struct}>, m MAP<STRING, {struct}>"
    one, two, three = source_rows(source, hints)
    found = [json.loads(row.pop("_rescued_data")) for row in (one, two, three)]
    for rescued in found:
        assert rescued.pop("_file_path").endswith("a.json")
    assert one == {"s": {"a": 1}}
    assert two == {"l": [{"c": 3}, None], "m": {"k": {"c": 5}}}
    assert found[:2] == [
        {"s.A": "2", "s.b": '{"n":0.1234567890123456789012}'},
        {"l[0].d": "4.50", "m.k.C": "6"},
    ]
    assert (three, found[2]) == ({}, {"s": '{"a": "x", "b": 7}'})


def test_long_and_deep_records(source):
    text = 'x\\"y' * 100_000
    deep = "[" * 50 + "1.0" + "]" * 50
    source.put("a.json", f'{{"id": "{text}", "amount": {deep}}}\n' + "{" * 50_000)
    one, two = source.run()
    assert one == {"id": 'x"y' * 100_000, "amount": deep}
    assert two == {"_corrupt_record": "{" * 50_000}


def test_a_field_may_be_called_as_the_corrupt_record_where_that_is_not(source):
    source.put("1.json", '{"id": 1, "_corrupt_record": "x", "_metadata": "m"}\n{"id')
    found = source.run(columnNameOfCorruptRecord="bad", rescuedDataColumn="other")
    hinted = source.load(
        **{"columnNameOfCorruptRecord": "bad", "cloudFiles.schemaHints": "bad STRING"}
    )
    assert found[0] == {"id": "1", "_corrupt_record": "x", "_metadata": "m"}
    assert "bad" in hinted.columns
