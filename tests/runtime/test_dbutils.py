"""Files as `dbutils.fs` lists them, by paths as a workspace has them.

Page: dev-tools/databricks-utils (file system utility).
"""

import pytest

from localrun.engine.dbutils import Dbutils
from localrun.errors import UsageError
from localrun.storage.paths import Paths


@pytest.fixture
def fs(tmp_path):
    return Dbutils(None, Paths(tmp_path)).fs


@pytest.mark.parametrize("folder", ["/Volumes/main/s/raw", "s3://bucket/raw/"])
def test_a_folder_is_made_and_its_files_and_folders_are_listed(fs, tmp_path, folder):
    assert fs.mkdirs(f"{folder.rstrip('/')}/deep")
    (made,) = tmp_path.rglob("raw")
    (made / "a.json").write_text("{}\n")

    file, inner = fs.ls(folder)
    base = folder.rstrip("/")
    assert (file.path, file.name, file.size) == (f"{base}/a.json", "a.json", 3)
    assert (inner.path, inner.name, inner.size) == (f"{base}/deep/", "deep/", 0)
    assert (file.isFile(), inner.isDir()) == (True, True)
    assert file.modificationTime == int((made / "a.json").stat().st_mtime * 1000)


def test_a_missing_folder_is_named_as_it_was_written(fs):
    with pytest.raises(FileNotFoundError, match="/Volumes/main/s/gone"):
        fs.ls("/Volumes/main/s/gone")


def test_what_is_not_here_is_refused(fs):
    with pytest.raises(UsageError, match=r"dbutils\.fs\.cp does not run on the laptop"):
        fs.cp("/Volumes/a", "/Volumes/b")
