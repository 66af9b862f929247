"""What a look at a file says of rows that went to quarantine."""

import gzip

import pytest

from contract_tools import file_looks
from medallion.model import Table

PRETTY = b'[\n  {\n    "id": 1\n  }\n]\n'
LINES = (
    "FILE is one JSON value over several lines, and is read line by line: write "
    "readerOptions {multiLine: true} in the contract, and run with --var reread=t "
    "--full-refresh-all"
)
CASES = {
    "pretty-printed JSON": (*("json", {}, PRETTY), LINES),
    "pretty-printed JSON, read as a whole": ("json", {"multiLine": "true"}, PRETTY, ""),
    "JSON lines": ("json", {}, b'{"id": 1}\n{broken\n', ""),
    "no JSON at all": ("json", {}, b"once upon\na time\n", ""),
    "a large document": (*("json", {}, b"[\n" + b'{"id": 1},\n' * 2**17), LINES),
    "CSV without a header": (
        *("csv", {}, b"3,c\n4,d\n"),
        "the first line of FILE has no column id: is it a row, and the header is "
        "missing? Write the header as the first line of the file, and deliver it under "
        "another name",
    ),
    "CSV with its key": ("csv", {}, b'\xef\xbb\xbf"ID",v\n,c\n', ""),
    "CSV after lines to skip": ("csv", {"skipRows": "1"}, b"x\nid,v\n", ""),
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
