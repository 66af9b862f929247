"""SIGKILL at random moments: nothing is lost, nothing is doubled."""

import random

import pytest
from end_to_end.project import contents, errors

KILLS = 5  # of each kind of run


@pytest.mark.nightly
@pytest.mark.slow
def test_runs_killed_at_ten_random_moments_end_like_an_undisturbed_one(
    retail, first_run, tmp_path
):
    """A first run, then a full refresh, each killed again and again on its way.

    Each goes on where it was killed last, so that what one kill leaves behind is there
    for all that follow. Should it come to its end meanwhile, all starts anew.
    """
    warehouse = tmp_path / "warehouse"
    dice, undisturbed = random.Random(5), contents(first_run)
    for begin in ([], ["--full-refresh-all"]):
        kills, arguments = 0, begin
        for _ in range(3 * KILLS):
            moment = dice.random() * first_run.first.seconds / 2
            killed = retail.run_and_kill(
                moment, warehouse, *arguments, with_java=kills % 2 == 1
            )
            arguments = [] if killed else ["--full-refresh-all"]
            kills += killed
            if kills == KILLS:
                break
        assert kills == KILLS
        pipeline = retail.pipeline(warehouse)
        assert not errors(pipeline.update())
        assert contents(pipeline) == undisturbed
