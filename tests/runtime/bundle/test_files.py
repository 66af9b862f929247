"""Where a bundle is, which files it has, and what they say together."""

import pytest

from localrun.bundle import find, load
from localrun.errors import UsageError

ETL = "resources: {pipelines: {etl: {libraries: [{file: {path: ../src/a.py}}]}}}\n"


@pytest.mark.parametrize(
    "name", ["databricks.yml", "databricks.yaml", "bundle.yml", "bundle.yaml"]
)
def test_the_root_is_the_nearest_folder_above_with_the_main_file(tmp_path, name):
    inside = tmp_path / "src" / "deep"
    inside.mkdir(parents=True)
    (tmp_path / name).write_text("bundle: {name: shop}")
    assert find(inside) == find(tmp_path) == tmp_path


def test_a_folder_outside_of_a_bundle_is_refused_in_one_sentence(tmp_path):
    with pytest.raises(UsageError, match=r"is not inside a bundle.*databricks\.yml$"):
        find(tmp_path)


def test_two_main_files_in_one_folder_are_refused(write):
    root = write({"bundle.yml": ""})
    with pytest.raises(UsageError, match=r"databricks\.yml and bundle\.yml: keep one"):
        find(root)


@pytest.mark.parametrize(
    ("pattern", "file"),
    [
        ("resources/*.yml", "resources/etl.yml"),
        ("./resources/*.pipeline.yml", "resources/etl.pipeline.yml"),
        ("resources/etl.yml", "resources/etl.yml"),
        ("resources/**.yml", "resources/etl.yml"),
        ("*/[d-f]t?.yaml", "resources/etl.yaml"),
        ("resources/*.json", "resources/etl.json"),
    ],
)
def test_a_pattern_of_include_finds_a_file(write, pipeline, pattern, file):
    main = f"bundle: {{name: shop}}\ninclude: ['{pattern}']\n"
    text = (
        ETL
        if not file.endswith("json")
        else (
            '{"resources": {"pipelines": {"etl": {\n'
            '\t"libraries": [{"file": {"path": "..\\/src/a.py"}}]}}}}'
        )
    )
    spec = pipeline(write({"databricks.yml": main, file: text}))
    assert (spec.key, spec.place.split(",")[0]) == ("etl", file)


def test_two_stars_in_include_stand_for_one_folder_as_for_the_cli(write):
    main = "bundle: {name: shop}\ninclude: ['resources/**/*.yml']\n"
    pipelines = "resources: {pipelines: {%s: {}}}\n"
    root = write(
        {
            "databricks.yml": main,
            "resources/b.yml": pipelines % "b",
            "resources/sub/a.yml": pipelines % "a",
            "resources/sub/deep/c.yml": pipelines % "c",
        }
    )
    assert load(root).pipelines == ("a",)


def test_files_are_included_in_the_order_of_their_patterns_and_once(write):
    main = "bundle: {name: shop}\ninclude: [z/*.yml, '*/*.yml']\n"
    pipelines = "resources: {pipelines: {%s: {}}}\n"
    root = write(
        {"databricks.yml": main, "a/a.yml": pipelines % "a", "z/z.yml": pipelines % "z"}
    )
    assert load(root).pipelines == ("z", "a")


@pytest.mark.parametrize(
    ("entry", "parts"),
    [
        ("resources/etl.yml", ["resources/etl.yml", "does not exist"]),
        ("/etc/etl.yml", ["absolute", "relative to the bundle"]),
        ("src/*.py", ["src/a.py", "neither YAML nor JSON"]),
    ],
)
def test_an_entry_of_include_that_is_wrong_is_refused(write, refusal, entry, parts):
    message = refusal(
        write({"databricks.yml": f"bundle: {{name: s}}\ninclude:\n  - {entry}\n"})
    )
    for part in ["databricks.yml, line 3", *parts]:
        assert part in message


def test_a_pattern_without_a_match_is_allowed(etl, pipeline):
    assert pipeline(etl(rest="include: [resources/*.yml]")).key == "etl"


def test_included_files_define_variables_and_targets_too(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: shop}
                include: [resources/*.yml]
                variables: {catalog: {description: where}}
                targets: {dev: {default: true}, prod: }
                """,
            "resources/all.yml": """\
                variables: {catalog: {default: main}}
                targets: {prod: {variables: {catalog: live}}}
                """,
            "resources/etl.yml": """\
                resources:
                  pipelines:
                    etl:
                      catalog: ${var.catalog}
                      libraries: [{file: {path: ../src/a.py}}]
                """,
        }
    )
    assert pipeline(root).catalog == "main"
    assert pipeline(root, target="prod").catalog == "live"


def test_a_pipeline_in_two_files_is_refused_with_both_places(write, refusal):
    message = refusal(
        write({"resources/a.yml": ETL, "resources/b.yml": "# again\n" + ETL})
    )
    assert "resources/b.yml, line 2: pipeline etl" in message
    assert "resources/a.yml, line 1 too: rename" in message


def test_values_of_different_shapes_in_two_files_are_refused(write, refusal):
    message = refusal(
        write({"resources/a.yml": "sync: [x]\n", "resources/b.yml": "sync: {a: b}\n"})
    )
    assert "resources/b.yml, line 1: this is a mapping" in message
    assert "resources/a.yml, line 1 it is a list" in message


@pytest.mark.parametrize(
    ("text", "line", "parts"),
    [
        ("a: 1\nb: [1, 2\n", 3, ["not YAML", "check the indentation"]),
        ("a: 1\nb:\n\t- c\n", 3, ["tab", "indent with spaces"]),
        ("a: x: y\n", 1, ["not YAML"]),
        ("a: 1\n---\nb: 2\n", 2, ["second document", "file of its own"]),
        ("a: 1\nb: \x00\n", 2, ["control character", "remove"]),
        ("a: 1\nb: 2\na: 3\n", 3, ["key a stands twice", "line 1", "keep one"]),
        ("a: {b: 1,\n  b: 2}\n", 2, ["key b stands twice", "line 1 too"]),
        ("a: 1\n2: x\n", 2, ["a key is something other than a text", "quote it"]),
        ("a: &x\n  b: *x\n", 1, ["contains itself"]),
        ("a: 1\nb: *x\n", 2, ["undefined alias"]),
        ("a: 1\n<<: 2\n", 2, ["`<<`", "mappings"]),
        ("a: !secret x\n", 1, ["!secret", "remove the type"]),
        ("- a\n", 1, ["the file is a list and must be a mapping", "key: value"]),
        ("just text\n", 1, ["the file is a text and must be a mapping"]),
    ],
)
def test_a_file_that_is_not_sound_yaml_is_refused_with_its_line(
    write, refusal, text, line, parts
):
    root = write({})
    (root / "resources").mkdir()
    (root / "resources" / "x.yml").write_text(text)
    message = refusal(root)
    for part in [f"resources/x.yml, line {line}: ", *parts]:
        assert part in message
    assert "\n" not in message


def test_a_file_that_is_not_utf_8_is_refused_with_its_line(write, refusal):
    root = write({})
    (root / "resources").mkdir()
    (root / "resources" / "x.yml").write_bytes(b"a: 1\nb: caf\xe9\n")
    assert "resources/x.yml, line 2: the text is not UTF-8" in refusal(root)


def test_a_file_nested_without_end_is_refused(write, refusal):
    root = write({"resources/x.yml": "a: " + "[" * 3000 + "]" * 3000})
    assert "resources/x.yml: its values are nested too deeply" in refusal(root)


def test_a_byte_order_mark_and_an_empty_file_are_allowed(write):
    root = write({"resources/x.yml": "", "resources/y.yml": "\ufeff" + ETL})
    assert load(root).pipelines == ("etl",)


def test_anchors_and_merge_keys_share_fields(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: shop}
                common: &common
                  catalog: main
                  schema: shared
                more: &more {schema: later}
                resources:
                  pipelines:
                    etl:
                      <<: [*common, *more]
                      name: own
                      libraries: &libraries [{file: {path: src/a.py}}]
                    other:
                      <<: *common
                      schema: other
                      libraries: *libraries
                """
        }
    )
    spec = pipeline(root, "etl")
    assert (spec.catalog, spec.schema, spec.name) == ("main", "later", "own")
    assert pipeline(root, "other").schema == "other"


@pytest.mark.parametrize(
    ("written", "text"),
    [
        ("true", "true"),
        ("FALSE", "false"),
        ("yes", "yes"),
        ("off", "off"),
        ("007", "7"),
        ("1_000", "1000"),
        ("0x1F", "31"),
        ("-3", "-3"),
        ("1.10", "1.1"),
        ("2.0", "2"),
        ("1e3", "1000"),
        ("'1.10'", "1.10"),
        ("12:30:45", "12:30:45"),
        ("2024-05-01", "2024-05-01"),
        ("00000000-0000-0000", "00000000-0000-0000"),
        ('""', ""),
        ("!!str 5", "5"),
        (".inf", "inf"),
    ],
)
def test_a_value_reads_as_the_cli_reads_it(etl, pipeline, written, text):
    root = etl(f"configuration: {{x: {written}}}")
    assert pipeline(root).configuration == {"x": text}


@pytest.mark.parametrize(
    ("main", "parts"),
    [
        ("bundle: {name: s}\nresources: [a]", ["line 2: resources is a list"]),
        (
            "bundle: {name: s}\nresources:\n  pipelines: [a]",
            ["line 3: pipelines is a list"],
        ),
        ("bundle: {name: s}\ninclude: {a: b}", ["line 2: include is a mapping"]),
        ("bundle: {name: s}\ninclude: [{a: b}]", ["line 2: an entry of include is a"]),
        ("bundle: {name: s}\ninclude: [null]", ["line 2: an entry of include is emp"]),
        ("bundle: {name: s}\nvariables: [a]", ["line 2: variables is a list"]),
        ("bundle: {name: s}\ntargets: x", ["line 2: targets is a text"]),
        ("bundle: {name: s}\ntargets: {dev: [a]}", ["line 2: target dev is a list"]),
        (
            "bundle: {name: s}\ntargets: {dev: {resources: {pipelines: 5}}}",
            ["line 2: pipelines is a number"],
        ),
        ("bundle: {}", ["line 1: the bundle has no name", "`bundle: {name: …}`"]),
        ("bundle: {name: [a]}", ["line 1: name of the bundle is a list"]),
    ],
)
def test_a_section_of_the_wrong_shape_is_refused(write, refusal, main, parts):
    message = refusal(write({"databricks.yml": main}))
    assert message.startswith("databricks.yml, line")
    for part in parts:
        assert part in message
    assert "write" in message


def test_empty_sections_are_allowed(etl, pipeline):
    rest = "include:\nvariables:\ntargets:\nworkspace:\n"
    assert pipeline(etl("environment:\nconfiguration:", rest)).configuration == {}


def test_the_name_of_the_bundle_is_resolved(write):
    main = "bundle: {name: 'shop_${var.x}'}\nvariables: {x: {default: a}}\n"
    assert load(write({"databricks.yml": main})).name == "shop_a"
