"""What the layout of the runtime promises, held against its source."""

import ast
import re
from pathlib import Path

import localrun

SOURCE = Path(localrun.__file__).parent
JVM = re.compile(
    r"\._(jdf|jsparkSession|jvm|jc|jcatalog|jreader|sc|jsc)\b|pyspark\.sql\.classic"
    r"|py4j"
)


def modules():
    return sorted(SOURCE.rglob("*.py"))


def test_one_module_alone_touches_the_jvm():
    touching = [path for path in modules() if JVM.search(path.read_text("utf-8"))]
    assert touching == [SOURCE / "spark/jvm.py"]


def imports(path: Path):
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield node.module


def rooms(path: Path) -> set[str]:
    """The packages of the runtime that a module imports."""
    found = {
        name.split(".")[1] for name in imports(path) if name.startswith("localrun.")
    }
    return found - {"errors"}


def test_the_bundle_and_the_names_know_nothing_of_spark():
    for path in sorted((SOURCE / "bundle").glob("*.py")):
        assert rooms(path) <= {"bundle"}, path
    for name in ("names", "paths", "other_tables", "delta_log", "state"):
        assert rooms(SOURCE / f"storage/{name}.py") <= {"storage"}, name


def test_rooms_below_do_not_know_those_above():
    above = {
        "spark": {"engine", "cli", "storage", "auto_cdc", "autoloader", "bundle"},
        "storage": {"cli", "auto_cdc", "autoloader", "bundle"},
        "auto_cdc": {"engine", "cli", "autoloader", "bundle"},
        "autoloader": {"engine", "cli", "auto_cdc", "bundle"},
        "engine": {"cli", "broker"},
        "broker": {"engine", "cli", "storage", "auto_cdc", "autoloader", "bundle"},
    }
    for room, forbidden in above.items():
        for path in sorted((SOURCE / room).rglob("*.py")):
            assert not rooms(path) & forbidden, path
