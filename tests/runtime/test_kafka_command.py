"""`localrun kafka`: a real broker that is started, found again and stopped."""

import json
import os
import socket

import pytest

from localrun import cli
from localrun.broker import Broker, ports


@pytest.fixture
def kafka(tmp_path, capsys):
    """kafka("start", "--port", "…"): exit code and what is printed, on one line."""
    folder = tmp_path / "kafka"

    def run(command, *options):
        code = cli.main(["kafka", command, "--folder", str(folder), *options])
        printed = capsys.readouterr()
        return code, (printed.out + printed.err).strip()

    run.folder = folder
    yield run
    Broker(folder).stop()


@pytest.fixture
def port() -> str:
    return str(ports.next_free(29092))


def test_it_starts_once_and_keeps_its_messages_and_its_port(kafka, port, spark):
    servers = f"127.0.0.1:{port}"

    assert kafka("start", "--port", port) == (0, f"Kafka runs on {servers}")
    assert kafka("start") == (0, f"Kafka runs already on {servers}")
    message = spark.sql("SELECT 'a' AS value, 't' AS topic")
    kafka_options = {"kafka.bootstrap.servers": servers}
    message.write.format("kafka").options(**kafka_options).save()
    assert kafka("stop") == (0, "Kafka is stopped; its data are kept")
    assert kafka("status") == (1, f"Kafka does not run in {kafka.folder}")
    assert kafka("stop") == (0, f"Kafka does not run in {kafka.folder}")
    assert kafka("start") == (0, f"Kafka runs on {servers}")
    assert kafka("status") == (0, f"Kafka runs on {servers}")
    topic = spark.read.format("kafka").options(**kafka_options, subscribe="t").load()
    assert [row.value for row in topic.collect()] == [bytearray(b"a")]


def test_it_listens_to_this_machine_only(kafka, port):
    kafka("start", "--port", port)
    others = socket.getaddrinfo(socket.gethostname(), port, socket.AF_INET)
    addresses = {address for *_, (address, _) in others} - {"127.0.0.1", "127.0.1.1"}

    properties = (kafka.folder / "server.properties").read_text()
    for address in addresses:
        with socket.socket() as probe:
            assert probe.connect_ex((address, int(port))) != 0
    assert "://0.0.0.0" not in properties
    assert properties.count("://127.0.0.1:") == 3


def test_another_port_while_it_runs_is_refused(kafka, port):
    kafka("start", "--port", port)

    code, said = kafka("start", "--port", "9")

    assert code == 2
    assert said == (
        f"localrun: Kafka in {kafka.folder} runs already, on port {port}: stop it "
        "first with `localrun kafka stop`"
    )


def test_the_number_of_a_process_that_is_another_one_by_now_is_not_believed(kafka):
    kafka.folder.mkdir()
    listeners = {"plain": 9092, "controller": 9093, "sasl": None}
    record = {"pid": os.getpid(), "listeners": listeners}
    (kafka.folder / "broker.json").write_text(json.dumps(record))
    (kafka.folder / "broker.lock").touch()

    assert kafka("status") == (1, f"Kafka does not run in {kafka.folder}")
    assert kafka("stop") == (0, f"Kafka does not run in {kafka.folder}")


def test_a_port_in_use_is_refused(kafka):
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        port = str(other.getsockname()[1])

        code, said = kafka("start", "--port", port)

    assert (code, said) == (
        2,
        f"localrun: port {port} is in use: stop what listens there, or choose another "
        "--port",
    )


@pytest.mark.parametrize("port", ["0", "65536", "-1"])
def test_a_number_that_is_not_a_port_is_refused(kafka, port):
    code, said = kafka("start", "--port", port)

    assert (code, said) == (2, f"localrun: --port {port}: choose one from 1 to 65535")


def test_a_folder_of_other_files_is_left_alone(kafka):
    kafka.folder.mkdir()
    (kafka.folder / "server.properties").write_text("mine")

    code, said = kafka("start")

    assert (code, said) == (
        2,
        f"localrun: {kafka.folder} holds other files than Kafka's: choose another "
        "--folder",
    )
    assert (kafka.folder / "server.properties").read_text() == "mine"


def test_a_file_where_the_folder_would_be_is_refused(kafka):
    kafka.folder.write_text("")

    code, said = kafka("start")

    assert code == 2
    assert said == (
        f"localrun: {kafka.folder} cannot hold Kafka's data (File exists): choose "
        "another --folder"
    )


def test_sasl_needs_the_name_of_a_secret(kafka):
    code, said = kafka("start", "--sasl", "password")

    assert (code, said) == (
        2,
        "localrun: --sasl password: write it as scope/key of a secret",
    )
