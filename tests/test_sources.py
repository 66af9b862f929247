"""The answer `sources`: what it becomes in the contract, and how it is refused."""

import json
import re

import pytest
import yaml

from medallion import contract
from render import RenderError, render
from versions import ROOT

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
    "logs:text:fact:value": {"role": "fact", "format": "text", "keys": ["value"]},
    "parts:xml:snapshot:id": {
        "role": "snapshot",
        "format": "xml",
        "keys": ["id"],
        "readerOptions": {"rowTag": "parts"},
    },
    "buyers:delta:scd2:id@main-eu.crm.customers": {
        "role": "scd2",
        "format": "delta",
        "keys": ["id"],
        "location": "main-eu.crm.customers",
    },
    "clicks:eventhubs:fact:id:at": {
        "role": "fact",
        "format": "eventhubs",
        "keys": ["id"],
        "sequenceBy": "at",
    },
    "clicks:kafka:scd1:id@web.clicks-eu_1": {
        "role": "scd1",
        "format": "kafka",
        "keys": ["id"],
        "kafka": {"topic": "web.clicks-eu_1"},
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
# What does not have the form of an answer: the prompt itself asks again.
WITHOUT_FORM = [
    # samples
    *("retial", "Retail", "retail,sales:json:fact:id", "sales:json:fact:id,retail"),
    *("retail,orders", " retail"),
    # the list
    *("", "sales:json:fact:id\nb:json:fact:id", "sales:json:fact:id\t"),
    *("sales:json:fact:id,", ",sales:json:fact:id", "a:json:fact:id,,b:csv:scd1:id"),
    "sales:json:fact:id;b:csv:scd1:id",
    # an entry
    *("sales", "sales:json", "sales:json:fact", "sales:json:fact:id:at:x"),
    *(":json:fact:id", "sales::fact:id", "sales:json::id", "sales:json:fact:"),
    *("sales:json:fact:id:", "sales:json:fact:id:@s3://b/c", "sales:json:fact:i d"),
    *("sales: json:fact:id", "sales:json:fact:id @s3://b/c"),
    # formats and roles
    *("sales:xlsx:fact:id", "sales:JSON:fact:id"),
    *("sales:json:dim:id", "sales:json:Fact:id"),
    # names
    *("Sales:json:fact:id", "1sales:json:fact:id", "_sales:json:fact:id"),
    *("web-sales:json:fact:id", "größe:json:fact:id", "%s:json:fact:id"),
    # columns
    *("sales:json:fact:id++line", "sales:json:fact:id+", "sales:json:fact:_id"),
    *("sales:json:fact:1d", "sales:json:fact:order-id", "sales:json:fact:id:a+b"),
    # locations
    *("sales:json:fact:id@", 'sales:json:fact:id@s3://b/"c'),
]
LONG_NAME = "a" * 64
# What is wrong in another way: what the sentence must say.
REFUSED = {
    # names
    f"{LONG_NAME}:json:fact:id": [LONG_NAME, "at most 63"],
    "date:json:scd1:id": ['named "date"', "gold_dim_date", "another name"],
    "shops_current:json:scd1:id": ['named "shops_current"', "another name"],
    "aux:json:fact:id": ['"aux"', "Windows", "another name"],
    "a:json:fact:id,b:csv:scd1:id , a:csv:scd1:id": [
        "entry 3",
        '"a" like an entry before',
    ],
    # columns
    "sales:json:fact:id+id": ['"id" twice', "name it once"],
    "sales:json:fact:id+ID": ['"ID" twice', "name it once"],
    "sales:json:fact:Record": ['"Record" in its key', "rename"],
    "sales:json:scd2:id:valid_from": ['"valid_from" in its sequence', "rename"],
    "sales:json:scd1:sales_key": ['"sales_key" in its key', "surrogate key"],
    f"sales:json:fact:{'a' * 256}": ["at most 255"],
    "sales:json:scd2:id:id": ['"id" as key and as sequence', "another column"],
    "logs:text:fact:line": ['the key "line"', "one column, value"],
    # roles
    "sales:csv:reference:id:at": [
        'the sequence "at"',
        "leave out :at",
        "or make it scd1",
    ],
    "sales:csv:snapshot:id:at": ['the sequence "at"', "when its files arrive"],
    "sales:delta:scd1:id:at@a.b.c": ['the sequence "at"', "commits of a Delta table"],
    "sales:kafka:reference:id": ["role reference", "newest messages"],
    "sales:eventhubs:snapshot:id": ["role snapshot", "write fact, scd1 or scd2"],
    "sales:delta:snapshot:id@a.b.c": ["its own changes", "write scd1 or scd2"],
    "sales:orc:fact:id": ["files of ORC", "write reference"],
    "sales:text:scd2:value": ["lines of text have no versions", "fact or reference"],
    # locations
    "sales:json:fact:id@@": ['location "@"', "/Volumes/"],
    "sales:json:fact:id@landing": ['location "landing"', "/Volumes/"],
    "sales:json:fact:id@/Volumes/a/b": ['location "/Volumes/a/b"', "volume/folder"],
    "sales:json:fact:id@s3:/b": ['location "s3:/b"', "s3://bucket/folder"],
    "sales:delta:fact:id": ['location ""', "catalog.schema.table"],
    "sales:delta:fact:id@crm.sales": ['"crm.sales"', "catalog.schema.table"],
    "sales:kafka:fact:id@web/sales": ['location "web/sales"', "name of the topic"],
    # too many
    ",".join(f"s{i}:json:fact:id" for i in range(51)): ["there are 51", "at most 50"],
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


def test_spaces_around_commas_mean_nothing(tmp_path):
    contract = contract_of(" b:json:fact:id ,a:csv:scd2:id , c:csv:scd1:id ", tmp_path)

    assert [table["name"] for table in contract["schema"]] == ["b", "a", "c"]


def refusal(sources: str, folder) -> str:
    with pytest.raises(RenderError) as refused:
        render({"sources": sources}, folder / "out")
    assert not (folder / "out").exists()
    return str(refused.value)


@pytest.mark.parametrize("sources", WITHOUT_FORM)
def test_what_is_not_a_list_of_sources_is_refused_by_the_prompt(sources):
    prompt = json.loads((ROOT / "databricks_template_schema.json").read_text())

    pattern = prompt["properties"]["sources"]["pattern"]
    assert not re.search(pattern.removesuffix("$") + r"\Z", sources)


@pytest.mark.parametrize("sources", WITHOUT_FORM[:: len(WITHOUT_FORM) - 1])
def test_the_prompt_says_how_to_write_sources(sources, tmp_path):
    sentence = refusal(sources, tmp_path)

    assert sentence.startswith(f"invalid value for sources: {json.dumps(sources)}")
    assert FORM in sentence
    assert "such as sales:json:fact:sale_id:sold_at" in sentence


@pytest.mark.parametrize("sources", REFUSED)
def test_a_malformed_value_is_refused_by_one_sentence(sources, tmp_path):
    sentence = refusal(sources, tmp_path)

    assert all(words in sentence for words in REFUSED[sources]), sentence
    assert "\n" not in sentence
    assert sentence.endswith(".")
