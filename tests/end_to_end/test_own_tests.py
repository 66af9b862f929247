"""The tests that a bundle's user keeps pass in the bundle as it was made."""

import pytest
from end_to_end.project import Project


@pytest.mark.parametrize("config", ["retail", "three_sources"])
def test_the_tests_of_a_new_bundle_pass(rendered, config):
    done = Project(rendered(config)).call("pytest", "-q", "-p", "no:cacheprovider")
    assert done.returncode == 0, done.stdout[-3000:]
    assert " passed" in done.stdout


@pytest.mark.parametrize("config", ["retail", "three_sources", "all_roles"])
def test_a_new_bundle_passes_its_own_check_without_data(rendered, config):
    done = Project(rendered(config)).localrun("check")
    assert done.returncode == 0, done.stderr
    assert "are in order" in done.stdout
