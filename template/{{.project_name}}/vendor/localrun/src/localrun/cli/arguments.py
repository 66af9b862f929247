"""The commands of `localrun` and their options."""

import argparse
from collections.abc import Callable
from pathlib import Path

from localrun.cli import commands, kafka
from localrun.errors import UsageError


def parser() -> argparse.ArgumentParser:
    """Its result has `command`, a function of the options that returns an exit code."""
    found = argparse.ArgumentParser(
        prog="localrun",
        description="Run a declarative pipeline of a bundle on this machine.",
    )
    of = found.add_subparsers(
        required=True, metavar="run|dry-run|graph|sql|script|kafka"
    )

    run = of.add_parser("run", help="bring the tables up to date")
    run.set_defaults(command=commands.run)
    _pipeline(run)
    _data(run)
    run.add_argument(
        "--refresh",
        nargs="+",
        action="extend",
        default=[],
        metavar="TABLE",
        help="only these tables",
    )
    run.add_argument(
        "--full-refresh",
        nargs="*",
        action="extend",
        metavar="TABLE",
        help="rebuild these tables (TABLE+ takes its streaming readers along)",
    )
    run.add_argument(
        "--full-refresh-all", action="store_true", help="rebuild all tables"
    )
    run.add_argument(
        "--accept-loss",
        action="store_true",
        help="rebuild them also where rows would be lost, whose files are gone",
    )

    dry_run = of.add_parser(
        "dry-run", help="check the graph and the schemas; read and write no data"
    )
    dry_run.set_defaults(command=commands.dry_run)
    _pipeline(dry_run)
    _data(dry_run)

    graph = of.add_parser("graph", help="list the datasets, and what each reads")
    graph.set_defaults(command=commands.graph)
    _pipeline(graph)
    _data(graph)
    graph.add_argument(
        "--format", choices=["table", "dot", "mermaid", "json"], default="table"
    )

    sql = of.add_parser("sql", help="query the tables, event_log among them")
    sql.set_defaults(command=commands.sql)
    sql.add_argument("query")
    sql.add_argument("--pipeline", metavar="KEY", help="whose schema is the default")
    _bundle(sql)
    _data(sql)
    sql.add_argument("--format", choices=["table", "json", "csv"], default="table")

    script = of.add_parser(
        "script", help="run a Python file on the tables, as a task of a job does"
    )
    script.set_defaults(command=commands.script)
    script.add_argument("file", type=Path)
    script.add_argument("arguments", nargs="*", help="after --: for the file itself")
    script.add_argument("--pipeline", metavar="KEY", help="whose schema is the default")
    _bundle(script)
    _data(script)

    _kafka(of.add_parser("kafka", help="a Kafka broker on this machine"))
    return found


def _kafka(command: argparse.ArgumentParser) -> None:
    of = command.add_subparsers(required=True, metavar="start|stop|status")
    start = of.add_parser("start", help="start it, on 127.0.0.1; its data are kept")
    start.set_defaults(command=kafka.start)
    start.add_argument(
        "--port", type=int, help="default: 9092, or the next one that is free"
    )
    start.add_argument(
        "--sasl",
        metavar="SCOPE/KEY",
        help="also listen with SASL, as Event Hubs does; the secret is the password",
    )
    stop = of.add_parser("stop", help="stop it; its data are kept")
    stop.set_defaults(command=kafka.stop)
    status = of.add_parser("status", help="say whether it runs, and where")
    status.set_defaults(command=kafka.status)
    for one in (start, stop, status):
        one.add_argument(
            "--root", type=Path, default=Path(), help="folder of the bundle"
        )
        one.add_argument(
            "--folder", type=Path, help="its data; default: .local/kafka of the bundle"
        )


def _pipeline(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "pipeline",
        nargs="?",
        metavar="KEY",
        help="the pipeline's key in the bundle; not needed where there is only one",
    )
    _bundle(command)


def _bundle(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--root", type=Path, default=Path(), help="folder of the bundle, or one below"
    )
    command.add_argument("--target", "-t", help="target of the bundle")
    command.add_argument(
        "--var",
        action="append",
        default=[],
        type=_pair_of("--var"),
        metavar="NAME=VALUE",
        help="variable of the bundle",
    )
    command.add_argument(
        "--conf",
        action="append",
        default=[],
        type=_pair_of("--conf"),
        metavar="KEY=VALUE",
        help="configuration of the pipeline",
    )


def _data(command: argparse.ArgumentParser) -> None:
    command.add_argument(
        "--landing", type=Path, help="the files to read; default: .local/landing"
    )
    command.add_argument(
        "--warehouse", type=Path, help="the tables; default: .local/warehouse"
    )
    command.add_argument(
        "--tables", type=Path, help="tables of others; default: .local/tables"
    )


def _pair_of(option: str) -> Callable[[str], tuple[str, str]]:
    def pair(text: str) -> tuple[str, str]:
        key, separator, value = text.partition("=")
        if not separator or not key:
            raise UsageError(f"{option} {text}: write it as name=value")
        return key, value

    return pair
