"""Projects made from the template, and the files of answers that they are made of."""

import json
from pathlib import Path

from versions import ROOT

CONFIGS = {path.stem: path for path in sorted((ROOT / "tests/configs").glob("*.json"))}
CONTRACTS = ROOT / "tests/contracts"
# The tables of each sample's contract.
SAMPLES = {
    "retail": ["sales", "customers", "products", "stores"],
    "orders": ["orders", "customers"],
    "online_sales": ["orders", "products", "customers", "countries"],
}
SOURCE = ROOT / "template/{{.project_name}}"


def answers(config: str) -> dict[str, str]:
    return json.loads(CONFIGS[config].read_text())


def files(project: Path) -> list[str]:
    """Paths in the project, sorted; without what Python leaves in folders."""
    paths = [path.relative_to(project) for path in project.rglob("*") if path.is_file()]
    return sorted(path.as_posix() for path in paths if "__pycache__" not in path.parts)


def contents(project: Path) -> dict[str, bytes]:
    """What is in each of its files, by path."""
    return {file: (project / file).read_bytes() for file in files(project)}


def is_templated(project: Path, file: str) -> bool:
    """Whether the file was made from a template, not copied as it is."""
    name = file.replace(project.name, "{{.project_name}}")
    return (SOURCE / f"{name}.tmpl").exists()
