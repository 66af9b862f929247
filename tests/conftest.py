"""Projects made from the template, one for each file of answers in tests/configs."""

import functools
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from kafka_broker import TestBroker
from projects import CONFIGS, answers, contents
from xdist.scheduler import LoadFileScheduling

from render import render


@pytest.fixture(scope="session")
def spark():
    """The session of the laptop runtime, started by the first test that needs it."""
    from localrun.spark import session

    return session.start()


@pytest.fixture(scope="session")
def broker(spark, tmp_path_factory) -> Iterator[TestBroker]:
    """A Kafka broker that all tests share: each writes to topics of its own."""
    broker = TestBroker(tmp_path_factory.mktemp("broker") / "kafka", spark)
    yield broker
    broker.close()


@pytest.fixture(scope="session")
def rendered(tmp_path_factory) -> Iterator[Callable[[str], Path]]:
    """rendered("retail"): the project of tests/configs/retail.json.

    Made once in a session and shared: a test that changes it works on a copy, and the
    session fails where one did not.
    """
    made = {}

    @functools.cache
    def make(config: str) -> Path:
        project = render(answers(config), tmp_path_factory.mktemp(config))
        made[project] = contents(project)
        return project

    yield make
    for project, before in made.items():
        assert contents(project) == before, f"a test changed {project}"


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
