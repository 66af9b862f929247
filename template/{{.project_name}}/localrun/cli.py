"""`localrun run | sql | script | check`: the commands of the laptop runtime.

Exit code 0 on success, 1 when a flow failed, 2 for a wrong call, contract or pipeline.
"""

import argparse
import sys
from pathlib import Path

from rich.console import Console

from localrun.errors import UsageError


def main(arguments: list[str] | None = None) -> int:
    options = _parser().parse_args(arguments)
    try:
        return options.command(options)
    except UsageError as error:
        print(f"localrun: {error}", file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("localrun: stopped; the next run goes on from here", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="localrun", description="Run this bundle's pipeline on this machine."
    )
    commands = parser.add_subparsers(required=True, metavar="run|sql|script|check")

    run = commands.add_parser("run", help="bring the tables up to date")
    run.set_defaults(command=_run)
    _folders(run)
    run.add_argument("--landing", type=Path, help="default: .local/landing")
    run.add_argument(
        "--refresh", nargs="+", default=[], metavar="TABLE", help="only these tables"
    )
    run.add_argument(
        "--full-refresh",
        nargs="*",
        metavar="TABLE",
        help="anew: all, or these (TABLE+ takes its streaming readers along)",
    )
    run.add_argument(
        "--validate-only",
        action="store_true",
        help="check the graph and the schemas, read and write no data",
    )
    run.add_argument(
        "--conf",
        action="append",
        default=[],
        metavar="KEY=VALUE",
        help="pipeline configuration",
    )

    sql = commands.add_parser("sql", help="query the tables, event_log among them")
    sql.set_defaults(command=_sql)
    _folders(sql)
    sql.add_argument("query")
    sql.add_argument("--format", choices=["table", "json", "csv"], default="table")

    script = commands.add_parser(
        "script", help="run a Python file on the tables, as a task of a job does"
    )
    script.set_defaults(command=_script)
    _folders(script)
    script.add_argument(
        "--schema",
        default="",
        metavar="CATALOG.SCHEMA",
        help="what the tables are in; default: whatever the file says",
    )
    script.add_argument("file", type=Path)
    script.add_argument("arguments", nargs="*", help="after --: for the file itself")

    check = commands.add_parser("check", help="check the contract and the graph")
    check.set_defaults(command=_check, warehouse=None)
    check.add_argument("--root", type=Path, default=Path(), help="folder of the bundle")
    check.add_argument("--landing", type=Path, help="default: .local/landing")
    check.add_argument(
        "--base",
        type=Path,
        metavar="CONTRACT",
        help="instead: name the changes since this version; 1 if they break readers",
    )
    return parser


def _folders(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--root", type=Path, default=Path(), help="folder of the bundle"
    )
    parser.add_argument("--warehouse", type=Path, help="default: .local/warehouse")


def _pipeline(options, **arguments):
    from localrun.pipeline import Pipeline

    return Pipeline(options.root, options.warehouse, **arguments)


def _run(options) -> int:
    from localrun.progress import Progress, summary

    conf = dict(_pair(text) for text in options.conf)
    pipeline = _pipeline(options, landing=options.landing, conf=conf)
    if options.validate_only:
        print(f"{_counts(_graph(pipeline))} are in order.")
        return 0
    console = Console()
    console.width = max(console.width, 110)  # a narrower terminal wraps, not truncates
    result = pipeline.update(options.refresh, options.full_refresh, [Progress(console)])
    summary(console, result, pipeline.row_counts())
    return 0 if result.ok else 1


def _check(options) -> int:
    from localrun import check_contract, check_expressions, check_grants

    if options.base:
        return _changes(options)
    contracts = options.root / "contract"
    problems, remarks = check_contract.check_folder(contracts)
    for remark in remarks:
        print(remark)
    try:
        pipeline = _pipeline(options, landing=options.landing)
    except UsageError as error:  # there is no Java, perhaps
        raise UsageError("\n".join(map(str, [*problems, error]))) from error
    problems += check_expressions.check_folder(pipeline.spark, contracts, problems)
    if problems:
        raise UsageError("\n".join(map(str, problems)))
    graph = _graph(pipeline)
    for remark in check_grants.remarks(options.root / "sql/grants.sql", graph.schemas):
        print(remark)
    print(f"The contract, {_counts(graph)} are in order.")
    return 0


def _changes(options) -> int:
    from localrun import contract_changes

    contracts = sorted((options.root / "contract").glob("*.odcs.yaml"))
    if len(contracts) != 1:
        raise UsageError(
            f"{options.root / 'contract'} holds {len(contracts)} contracts: keep one, "
            "<name>.odcs.yaml, to compare with --base"
        )
    (contract,) = contracts
    try:
        changes, meant = contract_changes.compare(options.base, contract)
    except (OSError, ValueError) as error:
        raise UsageError(str(error)) from error
    for change in changes:
        print(change)
    broken = [change for change in changes if change.breaks]
    print(f"{len(changes)} changes, {len(broken)} of them breaking.")
    if not broken or meant:
        return 0
    print(
        f"localrun: readers of {contract.name} would break: take the changes back, or "
        "raise the first number of its version to say that they are meant",
        file=sys.stderr,
    )
    return 1


def _graph(pipeline):
    """The graph, without data. Raises UsageError where it has a fault."""
    graph = pipeline.validate()
    if graph.problems:
        lines = [f"{name}: {problem}" for name, problem in graph.problems.items()]
        raise UsageError("\n".join(lines))
    return graph


def _counts(graph) -> str:
    """Tables as a run counts them, and views, which are not stored."""
    tables = len(graph.tables)
    views = len(graph.schemas) - tables
    return f"{tables} table{'s' * (tables != 1)} and {views} view{'s' * (views != 1)}"


def _sql(options) -> int:
    from localrun import printing

    printing.show(_pipeline(options).query(options.query), options.format)
    return 0


def _script(options) -> int:
    from localrun import script

    pipeline = _pipeline(options)
    try:
        script.run(pipeline, options.file, options.arguments, options.schema)
    except UsageError:
        raise
    except Exception as error:
        print(f"{type(error).__name__}: {error}", file=sys.stderr)
        return 1
    return 0


def _pair(text: str) -> tuple[str, str]:
    key, separator, value = text.partition("=")
    if not separator or not key:
        raise UsageError(f"--conf {text}: write it as key=value")
    return key, value


if __name__ == "__main__":
    sys.exit(main())
