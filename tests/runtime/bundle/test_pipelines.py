"""The pipelines of a bundle and the fields of one of them."""

import pytest

from localrun.bundle import load

TWO = """\
    resources:
      pipelines:
        bronze: {libraries: [{file: {path: ../src/a.py}}]}
        silver: {name: two, libraries: [{file: {path: ../src/a.py}}]}
    """


def test_fields_that_are_absent_have_the_defaults_of_databricks(etl, pipeline):
    root = etl()
    spec = pipeline(root)
    assert (spec.key, spec.name) == ("etl", "etl")
    assert (spec.catalog, spec.schema) == ("hive_metastore", "default")
    assert spec.root_path is None
    assert [source.path for source in spec.sources] == [root / "src" / "a.py"]
    assert (spec.configuration, spec.dependencies) == ({}, ())
    assert spec.place == "databricks.yml, line 4"


@pytest.mark.parametrize(
    ("fields", "schema"),
    [
        ("schema: a", "a"),
        ("target: b", "b"),
        ("{schema: a, target: b}", "a"),
        ('schema: ""', "default"),
        ("schema: 2024", "2024"),
    ],
)
def test_target_is_the_older_word_for_schema(etl, pipeline, fields, schema):
    root = etl(fields if fields[0] != "{" else "schema: a\ntarget: '${var.none}'")
    assert pipeline(root).schema == schema


@pytest.mark.parametrize(
    ("fields", "serverless"),
    [
        ("", True),
        ("serverless: true", True),
        ("serverless: false", False),
        ("serverless: 'no'", False),
        ("clusters: [{label: default}]", False),
        ("clusters: []", True),
        ("clusters:", True),
        ("clusters: ${var.policy}", False),
        ("serverless: true\nclusters: [{label: default}]", True),
    ],
)
def test_a_pipeline_is_serverless_unless_the_bundle_says_otherwise(
    etl, pipeline, fields, serverless
):
    assert pipeline(etl(fields)).serverless is serverless


def test_root_path_begins_at_the_folder_of_its_file(write, pipeline):
    root = write(
        {
            "resources/etl.yml": """\
                resources:
                  pipelines:
                    etl:
                      root_path: ../src
                      libraries: [{file: {path: ../src/a.py}}]
                """
        }
    )
    assert pipeline(root).root_path == root / "src"


@pytest.mark.parametrize(
    ("path", "part"),
    [
        ("/Workspace/Shared/etl", "lies in a workspace, which cannot be read here"),
        ("s3://bucket/etl", "lies outside this machine"),
        ("srk", "root_path srk is not a folder"),
        ("src/a.py", "is not a folder"),
    ],
)
def test_a_root_path_that_is_not_a_folder_here_is_refused(etl, refusal, path, part):
    message = refusal(etl(f"root_path: {path}"))
    assert message.startswith("databricks.yml, line 6: ")
    assert part in message


def test_given_configuration_overrides_that_of_the_bundle(etl, pipeline):
    root = etl(
        """\
        configuration:
          plain: a
          host: ${workspace.host}
          empty:
          other: b
        """
    )
    given = {"plain": "x", "host": "y", "empty": "z", "new": "n"}
    assert pipeline(root, configuration=given).configuration == {
        "plain": "x",
        "host": "y",
        "empty": "z",
        "other": "b",
        "new": "n",
    }


def test_only_what_a_run_needs_is_resolved(etl, pipeline):
    root = etl(
        """\
        clusters: [{policy_id: "${var.policy}"}]
        notifications: ["${var.policy}"]
        event_log: {name: "${workspace.host}"}
        """,
        """\
        variables: {policy: {lookup: {cluster_policy: p}}}
        workspace: {root_path: "/Workspace/${var.policy}"}
        targets: {dev: {run_as: {user_name: "${var.policy}"}}}
        """,
    )
    assert pipeline(root).key == "etl"


def test_the_only_pipeline_needs_no_key(etl, pipeline):
    assert pipeline(etl()) == pipeline(etl(), "etl")


def test_several_pipelines_are_listed_with_the_way_to_choose(write, refusal, pipeline):
    root = write({"resources/two.yml": TWO})
    assert load(root).pipelines == ("bronze", "silver")
    message = refusal(root)
    assert "bronze and silver" in message
    assert "localrun run bronze" in message
    assert pipeline(root, "silver").name == "two"


def test_an_unknown_pipeline_is_refused_with_the_nearest_key(write, refusal):
    message = refusal(write({"resources/two.yml": TWO}), "sliver")
    assert "no pipeline sliver" in message
    assert message.endswith("did you mean silver?")


def test_a_bundle_without_pipelines_says_where_to_write_one(write, refusal):
    message = refusal(write({}))
    assert "no pipeline" in message
    assert "resources, pipelines in databricks.yml" in message


@pytest.mark.parametrize(
    ("section", "name"),
    [
        ("python: {resources: ['resources:load']}", "python"),
        ("experimental: {python: {venv_path: .venv}}", "experimental.python"),
        ("experimental: {pydabs: {enabled: true}}", "experimental.pydabs"),
    ],
)
def test_pipelines_that_are_defined_in_python_are_said_not_to_be_read(
    write, refusal, section, name
):
    message = refusal(write({"databricks.yml": f"bundle: {{name: s}}\n{section}\n"}))
    assert f"{name} defines in Python code (databricks.yml, line 2) are not" in message


@pytest.mark.parametrize(
    ("fields", "parts"),
    [
        ("catalog: [a]", ["catalog of pipeline etl is a list", "must be a text"]),
        ("schema: {a: b}", ["schema of pipeline etl is a mapping"]),
        ("root_path: [a]", ["root_path of pipeline etl is a list"]),
        ("name: {a: b}", ["name of pipeline etl is a mapping"]),
        ("serverless: maybe", ["serverless", "maybe", "true or false"]),
        ("serverless: [a]", ["serverless of pipeline etl is a list"]),
        ("configuration: a", ["configuration of pipeline etl is a text", "mapping"]),
        ("configuration: [a]", ["configuration of pipeline etl is a list"]),
        ("configuration: {a: [b]}", ["configuration a of pipeline etl is a list"]),
        ("configuration: {a: }", ["configuration a of pipeline etl is empty", '""']),
        ("environment: a", ["environment of pipeline etl is a text"]),
        ("environment: {dependencies: a}", ["environment.dependencies of pipeline"]),
        (
            "environment: {dependencies: [{a: b}]}",
            ["dependencies of pipeline etl is a"],
        ),
        ("environment: {dependencies: [null]}", ["of pipeline etl is empty"]),
    ],
)
def test_a_field_of_the_wrong_shape_is_refused(etl, refusal, fields, parts):
    message = refusal(etl(fields))
    assert message.startswith("databricks.yml, line 6: ")
    assert ": write " in message
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("definition", "part"),
    [
        ("", "pipeline etl is empty: write at least its libraries"),
        ("[a]", "definition of pipeline etl is a list"),
        ("{name: a}", "pipeline etl has no source files: name them under libraries"),
        ("{libraries: []}", "pipeline etl has no source files"),
        ("{ingestion_definition: {a: b}}", "only Databricks runs such a connector"),
    ],
)
def test_a_pipeline_without_source_files_is_refused(write, refusal, definition, part):
    text = f"resources:\n  pipelines:\n    etl: {definition}\n"
    message = refusal(write({"resources/etl.yml": text}))
    assert message.startswith("resources/etl.yml, line 3: ")
    assert part in message
