"""What each command does. Each returns an exit code, or raises UsageError."""

import sys
from argparse import Namespace
from typing import TYPE_CHECKING

from localrun.errors import UsageError
from localrun.secrets import hidden

# Spark is imported by the commands that need it: `localrun --help` answers at once.
if TYPE_CHECKING:
    from localrun.engine.graph import Graph
    from localrun.pipeline import Pipeline


def run(options: Namespace) -> int:
    from localrun.cli.progress import Progress
    from localrun.cli.summary import summary, wide_console

    if options.full_refresh_all and (options.refresh or options.full_refresh):
        raise UsageError("--full-refresh-all takes all tables: name none beside it")
    pipeline = _pipeline(options)
    console = wide_console()
    full_refresh = [] if options.full_refresh_all else options.full_refresh
    result = pipeline.update(
        options.refresh,
        full_refresh,
        [Progress(console)],
        accept_loss=options.accept_loss,
    )
    for key, why in pipeline.without_effect.items():
        print(
            f"localrun: configuration {key} has no effect here: {why}", file=sys.stderr
        )
    more = pipeline.extension.summary_columns(result)
    summary(console, result, pipeline.row_counts(), more)
    return 0 if result.ok else 1


def dry_run(options: Namespace) -> int:
    print(f"{counts(sound_graph(_pipeline(options)))} are in order.")
    return 0


def graph(options: Namespace) -> int:
    from localrun.cli.summary import datasets
    from localrun.engine.graph import FORMATS

    found = _pipeline(options).validate()
    if options.format == "table":
        datasets(found)
    else:
        print(FORMATS[options.format](found))
    check_sound(found)
    return 0


def sql(options: Namespace) -> int:
    from localrun.cli import printing

    printing.show(_pipeline(options).query(options.query), options.format)
    return 0


def script(options: Namespace) -> int:
    pipeline = _pipeline(options)
    try:
        pipeline.run_script(options.file, options.arguments)
    except UsageError:
        raise
    except Exception as error:
        print(hidden(f"{type(error).__name__}: {error}"), file=sys.stderr)
        return 1
    return 0


def sound_graph(pipeline: "Pipeline") -> "Graph":
    """The graph, without data. Raises UsageError where it has a fault."""
    graph = pipeline.validate()
    check_sound(graph)
    return graph


def check_sound(graph: "Graph") -> None:
    """Raises UsageError with all that is wrong with a graph."""
    if graph.problems:
        lines = [f"{name}: {problem}" for name, problem in graph.problems.items()]
        raise UsageError("\n".join(lines))


def counts(graph: "Graph") -> str:
    """Tables as a run counts them, and views, which are not stored."""
    tables = len(graph.tables)
    views = len(graph.datasets) - tables
    return f"{tables} table{'s' * (tables != 1)} and {views} view{'s' * (views != 1)}"


def _pipeline(options: Namespace) -> "Pipeline":
    from localrun.pipeline import Pipeline

    return Pipeline(
        options.root,
        options.warehouse,
        options.landing,
        dict(options.conf),
        key=options.pipeline,
        target=options.target,
        variables=dict(options.var),
        tables=options.tables,
    )
