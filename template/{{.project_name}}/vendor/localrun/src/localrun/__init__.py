"""Runs a declarative pipeline on a laptop: real Spark, real Delta, no workspace.

It reads the same source files that Databricks runs and implements, on classic PySpark,
what they use of ``pyspark.pipelines`` and ``dlt``. Where it differs from Databricks,
that is a defect. The rooms, in the order in which an update passes through them:

- ``cli`` the commands, and what they print
- ``pipeline`` a bundle's pipeline as an object, for tests; ``extension`` what a project
  may add to it; ``project`` what its pyproject.toml says
- ``bundle`` the bundle's files: pipelines, variables, targets, source files
- ``engine`` datasets as the source files define them, and how an update runs them;
  ``autoloader`` and ``auto_cdc`` what open-source Spark lacks
- ``storage`` what is kept on disk: tables, state, event log; and where paths and tables
  of a workspace are here
- ``spark`` the session, Java, and all that touches the JVM
"""

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from localrun.pipeline import Pipeline

__all__ = ["Pipeline"]


def __getattr__(name: str) -> Any:
    """`localrun.Pipeline`; looked up late, since it imports Spark and much else."""
    if name != "Pipeline":
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from localrun.pipeline import Pipeline

    return Pipeline
