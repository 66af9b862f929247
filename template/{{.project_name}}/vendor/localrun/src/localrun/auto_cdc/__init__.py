"""AUTO CDC, which open-source Spark has for SCD type 1 only: events into a target.

Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes.
``flow`` is the definition of a flow, ``source`` its source's rows as events;
``history`` keeps the events, ``replay`` turns them into the rows of the ``target``,
``apply`` does both for one micro-batch; ``values`` compares values of any type.
"""

from localrun.auto_cdc.apply import Applied, apply_batch
from localrun.auto_cdc.flow import AutoCdcFlow, flow_from_arguments
from localrun.auto_cdc.source import events, target_schema

__all__ = [
    "Applied",
    "AutoCdcFlow",
    "apply_batch",
    "events",
    "flow_from_arguments",
    "target_schema",
]
