"""Columns with dashes and letters of other languages run like any others."""

import json

import pytest
import yaml
from end_to_end.project import Project, errors

from render import render

SCHEMA = """
- name: sales
  customProperties:
    - {property: role, value: fact}
    - {property: format, value: json}
    - {property: sequenceBy, value: sold-at}
  properties:
    - {name: sale-nr, physicalType: BIGINT, primaryKey: true}
    - {name: sold-at, physicalType: TIMESTAMP, required: true}
    - name: dim-id
      physicalType: STRING
      relationships: [{to: members.dim-id}]
    - name: verkäufer-id
      physicalType: STRING
      relationships: [{to: members.dim-id}]
    - name: größe
      logicalType: number
      physicalType: DECIMAL(10,2)
      logicalTypeOptions: {minimum: 0}
    - {name: größer, physicalType: DOUBLE, transformLogic: "`größe` / 2"}
- name: members
  customProperties:
    - {property: role, value: scd2}
    - {property: format, value: json}
    - {property: sequenceBy, value: geändert-am}
  properties:
    - {name: dim-id, physicalType: STRING, primaryKey: true}
    - name: e-mail
      logicalType: string
      physicalType: STRING
      logicalTypeOptions: {pattern: "^.+@.+$"}
    - {name: geändert-am, physicalType: TIMESTAMP}
- name: places
  customProperties:
    - {property: role, value: scd1}
    - {property: format, value: json}
    - {property: sequenceBy, value: geändert-am}
  properties:
    - {name: ort-id, physicalType: STRING, primaryKey: true}
    - {name: geändert-am, physicalType: TIMESTAMP}
- name: kinds
  customProperties:
    - {property: role, value: reference}
    - {property: format, value: json}
  properties:
    - {name: art-id, physicalType: STRING, primaryKey: true}
"""
ROWS = {
    "sales": [
        {"sale-nr": 1, "sold-at": "2026-01-05", "dim-id": "a", "größe": 3},
        {"sale-nr": 2, "sold-at": "2026-02-05", "dim-id": "a", "verkäufer-id": "b"},
        {"sale-nr": 3, "sold-at": "2026-02-05", "größe": -1},
    ],
    "members": [
        {"dim-id": "a", "e-mail": "a@x", "geändert-am": "2026-01-01"},
        {"dim-id": "a", "e-mail": "a@y", "geändert-am": "2026-02-01"},
        {"dim-id": "b", "e-mail": "b@x", "geändert-am": "2026-01-01"},
        {"dim-id": "c", "e-mail": "c", "geändert-am": "2026-01-01"},
    ],
    "places": [{"ort-id": "o", "geändert-am": "2026-01-01"}],
    "kinds": [{"art-id": "k"}],
}


def deliver(project: Project) -> None:
    for source, rows in ROWS.items():
        folder = project.landing / source
        folder.mkdir(parents=True, exist_ok=True)
        text = "".join(json.dumps(row) + "\n" for row in rows)
        (folder / "1.json").write_text(text, encoding="utf-8")


def rows(pipeline, query: str) -> list[tuple]:
    return sorted(map(tuple, pipeline.sql(query).collect()), key=str)


@pytest.mark.parametrize("typed", [True, False], ids=["typed", "untyped"])
def test_names_with_dashes_and_umlauts_run_from_files_to_gold(spark, tmp_path, typed):
    answers = {"project_name": "names", "sources": "sales:json:fact:id"}
    project = Project(render(answers, tmp_path))
    (contract,) = (project.root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    document["schema"] = yaml.safe_load(SCHEMA)
    for table in () if typed else document["schema"][1:]:
        key = table.pop("properties")[0]["name"]
        table["customProperties"].append({"property": "keys", "value": [key]})
    text = yaml.safe_dump(document, allow_unicode=True)
    contract.write_text(text, encoding="utf-8")
    deliver(project)

    # `check` follows the standard, which has no reference to a name with a dash.
    checked = project.localrun("dry-run")
    assert checked.returncode == 0, checked.stderr
    pipeline = project.pipeline(tmp_path / "warehouse")
    assert not errors(pipeline.update())
    assert rows(
        pipeline,
        "SELECT f.`sale-nr`, b.`e-mail`, s.`e-mail`, f.`größer` "
        "FROM gold_fact_sales f "
        "JOIN gold_dim_members b ON f.members_key = b.members_key "
        "JOIN gold_dim_members s ON f.`verkäufer-id_key` = s.members_key",
    ) == [(1, "a@x", None, 1.5), (2, "a@y", "b@x", None)]
    failed = "SELECT DISTINCT failed_rules[0].name FROM quarantine_sales"
    assert rows(pipeline, failed) == [("größe_minimum",)]
