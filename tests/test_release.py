"""A release is the version that projects record, and says what changed."""

import zipfile

import pytest
import release

from versions import version


def test_a_release_holds_the_sample_and_what_changed(tmp_path):
    archive, notes = release.prepare(f"v{version('template')}", tmp_path / "out")

    names = zipfile.ZipFile(archive).namelist()
    assert "retail_medallion/databricks.yml" in names
    assert "retail_medallion/.github/workflows/deploy.yml" in names
    assert notes.read_text() == release.changes(version("template"))


@pytest.mark.parametrize("tag", ["v9.9.9", "0.1.0", "main"])
def test_a_tag_that_is_not_the_version_is_refused(tmp_path, tag):
    with pytest.raises(release.ReleaseError, match=f"{tag} is not v"):
        release.prepare(tag, tmp_path / "out")

    assert not (tmp_path / "out").exists()


def test_a_release_that_the_changelog_does_not_know_is_refused():
    with pytest.raises(release.ReleaseError, match=r"says nothing of 9\.9\.9"):
        release.changes("9.9.9")
