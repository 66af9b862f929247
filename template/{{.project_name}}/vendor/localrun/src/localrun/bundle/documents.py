"""YAML and JSON files as trees of values that know their file and line.

Scalars are read as the Databricks CLI reads them, by YAML 1.2: `yes` and `12:30` are
texts, dates too. Unlike the CLI, which takes the last of them without a word, a key
that stands twice in a mapping is refused.
"""

import re
from pathlib import Path
from typing import Any, ClassVar

import yaml
from yaml.reader import ReaderError

from localrun.bundle.nodes import Node, Place, Scalar, Value, shown
from localrun.errors import UsageError

_TAG = "tag:yaml.org,2002:"


class _Loader(yaml.SafeLoader):
    yaml_implicit_resolvers: ClassVar[dict[str, Any]] = {}


for _name, _pattern in (
    ("null", r"~|null|Null|NULL|"),
    ("bool", r"true|True|TRUE|false|False|FALSE"),
    ("int", r"[-+]?[0-9][0-9_]*|0x[0-9a-fA-F_]+|0o[0-7_]+|0b[01_]+"),
    (
        "float",
        r"[-+]?(?:\.[0-9]+|[0-9]+(?:\.[0-9]*)?)(?:[eE][-+]?[0-9]+)?"
        r"|[-+]?\.(?:inf|Inf|INF)|\.(?:nan|NaN|NAN)",
    ),
    ("merge", r"<<"),
):
    _Loader.add_implicit_resolver(_TAG + _name, re.compile(rf"(?:{_pattern})\Z"), None)


def read(path: Path, root: Path) -> Node:
    """The content of a YAML or JSON file of the bundle in folder `root`.

    An empty file is an empty mapping. Raises UsageError, with file and line, where the
    file cannot be read, is not UTF-8, or is not the YAML that the CLI accepts.
    """
    content = _content(path, root)
    if path.suffix == ".json":
        content = content.replace("\t", " ")  # which YAML does not allow there
    try:
        node = yaml.compose(content, _Loader)
        top = Place(root, path, 1)
        if node is None:
            return Node({}, top)
        return Node(_Tree(root, path).value(node), top)
    except yaml.YAMLError as error:
        raise UsageError(_not_yaml(error, content, Place(root, path, 1))) from error
    except RecursionError as error:
        raise UsageError(
            f"{shown(path, root)}: its values are nested too deeply: write fewer levels"
        ) from error


def _content(path: Path, root: Path) -> str:
    try:
        raw = path.read_bytes()
    except OSError as error:
        raise UsageError(
            f"{shown(path, root)} cannot be read, {error.strerror}: check its rights"
        ) from error
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        place = Place(root, path, raw[: error.start].count(b"\n") + 1)
        raise UsageError(f"{place}: the text is not UTF-8: save it as UTF-8") from error


def _not_yaml(error: yaml.YAMLError, content: str, top: Place) -> str:
    problem, line, fix = str(error), 1, "check the indentation and the quotes there"
    if isinstance(error, yaml.MarkedYAMLError):
        problem = error.problem or problem
        mark = error.problem_mark or error.context_mark
        line = mark.line + 1 if mark else 1
    elif isinstance(error, ReaderError):
        problem = "it holds a control character"
        line = content.count("\n", 0, error.position) + 1
        fix = "remove the character"
    if "\\t" in problem:
        problem, fix = "it is indented with a tab", "indent with spaces"
    elif "another document" in problem:
        problem = "it holds a second document after `---`"
        fix = "write the second document into a file of its own"
    place = Place(top.root, top.path, line)
    return f"{place}: the file is not YAML, {problem}: {fix}"


class _Tree:
    """Makes values of the nodes that PyYAML composes of one file."""

    def __init__(self, root: Path, path: Path):
        self._root = root
        self._path = path
        self._made: dict[int, Value] = {}
        self._open: set[int] = set()

    def value(self, node: yaml.Node) -> Value:
        if isinstance(node, yaml.ScalarNode):
            return self._scalar(node)
        if id(node) in self._open:
            raise self._error(
                node, "an anchor contains itself", "remove one of its aliases"
            )
        if id(node) not in self._made:  # an alias shares what its anchor made
            self._open.add(id(node))
            self._made[id(node)] = (
                self._mapping(node)
                if isinstance(node, yaml.MappingNode)
                else [Node(self.value(item), self._place(item)) for item in node.value]
            )
            self._open.remove(id(node))
        return self._made[id(node)]

    def _mapping(self, node: yaml.MappingNode) -> dict[str, Node]:
        inherited: dict[str, Node] = {}
        own: dict[str, Node] = {}
        lines: dict[str, int] = {}
        for key, value in node.value:
            name, place = self._key(key), self._place(key)
            if name in lines:
                raise self._error(
                    key,
                    f"the key {name} stands twice, in line {lines[name]} too",
                    "keep one of the two",
                )
            lines[name] = place.line
            if key.tag == _TAG + "merge":
                inherited = self._merged(key, value)
            else:
                own[name] = Node(self.value(value), place)
        return {**inherited, **own}

    def _merged(self, key: yaml.Node, node: yaml.Node) -> dict[str, Node]:
        several = isinstance(node, yaml.SequenceNode)
        found: dict[str, Node] = {}
        for part in node.value if several else [node]:
            value = self.value(part)
            if not isinstance(value, dict):
                raise self._error(
                    key, "`<<` names something other than mappings", "name an anchor"
                )
            found |= value
        return found

    def _key(self, node: yaml.Node) -> str:
        if isinstance(node, yaml.ScalarNode) and node.tag in (
            _TAG + "str",
            _TAG + "null",
            _TAG + "merge",
        ):
            return str(node.value)
        raise self._error(node, "a key is something other than a text", "quote it")

    def _scalar(self, node: yaml.ScalarNode) -> Scalar:
        content = str(node.value)
        tag = node.tag.removeprefix(_TAG)
        try:
            match tag:
                case "null":
                    return None
                case "bool":
                    return {"true": True, "false": False}[content.lower()]
                case "int":
                    return _integer(content)
                case "float":
                    return float(re.sub(r"\.(?=[iInN])", "", content))
                case "str" | "merge":
                    return content
        except (KeyError, ValueError):
            pass
        raise self._error(
            node, f"{content} is not a value of type {node.tag}", "remove the type"
        )

    def _place(self, node: yaml.Node) -> Place:
        return Place(self._root, self._path, node.start_mark.line + 1)

    def _error(self, node: yaml.Node, problem: str, fix: str) -> UsageError:
        return UsageError(f"{self._place(node)}: {problem}: {fix}")


def _integer(content: str) -> int:
    """As the CLI reads it: in base ten, also with zeros in front."""
    try:
        return int(content, 10)
    except ValueError:
        return int(content, 0)
