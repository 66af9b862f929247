"""The own tests of the samples, as their user runs them: on files, and on a topic."""

import subprocess

import pytest
from end_to_end.project import Project


@pytest.mark.nightly
@pytest.mark.slow
@pytest.mark.parametrize("sample", ["orders", "online_sales"])
def test_the_samples_own_tests_pass(rendered, sample):
    project = Project(rendered(sample))
    done = subprocess.run(
        project.command(
            "pytest", "-q", "-p", "no:cacheprovider", f"tests/test_{sample}_pipeline.py"
        ),
        cwd=project.root,
        env={**project.environment, "PYTHONDONTWRITEBYTECODE": "1"},
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


def test_a_checkout_without_the_tables_of_others_passes_its_dry_run(rendered, tmp_path):
    project = Project(rendered("online_sales"))
    assert project.pipeline(tmp_path / "warehouse").validate().problems == {}
