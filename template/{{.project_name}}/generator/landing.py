"""The landing folder: whole files only, and a state that agrees with them.

A batch is written under hidden names, which no pipeline reads. Then the state is
replaced, and only then do the files get their names. Whoever is killed before that has
not written the batch; whoever is killed after it finds the rest to rename.
"""

import json
import os
import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from generator import recovery
from generator.dirt import KINDS
from generator.settings import GeneratorError
from generator.state import Delivery, Planted, State

STATE = ".generator.json"
LEDGER_LINE = '{"batch": '  # how each begins
HIDDEN = re.compile(r"^\.(?P<name>[a-z]+-(?P<batch>\d+)(-\d+)?\.json)\.tmp$")


class Landing:
    """`<folder>/<source>/<source>-<batch>[-<part>].json`, in JSON lines.

    All methods raise GeneratorError where a file cannot be read or written.
    """

    def __init__(self, folder: Path, ledger: Path | None = None):
        self.folder, self.ledger = folder, ledger

    def resume(self, start: datetime) -> State | None:
        """The state after the last whole batch; None where there is nothing yet.

        Clears away what a killed run left behind. `start` is the clock of files that
        tell no time.
        """
        with _explained(self.folder):
            state = self._stored_state()
            last = state.batch if state else recovery.last_batch(self.folder)
            for source in KINDS:
                self._finish(self.folder / source, last)
            if state is None:
                state = recovery.recover(self.folder, start)
        self._cut_ledger(state.batch if state else 0)
        return state

    def commit(
        self, state: State, lines: dict[str, list[Delivery]], sales_files: int
    ) -> list[Planted]:
        """Write the batch that the state has reached; returns what is planted in it."""
        planted: list[Planted] = []
        hidden: list[tuple[Path, Path]] = []
        with _explained(self.folder):
            for source, deliveries in lines.items():
                parts = sales_files if source == "sales" else 1
                for name, part in _parts(source, state.batch, deliveries, parts):
                    file = self.folder / source / name
                    if file.exists():
                        raise GeneratorError(
                            f"{file} exists already: let one generator at a time write "
                            f"to {self.folder}; if none does, remove {STATE} there"
                        )
                    file.parent.mkdir(parents=True, exist_ok=True)
                    temporary = file.with_name(f".{name}.tmp")
                    _write(temporary, (delivery.text for delivery in part))
                    hidden.append((temporary, file))
                    planted += _planted(state.batch, f"{source}/{name}", part)
        if self.ledger:
            with _explained(self.ledger):
                self._add_to_ledger(planted)
        with _explained(self.folder):
            temporary = self.folder / f"{STATE}.tmp"
            _write(temporary, [json.dumps(state.to_json(), ensure_ascii=False)])
            os.replace(temporary, self.folder / STATE)
            for temporary, file in hidden:
                os.replace(temporary, file)
        return planted

    def _stored_state(self) -> State | None:
        """What the last run stored, unless the sources were removed since."""
        file = self.folder / STATE
        if not file.exists() or not any((self.folder / s).is_dir() for s in KINDS):
            return None
        try:
            return State.of_json(json.loads(file.read_text(encoding="utf-8")))
        except ValueError:
            return None

    def _finish(self, folder: Path, last_batch: int) -> None:
        """Name the files of a batch that is stated as written, remove all others."""
        if not folder.is_dir():
            return
        for file in sorted(folder.iterdir()):
            if found := HIDDEN.match(file.name):
                if int(found["batch"]) <= last_batch:
                    os.replace(file, folder / found["name"])
                else:
                    file.unlink()

    def _add_to_ledger(self, planted: list[Planted]) -> None:
        self.ledger.parent.mkdir(parents=True, exist_ok=True)
        with self.ledger.open("a", encoding="utf-8", newline="\n") as file:
            file.writelines(json.dumps(asdict(entry)) + "\n" for entry in planted)

    def _cut_ledger(self, last_batch: int) -> None:
        """Take out of the ledger what it says of batches that were never written."""
        if not self.ledger or not self.ledger.exists():
            return
        with _explained(self.ledger):
            kept = []
            for line in self.ledger.read_text(encoding="utf-8").splitlines():
                try:
                    if json.loads(line)["batch"] <= last_batch:
                        kept.append(line)
                except (ValueError, KeyError, TypeError) as error:
                    if line[: len(LEDGER_LINE)] == LEDGER_LINE[: len(line)]:
                        continue  # a run was killed in the middle of it
                    raise GeneratorError(
                        f"{self.ledger} is not a ledger: name another file for it"
                    ) from error
            temporary = self.ledger.with_name(f".{self.ledger.name}.tmp")
            _write(temporary, kept)
            os.replace(temporary, self.ledger)


def _parts(
    source: str, batch: int, deliveries: list[Delivery], parts: int
) -> Iterator[tuple[str, list[Delivery]]]:
    """The files of a source, by name; none is empty."""
    size = -(-len(deliveries) // parts) or 1
    for number, start in enumerate(range(0, len(deliveries), size), 1):
        suffix = f"-{number}" if parts > 1 else ""
        yield f"{source}-{batch:06}{suffix}.json", deliveries[start : start + size]


def _planted(batch: int, file: str, part: list[Delivery]) -> Iterator[Planted]:
    for line, made in enumerate(part, 1):
        if made.kind:
            yield Planted(
                batch,
                made.source,
                file,
                line,
                made.key,
                made.kind,
                tuple(made.rules),
                tuple(made.warnings),
            )


def _write(file: Path, lines: Iterable[str]) -> None:
    # "\n" on every system: the same seed makes the same bytes.
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines)


@contextmanager
def _explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise GeneratorError(
            f"cannot use {path}: {where}: {error.strerror}; name a folder or file that "
            "can be read and written"
        ) from error
