"""The pipeline is legal where Databricks runs it: serverless, on Spark Connect."""

from projects import CONTRACTS

from cli import tool
from localrun.spark.java import find_java
from render import render
from versions import ROOT

CONTRACT = """
apiVersion: v3.1.0
kind: DataContract
id: more
version: "1.0.0"
status: active
schema:
  - name: orders
    customProperties: [{property: role, value: fact}, {property: format, value: kafka}]
    properties: [{name: id, physicalType: BIGINT, primaryKey: true}]
  - name: members
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: eventhubs}
      - {property: keys, value: [country, id]}
      - {property: sequenceBy, value: at}
  - name: lines
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: kafka}
      - {property: kafka, value: {payload: text}}
    properties: [{name: value, physicalType: STRING, primaryKey: true}]
  - name: parts
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: parquet}
    properties:
      - {name: id, physicalName: _metadata, physicalType: BIGINT, primaryKey: true}
      - {name: weight, physicalName: "it's (kg)", physicalType: "DECIMAL(9,3)"}
"""


def test_all_that_a_contract_makes_can_be_made_under_spark_connect(
    rendered, tmp_path, monkeypatch
):
    bundles = [*map(rendered, ("retail", "all_roles", "three_sources"))]
    dumped = {"project_name": "dumps", "sources": "parts:json:snapshot:id"}
    (tmp_path / "rendered").mkdir()
    bundles.append(render(dumped, tmp_path / "rendered"))
    contracts = [path for b in bundles for path in (b / "contract").glob("*.yaml")]
    contracts += CONTRACTS.glob("*.yaml")
    contracts.append(tmp_path / "more.odcs.yaml")
    contracts[-1].write_text(CONTRACT)
    monkeypatch.setenv("PYTHONPATH", str(bundles[0] / "pipeline"))
    monkeypatch.setenv("JAVA_HOME", str(find_java().home))

    script = ("python", ROOT / "tests/on_connect.py", tmp_path, *contracts)
    done = tool("pyspark[connect]", *script, also=("pyyaml",))

    assert done.returncode == 0, done.stderr
