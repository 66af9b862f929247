"""SIGKILL at random moments: nothing is lost, nothing is doubled."""

import random
import shutil

import pytest
from end_to_end.project import contents

KILLS = 10


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_like_an_undisturbed_one(
    retail, first_run, tmp_path
):
    """A full refresh of all tables, killed again and again on its way.

    Each run goes on where the one before was killed, so that what a kill leaves behind
    is there for all that follow; a run that gets to its end is followed by a new full
    refresh.
    """
    warehouse = shutil.copytree(first_run.warehouse, tmp_path / "warehouse")
    dice, kills, anew = random.Random(5), 0, ["--full-refresh"]
    for _ in range(3 * KILLS):
        moment = dice.random() * first_run.first.seconds / 2
        killed = retail.run_and_kill(moment, warehouse, *anew)
        anew = [] if killed else ["--full-refresh"]
        kills += killed
        if kills == KILLS:
            break
    assert kills == KILLS
    folders = ("--landing", retail.landing, "--warehouse", warehouse)
    done = retail.call("localrun.cli", "run", *folders)
    assert done.returncode == 0, done.stdout
    assert contents(retail.pipeline(warehouse)) == contents(first_run)
