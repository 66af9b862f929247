"""The versions of library/versions.tmpl, the one file that pins them with reasons."""

import re
from functools import cache
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
# The laptop runtime, a distribution of its own.
RUNTIME = ROOT / "template/{{.project_name}}/vendor/localrun"
_DEFINE = re.compile(r'^\{\{define "(\w+)_version"\}\}(.+)\{\{end\}\}$', re.MULTILINE)


@cache
def versions() -> dict[str, str]:
    text = (ROOT / "library/versions.tmpl").read_text(encoding="utf-8")
    return dict(_DEFINE.findall(text))


def version(name: str) -> str:
    """Of `pyspark`, `delta_spark`, `databricks_cli` …; KeyError for another name."""
    return versions()[name]


def pinned(package: str) -> str:
    """A requirement: `delta-spark==4.4.0`, `pyspark[connect]==4.2.0`."""
    name, _, _ = package.partition("[")
    return f"{package}=={version(name.replace('-', '_'))}"


def constraints() -> str:
    """The same as pip's constraints, a line each: `delta-spark==4.4.0`."""
    lines = (f"{name.replace('_', '-')}=={pin}\n" for name, pin in versions().items())
    return "".join(lines)


def parsed(text: str) -> tuple[int, ...]:
    """("1.12.1") -> (1, 12, 1), so that versions compare as numbers."""
    return tuple(map(int, text.split(".")))
