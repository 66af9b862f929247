"""Data for the tables of a contract, whatever they are."""

import sys
from pathlib import Path

from generator.from_contract.settings import Settings

# The contract is read by the pipeline's own code.
_PIPELINE = str(Path(__file__).parents[2] / "pipeline")
if _PIPELINE not in sys.path:
    sys.path.append(_PIPELINE)

__all__ = ["Settings"]
