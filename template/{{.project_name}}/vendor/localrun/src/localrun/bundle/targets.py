"""The target of a bundle, and the configuration that it changes.

Follows https://docs.databricks.com/aws/en/dev-tools/bundles/settings, `targets`.
"""

from dataclasses import dataclass

from localrun.bundle.files import merged
from localrun.bundle.nodes import Node, did_you_mean, listed, mapping
from localrun.errors import UsageError

# What of a target the CLI merges into the section of the same name.
_SECTIONS = ("bundle", "workspace", "artifacts", "resources", "presets")


@dataclass(frozen=True)
class Selected:
    """The configuration for one target; its `variables` are kept apart."""

    name: str
    config: Node
    variables: Node | None


def select(config: Node, name: str | None) -> Selected:
    """The configuration for the target `name`, or for the one that is the default.

    A bundle without targets has one, "default". Raises UsageError for an unknown name
    and where several targets are there and none is the default.
    """
    targets = all_targets(config)
    if not targets and name in (None, "default"):
        return Selected("default", config, None)
    chosen = _default(targets) if name is None else name
    if chosen not in targets:
        known = f"has the targets {listed(targets)}" if targets else "has no targets"
        raise UsageError(
            f"--target {chosen}: the bundle {known}{did_you_mean(chosen, targets)}"
        )
    target = targets[chosen]
    if target.value is None:
        return Selected(chosen, config, None)
    changes = mapping(target, f"target {chosen}")
    sections = {key: changes[key] for key in _SECTIONS if key in changes}
    if "mode" in changes:
        sections = _with_mode(sections, changes["mode"])
    changed = merged(config, Node(sections, target.place))
    return Selected(chosen, changed, target.get("variables"))


def all_targets(config: Node) -> dict[str, Node]:
    """The targets by name; `environments` is the older word for them."""
    targets = config.get("targets") or config.get("environments")
    return mapping(targets, "targets")


def _default(targets: dict[str, Node]) -> str:
    if len(targets) == 1:
        return next(iter(targets))
    defaults = [name for name, node in targets.items() if _is_default(node)]
    if len(defaults) == 1:
        return defaults[0]
    if defaults:
        raise UsageError(
            f"{targets[defaults[1]].place}: the targets {listed(defaults)} are all "
            "the default: leave `default: true` in one of them"
        )
    raise UsageError(
        f"the bundle has the targets {listed(targets)}, and none is the default: "
        f"choose one, as in --target {next(iter(targets))}"
    )


def _is_default(target: Node) -> bool:
    default = target.get("default")
    return default is not None and default.value is True


def _with_mode(sections: dict[str, Node], mode: Node) -> dict[str, Node]:
    bundle = Node({"mode": mode}, mode.place)
    before = sections.get("bundle")
    return {**sections, "bundle": merged(before, bundle) if before else bundle}
