"""A table that has rows learns that what they point to must be there."""

import json

import pytest
import yaml
from end_to_end.project import Project, errors

from render import render

ANSWERS = {"project_name": "added", "sources": "sales:json:fact:sale_id"}
CONTRACT = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: added
version: "1.0.0"
status: active
schema:
  - name: sales
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: sold_at}
    properties:
      - {name: sale_id, physicalType: INT, primaryKey: true}
      - {name: sold_at, physicalType: TIMESTAMP}
      - name: store_id
        physicalType: INT
        relationships: [{to: stores.store_id}]
  - name: stores
    customProperties: [{property: role, value: scd1}, {property: format, value: json}]
    properties:
      - {name: store_id, physicalType: INT, primaryKey: true}
""")


def deliver(project: Project, source: str, *rows: dict) -> None:
    (project.landing / source).mkdir(parents=True, exist_ok=True)
    lines = "".join(json.dumps(row) + "\n" for row in rows)
    (project.landing / source / "1.json").write_text(lines)


@pytest.mark.slow
def test_the_command_that_a_refused_update_names_judges_old_rows_again(tmp_path, spark):
    project = Project(render(ANSWERS, tmp_path / "project"))
    (contract,) = (project.root / "contract").iterdir()
    contract.write_text(yaml.safe_dump(CONTRACT))
    at = "2026-02-05T10:00:00"
    sales = ({"sale_id": i, "sold_at": at, "store_id": i} for i in (1, 2))
    deliver(project, "sales", *sales)
    deliver(project, "stores", {"store_id": 1})
    assert not errors(project.pipeline(tmp_path / "warehouse").update())

    relationship = CONTRACT["schema"][0]["properties"][2]["relationships"][0]
    rule = {"property": "onMissing", "value": "quarantine"}
    relationship["customProperties"] = [rule]
    contract.write_text(yaml.safe_dump(CONTRACT))
    pipeline = project.pipeline(tmp_path / "warehouse")
    command = "--full-refresh quarantine_sales silver_sales+"
    refused = errors(pipeline.update())
    assert refused["quarantine_sales"].endswith(command)
    assert refused["silver_sales"].endswith(command)

    result = pipeline.update(full_refresh=command.split()[1:])
    assert not errors(result)
    silver = pipeline.table("silver_sales").collect()
    quarantined = pipeline.table("quarantine_sales").collect()
    assert [row.sale_id for row in silver] == [1]
    assert [row.sale_id for row in quarantined] == [2]
