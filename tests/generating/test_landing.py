"""How a file gets its name where it cannot be renamed, as on some volumes."""

import os
import tempfile
from pathlib import Path

import pytest

from generator.landing import move


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of another file system, onto which nothing can be renamed."""
    with tempfile.TemporaryDirectory(dir="/dev/shm") as folder:
        assert os.stat(folder).st_dev != tmp_path.stat().st_dev
        yield Path(folder)


@pytest.mark.parametrize("before", [None, "old"])
def test_a_file_that_cannot_be_renamed_is_copied_then_deleted(
    tmp_path, elsewhere, before
):
    source, target = tmp_path / ".a.tmp", elsewhere / "a"
    source.write_text("new")
    if before:
        target.write_text(before)
    with pytest.raises(OSError, match="cross-device"):
        os.replace(source, target)

    move(source, target)

    assert (target.read_text(), source.exists()) == ("new", False)
