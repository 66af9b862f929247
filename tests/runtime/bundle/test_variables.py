"""The variables of a bundle and where their values come from."""

import json

import pytest

X = "catalog: ${var.x}"


def saved(root, target, values):
    path = root / ".databricks" / "bundle" / target / "variable-overrides.json"
    path.parent.mkdir(parents=True)
    path.write_text(values if isinstance(values, str) else json.dumps(values))


def test_values_are_taken_in_the_order_of_the_cli(etl, pipeline, monkeypatch):
    rest = "variables: {x: {default: by_default}}\n"
    assert pipeline(etl(X, rest)).catalog == "by_default"
    root = etl(X, rest + "targets: {dev: {variables: {x: by_target}}}\n")
    assert pipeline(root).catalog == "by_target"
    saved(root, "dev", {"x": "by_file"})
    assert pipeline(root).catalog == "by_file"
    monkeypatch.setenv("BUNDLE_VAR_x", "by_environment")
    assert pipeline(root).catalog == "by_environment"
    assert pipeline(root, variables={"x": "by_option"}).catalog == "by_option"


@pytest.mark.parametrize(
    ("defined", "in_target"),
    [
        ("{x: a}", "{}"),
        ("{x: {default: a}}", "{}"),
        ("{x: }", "{x: a}"),
        ("{x: {description: some}}", "{x: {default: a}}"),
        ("{x: {default: b}}", "{x: {default: a, description: some}}"),
        ("{x: {default: a}}", "{x: }"),
        ("{x: {lookup: {warehouse: b}}}", "{x: a}"),
        ("{x: {lookup: {warehouse: b}}}", "{x: {default: a}}"),
    ],
)
def test_short_and_long_forms_give_a_value(etl, pipeline, defined, in_target):
    rest = f"variables: {defined}\ntargets: {{dev: {{variables: {in_target}}}}}\n"
    assert pipeline(etl(X, rest)).catalog == "a"


def test_a_target_may_state_a_complex_value_in_short(etl, pipeline):
    root = etl(
        "configuration: ${var.x}",
        """\
        variables:
          x: {type: complex, default: {a: "1", b: "2"}}
        targets:
          dev: {variables: {x: {c: "3"}}}
        """,
    )
    assert pipeline(root).configuration == {"c": "3"}


@pytest.mark.parametrize("source", ["option", "environment", "file"])
def test_a_variable_that_is_looked_up_may_be_given(etl, pipeline, monkeypatch, source):
    root = etl(X, "variables: {x: {lookup: {warehouse: w}}}\n")
    if source == "environment":
        monkeypatch.setenv("BUNDLE_VAR_x", "id")
    if source == "file":
        saved(root, "default", {"x": "id"})
    given = {"x": "id"} if source == "option" else {}
    assert pipeline(root, variables=given).catalog == "id"


def test_an_unknown_name_in_the_option_is_refused(etl, refusal):
    root = etl(rest="variables: {schema: {default: a}}")
    message = refusal(root, variables={"shema": "b"})
    assert message.startswith("--var shema: ")
    assert message.endswith("did you mean schema?")


def test_an_unknown_name_in_a_target_is_refused(etl, refusal):
    rest = """\
        variables: {schema: {default: a}}
        targets:
          dev:
            variables:
              shema: b
        """
    message = refusal(etl(rest=rest))
    assert message.startswith("databricks.yml, line 10: variable shema ")
    assert message.endswith("did you mean schema?")


@pytest.mark.parametrize("source", ["--var x", "BUNDLE_VAR_x"])
def test_a_complex_variable_takes_no_text(etl, refusal, monkeypatch, source):
    given = {"x": "a"} if source == "--var x" else {}
    if not given:
        monkeypatch.setenv("BUNDLE_VAR_x", "a")
    root = etl(rest="variables: {x: {type: complex, default: {a: b}}}")
    message = refusal(root, variables=given)
    assert message.startswith(f"{source}: variable x is of type complex")
    assert ".databricks/bundle/default/variable-overrides.json" in message


def test_the_file_of_overrides_gives_complex_values(etl, pipeline):
    root = etl("configuration: ${var.x}", "variables: {x: {type: complex}}")
    saved(root, "default", {"x": {"a": True, "b": 2}})
    assert pipeline(root).configuration == {"a": "true", "b": "2"}


@pytest.mark.parametrize(
    ("values", "parts"),
    [
        ({"x": {"a": 1}}, ["variable x is a mapping and must be a text", "line 6"]),
        ({"y": "a"}, ["variable y is a text and must be a list or a mapping"]),
        ("[1]", ["the file is a list and must be a mapping"]),
        ('{"x": ', ["not YAML"]),
    ],
)
def test_a_wrong_file_of_overrides_is_refused(etl, refusal, values, parts):
    root = etl(rest="variables: {x: {default: a}, y: {type: complex}}")
    saved(root, "default", values)
    message = refusal(root)
    place = ".databricks/bundle/default/variable-overrides.json, line 1: "
    for part in [place, *parts]:
        assert part in message


def test_a_variable_without_a_value_does_not_matter_where_nothing_needs_it(
    etl, pipeline
):
    rest = """\
        variables: {x: , warehouse: {lookup: {warehouse: w}}, y: "${var.x}"}
        """
    root = etl("notifications: ['${var.x}']\nclusters: ['${var.y}']", rest)
    assert pipeline(root).key == "etl"
