"""The tables of a contract as the core asks for them: a folder a table.

Files are `<table>-<batch>.<format>`; of a snapshot, whose file holds all members,
`<table>-<batch>-<day>.<format>`; of a reference `<table>.<format>`, replaced by each
batch.
"""

import re
from datetime import datetime
from pathlib import Path

from generator.from_contract import delivered, faults, formats, overrides, recovery
from generator.from_contract.batch import BatchOfTables
from generator.from_contract.plan import Plan, in_order, of_table
from generator.from_contract.settings import Settings
from generator.from_contract.state import Delivery, State
from generator.maker import Batch, File, Window
from generator.planted import Planted
from generator.settings import GeneratorError
from medallion import contract
from medallion.model import Table

_ROOT = Path(__file__).parents[2]


class FromContract:
    """Makes batches of the tables of a contract.

    Raises GeneratorError where the contract or the settings cannot be used.
    """

    def __init__(self, settings: Settings):
        self.settings = settings
        tables = {table.name: table for table in _tables(settings.contract)}
        columns = {
            name: [c.name for c in table.source_columns]
            for name, table in tables.items()
        }
        stated = overrides.read(settings.tables, columns)
        nothing = overrides.TableSettings()
        plans = {
            name: of_table(table, stated.get(name, nothing), tables)
            for name, table in tables.items()
        }
        self.plans = in_order(plans)
        self.sources = tuple(plans)
        self._is_ready = False
        self.kinds = {plan.name: faults.kinds_of(plan) for plan in self.plans}
        self.remarks = [remark for plan in self.plans for remark in plan.remarks]
        self.left_out: set[str] = set()
        if settings.landing.parts[:2] == ("/", "Volumes"):
            self._be_in_a_workspace()

    def begin(self, clock: datetime) -> State:
        return State(clock)

    def restore(self, stored: dict) -> State | None:
        return State.of_json(stored)

    def recover(self, folder: Path, start: datetime) -> State | None:
        return recovery.recover(folder, self.plans, self.settings)

    def last_batch(self, folder: Path) -> int:
        return recovery.last_batch(folder, self.plans, self.settings)

    def send(self, source: str, file: Path) -> bool:
        (plan,) = (plan for plan in self.plans if plan.name == source)
        send = getattr(plan.format, "send", None)
        if send is None:
            return False
        send(file, delivered.source_of(plan.table), self.settings)
        return True

    def next_batch(self, state: State, window: Window) -> Batch:
        self._prepare()
        state.batch += 1
        state.clock = window[1]
        batch = BatchOfTables(self.plans, self.kinds, state, self.settings, window)
        batch.make()
        new = [r for r in batch.remarks if r not in self.remarks]
        self.remarks += dict.fromkeys(new)
        files = [
            _file(plan, rows, batch.marks[plan.name], state, window[1])
            for plan in self.plans
            if (rows := batch.rows[plan.name]) and plan.name not in self.left_out
        ]
        counts = {name: len(rows) for name, rows in batch.rows.items()}
        return Batch({n: c for n, c in counts.items() if n not in self.left_out}, files)

    def _be_in_a_workspace(self) -> None:
        """There, only files are made, and some tables are read from elsewhere."""
        for plan in self.plans:
            elsewhere = plan.table.location
            if hasattr(plan.format, "send") and not self.settings.bootstrap_servers:
                self.left_out.add(plan.name)
                self.remarks.append(
                    f"table {plan.name} gets no rows: those of the format "
                    f"{plan.table.format} are made on a laptop only"
                )
            elif elsewhere and not hasattr(plan.format, "send"):
                self.remarks.append(
                    f"table {plan.name} is read from {elsewhere}: copy the files in "
                    f"{self.settings.landing / plan.name} there"
                )

    def _prepare(self) -> None:
        """Before the first batch: what is sent somewhere can be sent there."""
        plans = [plan for plan in self.plans if plan.name not in self.left_out]
        for plan in plans if not self._is_ready else ():
            if ready := getattr(plan.format, "ready", None):
                ready(delivered.source_of(plan.table), self.settings)
        self._is_ready = True


def _tables(path: Path) -> tuple[Table, ...]:
    """The tables of a contract, whose path is looked for here and in the bundle."""
    try:
        return contract.load(path if path.exists() else _ROOT / path)
    except contract.ContractError as error:
        raise GeneratorError(str(error)) from error


def _file(
    plan: Plan, rows: list, marks: dict[int, Delivery], state: State, until: datetime
) -> File:
    table, extension = plan.table, plan.format.EXTENSION
    name = _name(table, state.batch, until, extension)
    if formats.breaks(table) == "last":
        rows, marks = _broken_last(rows, marks)
    first = formats.first_line(table)
    planted = [
        Planted(
            state.batch,
            table.name,
            f"{table.name}/{name}",
            first + index,
            made.key,
            made.kind,
            tuple(made.rules),
            tuple(made.warnings),
        )
        for index, made in sorted(marks.items())
    ]

    def write(path: Path) -> None:
        columns = delivered.names_of(table, plan.columns)
        named = delivered.rows_of(table, rows)
        plan.format.write(path, delivered.source_of(table), columns, named)

    return File(table.name, name, write, planted, table.role == "reference")


def _name(table: Table, batch: int, until: datetime, extension: str) -> str:
    if table.role == "reference":
        return f"{table.name}.{extension}"
    name = f"{table.name}-{batch:06}"
    if table.role != "snapshot":
        return f"{name}.{extension}"
    # The first of these that says a version as the contract wants it, or just the first
    stamps = ("%Y-%m-%d", "%Y%m%d%H%M%S", "%Y%m%d%H%M", "%Y%m%d", "%Y-%m-%dT%H%M%S")
    names = [f"{name}-{until:{stamp}}.{extension}" for stamp in stamps]
    names += [f"{table.name}_{until:{stamp}}.{extension}" for stamp in stamps]
    pattern = getattr(table, "version_pattern", None)
    fitting = (n for n in names if pattern and _says_version(pattern, n, table))
    return next(fitting, names[0])


def _says_version(pattern: str, name: str, table: Table) -> bool:
    found = re.search(pattern, name)
    text = found[1] if found and found.re.groups else ""
    if getattr(table, "version_type", "time") == "number":
        return bool(text) and text.isdigit()
    return bool(text) and (not text.isdigit() or len(text) in (8, 12, 14))


def _broken_last(rows: list, marks: dict[int, Delivery]) -> tuple[list, dict]:
    """The same rows, those at the end that nothing can be read after."""
    order = sorted(range(len(rows)), key=lambda i: isinstance(rows[i], str))
    places = {old: new for new, old in enumerate(order)}
    return [rows[i] for i in order], {places[i]: made for i, made in marks.items()}
