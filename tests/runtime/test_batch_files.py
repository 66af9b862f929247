"""Files of batch reads that Spark would misread, or fail at without a name."""

import gzip

import pytest

CODE = """
def reads(name, file_format, **options):
    @dp.materialized_view(name=name)
    def table():
        reader = spark.read.options(**options).format(file_format)
        return reader.load(f"{LANDING}/{name}")

reads("cut", "csv", header=True)
reads("cut_json", "json")
reads("utf16_json", "json")
reads("zip", "csv", header=True)
reads("utf16", "csv", header=True, multiLine=True)
reads("said", "csv", header=True, multiLine=True, encoding="UTF-16", escape='"')
reads("objects", "csv", header=True)
reads("cells", "csv", sep="|")
"""
WHOLE = gzip.compress(b"".join(b"id,%d\n" % i for i in range(3000)))
FILES = {
    "cut": ("a.csv.gz", WHOLE[: len(WHOLE) // 2]),
    "cut_json": ("a.json.gz", WHOLE[: len(WHOLE) // 2]),
    "zip": ("a.csv", b"PK\x03\x04\x14\x00\x00\n"),
    "utf16": ("a.csv", "id,name\n1,ä\n".encode("utf-16")),
    "utf16_json": ("a.json", '{"id": 1}\n'.encode("utf-16-le")),
    "said": ("a.csv", "id,name\n1,ä\n".encode("utf-16")),
    "objects": ("a.csv", b'{"id": 1}\n{"id": 2}\n'),
    "cells": ("a.csv", b'{"id": 1}|2\n'),
}


@pytest.fixture(scope="module")
def flows(shared_bundle):
    for name, (file, content) in FILES.items():
        folder = shared_bundle.landing / name
        folder.mkdir(parents=True)
        (folder / file).write_bytes(content)
    shared_bundle.write(CODE)
    return shared_bundle.run().flows


@pytest.mark.parametrize(
    ("name", "words"),
    [
        (
            "cut",
            "a.csv.gz is cut off or damaged, its compression does not end: deli",
        ),
        ("cut_json", "a.json.gz is cut off or damaged, its compression does not end"),
        ("zip", "a.csv is not CSV but a zip archive or an Excel workbook: unpack it"),
        ("utf16", "a.csv is not text in UTF-8: give its encoding as an option"),
        ("utf16_json", "a.json is in UTF-16LE, which no option says"),
        ("objects", "a.csv is not CSV but JSON: take it out of the folder"),
    ],
)
def test_a_file_that_cannot_be_what_is_read_is_named(flows, name, words):
    assert words in flows[name].error
    assert f"/{name}/a." in flows[name].error


@pytest.mark.parametrize("name", ["said", "cells"])
def test_what_the_options_say_is_read(flows, name):
    assert flows[name].status == "COMPLETED", flows[name].error
