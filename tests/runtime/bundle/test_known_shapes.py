"""Bundles in the shapes of the templates and examples that Databricks publishes."""

import os
import subprocess
import sys
from pathlib import Path

PACKAGE = Path(__file__).parents[3] / (
    "template/{{.project_name}}/vendor/localrun/src/localrun/bundle"
)


def test_the_default_python_template(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle:
                  name: my_project
                  uuid: 5e0c6cd6-0000-0000-0000-000000000000
                include:
                  - resources/*.yml
                  - resources/*/*.yml
                artifacts:
                  python_artifact: {type: whl, build: uv build --wheel}
                variables:
                  catalog: {description: The catalog to use}
                  schema: {description: The schema to use}
                targets:
                  dev:
                    mode: development
                    default: true
                    workspace: {host: https://company.databricks.com}
                    variables:
                      catalog: main
                      schema: ${workspace.current_user.short_name}
                  prod:
                    mode: production
                    workspace:
                      host: https://company.databricks.com
                      root_path: /Workspace/Users/jo@shop.com/.bundle/${bundle.name}
                    variables: {catalog: main, schema: prod}
                    permissions: [{user_name: jo@shop.com, level: CAN_MANAGE}]
                """,
            "resources/my_project_etl.pipeline.yml": """\
                # The main pipeline

                resources:
                  pipelines:
                    my_project_etl:
                      name: my_project_etl
                      catalog: ${var.catalog}
                      schema: ${var.schema}
                      serverless: true
                      root_path: "../src/my_project_etl"
                      libraries:
                        - glob:
                            include: ../src/my_project_etl/transformations/**
                      environment:
                        dependencies:
                          - --editable ${workspace.file_path}
                """,
            "resources/sample_job.job.yml": """\
                resources:
                  jobs:
                    sample_job:
                      name: sample_job
                      tasks:
                        - task_key: refresh
                          pipeline_task:
                            pipeline_id: ${resources.pipelines.my_project_etl.id}
                """,
            "src/my_project_etl/transformations/trips.py": "",
            "src/my_project_etl/transformations/zones.sql": "",
            "src/my_project_etl/explorations/explore.ipynb": "",
            "src/my_project_etl/README.md": "",
        }
    )
    spec = pipeline(root)
    assert (spec.catalog, spec.schema, spec.name) == (
        "main",
        "jo_doe",
        "my_project_etl",
    )
    assert pipeline(root, target="prod").schema == "prod"
    assert spec.root_path == root / "src" / "my_project_etl"
    assert [source.path.name for source in spec.sources] == ["trips.py", "zones.sql"]
    assert spec.dependencies == (f"--editable {root.as_posix()}",)
    assert spec.serverless is True
    assert spec.place == "resources/my_project_etl.pipeline.yml, line 5"


def test_an_older_template_with_notebooks(write, pipeline):
    root = write(
        {
            "resources/dlt.pipeline.yml": """\
                resources:
                  pipelines:
                    dlt_pipeline:
                      name: "[${bundle.environment}] dlt_pipeline"
                      target: shop_${bundle.target}
                      clusters: [{label: default, num_workers: 1}]
                      libraries:
                        - notebook: {path: ../src/dlt_pipeline.ipynb}
                        - notebook:
                            path: ../src/more
                      configuration:
                        bundle.sourcePath: /Workspace${workspace.file_path}/src
                """,
            "src/dlt_pipeline.ipynb": "{}",
            "src/more.py": "# Databricks notebook source\n",
        }
    )
    spec = pipeline(root)
    assert (spec.catalog, spec.schema) == ("hive_metastore", "shop_default")
    assert spec.name == "[default] dlt_pipeline"
    assert [source.kind for source in spec.sources] == ["ipynb", "notebook"]
    assert spec.configuration == {"bundle.sourcePath": f"{root.as_posix()}/src"}
    assert spec.serverless is False


def test_a_bundle_with_everything_in_one_file(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: orders}
                variables:
                  warehouse_id: {lookup: {warehouse: Starter}}
                  landing: ${resources.volumes.landing.volume_path}/orders
                resources:
                  schemas: {main: {name: orders, catalog_name: main}}
                  volumes:
                    landing:
                      name: in
                      catalog_name: ${resources.schemas.main.catalog_name}
                      schema_name: ${resources.schemas.main.name}
                  jobs:
                    report: {tasks: [{sql_task: {warehouse_id: "${var.warehouse_id}"}}]}
                  pipelines:
                    orders:
                      catalog: ${resources.schemas.main.catalog_name}
                      schema: ${resources.schemas.main.name}
                      libraries: [{glob: {include: "src/**"}}]
                      configuration: {landing: "${var.landing}"}
                """
        }
    )
    spec = pipeline(root)
    assert (spec.catalog, spec.schema) == ("main", "orders")
    assert spec.configuration == {"landing": "/Volumes/main/orders/in/orders"}
    assert [source.path.name for source in spec.sources] == ["a.py"]


def test_the_package_needs_neither_spark_nor_the_rest_of_localrun():
    code = (
        "import sys, localrun.bundle\n"
        "print(*sorted(name for name in sys.modules"
        " if name.split('.')[0] in ('pyspark', 'delta', 'py4j')"
        " or name.startswith('localrun.')"
        " and name.split('.')[1] not in ('bundle', 'errors')))"
    )
    result = subprocess.run(
        [sys.executable, "-c", code],
        env={**os.environ, "PYTHONPATH": str(PACKAGE.parents[1])},
        capture_output=True,
        text=True,
        check=True,
    )
    assert result.stdout.strip() == ""
