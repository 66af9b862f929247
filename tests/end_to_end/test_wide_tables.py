"""Tables of sixty columns, nested ones among them, whose keys come last, in every role.

Each is clustered by its key or its time, of which Delta must have statistics.
"""

import json

import pytest
import yaml

from localrun import Pipeline
from render import render

ROLES = ("fact", "scd1", "scd2", "snapshot", "reference")
NAMES = [f"c{number}" for number in range(57)]
ADDED = {"__START_AT", "__END_AT", "_source_modified_at"}
NESTED = "STRUCT<a: STRING, b: STRUCT<c: INT, d: DATE>>"


def properties() -> list[dict]:
    def column(name: str, logical: str, physical: str) -> dict:
        return {"name": name, "logicalType": logical, "physicalType": physical}

    return [
        column("nested", "object", NESTED),
        *[column(name, "string", "STRING") for name in NAMES],
        column("at", "timestamp", "TIMESTAMP"),
        column("id", "string", "STRING")
        | {"primaryKey": True, "primaryKeyPosition": 1, "required": True},
    ]


@pytest.fixture(scope="module")
def graph(spark, tmp_path_factory):
    """Of a table with columns and one without in each role, by a dry run."""
    root = tmp_path_factory.mktemp("wide")
    sources = ",".join(
        f"{kind}_{role}:json:{role}:id" + (":at" if role in ROLES[:3] else "")
        for role in ROLES
        for kind in ("typed", "free")
    )
    project = render({"project_name": "wide", "sources": sources}, root)
    path = project / "contract/wide.odcs.yaml"
    contract = yaml.safe_load(path.read_text())
    for table in contract["schema"]:
        if table["name"].startswith("typed"):
            custom = table["customProperties"]
            table["customProperties"] = [c for c in custom if c["property"] != "keys"]
            table["properties"] = properties()
    path.write_text(yaml.safe_dump(contract, sort_keys=False))
    row = {"nested": {"a": "x"}, **dict.fromkeys(NAMES, "x"), "at": "2026-01-01"}
    for role in ROLES:
        folder = root / "landing" / f"free_{role}"
        folder.mkdir(parents=True, exist_ok=True)
        (folder / "1.json").write_text(json.dumps(row | {"id": "1"}))
    return Pipeline(project, landing=root / "landing").validate()


def test_all_of_them_can_be_made(graph):
    assert graph.problems == {}


@pytest.mark.parametrize("role", ROLES)
@pytest.mark.parametrize("kind", ["typed", "free"])
def test_they_keep_their_columns_with_those_that_cluster_them_first(graph, kind, role):
    found = graph.schemas[f"silver_{kind}_{role}"].fieldNames()

    assert len([name for name in found if name not in ADDED]) == 60
    assert found[0] == ("at" if role == "fact" else "id")
