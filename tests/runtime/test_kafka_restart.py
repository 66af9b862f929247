"""Kafka's broker, and the pipeline, stopped in the middle of a stream: exactly once."""

import os
import signal
import subprocess
import sys
from contextlib import suppress

import pytest

from localrun.engine.listener import Listener

pytestmark = pytest.mark.slow

ORDERS = """
@dp.table
def orders():
    return (
        spark.readStream.format("kafka")
        .option("kafka.bootstrap.servers", "{servers}")
        .option("subscribe", "{topic}")
        .option("startingOffsets", "earliest")
        .option("maxOffsetsPerTrigger", "40")
        .load()
        .select(F.col("value").cast("string").cast("int"))
    )
"""
MESSAGES = 400


class AtFirstRows(Listener):
    """Does something once, when the first rows of a flow have been read."""

    def __init__(self, do):
        self._do = do

    def flow_progressed(self, flow: str, rows: int) -> None:
        if rows and self._do:
            do, self._do = self._do, None
            do()


def send(broker, topic: str) -> None:
    broker.send(topic, *map(str, range(MESSAGES)))


def is_all_there_once(bundle) -> bool:
    return bundle.rows("orders") == sorted(((n,) for n in range(MESSAGES)), key=str)


def test_a_broker_that_restarts_in_mid_stream_loses_and_doubles_nothing(bundle, broker):
    topic = "restarts_in_mid_stream"
    bundle.write(ORDERS.format(servers=broker.servers, topic=topic))
    send(broker, topic)
    restarted = []

    def restart():
        broker.stop()
        broker.restart()
        restarted.append(bundle.pipeline.table("orders").count())

    bundle.run(listeners=[AtFirstRows(restart)])
    assert bundle.run().ok

    assert restarted and restarted[0] < MESSAGES
    assert is_all_there_once(bundle)


def test_a_pipeline_that_is_killed_in_mid_stream_goes_on_from_there(bundle, broker):
    topic = "killed_in_mid_stream"
    bundle.write(ORDERS.format(servers=broker.servers, topic=topic))
    send(broker, topic)
    commits = bundle.root / ".local/warehouse/_state/flows"

    process = subprocess.Popen(
        [sys.executable, "-m", "localrun", "run", "--root", bundle.root],
        env={**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    while process.poll() is None and not [*commits.rglob("checkpoint/commits/2")]:
        with suppress(subprocess.TimeoutExpired):
            process.wait(0.1)
    assert process.poll() is None
    os.killpg(process.pid, signal.SIGKILL)
    process.wait()
    assert bundle.run().ok

    assert is_all_there_once(bundle)
