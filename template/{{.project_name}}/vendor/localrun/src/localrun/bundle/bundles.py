"""A bundle, for one target, with the pipelines that it defines."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from localrun.bundle.fields import Fields
from localrun.bundle.files import pipelines_of, read_all
from localrun.bundle.nodes import Node, did_you_mean, listed
from localrun.bundle.pipelines import PipelineSpec, specify
from localrun.bundle.references import References
from localrun.bundle.targets import all_targets, select
from localrun.bundle.variables import assign
from localrun.errors import UsageError


@dataclass(frozen=True)
class Bundle:
    """A bundle for one target; `pipelines` are the keys of its pipelines, in order."""

    root: Path
    name: str
    target: str
    pipelines: tuple[str, ...]
    _references: References = field(repr=False, compare=False)

    def pipeline(
        self, key: str | None = None, configuration: Mapping[str, str] = {}
    ) -> PipelineSpec:
        """The pipeline `key`, or the only one, with all its references resolved.

        `configuration` are values over those of the pipeline, as --conf gives them; a
        key that is given need not have a value in the bundle.

        Raises UsageError where the bundle does not define it, where several are there
        and none is chosen, and for what `pipelines.specify` refuses.
        """
        chosen = self._key(key)
        node = pipelines_of(self._references.config)[chosen]
        return specify(chosen, node, self._references, configuration)

    def _key(self, key: str | None) -> str:
        if not self.pipelines:
            raise UsageError(_no_pipelines(self._references.config, self.target))
        if key is None and len(self.pipelines) > 1:
            raise UsageError(
                f"the bundle has the pipelines {listed(self.pipelines)}: choose one, "
                f"as in localrun run {self.pipelines[0]}, or with --pipeline for sql"
            )
        if key is not None and key not in self.pipelines:
            hint = did_you_mean(key, self.pipelines)
            raise UsageError(
                f"the bundle defines no pipeline {key} for target {self.target}, only "
                f"{listed(self.pipelines)}{hint}{_in_python(self._references.config)}"
            )
        return key or self.pipelines[0]


def load(
    root: Path, target: str | None = None, variables: Mapping[str, str] = {}
) -> Bundle:
    """The bundle in folder `root`, for `target` or for its default target.

    `variables` are values of variables, as --var gives them. Raises UsageError, with
    file and line, for files that are not those of a bundle, for an unknown target, and
    for values of variables that the bundle does not define.
    """
    root = Path(os.path.abspath(root))
    config = read_all(root)
    selected = select(config, target)
    values = assign(
        root, selected.name, config.get("variables"), selected.variables, variables
    )
    references = References(root, selected.name, selected.config, values)
    fields = Fields(references, "the bundle")
    name = fields.text(selected.config.get("bundle", "name"), "name")
    fields.refuse_unresolved()
    if not name:
        raise UsageError(
            f"{config.place}: the bundle has no name: write `bundle: {{name: …}}`"
        )
    pipelines = tuple(pipelines_of(selected.config))
    return Bundle(root, name, selected.name, pipelines, references)


def _no_pipelines(config: Node, target: str) -> str:
    others = [name for name, node in all_targets(config).items() if pipelines_of(node)]
    if others:
        return (
            f"the bundle defines no pipeline for target {target}, only for "
            f"{listed(others)}: choose one, as in --target {others[0]}"
        )
    return (
        "the bundle defines no pipeline: write one under resources, pipelines in "
        f"{config.place.path.name}, or in a file that its include names"
        f"{_in_python(config)}"
    )


def _in_python(config: Node) -> str:
    for keys in (("python",), ("experimental", "python"), ("experimental", "pydabs")):
        if node := config.get(*keys):
            return (
                f"; those that {'.'.join(keys)} defines in Python code ({node.place}) "
                "are not read here"
            )
    return ""
