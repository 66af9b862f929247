"""What bin/databricks and `make setup` find, refuse and fetch on different machines."""

import re
import subprocess

import pytest
from machine import Machine

from versions import ROOT, version

PINNED = version("databricks_cli")
OURS = f"echo Databricks CLI v{PINNED}"
# Does what `go build -o FILE …` does to the cache, whatever becomes of it half-way.
GO = """\
[ "$1" = env ] && {{ echo go1.99.0; exit; }}
while [ "$1" != -o ]; do shift; done
printf '#!/bin/sh\\n' > "$2"
/bin/chmod +x "$2"
{half_way}
echo '{program}' >> "$2"
"""
GOOD_GO = GO.format(half_way="", program=OURS)


@pytest.fixture
def machine(tmp_path):
    return Machine(tmp_path)


@pytest.mark.parametrize("release", [PINNED, "1.12.10", "1.13.0", "2.0.0"])
def test_a_cli_on_the_path_that_is_new_enough_is_taken(machine, release):
    machine.install("theirs", "databricks", f"echo Databricks CLI v{release}")

    assert machine.databricks().stdout == f"Databricks CLI v{release}\n"


@pytest.mark.parametrize(
    "script",
    [
        pytest.param("echo Version 0.18.0", id="the legacy one from PyPI"),
        pytest.param("echo Databricks CLI v1.12.0", id="a patch older"),
        pytest.param("echo Databricks CLI v1.9.5", id="older, but for its letters"),
        pytest.param("echo Databricks CLI v0.299.2", id="much older"),
        pytest.param("echo Databricks CLI v1.13.0-dev+abc", id="skips version checks"),
        pytest.param("echo Databricks CLI v1.13", id="no release"),
        pytest.param("echo Databricks CLI v1.13.0; exit 1", id="fails"),
        pytest.param("echo Databricks CLI v1.13.0 >&2", id="says it elsewhere"),
    ],
)
def test_what_is_no_cli_or_too_old_is_not_taken_from_the_path(machine, script):
    machine.keep_cli(OURS)
    machine.install("theirs", "databricks", script)

    assert machine.databricks().stdout == f"Databricks CLI v{PINNED}\n"


def test_a_good_cli_behind_a_bad_one_on_the_path_is_taken(machine):
    machine.install("first", "databricks", "echo Version 0.18.0")
    machine.install("second", "databricks", "echo Databricks CLI v1.99.0")

    assert machine.databricks().stdout == "Databricks CLI v1.99.0\n"


def test_the_legacy_cli_may_not_pass_for_the_newer_one_that_it_hands_over_to(machine):
    hands_over = '[ -n "$DATABRICKS_CLI_DO_NOT_EXECUTE_NEWER_VERSION" ] || '
    machine.install("legacy", "databricks", f"{hands_over} echo Databricks CLI v1.99.0")
    machine.install("second", "databricks", "echo Databricks CLI v1.99.1")

    assert machine.databricks().stdout == "Databricks CLI v1.99.1\n"


def test_bin_databricks_on_the_path_is_not_its_own_answer(machine):
    machine.keep_cli(OURS)
    link = machine.install("links", "databricks", "")
    link.unlink()
    link.symlink_to(machine.root / "bin/databricks")
    machine.path.insert(0, machine.root / "bin")

    assert machine.run(link, "--version").stdout == f"Databricks CLI v{PINNED}\n"


def test_the_pinned_cli_can_be_insisted_on(machine):
    machine.keep_cli(OURS)
    machine.install("theirs", "databricks", "echo Databricks CLI v1.99.0")

    found = machine.run("bin/databricks", "--version", TEMPLATE_CLI="pinned")
    assert found.stdout == f"Databricks CLI v{PINNED}\n"


def test_arguments_and_exit_code_pass_through(machine):
    answer = f'[ $# = 2 ] && echo "$2" && exit 3; {OURS}'
    machine.install("theirs", "databricks", answer)

    result = machine.databricks("bundle", "two words")
    assert (result.stdout, result.returncode) == ("two words\n", 3)


def test_a_build_says_that_it_takes_time_and_happens_once(machine):
    machine.install("go", "go", GOOD_GO)

    first, second = machine.databricks(), machine.databricks()
    assert first.stdout == second.stdout == f"Databricks CLI v{PINNED}\n"
    assert "building from the Go module" in first.stderr
    assert second.stderr == ""


@pytest.mark.parametrize(
    "half_way",
    [
        pytest.param("kill -9 $$", id="go is killed"),
        pytest.param("kill -9 $PPID; kill -9 $$", id="the toolchain is killed"),
        pytest.param("exit 1", id="go fails"),
    ],
)
def test_a_build_that_ended_half_way_leaves_nothing_that_is_used(machine, half_way):
    machine.install("go", "go", GO.format(half_way=half_way, program=OURS))
    assert machine.databricks().returncode != 0

    machine.install("go", "go", GOOD_GO)
    assert machine.databricks().stdout == f"Databricks CLI v{PINNED}\n"


def test_a_damaged_cli_in_the_cache_is_built_anew(machine):
    machine.keep_cli("exit 0")
    machine.install("go", "go", GOOD_GO)

    assert machine.databricks().stdout == f"Databricks CLI v{PINNED}\n"


def test_without_a_recent_go_the_one_from_pypi_builds_programs(machine, tmp_path):
    machine.install_uv()
    machine.install("old", "go", "echo go1.20.1")

    go = machine.toolchain("go").stdout.strip()
    assert go.startswith(str(machine.cache))
    program, module = tmp_path / "program", tmp_path / "module"
    module.mkdir()
    (module / "go.mod").write_text("module tiny\n")
    (module / "main.go").write_text('package main\nfunc main() { println("tiny") }\n')
    build = f"import gotools, pathlib; gotools.build(pathlib.Path({str(program)!r}), "
    build += f"'.', title='tiny', module=pathlib.Path({str(module)!r}))"
    machine.run("python3", "-c", build, PYTHONPATH=str(machine.root / "tools"))
    ran = subprocess.run([program], capture_output=True, text=True)
    assert ran.stderr == "tiny\n"


@pytest.mark.parametrize("on_path", ["exit 127", "echo uv 0.4.30"])
def test_without_a_recent_uv_pip_fetches_the_pinned_one(machine, on_path):
    python = machine.folder / "with_pip/bin/python"
    machine.install_uv()
    machine.run("uv", "venv", "--seed", "--quiet", python.parent.parent)
    machine.install("base", "python3", f'exec {python} "$@"')
    machine.install("base", "uv", on_path)

    uv = machine.toolchain("uv")
    assert uv.stdout == f"{machine.root}/.tools/uv/bin/uv\n"
    assert machine.run(uv.stdout.strip(), "--version").stdout.startswith(
        f"uv {version('uv')} "
    )


def test_without_uv_pip_and_venv_one_sentence_says_what_to_install(machine, tmp_path):
    (tmp_path / "venv.py").write_text("raise ImportError")

    result = machine.toolchain("uv", PYTHONPATH=str(tmp_path))
    assert result.returncode == 1
    assert result.stderr.splitlines()[1:] == [
        "uv is not on the PATH, and this Python has neither pip nor venv to fetch it: "
        "install one of them (Debian: `sudo apt-get install python3-venv`)."
    ]


@pytest.mark.parametrize("target", ["setup", "demo", "test"])
def test_without_java_make_says_how_to_install_it_and_does_nothing_else(
    machine, target
):
    machine.install_uv()
    machine.hide_java()

    result = machine.run("make", target)
    assert result.returncode != 0
    said = [line for line in result.stderr.splitlines() if not line.startswith("make")]
    assert len(said) == 1
    assert said[0].startswith("Spark needs Java 17 or 21 and none was found: ")
    made = {path.name for path in machine.root.iterdir()}
    assert not made & {".venv", ".tools", "build"}
    assert not machine.cache.exists()


def require(machine, package):
    """Makes this package, which has no dependencies, all that the lock asks for."""
    locked = (ROOT / "requirements.lock").read_text()
    entry = re.search(rf"^{package}==(?:.*\\\n)+.*\n", locked, re.MULTILINE)
    (machine.root / "requirements.lock").write_text(entry[0])


@pytest.fixture
def ready(machine):
    """A machine on which setup has one small package to install."""
    machine.install_uv()
    machine.install_java()
    machine.keep_cli(OURS)
    require(machine, "iniconfig")
    return machine


def test_setup_says_in_a_line_each_what_it_found_and_where(ready):
    said = ready.run("make", "setup").stderr.splitlines()

    assert [line.split(" ")[0] for line in said] == [
        "Java",
        "uv",
        "Python",
        "databricks",
    ]
    assert said[0] == f"Java 17: {ready.folder}/java"
    assert said[1].endswith(f"found on PATH, {ready.folder}/base/uv")
    assert said[3].startswith(f"databricks CLI {PINNED}: ")


def test_a_second_setup_asks_no_registry(ready):
    assert ready.run("make", "setup").returncode == 0
    answer = f'[ "$1" = --version ] && echo uv {version("uv")} || exit 1'
    ready.install("base", "uv", answer)

    assert ready.run("make", "setup").returncode == 0
    assert ready.run(".venv/bin/python", "-c", "import iniconfig").returncode == 0


def test_setup_brings_the_environment_in_step_with_a_changed_lock(ready):
    ready.run("make", "setup")
    require(ready, "pluggy")

    assert ready.run("make", "setup").returncode == 0
    assert ready.run(".venv/bin/python", "-c", "import pluggy").returncode == 0
    assert ready.run(".venv/bin/python", "-c", "import iniconfig").returncode == 1


def test_without_a_recent_python_one_sentence_says_so(machine):
    machine.install("base", "python3", "exit 1")

    result = machine.run("make", "setup")
    assert result.returncode != 0
    assert result.stderr.startswith("Python 3.10 or newer is needed and none was found")
