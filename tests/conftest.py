"""Projects made from the template, one for each file of answers in tests/configs."""

import functools
from collections.abc import Callable
from pathlib import Path

import pytest
from projects import CONFIGS, answers
from xdist.scheduler import LoadFileScheduling

from render import render


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Callable[[str], Path]:
    """rendered("retail"): the project of tests/configs/retail.json.

    Made once in a session and shared: a test that changes it works on a copy.
    """

    @functools.cache
    def make(config: str) -> Path:
        return render(answers(config), tmp_path_factory.mktemp(config))

    return make


@pytest.fixture(params=CONFIGS)
def config(request) -> str:
    """Each file of answers in turn, by its name."""
    return request.param


@pytest.fixture
def project(rendered, config) -> Path:
    """The project of each file of answers in turn."""
    return rendered(config)


def pytest_collection_modifyitems(items) -> None:
    """Files with slow tests first: one that starts last would keep a worker waiting."""
    slow = {item.path for item in items if item.get_closest_marker("slow")}
    items.sort(key=lambda item: item.path not in slow)


class Scheduling(LoadFileScheduling):
    """A file is run by one worker; those that share `first_run` all by the same one."""

    SHARING = ("test_kill", "test_monitoring", "test_retail", "test_validation")

    def _split_scope(self, nodeid: str) -> str:
        file = super()._split_scope(nodeid)
        return "first_run" if Path(file).stem in self.SHARING else file


def pytest_xdist_make_scheduler(config, log) -> LoadFileScheduling:
    return Scheduling(config, log)
