"""The tables of a contract as the core asks for them: a folder a table.

Files are `<table>-<batch>.<format>`; of a snapshot, whose file holds all members,
`<table>-<batch>-<day>.<format>`; of a reference `<table>.<format>`, replaced by each
batch.
"""

import sys
from datetime import datetime
from pathlib import Path

from generator.from_contract import faults, formats, overrides, recovery
from generator.from_contract.batch import BatchOfTables
from generator.from_contract.plan import Plan, in_order, of_table
from generator.from_contract.settings import Settings
from generator.from_contract.state import Delivery, State
from generator.maker import Batch, File, Window
from generator.planted import Planted
from generator.settings import GeneratorError

_PIPELINE = str(Path(__file__).parents[2] / "pipeline")
if _PIPELINE not in sys.path:
    sys.path.append(_PIPELINE)


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
        self.kinds = {plan.name: faults.kinds_of(plan) for plan in self.plans}
        self.remarks = [remark for plan in self.plans for remark in plan.remarks]

    def begin(self, clock: datetime) -> State:
        return State(clock)

    def restore(self, stored: dict) -> State | None:
        return State.of_json(stored)

    def recover(self, folder: Path, start: datetime) -> State | None:
        return recovery.recover(folder, self.plans, start)

    def last_batch(self, folder: Path) -> int:
        return recovery.last_batch(folder, self.plans)

    def send(self, source: str, file: Path) -> bool:
        (plan,) = (plan for plan in self.plans if plan.name == source)
        send = getattr(plan.format, "send", None)
        if send is None:
            return False
        send(file, plan.table, self.settings)
        return True

    def next_batch(self, state: State, window: Window) -> Batch:
        state.batch += 1
        state.clock = window[1]
        batch = BatchOfTables(self.plans, self.kinds, state, self.settings, window)
        batch.make()
        self.remarks += [r for r in batch.remarks if r not in self.remarks]
        files = [
            _file(plan, rows, batch.marks[plan.name], state, window[1])
            for plan in self.plans
            if (rows := batch.rows[plan.name])
        ]
        return Batch({name: len(rows) for name, rows in batch.rows.items()}, files)


def _tables(path: Path):
    from medallion import contract

    try:
        return contract.load(path)
    except contract.ContractError as error:
        raise GeneratorError(str(error)) from error


def _file(
    plan: Plan, rows: list, marks: dict[int, Delivery], state: State, until: datetime
) -> File:
    table, extension = plan.table, plan.format.EXTENSION
    name = f"{table.name}-{state.batch:06}.{extension}"
    if table.role == "snapshot":
        name = f"{table.name}-{state.batch:06}-{until:%Y-%m-%d}.{extension}"
    if table.role == "reference":
        name = f"{table.name}.{extension}"
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
        plan.format.write(path, table, plan.columns, rows)

    return File(table.name, name, write, planted, table.role == "reference")


def _broken_last(rows: list, marks: dict[int, Delivery]) -> tuple[list, dict]:
    """The same rows, those at the end that nothing can be read after."""
    order = sorted(range(len(rows)), key=lambda i: isinstance(rows[i], str))
    places = {old: new for new, old in enumerate(order)}
    return [rows[i] for i in order], {places[i]: made for i, made in marks.items()}
