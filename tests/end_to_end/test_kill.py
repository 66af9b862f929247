"""SIGKILL at random moments: nothing is lost, nothing is doubled."""

import random
import shutil

import pytest
from end_to_end.project import contents

KILLS = 10
STARTUP = 5  # seconds in which Spark only starts


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_like_an_undisturbed_one(
    retail, first_run, tmp_path
):
    warehouse = shutil.copytree(first_run.warehouse, tmp_path / "warehouse")
    folders = ("--landing", retail.landing, "--warehouse", warehouse)
    dice, kills, tries = random.Random(5), 0, 0
    running = first_run.first.seconds
    while kills < KILLS and tries < 3 * KILLS:
        tries += 1
        moment = STARTUP + dice.random() * running
        if retail.run_and_kill(moment, *folders, "--full-refresh"):
            kills += 1
        else:  # the machine has become faster than it was in the first run
            running *= 0.7
    assert kills == KILLS
    done = retail.call("localrun.cli", "run", *folders)
    assert done.returncode == 0, done.stdout
    assert contents(retail.pipeline(warehouse)) == contents(first_run)
