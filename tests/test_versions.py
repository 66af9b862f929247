"""One file holds the versions; everything else that has to name one says the same."""

import re
import subprocess

import pytest

from versions import ROOT, constraints, version, versions

TEXT = (ROOT / "library/versions.tmpl").read_text()
TOOL_LOCKS = sorted((ROOT / "tools/locks").glob("*.txt"))


@pytest.mark.parametrize("name", versions())
def test_each_version_has_its_reason_above_it(name):
    above, _, _ = TEXT.partition(f'{{{{define "{name}_version"}}}}')

    assert re.fullmatch(r"{{/\* \S.* \*/}}", above.splitlines()[-1])


def test_every_version_of_the_file_is_read():
    assert len(versions()) == TEXT.count('_version"}}')


def test_sed_reads_what_python_reads():
    command = 's/^{{define "uv_version"}}\\(.*\\){{end}}$/\\1/p'
    path = ROOT / "library/versions.tmpl"
    read = subprocess.run(["sed", "-n", command, path], capture_output=True, text=True)

    assert read.stdout.strip() == version("uv")


def test_the_go_module_pins_the_same_cli():
    module = (ROOT / "tools/go.mod").read_text()

    assert f"require github.com/databricks/cli v{version('databricks_cli')}\n" in module


def test_the_locks_hold_the_pinned_versions():
    pins = dict(line.split("==") for line in constraints().splitlines())
    asked = re.findall(r"^[\w-]+", (ROOT / "requirements.in").read_text(), re.MULTILINE)
    locks = {ROOT / "requirements.lock": asked}
    # Each tool in an environment of its own, where no other pin of ours holds.
    locks |= {lock: [lock.stem] for lock in TOOL_LOCKS}
    for lock, names in locks.items():
        found = re.findall(r"^([\w.-]+)==([\w.]+)", lock.read_text(), re.MULTILINE)
        for name in names:
            assert dict(found)[name] == pins[name]


@pytest.mark.parametrize("lock", [ROOT / "requirements.lock", *TOOL_LOCKS])
def test_locks_have_hashes_and_no_addresses(lock):
    text = lock.read_text()

    assert "--hash=sha256:" in text
    assert "://" not in text


def test_the_changelog_begins_with_the_version_of_the_template():
    released = re.findall(
        r"^## (\S+)", (ROOT / "CHANGELOG.md").read_text(), re.MULTILINE
    )

    assert released[0] == version("template")
