"""The validation task of the refresh job: fixtures, a report, a failure if one failed.

Runs as a Python task on serverless compute, and unchanged on the laptop:
`make validation`.
"""

import argparse
import sys
from collections.abc import Iterable
from pathlib import Path

# What the refresh job says of a pipeline that runs all the time, and within how many
# minutes that has taken a row into every table.
CONTINUOUS = "UNPAUSED"
SETTLE_MINUTES = 15


class ValidationFailed(Exception):
    """An assertion failed or could not be made, or there is nothing to look at."""


def main(arguments: list[str] | None = None) -> None:
    """Validate the tables. Raises ValidationFailed, which fails the task."""
    options = _parser().parse_args(arguments)
    root = Path(options.root)
    # A task's folder is not on the path, nor is that of the pipeline.
    sys.path[:0] = [str(root / "validation"), str(root / "pipeline")]
    from fixtures import FIXTURES, Subject
    from pyspark.sql import SparkSession

    from medallion import contract, layers

    spark = SparkSession.builder.getOrCreate()
    if options.catalog:
        spark.sql(f"USE CATALOG {_quoted(options.catalog)}")
    if options.schema:
        spark.sql(f"USE SCHEMA {_quoted(options.schema)}")
    (path,) = (root / "contract").glob("*.odcs.yaml")
    subject = Subject(
        spark,
        contract.load(str(path)),
        options.max_quarantine_share,
        options.max_age_hours,
        layers.of({"bronze": options.bronze, "gold": options.gold}),
        _settled_before(spark) if options.pipeline == CONTINUOUS else None,
    )
    if missing := [name for name in subject.names if not subject.has(name)]:
        raise ValidationFailed(
            f"there is no {', '.join(missing)}: the update that makes them has failed, "
            "or there was none"
        )
    results = {
        fixture.__name__: fixture(subject).execute_tests().test_results
        for fixture in FIXTURES
    }
    for line in lines(results):
        print(line)
    if problems := list(failures(results)):
        raise ValidationFailed("; ".join(problems))


def lines(results: dict) -> Iterable[str]:
    """One line for each assertion: how it ended, its name, its seconds."""
    for fixture, found in results.items():
        for result in found.results:
            verdict = "passed" if result.passed else "FAILED"
            name = f"{fixture}.{result.test_name}"
            yield f"{verdict}  {name}  {result.execution_time:.1f} s"


def failures(results: dict) -> Iterable[str]:
    """Why validation fails: assertions that failed, and fixtures without any.

    Nutter itself lets a fixture without assertions pass, and its `result.exit` lets the
    task succeed whatever failed: hence this gate.
    """
    for fixture, found in results.items():
        if not found.test_cases:
            yield f"{fixture} has no assertions"
        for result in found.results:
            if not result.passed:
                yield f"{fixture}.{result.test_name}: {result.exception}"


def _settled_before(spark) -> int:
    now = spark.sql("SELECT unix_timestamp() AS now").first()["now"]
    return now - 60 * SETTLE_MINUTES


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(description="Validate the tables of a schema.")
    parser.add_argument("--root", default=".", help="folder of the deployed bundle")
    parser.add_argument("--catalog", help="default: the session's")
    parser.add_argument("--schema", help="default: the session's")
    for layer in ("bronze", "gold"):
        what = f"catalog.schema of tables named {layer}_…; default: as all others"
        parser.add_argument(f"--{layer}", help=what)
    parser.add_argument(
        "--pipeline", default="", help="UNPAUSED if it runs all the time"
    )
    parser.add_argument("--max-quarantine-share", type=float, default=0.25)
    parser.add_argument("--max-age-hours", type=float, default=26)
    return parser


if __name__ == "__main__":
    main()
