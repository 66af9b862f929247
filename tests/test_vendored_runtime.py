"""The laptop runtime is a distribution of its own, and does not know this template."""

import ast
import re
from pathlib import Path

import pytest
from projects import SOURCE

from versions import ROOT, RUNTIME, pinned

PATTERNS = ("*.py", "*.md", "*.toml")
# Of datasets that the contract makes, of its settings, of the template's own code.
NAMES = re.compile(
    r"medallion|\b(bronze|silver|gold|quarantine|checked|accepted)_|\bcontracts?\b"
    r"|pipeline\.(landing|contract|location)|contract_tools|odcs",
    re.IGNORECASE,
)
OURS = {
    path.stem
    for folder in (SOURCE, SOURCE / "pipeline", ROOT / "tools", ROOT / "tests")
    for path in folder.iterdir()
    if path.is_dir() or path.suffix == ".py"
}


def texts() -> list[Path]:
    return sorted(path for pattern in PATTERNS for path in RUNTIME.rglob(pattern))


def imported(path: Path) -> set[str]:
    """The packages and modules that a file imports, without what is below them."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Import):
            found |= {alias.name.partition(".")[0] for alias in node.names}
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{path} imports relatively"
            found.add(node.module.partition(".")[0])
    return found


def test_it_imports_nothing_of_the_template():
    modules = [path for path in texts() if path.suffix == ".py"]

    assert len(modules) > 50
    for path in modules:
        assert not imported(path) & OURS, path


def test_it_knows_no_name_of_the_template():
    found = [
        f"{path.relative_to(RUNTIME)}:{number}: {line.strip()}"
        for path in texts()
        for number, line in enumerate(path.read_text("utf-8").splitlines(), 1)
        if NAMES.search(line)
    ]

    assert found == []


def test_nothing_of_the_pipeline_needs_it_or_the_contract_tools():
    """They are not deployed."""
    for path in (SOURCE / "pipeline").rglob("*.py"):
        assert not imported(path) & {"localrun", "contract_tools"}, path


def pins() -> list[str]:
    text = (RUNTIME / "pyproject.toml").read_text("utf-8")
    (listed,) = re.findall(
        r"^dependencies = \[\n(.*?)^\]", text, re.MULTILINE | re.DOTALL
    )
    return re.findall(r'^    "([^";]+)', listed, re.MULTILINE)


@pytest.mark.parametrize("pin", pins())
def test_its_pins_are_those_of_the_one_file_with_versions(pin):
    name, _, _ = pin.partition("==")

    assert pin == pinned(name)
