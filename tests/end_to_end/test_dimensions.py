"""Keys of members that the sample does not have: of odd types, and there twice."""

import json

import pytest
from end_to_end.project import Project, errors

from render import render

ANSWERS = {"project_name": "plants", "sources": "shifts:json:reference:plant"}
KEYS = '      - {property: keys, value: ["plant"]}\n'
# What tells rows apart is a text and a truth value.
PROPERTIES = """\
    properties:
      - {name: plant, physicalType: STRING, primaryKey: true, primaryKeyPosition: 1}
      - {name: is_night, physicalType: BOOLEAN, primaryKey: true, primaryKeyPosition: 2}
      - {name: label, physicalType: STRING}
"""
SHIFTS = [
    ("n", True, "North"),
    ("n", False, "North"),
    ("s", True, "a"),
    ("s", True, "b"),
]


@pytest.fixture(scope="module")
def pipeline(tmp_path_factory, spark):
    project = Project(render(ANSWERS, tmp_path_factory.mktemp("plants")))
    (contract,) = (project.root / "contract").iterdir()
    text = contract.read_text()
    assert KEYS in text
    contract.write_text(text.replace(KEYS, PROPERTIES))
    rows = (dict(zip(("plant", "is_night", "label"), s, strict=True)) for s in SHIFTS)
    (project.landing / "shifts").mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (project.landing / "shifts/1.json").write_text(lines)
    pipeline = project.pipeline(tmp_path_factory.mktemp("warehouse"))
    assert not errors(pipeline.update())
    return pipeline


def test_a_dimension_clusters_by_those_keys_that_can_be_clustered_by(pipeline):
    path = pipeline.tables.path("gold_dim_shifts")
    (detail,) = pipeline.spark.sql(f"DESCRIBE DETAIL delta.`{path}`").collect()
    assert detail["clusteringColumns"] == ["plant"]


def test_a_key_that_a_reference_has_twice_shows_in_the_check(pipeline):
    (row,) = pipeline.table("check_dimensions").collect()
    assert row.asDict() == {
        "dimension": "shifts",
        "rows": 5,
        "distinct_keys": 4,
        "current_versions": 5,
        "current_members": 4,
        "unknown_members": 1,
    }
