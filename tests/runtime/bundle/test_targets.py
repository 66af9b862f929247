"""The target of a bundle, and what it changes of a pipeline."""

import pytest

from localrun.bundle import load

SEVERAL = "targets: {dev: , staging: , prod: {mode: production}}\n"


def test_the_target_that_is_the_default_is_taken(etl):
    root = etl(rest="targets: {prod: {}, dev: {default: true}}")
    assert load(root).target == "dev"


def test_the_only_target_is_taken(etl):
    assert load(etl(rest="targets: {prod: }")).target == "prod"


def test_a_bundle_without_targets_has_one_called_default(etl, pipeline):
    root = etl("schema: ${bundle.target}")
    assert load(root).target == load(root, "default").target == "default"
    assert pipeline(root).schema == "default"


def test_the_target_is_chosen_by_name(etl):
    assert load(etl(rest=SEVERAL), "prod").target == "prod"


def test_several_targets_without_a_default_are_named_with_the_option(etl, refusal):
    message = refusal(etl(rest=SEVERAL))
    assert "dev, staging and prod" in message
    assert "--target dev" in message


def test_an_unknown_target_is_refused_with_the_nearest_name(etl, refusal):
    message = refusal(etl(rest=SEVERAL), target="prd")
    assert message.startswith("--target prd: ")
    assert message.endswith("did you mean prod?")


def test_a_target_of_a_bundle_without_targets_is_refused(etl, refusal):
    assert refusal(etl(), target="dev") == "--target dev: the bundle has no targets"


def test_two_defaults_are_refused(etl, refusal):
    rest = "targets:\n  a: {default: true}\n  b: {default: true}\n"
    message = refusal(etl(rest=rest))
    assert "databricks.yml, line 8: the targets a and b are all the default" in message


def test_environments_is_the_older_word_for_targets(etl):
    assert load(etl(rest="environments: {dev: }")).target == "dev"


def test_a_target_overrides_the_schema_of_a_pipeline(etl, pipeline):
    root = etl(
        """\
        catalog: main
        schema: plain
        configuration: {a: top, b: top}
        """,
        """\
        targets:
          dev: {default: true}
          prod:
            resources:
              pipelines:
                etl: {schema: live, configuration: {b: target, c: target}}
        """,
    )
    dev, prod = pipeline(root), pipeline(root, target="prod")
    assert (dev.catalog, dev.schema) == ("main", "plain")
    assert (prod.catalog, prod.schema) == ("main", "live")
    assert dev.configuration == {"a": "top", "b": "top"}
    assert prod.configuration == {"a": "top", "b": "target", "c": "target"}


def test_a_target_adds_its_libraries_as_the_cli_does(etl, write, pipeline):
    root = etl(
        rest="""\
        targets:
          dev:
            resources: {pipelines: {etl: {libraries: [{file: {path: src/b.py}}]}}}
        """
    )
    (root / "src" / "b.py").touch()
    assert [source.path.name for source in pipeline(root).sources] == ["a.py", "b.py"]


def test_a_pipeline_may_be_defined_in_a_target_only(write, pipeline, refusal):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: shop}
                targets:
                  dev: {default: true}
                  prod:
                    resources:
                      pipelines:
                        etl: {libraries: [{file: {path: src/a.py}}]}
                """
        }
    )
    assert pipeline(root, target="prod").place == "databricks.yml, line 7"
    message = refusal(root)
    assert "no pipeline for target dev, only for prod" in message
    assert "--target prod" in message


@pytest.mark.parametrize(
    ("reference", "value"),
    [
        ("${bundle.target}", "prod"),
        ("${bundle.environment}", "prod"),
        ("${bundle.mode}", "production"),
        ("${bundle.name}", "live_shop"),
        ("${workspace.host}", "https://x"),
    ],
)
def test_a_target_changes_what_references_stand_for(etl, pipeline, reference, value):
    root = etl(
        f"configuration: {{x: '{reference}'}}",
        """\
        targets:
          prod:
            mode: production
            bundle: {name: live_shop}
            workspace: {host: https://x}
        """,
    )
    assert pipeline(root).configuration == {"x": value}
