"""uv, and what it installs from PyPI: this checkout's environment, and its locks."""

import importlib.util
import os
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from lookup import ToolError, on_path, say, version_of
from versions import ROOT, parsed, version

VENV = ROOT / ".venv"
# The oldest that .venv and the emitted bundle were set up with.
_OLDEST_UV = "0.5.0"
_OWN_UV = ROOT / ".tools/uv"
# Against settings of a user's own pip that contradict --target, and a warning that is
# no matter here.
_PIP_SETTINGS = {
    "PIP_USER": "0",
    "PIP_REQUIRE_VIRTUALENV": "0",
    "PIP_ROOT_USER_ACTION": "ignore",
}


def find_uv() -> tuple[Path, str, str]:
    """Path, version and origin of uv; fetched into .tools by pip if PATH has none."""
    for candidate in on_path("uv"):
        release = _uv_version(candidate)
        if release and parsed(release) >= parsed(_OLDEST_UV):
            return candidate, release, f"found on PATH, {candidate}"
    program, pinned = _OWN_UV / "bin/uv", version("uv")
    if _uv_version(program) != pinned:
        say(f"uv {pinned}: no {_OLDEST_UV} or newer on PATH, fetching it by pip")
        _install_by_pip(ROOT / "tools/locks/uv.txt", _OWN_UV)
    return program, pinned, "fetched from PyPI into .tools"


def sync_venv() -> str:
    """Makes .venv hold requirements.lock, no more and no less; returns its Python."""
    python = VENV / "bin/python"
    release = version_of(python, r"Python (\d+\.\d+).*")
    if release is None or parsed(release) < (3, 10):
        shutil.rmtree(VENV, ignore_errors=True)
        _uv("venv", "--quiet", "--python", sys.executable, VENV)
        release = version_of(python, r"Python (\d+\.\d+).*")
    # uv asks the registry even when there is nothing to do, and we may be offline.
    lock, synced = ROOT / "requirements.lock", VENV / "requirements.lock"
    if not synced.exists() or synced.read_bytes() != lock.read_bytes():
        _uv("pip", "sync", "--quiet", "--require-hashes", "--python", python, lock)
        shutil.copy(lock, synced)
    return release


def install(lock: Path, folder: Path) -> None:
    """The packages of a lock, in a folder of their own; all of them or no folder."""
    partial = _emptied(folder)
    target = ["--target", partial, "--python", sys.executable]
    _uv("pip", "install", "--quiet", "--require-hashes", *target, "-r", lock)
    _put(partial, folder)


def compile_lock(
    source: Path | str, lock: Path, constraints: Path | None = None
) -> None:
    """Writes the lock of a requirements file, or of one package such as `uv==0.13.8`.

    For Python 3.10 and newer on every platform, with hashes and without addresses.
    """
    limits = ("--constraints", constraints) if constraints else ()
    _uv(
        *("pip", "compile", "--quiet", "--universal", "--python-version", "3.10"),
        *("--generate-hashes", "--no-emit-index-url", "--no-emit-find-links"),
        *("--custom-compile-command", "make lock", *limits),
        *("--no-annotate", "--output-file", lock, "--upgrade"),
        source if isinstance(source, Path) else "-",
        input=None if isinstance(source, Path) else source,
    )


def _uv(*arguments, **options) -> None:
    uv, _, _ = find_uv()
    # An activated environment of somebody else is not meant.
    environment = {k: v for k, v in os.environ.items() if k != "VIRTUAL_ENV"}
    subprocess.run(
        [uv, *arguments], check=True, cwd=ROOT, env=environment, text=True, **options
    )


def _uv_version(program: Path) -> str | None:
    return version_of(program, r"uv (\d+\.\d+\.\d+)\b.*")


def _install_by_pip(lock: Path, folder: Path) -> None:
    partial = _emptied(folder)
    with tempfile.TemporaryDirectory() as scratch:
        python = sys.executable
        if importlib.util.find_spec("pip") is None:
            python = _python_with_pip(Path(scratch))
        subprocess.run(
            [
                *(python, "-m", "pip", "install", "--quiet", "--no-deps"),
                *("--disable-pip-version-check", "--require-hashes"),
                *("--target", partial, "-r", lock),
            ],
            check=True,
            env={**os.environ, **_PIP_SETTINGS},
        )
    _put(partial, folder)


def _python_with_pip(folder: Path) -> Path:
    made = subprocess.run([sys.executable, "-m", "venv", folder], capture_output=True)
    if made.returncode != 0:
        raise ToolError(
            "uv is not on the PATH, and this Python has neither pip nor venv to fetch "
            "it: install one of them (Debian: `sudo apt-get install python3-venv`)."
        )
    return folder / "bin/python"


def _emptied(folder: Path) -> Path:
    partial = folder.with_name(folder.name + ".part")
    shutil.rmtree(partial, ignore_errors=True)
    partial.parent.mkdir(parents=True, exist_ok=True)
    return partial


def _put(partial: Path, folder: Path) -> None:
    shutil.rmtree(folder, ignore_errors=True)
    os.replace(partial, folder)
