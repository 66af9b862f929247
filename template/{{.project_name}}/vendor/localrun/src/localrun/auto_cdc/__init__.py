"""AUTO CDC, which open-source Spark has for SCD type 1 only: events into a target.

Follows https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes.
``flow`` is the definition of a flow, ``source`` its source's rows as events;
``history`` keeps the events, ``replay`` turns them into the rows of the ``target``,
``apply`` does both for one micro-batch; ``values`` compares values of any type.

Snapshots are their own kind of flow, ``snapshot_flow``, which open-source Spark lacks:
``snapshot`` applies one, ``versions`` are what they are ordered by. ``arguments`` reads
what both kinds are called with.
"""

from localrun.auto_cdc import versions
from localrun.auto_cdc.apply import Applied, apply_batch
from localrun.auto_cdc.flow import AutoCdcFlow, differences, flow_from_arguments
from localrun.auto_cdc.snapshot import (
    apply_snapshot,
    check_columns,
    keep,
    read_answer,
    snapshot_target_schema,
)
from localrun.auto_cdc.snapshot_flow import SnapshotFlow, snapshot_flow_from_arguments
from localrun.auto_cdc.source import events, target_schema

__all__ = [
    "Applied",
    "AutoCdcFlow",
    "SnapshotFlow",
    "apply_batch",
    "apply_snapshot",
    "check_columns",
    "differences",
    "events",
    "flow_from_arguments",
    "keep",
    "read_answer",
    "snapshot_flow_from_arguments",
    "snapshot_target_schema",
    "target_schema",
    "versions",
]
