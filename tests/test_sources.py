"""The answer `sources`: what it becomes in the contract, and how it is refused."""

import pytest
import yaml

from medallion import contract
from render import RenderError, render

FORM = "name:format:role:key[:sequence][@location]"
ACCEPTED = {
    "sales:json:fact:sale_id:sold_at": {
        "role": "fact",
        "format": "json",
        "keys": ["sale_id"],
        "sequenceBy": "sold_at",
    },
    "sales:csv:scd1:a+b+c": {"role": "scd1", "format": "csv", "keys": ["a", "b", "c"]},
    "sales:csv:scd2:Id:UpdatedAt": {
        "role": "scd2",
        "format": "csv",
        "keys": ["Id"],
        "sequenceBy": "UpdatedAt",
    },
    "sales:parquet:reference:id@/Volumes/main/raw-eu/files/sales/": {
        "role": "reference",
        "format": "parquet",
        "keys": ["id"],
        "location": "/Volumes/main/raw-eu/files/sales/",
    },
    "sales:parquet:fact:id:at@abfss://raw@lake.dfs.example.net/a=b/c": {
        "role": "fact",
        "format": "parquet",
        "keys": ["id"],
        "sequenceBy": "at",
        "location": "abfss://raw@lake.dfs.example.net/a=b/c",
    },
    # In a series of measurements the time is part of the key.
    "sales:json:fact:sensor+at:at": {
        "role": "fact",
        "format": "json",
        "keys": ["sensor", "at"],
        "sequenceBy": "at",
    },
    # Words of YAML and of SQL are names like others.
    "no:json:fact:select:order": {
        "role": "fact",
        "format": "json",
        "keys": ["select"],
        "sequenceBy": "order",
    },
}
LONG_NAME = "a" * 64
# What is written: what the sentence must say.
REFUSED = {
    # samples
    "orders": ['entry 1 "orders"', "not supported yet", "write retail", FORM],
    "retial": ['entry 1 "retial"', "neither the sample retail nor a source", FORM],
    "Retail": ['entry 1 "Retail"', "another case", "write retail"],
    "retail,sales:json:fact:id": ['entry 1 "retail"', "stands alone"],
    "sales:json:fact:id,retail": ['entry 2 "retail"', "stands alone"],
    "retail,orders": ['entry 1 "retail"', "stands alone"],
    # the shape of the list
    "": ['invalid value for sources: ""', "Write retail"],
    "sales:json:fact:id\nb:json:fact:id": ["invalid value", "on one line"],
    "sales:json:fact:id,": ['entry 2 ""', "empty", "remove the comma"],
    ",sales:json:fact:id": ['entry 1 ""', "empty", "remove the comma"],
    "sales:json:fact:id,,b:csv:scd1:id": ['entry 2 ""', "empty"],
    "sales:json:fact:id, b:csv:scd1:id": ["entry 2", "a space", "a comma alone"],
    " retail": ["entry 1", "a space"],
    "sales:json:fact:i d": ["entry 1", "a space"],
    "sales:json:fact:id\t": ["entry 1", "a space"],
    # the shape of an entry
    "sales": ['entry 1 "sales"', FORM, "such as sales:json:fact:sale_id"],
    "sales:json": ["lacks its role and key", FORM],
    "a:json:fact:id,sales:json:fact": ["entry 2", "lacks its key", FORM],
    "sales:json:fact:id:at:x": ["a colon too many", FORM],
    "sales:json:fact:id;b:csv:scd1:id": ["a colon too many", "a comma between"],
    ":json:fact:id": ["an empty name", FORM],
    "sales::fact:id": ["an empty format", FORM],
    "sales:json::id": ["an empty role", FORM],
    "sales:json:fact:": ["an empty key", FORM],
    "sales:json:fact:id:": ["an empty sequence", FORM],
    "sales:json:fact:id:@s3://b/c": ["an empty sequence", FORM],
    # formats and roles
    "sales:xml:fact:id": ['unknown format "xml"', "json, csv or parquet"],
    "sales:JSON:fact:id": ['unknown format "JSON"', "in lower case"],
    "sales:delta:fact:id": ["format delta", "not supported yet", "csv or parquet"],
    "sales:kafka:fact:id": ["format kafka", "not supported yet", "csv or parquet"],
    "sales:eventhubs:fact:id": ["format eventhubs", "not supported yet"],
    "sales:json:dim:id": ['unknown role "dim"', "fact, scd1, scd2 or reference"],
    "sales:json:Fact:id": ['unknown role "Fact"', "in lower case"],
    # names
    "Sales:json:fact:id": ['named "Sales"', "lower-case letter"],
    "1sales:json:fact:id": ['named "1sales"', "lower-case letter"],
    "_sales:json:fact:id": ['named "_sales"', "lower-case letter"],
    "web-sales:json:fact:id": ['named "web-sales"', "underscores"],
    "größe:json:fact:id": ['named "größe"', "lower-case letter"],
    "%s:json:fact:id": ['named "%s"', "lower-case letter"],
    f"{LONG_NAME}:json:fact:id": [LONG_NAME, "at most 62 more"],
    "date:json:scd1:id": ['named "date"', "gold_dim_date", "another name"],
    "shops_current:json:scd1:id": ['named "shops_current"', "another name"],
    "aux:json:fact:id": ['"aux"', "Windows", "another name"],
    "a:json:fact:id,b:csv:scd1:id,a:csv:scd1:id": [
        "entry 3",
        '"a" like an entry before',
    ],
    # columns
    "sales:json:fact:id+id": ['"id" twice', "name it once"],
    "sales:json:fact:id+ID": ['"ID" twice', "name it once"],
    "sales:json:fact:id++line": ["empty column in its key", "order_id+line"],
    "sales:json:fact:id+": ["empty column in its key", "order_id+line"],
    "sales:json:fact:_id": ['"_id" in its key', "rename"],
    "sales:json:scd2:__START_AT": ['"__START_AT" in its key', "rename"],
    "sales:json:fact:id:_ingested_at": ['"_ingested_at" in its sequence', "rename"],
    "sales:json:fact:Record": ['"Record" in its key', "rename"],
    "sales:json:scd1:sales_key": ['"sales_key" in its key', "surrogate key"],
    "sales:json:fact:1d": ['column "1d" in its key', "a column is a letter"],
    "sales:json:fact:order-id": ['column "order-id"', "a column is a letter"],
    "sales:json:fact:id:a+b": ['column "a+b" in its sequence', "a column is a letter"],
    f"sales:json:fact:{'a' * 256}": ["at most 254 more"],
    "sales:csv:reference:id:at": [
        'the sequence "at"',
        "leave out :at",
        "or make it scd1",
    ],
    "sales:json:scd2:id:id": ['"id" as key and as sequence', "another column"],
    # locations
    "sales:json:fact:id@": ['location ""', "/Volumes/", "leave out the @"],
    "sales:json:fact:id@@": ['location "@"', "/Volumes/"],
    "sales:json:fact:id@landing": ['location "landing"', "/Volumes/"],
    "sales:json:fact:id@/Volumes/a/b": ['location "/Volumes/a/b"', "volume/folder"],
    "sales:json:fact:id@s3:/b": ['location "s3:/b"', "s3://bucket/folder"],
    'sales:json:fact:id@s3://b/"c': ["location", "s3://bucket/folder"],
}


def contract_of(sources: str, folder) -> dict:
    project = render({"project_name": "shop", "sources": sources}, folder)
    return yaml.safe_load((project / "contract/shop.odcs.yaml").read_text())


def test_every_accepted_source_makes_a_sound_contract(tmp_path):
    entries = [f"s{i}{entry[entry.index(':') :]}" for i, entry in enumerate(ACCEPTED)]
    project = render({"project_name": "shop", "sources": ",".join(entries)}, tmp_path)

    tables = contract.load(project / "contract/shop.odcs.yaml")
    assert len(tables) == len(ACCEPTED)


@pytest.mark.parametrize("entry", ACCEPTED)
def test_a_source_becomes_a_table_of_the_contract(entry, tmp_path):
    (table,) = contract_of(entry, tmp_path)["schema"]

    assert table["name"] == entry.partition(":")[0]
    custom = {p["property"]: p["value"] for p in table["customProperties"]}
    assert custom == ACCEPTED[entry]


def test_sources_stay_in_their_order(tmp_path):
    contract = contract_of("b:json:fact:id,c:csv:scd1:id,a:csv:scd2:id", tmp_path)

    assert [table["name"] for table in contract["schema"]] == ["b", "c", "a"]


@pytest.mark.parametrize("sources", REFUSED)
def test_a_malformed_value_is_refused_by_one_sentence(sources, tmp_path):
    with pytest.raises(RenderError) as refused:
        render({"sources": sources}, tmp_path / "out")

    sentence = str(refused.value)
    assert all(words in sentence for words in REFUSED[sources]), sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
    assert not (tmp_path / "out").exists()
