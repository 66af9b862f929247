"""Paths of a workspace and of clouds, on this machine."""

from pathlib import Path

import pytest

from localrun.storage.paths import Paths

LANDING = Path("/here/landing")


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/Volumes/main/sales/raw/orders", "Volumes/main/sales/raw/orders"),
        ("dbfs:/Volumes/main/sales/raw", "Volumes/main/sales/raw"),
        ("/dbfs/Volumes/main/sales/raw", "Volumes/main/sales/raw"),
        (
            "/Volumes/main/s/raw/*/x{a,b}[0-9].csv",
            "Volumes/main/s/raw/*/x{a,b}[0-9].csv",
        ),
        ("/Volumes/main/s/raw/", "Volumes/main/s/raw/"),
        ("/databricks-datasets/retail-org", "databricks-datasets/retail-org"),
        ("dbfs:/databricks-datasets/retail-org", "databricks-datasets/retail-org"),
        ("dbfs:/mnt/raw", "dbfs/mnt/raw"),
        ("/mnt/raw", "dbfs/mnt/raw"),
        ("/dbfs/mnt/raw", "dbfs/mnt/raw"),
        ("/FileStore/x", "dbfs/FileStore/x"),
        ("dbfs:/any/where", "dbfs/any/where"),
        ("/dbfs/any/where", "dbfs/any/where"),
        ("dbfs:///any/where", "dbfs/any/where"),
        ("s3://bucket/raw", "s3/bucket/raw"),
        ("S3A://bucket/raw", "s3a/bucket/raw"),
        ("gs://bucket", "gs/bucket"),
        (
            "abfss://raw@st.dfs.core.windows.net/o",
            "abfss/raw@st.dfs.core.windows.net/o",
        ),
    ],
)
def test_a_remote_path_is_a_folder_of_its_name_in_the_landing_folder(path, local):
    assert Paths(LANDING).local(path) == f"{LANDING}/{local}"


@pytest.mark.parametrize(
    "path",
    [
        "/data/orders",
        "relative/orders",
        "file:/data/orders",
        "/Volumesque/x",
        "/mntx/raw",
        "https://example.com/a.csv",
    ],
)
def test_other_paths_stay_as_they_are(path):
    assert Paths(LANDING).local(path) == path


@pytest.mark.parametrize("root", ["/mnt/c/project", "/Volumes/Data/project"])
def test_a_disk_may_be_called_as_a_path_of_a_workspace_is(root):
    paths = Paths(Path(root) / "landing", {"/mnt/c": "elsewhere"}, Path(root))
    for path in (root, f"{root}/landing/orders/*.json", f"{root}/data"):
        assert paths.local(path) == path
    assert paths.local(f"{root}s/x") != f"{root}s/x"


@pytest.mark.parametrize(
    ("path", "local"),
    [
        ("/Volumes/main/sales/landing/orders", f"{LANDING}/orders"),
        ("/Volumes/main/sales/landing", f"{LANDING}"),
        ("dbfs:/Volumes/main/sales/landing/a", f"{LANDING}/a"),
        ("/Volumes/main/sales/landing2/a", f"{LANDING}/Volumes/main/sales/landing2/a"),
        ("s3://bucket/raw/a/*.json", "/elsewhere/a/*.json"),
        ("s3://bucket/raw/deep/b", f"{LANDING}/deep/b"),
        ("s3://bucket/rawer", f"{LANDING}/s3/bucket/rawer"),
        ("/Volumes/main/x/raw/orders/a", f"{LANDING}/deeper/a"),
        ("/Workspace/Shared/data/a.csv", f"{LANDING}/shared/a.csv"),
        ("relative/Workspace/Shared/data", "relative/Workspace/Shared/data"),
    ],
)
def test_a_mapping_of_a_prefix_overrides_the_rule_and_the_longest_wins(path, local):
    mapped = {
        "/Volumes/*/*/landing": ".",
        "s3://bucket/raw": "/elsewhere",
        "s3://bucket/raw/deep": "deep",
        "/Volumes/main_with_a_long_name": "long",
        "/Volumes/*/*/raw/orders": "deeper",
        "/Volumes/main/x": "shorter",
        "/Workspace/Shared/data": "shared",
    }
    assert Paths(LANDING, mapped).local(path) == local
