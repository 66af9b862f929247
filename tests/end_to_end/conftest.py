"""The rendered retail sample with generated data, brought up to date once."""

import pytest
from end_to_end.project import Project, errors


@pytest.fixture(scope="session")
def retail(rendered, tmp_path_factory) -> Project:
    """Ten generated batches, and a ledger of what was planted in them."""
    project = Project(rendered("retail"), tmp_path_factory.mktemp("landing"))
    project.ledger = project.landing.parent / "ledger.jsonl"
    project.generate("--batches", "10", "--seed", "11", "--ledger", project.ledger)
    return project


@pytest.fixture(scope="session")
def first_run(retail, spark, tmp_path_factory):
    """The retail pipeline after its first update over both batches."""
    pipeline = retail.pipeline(tmp_path_factory.mktemp("warehouse"))
    result = pipeline.update()
    assert not errors(result)
    pipeline.first = result
    return pipeline
