"""Values that a bundle may refer to without stating them."""

import getpass
import re
from pathlib import Path

from localrun.bundle.nodes import Node

# The three-level name of a resource, which is its id, in terms of its own fields.
_IDS = {
    "catalogs": ("name",),
    "schemas": ("catalog_name", "name"),
    "volumes": ("catalog_name", "schema_name", "name"),
}


def computed(steps: list[str], root: Path, target: str, config: Node) -> str | None:
    """The value at the path `steps`, which may hold references; None if it is unknown.

    The bundle lies in folder `root`; `config` is its configuration for `target`.
    """
    match steps:
        case ["bundle", "target" | "environment"]:
            return target
        case ["workspace", "file_path" | "root_path"]:
            return root.as_posix()
        case ["workspace", "current_user", field]:
            return _of_the_user(field)
        case ["resources", group, key, field] if config.get("resources", group, key):
            return _of_a_resource(group, key, field)
    return None


def _of_the_user(field: str) -> str | None:
    try:
        name = getpass.getuser()
    except (KeyError, OSError):  # neither a variable such as USER nor an account
        return None
    short = re.sub(r"[^a-z0-9]", "_", name.partition("@")[0].lower())
    return {
        "userName": name,
        "short_name": short,
        "domain_friendly_name": short.replace("_", "-"),
    }.get(field)


def _of_a_resource(group: str, key: str, field: str) -> str | None:
    names = [f"${{resources.{group}.{key}.{name}}}" for name in _IDS.get(group, ())]
    if names and field == "id":
        return ".".join(names)
    if group == "volumes" and field == "volume_path":
        return "/Volumes/" + "/".join(names)
    return None
