"""The Databricks Asset Bundle of a project: its pipelines, without a workspace.

`find` says where the bundle is, `load` reads it for a target, and `Bundle.pipeline`
gives one of its pipelines. A module reads the next one's results:

- ``files`` the main file and what it includes; ``documents`` one YAML file; ``nodes``
  values with their places; ``globs`` patterns of paths
- ``targets`` the configuration for a target; ``variables`` the values of variables
- ``references`` what ``${…}`` stands for; ``computed`` values that nobody writes
- ``bundles`` the bundle; ``pipelines`` a pipeline, field by field by ``fields``;
  ``sources`` its source files
"""

from localrun.bundle.bundles import Bundle, load
from localrun.bundle.files import find
from localrun.bundle.pipelines import PipelineSpec
from localrun.bundle.sources import Source

__all__ = ["Bundle", "PipelineSpec", "Source", "find", "load"]
