"""Bundles of a few lines in a temporary folder, for a user called jo.doe@shop.com."""

import os
import textwrap
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from localrun.bundle import PipelineSpec, load
from localrun.errors import UsageError

MAIN = "bundle: {name: shop}\ninclude: [resources/*.yml]\n"


@pytest.fixture(autouse=True)
def laptop(tmp_path, monkeypatch) -> None:
    """Neither the user nor the environment of the machine that runs the tests.

    After tmp_path, in whose name pytest puts the user.
    """
    monkeypatch.setattr("getpass.getuser", lambda: "Jo.Doe@shop.com")
    for name in [name for name in os.environ if name.startswith("BUNDLE_VAR_")]:
        monkeypatch.delenv(name)


@pytest.fixture
def write(tmp_path) -> Callable[[Mapping[str, str]], Path]:
    """write({"resources/etl.yml": "…"}): the root of a bundle with these files.

    Without a databricks.yml among them it has one that includes resources/*.yml; it
    always has the source file src/a.py.
    """

    def make(files: Mapping[str, str]) -> Path:
        for name, text in {"databricks.yml": MAIN, "src/a.py": "", **files}.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(textwrap.dedent(text), encoding="utf-8")
        return tmp_path

    return make


@pytest.fixture
def etl(write) -> Callable[..., Path]:
    """etl("catalog: main"): a bundle of one file with a pipeline that has these fields.

    The pipeline, of source file src/a.py, begins in line 4 and its fields in line 6;
    `rest` follows at the top level.
    """

    def make(fields: str = "", rest: str = "") -> Path:
        main = (
            "bundle: {name: shop}\n"
            "resources:\n"
            "  pipelines:\n"
            "    etl:\n"
            "      libraries: [{file: {path: src/a.py}}]\n"
        )
        for field in textwrap.dedent(fields).splitlines():
            main += f"      {field}\n"
        main += textwrap.dedent(rest)
        return write({"databricks.yml": main})

    return make


@pytest.fixture
def pipeline() -> Callable[..., PipelineSpec]:
    """pipeline(root): the pipeline of a bundle, by the same arguments as a command."""

    def specify(
        root: Path,
        key: str | None = None,
        target: str | None = None,
        variables: Mapping[str, str] = {},
        configuration: Mapping[str, str] = {},
    ) -> PipelineSpec:
        return load(root, target, variables).pipeline(key, configuration)

    return specify


@pytest.fixture
def refusal(pipeline) -> Callable[..., str]:
    """refusal(root): the message with which `pipeline(root)` is refused."""

    def message(*args, **options) -> str:
        with pytest.raises(UsageError) as raised:
            pipeline(*args, **options)
        return str(raised.value)

    return message
