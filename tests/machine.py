"""A machine for a test of the toolchain: its checkout, its PATH, its cache."""

import os
import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import gotools
from pypi import find_uv
from versions import ROOT, version

JAVA_FINDER = "template/{{.project_name}}/vendor/localrun/src/localrun/spark/java.py"
_REAL_CACHE = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")


class Machine:
    """A copy of the toolchain, and a PATH with next to nothing but Python on it."""

    def __init__(self, folder: Path):
        self.folder = folder
        self.root = folder / "checkout"
        for name in ("bin", "tools", "library"):
            caches = shutil.ignore_patterns("__pycache__")
            shutil.copytree(ROOT / name, self.root / name, ignore=caches)
        (self.root / JAVA_FINDER).parent.mkdir(parents=True)
        for name in (JAVA_FINDER, "Makefile", "requirements.lock"):
            shutil.copy(ROOT / name, self.root / name)
        self.cache = folder / "cache/databricks-medallion-template"
        self.path = []
        for name in ("sh", "make", "readlink"):
            self.install("base", name, f'exec {shutil.which(name)} "$@"')
        self.install("base", "python3", f'exec {sys.executable} "$@"')

    def install(self, folder: str, name: str, script: str) -> Path:
        """A program in a folder of the PATH, behind the folders that are on it."""
        program = self.put(self.folder / folder / name, script)
        if program.parent not in self.path:
            self.path.append(program.parent)
        return program

    def install_uv(self) -> None:
        """Which may be a version manager's shim: those want the whole PATH."""
        path = shlex.quote(os.environ["PATH"])
        self.install("base", "uv", f'PATH={path} exec {find_uv()[0]} "$@"')

    def keep_cli(self, script: str) -> None:
        """What the build of an earlier call left in the cache."""
        release = version("databricks_cli")
        self.put(self.cache / f"databricks-{release}-{gotools.PLATFORM}", script)

    def put(self, program: Path, script: str) -> Path:
        program.parent.mkdir(parents=True, exist_ok=True)
        program.write_text(f"#!/bin/sh\n{script}\n")
        program.chmod(0o755)
        return program

    def install_java(self) -> None:
        """In a usual folder of its own, as far as finding it goes."""
        home = self.folder / "java"
        self.put(home / "bin/java", "exit 1")
        (home / "release").write_text('JAVA_VERSION="17.0.1"\n')
        self._change_usual_homes(f'_USUAL_HOMES = ("{home}",)')

    def hide_java(self) -> None:
        """From the usual folders; it is not on this PATH."""
        self._change_usual_homes("_USUAL_HOMES = ()")

    def run(self, *command: object, **environment: str) -> subprocess.CompletedProcess:
        kept = {key: value for key, value in os.environ.items() if key != "JAVA_HOME"}
        kept |= {
            "PATH": os.pathsep.join(map(str, self.path)),
            "XDG_CACHE_HOME": str(self.folder / "cache"),
            # What uv and Go cache is what the registries gave: no need to ask again.
            "UV_CACHE_DIR": str(_REAL_CACHE / "uv"),
            "GOCACHE": str(_REAL_CACHE / "go-build"),
        }
        return subprocess.run(
            list(map(str, command)),
            cwd=self.root,
            env=kept | environment,
            capture_output=True,
            text=True,
        )

    def toolchain(self, *arguments: str, **environment: str):
        python = self.root / "tools/python.sh"
        return self.run(python, "tools/toolchain.py", *arguments, **environment)

    def databricks(self, *arguments: str) -> subprocess.CompletedProcess:
        return self.run(self.root / "bin/databricks", *(arguments or ["--version"]))

    def _change_usual_homes(self, statement: str) -> None:
        finder = self.root / JAVA_FINDER
        homes = re.compile(r"^_USUAL_HOMES = \(.*?^\)$", re.MULTILINE | re.DOTALL)
        text, changed = homes.subn(statement, finder.read_text())
        assert changed
        finder.write_text(text)
