"""`python -m contract_tools check | changes`: the two commands.

Exit code 0 where all is well, 2 for a wrong call, contract or pipeline; `changes` ends
with 1 where readers of the contract would break.
"""

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from contract_tools import changes, grants, standard
from contract_tools.tables import contracts
from localrun.errors import FlowError, UsageError
from medallion import layers


def main(arguments: Sequence[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return int(options.command(options))
    except (UsageError, FlowError) as error:
        print(f"contract_tools: {error}", file=sys.stderr)
        return 2


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m contract_tools",
        description="Check this project's contract, without data.",
    )
    commands = parser.add_subparsers(required=True, metavar="check|changes")

    check = commands.add_parser("check", help="check the contract and the graph")
    check.set_defaults(command=_check)
    check.add_argument("--landing", type=Path, help="default: .local/landing")

    compare = commands.add_parser(
        "changes", help="name the changes since a version; 1 if they break readers"
    )
    compare.set_defaults(command=_changes)
    compare.add_argument("--base", type=Path, required=True, metavar="CONTRACT")

    for command in (check, compare):
        command.add_argument(
            "--root", type=Path, default=Path(), help="folder of the project"
        )
    return parser


def _check(options: argparse.Namespace) -> int:
    # `changes` needs no Spark, which takes seconds to import.
    from contract_tools import expressions
    from localrun import Pipeline
    from localrun.cli.commands import counts, sound_graph

    folder = options.root / "contract"
    problems, remarks = standard.check_folder(folder)
    for remark in remarks:
        print(remark)
    try:
        pipeline = Pipeline(options.root, landing=options.landing)
    except UsageError as error:  # Java is missing, perhaps
        raise UsageError("\n".join(map(str, [*problems, error]))) from error
    problems += expressions.check_folder(pipeline.spark, folder, problems)
    if problems:
        raise UsageError("\n".join(map(str, problems)))
    graph = sound_graph(pipeline)
    in_layer = layers.configured(pipeline.conf)
    grants_sql = options.root / "sql/grants.sql"
    for remark in grants.remarks(grants_sql, graph.datasets, in_layer):
        print(remark)
    for note in pipeline.outdated():
        print(f"{note.table}: {note.sentence}")
    print(f"The contract, {counts(graph)} are in order.")
    return 0


def _changes(options: argparse.Namespace) -> int:
    folder = options.root / "contract"
    found = contracts(folder)
    if len(found) != 1:
        raise UsageError(
            f"{folder} holds {len(found)} contracts: keep one, <name>.odcs.yaml, to "
            "compare with --base"
        )
    (contract,) = found
    try:
        differences, meant = changes.compare(options.base, contract)
        remarks = list(changes.outdated(options.base, contract))
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    for difference in differences:
        print(difference)
    broken = [difference for difference in differences if difference.breaks]
    print(f"{len(differences)} changes, {len(broken)} of them breaking.")
    for remark in remarks:
        print(remark)
    if not broken or meant:
        return 0
    print(
        f"contract_tools: readers of {contract.name} would break: take the changes "
        "back, or raise the first number of its version to say that they are meant",
        file=sys.stderr,
    )
    return 1
