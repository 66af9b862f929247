"""Values of any shape, anywhere in a bundle: a UsageError in one sentence at most."""

import copy
from collections.abc import Iterator

import pytest
import yaml

from localrun.bundle import load
from localrun.errors import UsageError

BUNDLE = {
    "bundle": {"name": "shop"},
    "include": ["resources/*.yml"],
    "variables": {
        "a": {"default": "x", "description": "some"},
        "b": {"type": "complex", "default": {"k": ["${var.a}"]}},
        "c": "${var.b.k[0]}",
        "d": {"lookup": {"warehouse": "w"}},
        "e": {"default": True},
    },
    "resources": {
        "schemas": {"s": {"name": "${var.c}", "catalog_name": "main"}},
        "volumes": {"v": {"name": "v", "schema_name": "s", "catalog_name": "main"}},
        "pipelines": {
            "etl": {
                "name": "${bundle.name}",
                "catalog": "${resources.schemas.s.catalog_name}",
                "schema": "${resources.schemas.s.name}",
                "root_path": "src",
                "serverless": "${var.e}",
                "clusters": [{"label": "default"}],
                "libraries": [
                    {"glob": {"include": "src/**"}},
                    {"file": {"path": "src/a.py"}},
                    {"notebook": {"path": "src/a"}},
                ],
                "configuration": {"k": "${resources.volumes.v.volume_path}"},
                "environment": {"dependencies": ["x==1"]},
            }
        },
    },
    "targets": {
        "dev": {
            "default": True,
            "mode": "development",
            "workspace": {"host": "https://x"},
            "variables": {"a": "y", "d": {"default": "z"}},
            "resources": {"pipelines": {"etl": {"configuration": {"l": "m"}}}},
        },
        "prod": {},
    },
    "experimental": {"python": {"venv_path": ".venv"}},
}
VALUES = [
    None,
    [],
    {},
    "",
    "text",
    "${var.a}",
    "${var.b}",
    7,
    True,
    [None],
    {"a": None},
]


def paths(value: object, path: tuple = ()) -> Iterator[tuple]:
    yield path
    inside = value.items() if isinstance(value, dict) else ()
    for key, part in enumerate(value) if isinstance(value, list) else inside:
        yield from paths(part, (*path, key))


@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_of_any_shape_anywhere_leads_to_a_spec_or_a_sentence(write, value):
    root = write({})
    for path in paths(BUNDLE):
        document = value
        if path:
            document = copy.deepcopy(BUNDLE)
            inside = document
            for key in path[:-1]:
                inside = inside[key]
            inside[path[-1]] = value
        (root / "databricks.yml").write_text(yaml.safe_dump(document))
        try:
            load(root).pipeline()
        except UsageError as error:
            assert str(error), path


def test_the_bundle_itself_is_sound(write, pipeline):
    spec = pipeline(write({"databricks.yml": yaml.safe_dump(BUNDLE)}))
    assert (spec.catalog, spec.schema, spec.serverless) == ("main", "y", True)
    assert spec.configuration == {"k": "/Volumes/main/s/v", "l": "m"}
