"""SIGKILL at random moments: nothing is lost, nothing is doubled."""

import time

import pytest
from end_to_end.project import contents, shuffled_moments

KILLS = 10


@pytest.mark.slow
def test_a_run_killed_at_ten_random_moments_ends_like_an_undisturbed_one(
    retail, first_run, tmp_path
):
    warehouse = tmp_path / "warehouse"
    folders = ("--landing", retail.landing, "--warehouse", warehouse)
    started = time.monotonic()
    assert retail.localrun("run", *folders).returncode == 0
    kills = 0
    for moment in shuffled_moments(5, KILLS, time.monotonic() - started - 4):
        kills += retail.run_and_kill(moment, *folders, "--full-refresh")
    assert kills >= KILLS - 2
    done = retail.localrun("run", *folders)
    assert done.returncode == 0, done.stdout
    assert contents(retail.pipeline(warehouse)) == contents(first_run)
