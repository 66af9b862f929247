"""The first command of the README, and those that it leads to."""

import re

import pytest
from make import make


@pytest.mark.slow
def test_the_demo_and_what_its_user_does_next(tmp_path):
    out = make("demo", f"BUILD={tmp_path}")

    assert f"All of it lies in {tmp_path}/demo:" in out
    first, second = out.split("== second run")
    assert "== first run" in first
    # The table, how it ended, rows in, out and in all.
    counts = r"^bronze_sales +completed +(\d[\d,]*) +(\d[\d,]*) +(\d[\d,]*) "
    (was,) = numbers(re.findall(counts, first, re.MULTILINE))
    (now,) = numbers(re.findall(counts, second, re.MULTILINE))
    assert was[0] == was[1] == was[2] > 1000
    assert now[0] == now[1] == now[2] - was[2] > 0
    assert (first + second).count("Update COMPLETED") == 2

    project = tmp_path / "demo"
    words = "CONTINUOUS=1", "ARGS=--batches 2 --interval 0"
    assert make("generate", *words, folder=project).count("batch ") == 2
    run = make("run", "ARGS=--refresh bronze_sales", folder=project)
    (later,) = numbers(re.findall(counts, run, re.MULTILINE))
    assert later[0] == later[2] - now[2] > 0


def numbers(found: list[tuple[str, ...]]) -> list[list[int]]:
    return [[int(text.replace(",", "")) for text in row] for row in found]
