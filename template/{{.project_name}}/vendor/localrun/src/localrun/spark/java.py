"""Where Java is. Spark 4.2 runs on Java 17 and 21; others are passed over.

Standard library only, and of the package nothing: `make setup` runs this file before
anything is installed.
"""

import glob
import os
import platform
import re
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

SUPPORTED = (17, 21)

# Where installers and version managers put Java; patterns of Java's home folder.
_USUAL_HOMES = (
    "/usr/lib/jvm/*",
    "/usr/lib64/jvm/*",
    "/usr/java/*",
    "/opt/java/*",
    "~/.sdkman/candidates/java/*",
    "~/.local/share/mise/installs/java/*",
    "~/.asdf/installs/java/*",
    "~/.jdks/*",
    "/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "~/Library/Java/JavaVirtualMachines/*/Contents/Home",
    "/opt/homebrew/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/usr/local/opt/openjdk*/libexec/openjdk.jdk/Contents/Home",
    "/home/linuxbrew/.linuxbrew/opt/openjdk*/libexec",
    "C:/Program Files/Eclipse Adoptium/*",
    "C:/Program Files/Java/*",
    "C:/Program Files/Microsoft/jdk-*",
)
_PROGRAM = "java.exe" if sys.platform == "win32" else "java"


@dataclass(frozen=True)
class Java:
    home: Path
    major: int


def find_java() -> Java | None:
    """The first Java 17 or 21: JAVA_HOME, then the PATH, then the usual folders.

    None where there is none; `install_hint` says what to do then.
    """
    return next((java for java in _installed() if java.major in SUPPORTED), None)


def install_hint() -> str:
    """One sentence: what is missing, what is there instead, how to install it here."""
    others = sorted({java.major for java in _installed()})
    found = f"only Java {', '.join(map(str, others))} was" if others else "none was"
    return (
        f"Spark needs Java 17 or 21 and {found} found: {_install_command()}, "
        "or set JAVA_HOME to the folder of one."
    )


def _installed() -> Iterator[Java]:
    if home := os.environ.get("JAVA_HOME"):
        yield from _in_home(Path(home))
    for folder in os.get_exec_path():
        yield from _on_path(Path(folder) / _PROGRAM)
    for usual in usual_homes():
        yield from _in_home(usual)


def usual_homes() -> Iterator[Path]:
    for pattern in _USUAL_HOMES:
        yield from map(Path, sorted(glob.glob(os.path.expanduser(pattern))))


def _in_home(home: Path) -> Iterator[Java]:
    """The Java of this folder, known from its file `release`: no JVM is started."""
    if not os.access(home / "bin" / _PROGRAM, os.X_OK):
        return
    try:
        release = (home / "release").read_text(encoding="utf-8", errors="replace")
    except OSError:
        yield from _ask(home / "bin" / _PROGRAM)
        return
    properties = dict(re.findall(r'^(\w+)="?(.*?)"?$', release, re.MULTILINE))
    # Spark's launcher asks for this module, which cut-down runtimes lack.
    if "jdk.incubator.vector" in properties.get("MODULES", "jdk.incubator.vector"):
        yield from _java(home, properties.get("JAVA_VERSION", ""))


def _on_path(program: Path) -> Iterator[Java]:
    if not os.access(program, os.X_OK):
        return
    home = program.resolve().parent.parent
    # A version manager's shim, or the stand-in of macOS, does not lie in Java's home.
    yield from _in_home(home) if (home / "release").exists() else _ask(program)


def _ask(program: Path) -> Iterator[Java]:
    try:
        answer = subprocess.run(
            [program, "-XshowSettings:properties", "-version"],
            capture_output=True,
            text=True,
            timeout=60,
        ).stderr
    except (OSError, subprocess.TimeoutExpired):
        return
    properties = dict(re.findall(r"^\s*([\w.]+) = (.*)$", answer, re.MULTILINE))
    if home := properties.get("java.home"):
        yield from _java(Path(home), properties.get("java.specification.version", ""))


def _java(home: Path, release: str) -> Iterator[Java]:
    """Of "17.0.15" or "21" or, before Java 9, "1.8.0_452"."""
    if numbers := re.match(r"(?:1\.)?(\d+)", release):
        yield Java(home, int(numbers[1]))


def _install_command() -> str:
    if sys.platform == "darwin":
        return "run `brew install openjdk@21`"
    if sys.platform == "win32":
        return "run `winget install EclipseAdoptium.Temurin.21.JDK`"
    try:
        release = platform.freedesktop_os_release()
    except OSError:
        release = {}
    family = {release.get("ID", ""), *release.get("ID_LIKE", "").split()}
    if "debian" in family:
        # Debian 12 and older have no Java 21; Debian 13 has no Java 17.
        number = release.get("VERSION_ID", "")
        old = release.get("ID") == "debian" and number.isdigit() and int(number) < 13
        java = f"openjdk-{17 if old else 21}-jre-headless"
        return f"run `sudo apt-get install {java}`"
    if family & {"fedora", "rhel"}:
        return "run `sudo dnf install java-21-openjdk-headless`"
    if family & {"suse", "opensuse"}:
        return "run `sudo zypper install java-21-openjdk-headless`"
    if "arch" in family:
        return "run `sudo pacman -S jre21-openjdk-headless`"
    return "install Eclipse Temurin 21 or another build of Java 21"
