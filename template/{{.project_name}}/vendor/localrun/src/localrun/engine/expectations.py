"""Expectations: what the `expect*` decorators of Databricks do, for open-source Spark.

Follows https://docs.databricks.com/aws/en/ldp/expectations: `warn` keeps a row and
counts it, `drop` removes it before the write and counts it, `fail` stops the flow
before anything is written. A predicate that is NULL counts as broken, which is the
stricter reading: no page says what Databricks makes of it.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field

from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as F

VIOLATION = "EXPECTATION_VIOLATION"
# The attribute of a dataset function that holds its expectations.
ON_FUNCTION = "_localrun_expectations"


@dataclass(frozen=True)
class Expectation:
    name: str
    predicate: str | Column
    action: str

    def holds(self) -> Column:
        predicate = self.predicate
        column = F.expr(predicate) if isinstance(predicate, str) else predicate
        return F.coalesce(column, F.lit(False))


@dataclass
class DataQuality:
    """Counts of one dataset's expectations, added up over micro-batches."""

    expectations: list[Expectation]
    total: int = 0
    dropped: int = 0
    passed: dict[str, int] = field(default_factory=dict)

    def add(self, metrics: Mapping[str, int]) -> None:
        self.total += metrics["total"] or 0
        self.dropped += metrics["dropped"] or 0
        for i, expectation in enumerate(self.expectations):
            count = metrics[f"passed_{i}"] or 0
            self.passed[expectation.name] = self.passed.get(expectation.name, 0) + count

    def as_events(self, dataset: str) -> list[dict[str, str | int]]:
        """The form of the event log: one entry a rule; `fail` rules leave none."""
        return [
            {
                "name": expectation.name,
                "dataset": dataset,
                "passed_records": self.passed.get(expectation.name, 0),
                "failed_records": self.total - self.passed.get(expectation.name, 0),
            }
            for expectation in self.expectations
            if expectation.action != "fail"
        ]


def apply(
    df: DataFrame,
    expectations: list[Expectation],
    dataset: str,
    observation: Observation | None = None,
) -> DataFrame:
    """Count and enforce the expectations in the same pass as the query itself.

    Returns df without the rows that a `drop` rule removes. A `fail` rule raises in the
    middle of the job, so that the write does not commit. Batch queries are observed by
    `observation`, streams under the dataset's name in each progress report.
    """
    if not expectations:
        return df
    holds = [expectation.holds() for expectation in expectations]
    keep = F.lit(True)
    for expectation, held in zip(expectations, holds, strict=True):
        if expectation.action == "drop":
            keep = keep & held
    df = df.observe(
        observation or dataset,
        F.count(F.lit(1)).alias("total"),
        F.count_if(~keep).alias("dropped"),
        *[F.count_if(held).alias(f"passed_{i}") for i, held in enumerate(holds)],
    )
    # One CASE, which Spark evaluates in order: as separate filters, the optimizer may
    # let a `drop` rule remove the row before the `fail` rule has seen it.
    verdict = None
    for expectation, held in zip(expectations, holds, strict=True):
        if expectation.action == "fail":
            failed = (~held, _violation(dataset, expectation))
            verdict = F.when(*failed) if verdict is None else verdict.when(*failed)
    return df.where(keep if verdict is None else verdict.otherwise(keep))


def _violation(dataset: str, expectation: Expectation) -> Column:
    message = F.concat(
        F.lit(
            f"{VIOLATION} {dataset}: a row breaks the fail rule {expectation.name} "
            f"({expectation.predicate}): "
        ),
        F.to_json(F.struct("*")),
    )
    return F.raise_error(message).cast("boolean")
