"""Runs a declarative pipeline on a laptop: real Spark, real Delta, no workspace.

It reads the same source files that Databricks runs and implements, on classic PySpark,
what they use of ``pyspark.pipelines``. Where it differs from Databricks, that is a
defect. The parts, in the order in which an update passes through them:

- ``cli`` the commands; ``pipeline`` a bundle's pipeline as an object, for tests;
  ``bundle`` what the bundle's files say of it; ``warehouse`` the folder and its lock
- ``check_contract``, ``check_expressions``, ``check_patterns``, ``check_grants`` and
  ``contract_changes`` what is said of a contract before anything runs
- ``queries``, ``answers`` and ``printing`` what ``localrun sql`` takes and prints
- ``script`` a Python file on the tables, as the validation task of a job is
- ``session`` Spark with Delta; ``java`` where Java is
- ``shim`` and ``registry`` what the decorators of ``dp`` register
- ``reads`` reads of datasets inside a dataset function; ``autoloader`` reads of files;
  ``serverless`` what such a function must not do
- ``update`` the order of the flows; ``flows`` one flow; ``plans`` whether it changed;
  ``explanations`` why it failed; ``validation`` schemas only
- ``expectations`` and ``auto_cdc`` what open-source Spark has not
- ``tables``, ``column_types`` and ``state`` what is kept on disk; ``event_log`` and
  ``progress`` what is told
"""

from localrun.pipeline import Pipeline

__all__ = ["Pipeline"]
