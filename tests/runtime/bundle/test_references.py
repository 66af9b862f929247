"""What references such as ``${var.x}`` stand for, and which have no value here."""

import pytest

RESOURCES = """\
    resources:
      schemas:
        s: {name: bronze, catalog_name: "${var.catalog}"}
      volumes:
        v:
          name: landing
          schema_name: ${resources.schemas.s.name}
          catalog_name: ${resources.schemas.s.catalog_name}
      catalogs: {c: {name: lake}}
      jobs: {j: {name: "nightly ${bundle.target}", tasks: [{task_key: first}]}}
      pipelines: {other: {catalog: elsewhere}}
    variables:
      catalog: {default: main}
      yes: {default: true}
      number: {default: 4.0}
      nested: {default: "${var.catalog}_${var.number}"}
      which: {default: catalog}
      deep: {type: complex, default: {list: [{a: "${var.nested}"}, b], text: x}}
      alias: {default: "${var.deep.list}"}
      变量: {default: unicode}
      double__name-1: {default: odd}
    """


@pytest.fixture
def value(write, pipeline):
    """value("${var.x}"): what a text in a configuration becomes."""

    def resolved(text, rest=RESOURCES):
        root = write(
            {
                "resources/etl.yml": f"""\
                resources:
                  pipelines:
                    etl:
                      configuration: {{x: '{text}'}}
                      libraries: [{{file: {{path: ../src/a.py}}}}]
                """,
                "resources/rest.yml": rest,
            }
        )
        return pipeline(root, "etl").configuration["x"]

    return resolved


@pytest.mark.parametrize(
    ("reference", "expected"),
    [
        ("${var.catalog}", "main"),
        ("${variables.catalog.value}", "main"),
        ("${variables.catalog.default}", "main"),
        ("a ${var.catalog}.${var.number} b", "a main.4 b"),
        ("${var.yes}", "true"),
        ("is ${var.yes}", "is true"),
        ("${var.nested}", "main_4"),
        ("${var.${var.which}}", "main"),
        ("x/${var.${var.which}}/y", "x/main/y"),
        ("${var.deep.text}", "x"),
        ("${var.deep.list[1]}", "b"),
        ("${var.deep.list[0].a}", "main_4"),
        ("${var.alias[0].a}", "main_4"),
        ("${variables.deep.value.text}", "x"),
        ("${var.变量}", "unicode"),
        ("${var.double__name-1}", "odd"),
        ("${bundle.name}", "shop"),
        ("${bundle.target}", "default"),
        ("${bundle.environment}", "default"),
        ("${workspace.current_user.userName}", "Jo.Doe@shop.com"),
        ("${workspace.current_user.short_name}", "jo_doe"),
        ("${workspace.current_user.domain_friendly_name}", "jo-doe"),
        ("${resources.schemas.s.name}", "bronze"),
        ("${resources.schemas.s.catalog_name}", "main"),
        ("${resources.schemas.s.id}", "main.bronze"),
        ("${resources.volumes.v.volume_path}", "/Volumes/main/bronze/landing"),
        ("${resources.volumes.v.volume_path}/in", "/Volumes/main/bronze/landing/in"),
        ("${resources.volumes.v.id}", "main.bronze.landing"),
        ("${resources.catalogs.c.name}", "lake"),
        ("${resources.catalogs.c.id}", "lake"),
        ("${resources.pipelines.other.catalog}", "elsewhere"),
        ("${resources.jobs.j.name}", "nightly default"),
        ("${resources.jobs.j.tasks[0].task_key}", "first"),
        ("{{secrets/scope/key}}", "{{secrets/scope/key}}"),
        ("$ { } ${} ${1} ${a b} $x", "$ { } ${} ${1} ${a b} $x"),
    ],
)
def test_a_reference_stands_for_its_value(value, reference, expected):
    assert value(reference) == expected


@pytest.mark.parametrize(
    ("text", "path"),
    [
        ("${workspace.file_path}", ""),
        ("${workspace.root_path}", ""),
        ("${workspace.file_path}/src", "/src"),
        ("${workspace.root_path}/files/src", "/src"),
        ("${workspace.root_path}/files", ""),
        ("${workspace.root_path}/filesystem", "/filesystem"),
        ("/Workspace${workspace.file_path}/src", "/src"),
        ("/Workspace/${workspace.root_path}/files/src", "/src"),
    ],
)
def test_the_files_of_the_workspace_are_those_of_the_bundle(
    value, tmp_path, text, path
):
    assert value(text) == tmp_path.as_posix() + path


def test_a_reference_keeps_the_type_of_what_it_refers_to(etl, pipeline):
    root = etl(
        """\
        serverless: ${var.off}
        configuration: ${var.settings}
        environment: {dependencies: "${var.packages}"}
        """,
        """\
        variables:
          off: {default: false}
          settings: {type: complex, default: {a: 1, b: "${var.off}"}}
          packages: {type: complex, default: [x==1, "-e ${workspace.file_path}"]}
        """,
    )
    spec = pipeline(root)
    assert spec.serverless is False
    assert spec.configuration == {"a": "1", "b": "false"}
    assert spec.dependencies == ("x==1", f"-e {root.as_posix()}")


UNRESOLVED = """\
    variables:
      empty: {description: nothing}
      found: {lookup: {warehouse: w}}
      chained: {default: "a ${var.empty}"}
      host: {default: "${workspace.host}"}
      mapping: {type: complex, default: {a: b}}
      complex: {type: complex}
    resources:
      jobs: {nightly: {name: n}}
    """


@pytest.mark.parametrize(
    ("reference", "parts"),
    [
        ("${var.empty}", ["line 2", "no value", "--var empty=value"]),
        ("${var.found}", ["looked up in a workspace", "--var found=value"]),
        ("${var.chained}", ["${var.empty}", "--var empty=value"]),
        ("${var.host}", ["${workspace.host}", "deployment", "--var host=value"]),
        ("${var.complex}", ["no value", "--conf x=value"]),
        ("${var.emty}", ["no variable emty", "did you mean empty?"]),
        ("${var.mapping.b}", ["its value has no such part", "--conf x=value"]),
        ("a ${var.mapping}", ["is a mapping, which cannot be a part of a text"]),
        ("${workspace.host}", ["only a deployment", "--conf x=value"]),
        ("${bundle.git.branch}", ["only a deployment"]),
        ("${resources.jobs.nightly.id}", ["only a deployment"]),
        ("${resources.jobs.nightli.id}", ["no such resource; did you mean nightly?"]),
        ("${resources.clusters.c.id}", ["no such resource"]),
        ("${spark.conf.x}", ["the bundle does not state it"]),
    ],
)
def test_a_reference_without_a_value_is_refused_with_a_remedy(
    write, refusal, reference, parts
):
    root = write(
        {
            "resources/a.yml": UNRESOLVED,
            "resources/etl.yml": f"""\
                resources:
                  pipelines:
                    etl:
                      libraries: [{{file: {{path: ../src/a.py}}}}]
                      configuration:
                        x: {reference}
                """,
        }
    )
    message = refusal(root)
    start = "resources/etl.yml, line 6: configuration x of pipeline etl needs ${"
    assert message.startswith(start)
    for part in parts:
        assert part in message


def test_all_that_has_no_value_is_told_at_once_a_line_each(etl, refusal):
    root = etl(
        """\
        catalog: ${var.a}
        schema: ${var.b}_${var.c}
        configuration:
          x: ${workspace.host}
        """,
        "variables: {a: , b: , c: {default: fine}}\n",
    )
    lines = refusal(root).splitlines()
    assert [line.split(" needs ")[0] for line in lines] == [
        "databricks.yml, line 6: catalog of pipeline etl",
        "databricks.yml, line 7: schema of pipeline etl",
        "databricks.yml, line 9: configuration x of pipeline etl",
    ]
    assert lines[0].endswith(": give one with --var a=value")
    assert lines[2].endswith(": give one with --conf x=value")


def test_a_complex_variable_without_a_value_is_told_with_its_file(etl, refusal):
    root = etl("configuration: ${var.x}", "variables: {x: {type: complex}}\n")
    assert refusal(root).endswith(
        "write one into .databricks/bundle/default/variable-overrides.json"
    )


def test_what_only_a_deployment_knows_needs_a_variable_in_other_fields(etl, refusal):
    message = refusal(etl("schema: ${workspace.host}"))
    assert message.endswith(
        "write a value there, or a variable that you give with --var"
    )


@pytest.mark.parametrize(
    ("variables", "cycle"),
    [
        ("{a: '${var.a}'}", "var.a -> var.a"),
        ("{a: '${var.b}', b: 'x ${var.c}', c: '${var.a}'}", None),
        ("{a: {default: {x: '${var.b}'}}, b: {default: ['${var.a}']}}", None),
        ("{a: '${variables.a.value}'}", "var.a -> var.a"),
    ],
)
def test_a_cycle_among_variables_is_shown(etl, refusal, variables, cycle):
    message = refusal(etl("catalog: ${var.a}", f"variables: {variables}\n"))
    assert "databricks.yml, line 6: catalog of pipeline etl" in message
    if cycle is None:
        steps = ["a", "b", "c", "a"] if "var.c" in variables else ["a", "b", "a"]
        cycle = " -> ".join(f"var.{step}" for step in steps)
    assert f"it refers to itself, {cycle}" in message


def test_variables_that_refer_to_parts_of_each_other_are_allowed(etl, pipeline):
    root = etl(
        "configuration: ${var.a}",
        """\
        variables:
          a: {default: {x: 500, y: "${var.b.y}"}}
          b: {default: {x: "${var.a.x}", y: 2.5}}
        """,
    )
    assert pipeline(root).configuration == {"x": "500", "y": "2.5"}


def test_a_user_whose_name_is_unknown_is_told(etl, refusal, monkeypatch):
    def unknown():
        raise OSError("no account")

    monkeypatch.setattr("getpass.getuser", unknown)
    message = refusal(etl("schema: ${workspace.current_user.short_name}"))
    assert (
        "schema of pipeline etl needs ${workspace.current_user.short_name}" in message
    )
