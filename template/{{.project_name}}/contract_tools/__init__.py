"""Tools for whoever changes the contract: `python -m contract_tools check | changes`.

The pipeline needs none of them, and they are not deployed. The rooms:

- ``cli`` the two commands
- ``standard`` a contract against the JSON schema of its standard
- ``expressions`` and ``patterns`` its SQL, and its patterns of text and times, against
  Spark
- ``grants`` whether `sql/grants.sql` names the gold tables that there are
- ``changes`` what differs between two versions of a contract, and whom that breaks
- ``tables`` a contract's tables as they are written
- ``laptop`` what `localrun` is told of this project

They read contracts as the pipeline does: with its own package, `medallion`.
"""

import sys
from pathlib import Path

# On Databricks the pipeline's root_path is on the path; here, that is done once.
_PIPELINE = str(Path(__file__).resolve().parents[1] / "pipeline")
if _PIPELINE not in sys.path:
    sys.path.append(_PIPELINE)
