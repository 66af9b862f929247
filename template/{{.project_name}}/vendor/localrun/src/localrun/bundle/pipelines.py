"""What a run needs of one pipeline of a bundle.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/resources, `pipelines`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from localrun.bundle.fields import Fields
from localrun.bundle.nodes import Node, kind
from localrun.bundle.references import References
from localrun.bundle.sources import Library, Source, local, sources
from localrun.errors import UsageError

# The types of libraries that are source files, and the key of their path.
_PATHS = {"glob": "include", "file": "path", "notebook": "path"}


@dataclass(frozen=True)
class PipelineSpec:
    """A pipeline as a target of the bundle deploys it, with its references resolved.

    - `name`, `catalog` and `schema` are the plain ones, without the prefix that the CLI
      puts before names in development mode. Without a catalog and a schema in the
      bundle they are hive_metastore and default; `target` is the older word for schema.
    - `serverless` is as stated; where nothing is stated, it is False for a pipeline
      with clusters and True for any other, since that is the stricter one.
    - `root_path` and the paths of `sources` are absolute.
    - `dependencies` are the texts of environment.dependencies.
    - `place` is where the pipeline is defined, as "resources/etl.pipeline.yml, line 4".
    """

    key: str
    name: str
    catalog: str
    schema: str
    root_path: Path | None
    sources: tuple[Source, ...]
    configuration: dict[str, str]
    serverless: bool
    dependencies: tuple[str, ...]
    place: str


def specify(
    key: str, node: Node, references: References, given: Mapping[str, str]
) -> PipelineSpec:
    """The pipeline `key`, defined by `node`, with `given` over its configuration.

    Raises UsageError for values of the wrong shape, for source files that are not
    there, and, one line each, for all references that have no value on this machine.
    """
    if node.value is None:
        raise UsageError(
            f"{node.place}: pipeline {key} is empty: write at least its libraries"
        )
    fields = Fields(references, f"pipeline {key}")
    entries = {
        name: value
        for name, value in fields.mapping(node, "definition").items()
        if value.value is not None
    }
    name = fields.text(entries.get("name"), "name")
    catalog = fields.text(entries.get("catalog"), "catalog")
    schema = fields.text(entries.get("schema"), "schema")
    if "schema" not in entries:
        schema = fields.text(entries.get("target"), "target")
    root_path = fields.text(entries.get("root_path"), "root_path")
    serverless = fields.boolean(entries.get("serverless"), "serverless")
    configuration = _configuration(entries.get("configuration"), fields, given)
    dependencies = _dependencies(entries.get("environment"), fields)
    libraries = _libraries(entries.get("libraries"), fields, key)
    fields.refuse_unresolved()
    if not libraries:
        raise UsageError(_no_libraries(key, node, entries))
    return PipelineSpec(
        key=key,
        name=name or key,
        catalog=catalog or "hive_metastore",
        schema=schema or "default",
        root_path=_folder(root_path, entries["root_path"]) if root_path else None,
        sources=sources(libraries),
        configuration=configuration,
        serverless=not _has_clusters(entries) if serverless is None else serverless,
        dependencies=dependencies,
        place=str(node.place),
    )


def _configuration(
    node: Node | None, fields: Fields, given: Mapping[str, str]
) -> dict[str, str]:
    values = {}
    for key, value in fields.mapping(node, "configuration").items():
        if key in given:
            values[key] = given[key]
            continue
        text = fields.text(value, f"configuration {key}", f"--conf {key}=value")
        values[key] = text or ""
    return {**values, **given}


def _dependencies(node: Node | None, fields: Fields) -> tuple[str, ...]:
    entries = fields.mapping(node, "environment")
    dependencies = entries.get("dependencies")
    if dependencies is None or dependencies.value is None:
        return ()
    field = "environment.dependencies"
    texts = [fields.text(one, field) for one in fields.sequence(dependencies, field)]
    return tuple(text for text in texts if text)


def _libraries(node: Node | None, fields: Fields, key: str) -> list[Library]:
    libraries = []
    for entry in fields.sequence(node, "libraries"):
        parts = fields.mapping(entry, "an entry of libraries")
        if len(parts) != 1 or not parts.keys() <= _PATHS.keys():
            found = ", ".join(parts) if parts else kind(entry.value)
            raise UsageError(
                f"{entry.place}: a library of pipeline {key} is {found}: only one of "
                "glob, file and notebook can be run here; packages belong in "
                "environment.dependencies"
            )
        [(type_, value)] = parts.items()
        path = fields.mapping(value, type_).get(_PATHS[type_])
        if path is None:
            raise UsageError(
                f"{value.place}: {type_} of pipeline {key} has no {_PATHS[type_]}: "
                f"write it as {type_}: {{{_PATHS[type_]}: ../src/…}}"
            )
        if text := fields.text(path, f"{type_}.{_PATHS[type_]}"):
            libraries.append(Library(type_, text, path.place))
    return libraries


def _no_libraries(key: str, node: Node, entries: Mapping[str, Node]) -> str:
    for name in ("ingestion_definition", "gateway_definition"):
        if name in entries:
            return (
                f"{entries[name].place}: pipeline {key} has {name}: only Databricks "
                "runs such a connector; choose a pipeline with source files"
            )
    return (
        f"{node.place}: pipeline {key} has no source files: name them under libraries, "
        "as in `- glob: {include: ../src/**}`"
    )


def _folder(path: str, node: Node) -> Path:
    folder = local(path, node.place)
    if not folder.is_dir():
        raise UsageError(
            f"{node.place}: root_path {path} is not a folder on this machine: correct "
            "the path; it begins at the folder of its YAML file"
        )
    return folder


def _has_clusters(entries: Mapping[str, Node]) -> bool:
    clusters = entries.get("clusters")
    return clusters is not None and clusters.value != []
