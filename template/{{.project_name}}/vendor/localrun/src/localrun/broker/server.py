"""One broker, its data and what is known of it in one folder.

It is a process of its own, which lives on after the command that started it. All that
is asked for is done at most once: starting one that runs is no error, nor is stopping
one that does not.
"""

import json
import os
import shutil
import subprocess
import time
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import IO, Any

from filelock import FileLock, Timeout

from localrun.broker import ports, processes
from localrun.broker.configuration import Listeners, properties
from localrun.errors import UsageError
from localrun.spark import jars
from localrun.spark.java import find_java, install_hint

PORT = 9092
DEFAULT_SERVERS = f"{ports.HOST}:{PORT}"
# By this file a folder is known to be a broker's.
_LOCK = "broker.lock"
_STARTED = "Kafka Server started"
_LOGGING = (
    "-Dorg.slf4j.simpleLogger.defaultLogLevel=warn",
    "-Dorg.slf4j.simpleLogger.log.kafka.server.KafkaRaftServer=info",
    "-Dorg.slf4j.simpleLogger.showDateTime=true",
    "-Dorg.slf4j.simpleLogger.dateTimeFormat=yyyy-MM-dd'T'HH:mm:ss",
)
# Quick to start, and small beside Spark.
_JAVA = ("-Xmx512m", "-XX:TieredStopAtLevel=1", "-XX:+UseSerialGC")
_PATIENCE = 60.0


def folder_of(root: Path) -> Path:
    """Where the broker of the bundle in folder `root` is."""
    return root / ".local/kafka"


class Broker:
    """The broker of one folder, running or not."""

    def __init__(self, folder: Path):
        self.folder = folder.absolute()
        self.log = self.folder / "broker.log"
        self._data = self.folder / "data"
        self._properties = self.folder / "server.properties"
        self._record = self.folder / "broker.json"

    def running(self) -> Listeners | None:
        """Its listeners; None where it does not run."""
        known = self._known()
        alive = known and processes.runs(known["pid"], self._mark)
        return Listeners(**known["listeners"]) if alive else None

    def start(self, port: int | None = None, password: str | None = None) -> Listeners:
        """Start it where it does not run, and wait until it takes messages.

        `port` is by default the one that it had, or else the first free one from 9092
        on. With a `password` it listens with SASL, too. Raises UsageError where that
        does not work, or contradicts the one that runs.
        """
        with self._alone():
            found = self.running()
            if found is None:
                return self._start(self._listeners(port, password), password)
            if port not in (None, found.plain):
                raise self._other(f"on port {found.plain}")
            if password and not found.sasl:
                raise self._other("without SASL")
            return found

    def stop(self) -> bool:
        """Stop it; its data stay. False where it did not run."""
        if not self._record.exists():
            return False
        with self._alone():
            if self.running() is None:
                return False
            # It writes down what it has, which takes a moment.
            processes.end(self._known()["pid"], self._mark, _PATIENCE)
            return True

    @property
    def _mark(self) -> str:
        return f"-Dlocalrun.kafka={self.folder} "

    def _known(self) -> dict[str, Any]:
        try:
            return dict(json.loads(self._record.read_text(encoding="utf-8")))
        except (OSError, ValueError):
            return {}

    @contextmanager
    def _alone(self) -> Iterator[None]:
        try:
            self.folder.mkdir(parents=True, exist_ok=True)
            names = {path.name for path in self.folder.iterdir()}
            if names and _LOCK not in names:
                raise UsageError(
                    f"{self.folder} holds other files than Kafka's: choose another "
                    "--folder"
                )
            lock = FileLock(self.folder / _LOCK, timeout=_PATIENCE)
            lock.acquire()
        except Timeout:
            raise UsageError(
                f"another command starts or stops Kafka in {self.folder}: wait for it"
            ) from None
        except OSError as error:
            raise UsageError(
                f"{self.folder} cannot hold Kafka's data ({error.strerror}): choose "
                "another --folder"
            ) from error
        try:
            yield
        finally:
            lock.release()

    def _other(self, how: str) -> UsageError:
        return UsageError(
            f"Kafka in {self.folder} runs already, {how}: stop it first with "
            "`localrun kafka stop`"
        )

    def _listeners(self, port: int | None, password: str | None) -> Listeners:
        before = self._known().get("listeners", {})
        if port is not None and not 0 < port <= ports.LAST:
            raise UsageError(f"--port {port}: choose one from 1 to {ports.LAST}")
        if port is not None and not ports.is_free(port):
            raise UsageError(
                f"port {port} is in use: stop what listens there, or choose another "
                "--port"
            )
        plain = port or ports.next_free(before.get("plain") or PORT)
        taken = {plain}
        sasl = None
        if password:
            sasl = ports.next_free(before.get("sasl") or plain + 1, taken)
            taken.add(sasl)
        return Listeners(plain, ports.next_free(plain + 1, taken), sasl)

    def _start(self, listeners: Listeners, password: str | None) -> Listeners:
        java = find_java()
        if java is None:
            raise UsageError(install_hint().replace("Spark needs", "Kafka needs", 1))
        os.environ["JAVA_HOME"] = str(java.home)
        found = [*jars.fetched(jars.for_broker()), jars.scala_library()]
        path = os.pathsep.join(map(str, found))
        program = [str(java.home / "bin/java"), *_JAVA, *_LOGGING]
        program += [self._mark.strip(), "-cp", path]
        self._write_properties(properties(self._data, listeners, password))
        if not (self._data / "meta.properties").exists():
            self._format(program)
        with self.log.open("wb") as log:
            process = subprocess.Popen(
                [*program, "kafka.Kafka", str(self._properties)],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=subprocess.STDOUT,
                cwd=self.folder,
                # It is not to end with this command, nor with its terminal.
                start_new_session=True,
            )
        try:
            self._wait(process)
            record = {"pid": process.pid, "listeners": asdict(listeners)}
            self._record.write_text(json.dumps(record), encoding="utf-8")
        except BaseException:
            process.kill()
            process.wait()
            raise
        return listeners

    def _write_properties(self, text: str) -> None:
        """For its owner only, since a password may be in it."""
        self._properties.unlink(missing_ok=True)
        mode = os.O_WRONLY | os.O_CREAT | os.O_EXCL
        with os.fdopen(os.open(self._properties, mode, 0o600), "w") as file:
            file.write(text)

    def _format(self, program: list[str]) -> None:
        """Make the data folder; one that was begun and not finished is made again."""
        shutil.rmtree(self._data, ignore_errors=True)
        tool = "kafka.tools.StorageTool"
        made = subprocess.run(
            [*program, tool, "format", "-t", _cluster_id(), "-c", self._properties],
            capture_output=True,
            text=True,
        )
        if made.returncode:
            raise UsageError(
                f"{self._data} cannot be made Kafka's ({_last(made.stderr)}): choose "
                "another --folder"
            )

    def _wait(self, process: "subprocess.Popen[bytes]") -> None:
        deadline = time.monotonic() + _PATIENCE
        with self.log.open(encoding="utf-8", errors="replace") as log:
            while not self._has_started(log):
                if process.poll() is not None:
                    written = _last(self.log.read_text(errors="replace"))
                    raise UsageError(
                        f"Kafka did not start ({written}): {self.log} says more"
                    )
                if time.monotonic() > deadline:
                    raise UsageError(
                        f"Kafka did not start within {_PATIENCE:.0f} seconds: "
                        f"{self.log} says what it waits for"
                    )
                time.sleep(0.05)

    @staticmethod
    def _has_started(log: IO[str]) -> bool:
        return any(_STARTED in line for line in log)


def _cluster_id() -> str:
    """22 characters of Base64, which hexadecimal digits are; the last is half used."""
    return f"{uuid.uuid4().hex[:21]}A"


def _last(text: str) -> str:
    """The last line that is not of a stack trace."""
    lines = [line for line in text.splitlines() if line and not line[0].isspace()]
    return lines[-1] if lines else "it wrote nothing"
