"""The landing folder: whole files only, and a state that agrees with them.

A batch is written under hidden names, which no pipeline reads. Then the state is
replaced, and only then do the files get their names, or are sent to where they belong.
A run that is killed before that has written nothing of the batch; after one that is
killed later, the next run does the rest.
"""

import json
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from datetime import datetime
from pathlib import Path

from generator.maker import File, Maker, State
from generator.planted import Planted
from generator.settings import GeneratorError

STATE = ".generator.json"
LEDGER_LINE = '{"batch": '  # how each begins
HIDDEN = re.compile(r"^\.(?P<name>.+)\.(?P<batch>\d+)\.tmp$")


class Landing:
    """`<folder>/<source>/<file>`, and the state beside them.

    All methods raise GeneratorError where a file cannot be read or written.
    """

    def __init__(self, folder: Path, maker: Maker, ledger: Path | None = None):
        self.folder, self.maker, self.ledger = folder, maker, ledger

    def resume(self, start: datetime) -> State | None:
        """The state after the last whole batch; None where there is nothing yet.

        Clears away what a killed run left behind. `start` is the clock of files that
        tell no time.
        """
        with explained(self.folder):
            state = self._stored_state()
            last = state.batch if state else self.maker.last_batch(self.folder)
            for source in self.maker.sources:
                self._finish(source, last)
            if state is None:
                state = self.maker.recover(self.folder, start)
        self._cut_ledger(state.batch if state else 0)
        return state

    def commit(self, state: State, files: Iterable[File]) -> list[Planted]:
        """Write the batch that the state has reached; returns what is planted in it."""
        planted: list[Planted] = []
        hidden: list[tuple[str, Path, Path]] = []
        with explained(self.folder):
            for made in files:
                file = self.folder / made.source / made.name
                if file.exists() and not made.replaces:
                    raise GeneratorError(
                        f"{file} exists already: let one generator at a time write "
                        f"to {self.folder}; if none does, remove {STATE} there"
                    )
                file.parent.mkdir(parents=True, exist_ok=True)
                temporary = file.with_name(f".{made.name}.{state.batch}.tmp")
                made.write(temporary)
                hidden.append((made.source, temporary, file))
                planted += made.planted
        if self.ledger:
            with explained(self.ledger):
                self._add_to_ledger(planted)
        with explained(self.folder):
            temporary = self.folder / f"{STATE}.tmp"
            write_lines(temporary, [json.dumps(state.to_json(), ensure_ascii=False)])
            move(temporary, self.folder / STATE)
            for source, temporary, file in hidden:
                self._publish(source, temporary, file)
        return planted

    def _publish(self, source: str, temporary: Path, file: Path) -> None:
        if self.maker.send(source, temporary):
            temporary.unlink()
        else:
            move(temporary, file)

    def _stored_state(self) -> State | None:
        """What the last run stored, unless the sources were removed since."""
        file, sources = self.folder / STATE, self.maker.sources
        if not file.exists() or not any((self.folder / s).is_dir() for s in sources):
            return None
        try:
            return self.maker.restore(json.loads(file.read_text(encoding="utf-8")))
        except ValueError:
            return None

    def _finish(self, source: str, last_batch: int) -> None:
        """Publish the files of a batch that is stated as written, remove all others."""
        folder = self.folder / source
        if not folder.is_dir():
            return
        for file in sorted(folder.iterdir()):
            if found := HIDDEN.match(file.name):
                if int(found["batch"]) <= last_batch:
                    self._publish(source, file, folder / found["name"])
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
        with explained(self.ledger):
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
            write_lines(temporary, kept)
            move(temporary, self.ledger)


def move(source: Path, target: Path) -> None:
    """Give a file its name, in place of one that has it.

    Where files cannot be renamed so, as on some volumes, it is copied, then deleted: a
    run that is killed between the two does it once more.
    """
    try:
        os.replace(source, target)
    except OSError:
        shutil.copyfile(source, target)
        source.unlink()


def write_lines(file: Path, lines: Iterable[str]) -> None:
    # "\n" on every system: the same seed makes the same bytes.
    with file.open("w", encoding="utf-8", newline="\n") as stream:
        stream.writelines(f"{line}\n" for line in lines)


@contextmanager
def explained(path: Path) -> Iterator[None]:
    try:
        yield
    except OSError as error:
        where = error.filename or path
        raise GeneratorError(
            f"cannot use {path}: {where}: {error.strerror}; name a folder or file that "
            "can be read and written"
        ) from error
