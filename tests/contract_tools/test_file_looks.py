"""What a look at a file says of rows that went to quarantine."""

import gzip

import pytest

from contract_tools import file_looks
from medallion.model import Table

PRETTY = b'[\n  {\n    "id": 1\n  }\n]\n'
READ_AGAIN = "in the contract, and have it read again"
LINES = (
    "FILE is one JSON value over several lines, and is read line by line: write "
    f"readerOptions {{multiLine: true}} {READ_AGAIN}"
)
CASES = {
    "pretty-printed JSON": (*("json", {}, PRETTY), LINES),
    "pretty-printed JSON, read as a whole": ("json", {"multiLine": "true"}, PRETTY, ""),
    "JSON lines": ("json", {}, b'{"id": 1}\n{broken\n', ""),
    "no JSON at all": ("json", {}, b"once upon\na time\n", ""),
    "a large document": (*("json", {}, b"[\n" + b'{"id": 1},\n' * 2**17), LINES),
    "UTF-16 with its mark": (
        *("csv", {}, "id,näme\n1,a\n".encode("utf-16")),
        "FILE is text in UTF-16: write readerOptions {encoding: UTF-16} " + READ_AGAIN,
    ),
    "UTF-16 without a mark": (
        *("json", {}, '{"id": 1}\n'.encode("utf-16-le")),
        "FILE is text in UTF-16LE: write readerOptions {encoding: UTF-16LE} "
        + READ_AGAIN,
    ),
    "UTF-16, and said so": ("csv", {"encoding": "UTF-16"}, "id\n".encode("utf-16"), ""),
    "CSV without a header": (
        *("csv", {}, b"3,c\n4,d\n"),
        "the first line of FILE has no column id: is it a row, and the header is "
        "missing? Write the header as the first line of the file, and deliver it under "
        "another name",
    ),
    "CSV with its key": ("csv", {}, b'\xef\xbb\xbf"ID",v\n,c\n', ""),
    "CSV after lines to skip": ("csv", {"skipRows": "1"}, b"x\nid,v\n", ""),
    "CSV with another separator": (
        *("csv", {}, b"id;v\n1;a\n"),
        "FILE has ';' between its cells: write readerOptions {sep: ';'} " + READ_AGAIN,
    ),
    "CSV that has no header": ("csv", {"header": "false"}, b"3,c\n", ""),
    "no line": ("csv", {}, b"", ""),
    "XML": ("xml", {}, b"<a/>", ""),
}


@pytest.mark.parametrize("case", CASES)
def test_the_remedy_is_seen_in_the_file(tmp_path, case):
    file_format, options, content, said = CASES[case]
    table = Table("t", "", "fact", file_format, keys=("id",), reader_options=options)
    path = tmp_path / "a.txt"
    path.write_bytes(content)
    assert file_looks.remedy(path, table) == said.replace("FILE", str(path))


def test_a_compressed_file_is_looked_into_and_a_missing_one_is_passed_over(tmp_path):
    table = Table("t", "", "fact", "json", keys=("id",))
    path = tmp_path / "a.json.gz"
    assert file_looks.remedy(path, table) == ""
    path.write_bytes(gzip.compress(PRETTY))
    assert "{multiLine: true}" in file_looks.remedy(path, table)
