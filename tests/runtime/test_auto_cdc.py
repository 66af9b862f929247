"""What AUTO CDC makes of a key's changes, each behaviour with the page that says so."""

from dataclasses import dataclass, field

import pytest
from runtime.auto_cdc_runs import replayed

CDC = "https://docs.databricks.com/aws/en/ldp/cdc"
REFERENCE = (
    "https://docs.databricks.com/aws/en/ldp/developer/ldp-python-ref-apply-changes"
)
OURS = "not stated by Databricks: decided here"
SCHEMA = "id int, name string, city string, seq int, op string"
SCD1, SCD2 = {"stored_as_scd_type": 1}, {"stored_as_scd_type": 2}
DELETES = {"apply_as_deletes": "op = 'D'"}
TRUNCATES = {"apply_as_truncates": "op = 'T'"}
PARTIAL = {"ignore_null_updates": True}


@dataclass
class Behaviour:
    """Changes (id, name, city, seq, op) in the order of arrival, and the target."""

    says: str
    page: str
    arguments: dict
    changes: list[tuple]
    target: list[tuple] = field(default_factory=list)


BEHAVIOURS = [
    Behaviour(
        "type 1 keeps the last change of each key",
        CDC,
        SCD1,
        [
            (1, "Ada", "Rome", 1, "U"),
            (2, "Bo", "Oslo", 1, "U"),
            (1, "Ada", "Bari", 2, "U"),
        ],
        [(1, "Ada", "Bari"), (2, "Bo", "Oslo")],
    ),
    Behaviour(
        "type 1 is not changed by a late event",
        CDC,
        SCD1,
        [(1, "Ada", "Bari", 2, "U"), (1, "Ada", "Rome", 1, "U")],
        [(1, "Ada", "Bari")],
    ),
    Behaviour(
        "type 1 removes a deleted key, whatever comes late",
        CDC,
        {**SCD1, **DELETES},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, None, None, 5, "D"),
            (1, "Ada", "Bari", 4, "U"),
        ],
        [],
    ),
    Behaviour(
        "a key may come back after its delete",
        CDC,
        {**SCD1, **DELETES},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, None, None, 2, "D"),
            (1, "Al", "Bari", 3, "U"),
        ],
        [(1, "Al", "Bari")],
    ),
    Behaviour(
        "a truncate removes what came before it and nothing after it",
        CDC,
        {**SCD1, **TRUNCATES},
        [
            (1, "Ada", "Rome", 1, "U"),
            (2, "Bo", "Oslo", 5, "U"),
            (None, None, None, 3, "T"),
            (3, "Cy", "Nice", 2, "U"),
        ],
        [(2, "Bo", "Oslo")],
    ),
    Behaviour(
        "a NULL overwrites",
        REFERENCE,
        SCD1,
        [(1, "Ada", "Rome", 1, "U"), (1, "Ada", None, 2, "U")],
        [(1, "Ada", None)],
    ),
    Behaviour(
        "a NULL leaves the value where NULL updates are ignored",
        REFERENCE,
        {**SCD1, **PARTIAL},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, None, "Bari", 2, "U"),
            (1, "Al", None, 3, "U"),
        ],
        [(1, "Al", "Bari")],
    ),
    Behaviour(
        "a late value fills the NULLs that came before it",
        REFERENCE,
        {**SCD1, **PARTIAL},
        [
            (1, "Ada", None, 3, "U"),
            (1, "Al", "Rome", 1, "U"),
            (1, None, "Bari", 2, "U"),
        ],
        [(1, "Ada", "Bari")],
    ),
    Behaviour(
        "no value is carried over a delete",
        REFERENCE,
        {**SCD1, **PARTIAL, **DELETES},
        [(1, "Ada", "Rome", 1, "U"), (1, None, None, 2, "D"), (1, "Al", None, 3, "U")],
        [(1, "Al", None)],
    ),
    Behaviour(
        "NULL updates are ignored in the listed columns only",
        REFERENCE,
        {**SCD1, "ignore_null_updates_column_list": ["name"]},
        [(1, "Ada", "Rome", 1, "U"), (1, None, None, 2, "U")],
        [(1, "Ada", None)],
    ),
    Behaviour(
        "NULL updates are ignored in all columns but the listed ones",
        REFERENCE,
        {**SCD1, "ignore_null_updates_except_column_list": ["name"]},
        [(1, "Ada", "Rome", 1, "U"), (1, None, None, 2, "U")],
        [(1, None, "Rome")],
    ),
    Behaviour(
        "type 2 opens a version for each change",
        CDC,
        SCD2,
        [(1, "Ada", "Rome", 1, "U"), (1, "Ada", "Bari", 2, "U")],
        [(1, "Ada", "Rome", 1, 2), (1, "Ada", "Bari", 2, None)],
    ),
    Behaviour(
        "type 2 opens no version where nothing changed",
        CDC,
        SCD2,
        [(1, "Ada", "Rome", 1, "U"), (1, "Ada", "Rome", 2, "U")],
        [(1, "Ada", "Rome", 1, None)],
    ),
    Behaviour(
        "type 2 inserts a late event at its place",
        CDC,
        SCD2,
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, "Ada", "Nice", 9, "U"),
            (1, "Al", "Bari", 5, "U"),
        ],
        [
            (1, "Ada", "Rome", 1, 5),
            (1, "Al", "Bari", 5, 9),
            (1, "Ada", "Nice", 9, None),
        ],
    ),
    Behaviour(
        "a late event splits a version that an unchanged one had prolonged",
        CDC,
        SCD2,
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, "Ada", "Rome", 9, "U"),
            (1, "Ada", "Bari", 5, "U"),
        ],
        [
            (1, "Ada", "Rome", 1, 5),
            (1, "Ada", "Bari", 5, 9),
            (1, "Ada", "Rome", 9, None),
        ],
    ),
    Behaviour(
        "a version begins earlier when an equal event comes late",
        CDC,
        SCD2,
        [(1, "Ada", "Rome", 5, "U"), (1, "Ada", "Rome", 2, "U")],
        [(1, "Ada", "Rome", 2, None)],
    ),
    Behaviour(
        "type 2 closes the version of a deleted key",
        CDC,
        {**SCD2, **DELETES},
        [(1, "Ada", "Rome", 1, "U"), (1, None, None, 4, "D"), (1, None, None, 6, "D")],
        [(1, "Ada", "Rome", 1, 4)],
    ),
    Behaviour(
        "after a delete the same values are a new version",
        CDC,
        {**SCD2, **DELETES},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, None, None, 4, "D"),
            (1, "Ada", "Rome", 7, "U"),
        ],
        [(1, "Ada", "Rome", 1, 4), (1, "Ada", "Rome", 7, None)],
    ),
    Behaviour(
        "a late event before a delete is closed by it",
        CDC,
        {**SCD2, **DELETES},
        [(1, None, None, 4, "D"), (1, "Ada", "Rome", 1, "U")],
        [(1, "Ada", "Rome", 1, 4)],
    ),
    Behaviour(
        "a column that is not tracked is updated in place",
        REFERENCE,
        {**SCD2, "track_history_except_column_list": ["city"]},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, "Ada", "Bari", 2, "U"),
            (1, "Al", "Oslo", 3, "U"),
        ],
        [(1, "Ada", "Bari", 1, 3), (1, "Al", "Oslo", 3, None)],
    ),
    Behaviour(
        "a column that the target lacks may be named among those not tracked",
        "measured on a workspace: lakeflow-auto-cdc-torture-test",
        {**SCD2, **DELETES, "track_history_except_column_list": ["op"]},
        [(1, "Ada", "Rome", 1, "U"), (1, None, None, 3, "D")],
        [(1, "Ada", "Rome", 1, 3)],
    ),
    Behaviour(
        "only the tracked columns open versions",
        REFERENCE,
        {**SCD2, "track_history_column_list": ["city"]},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, "Al", "Rome", 2, "U"),
            (1, "Al", "Bari", 3, "U"),
        ],
        [(1, "Al", "Rome", 1, 3), (1, "Al", "Bari", 3, None)],
    ),
    Behaviour(
        "an ignored NULL is no change of history",
        REFERENCE,
        {**SCD2, **PARTIAL},
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, None, None, 2, "U"),
            (1, None, "Bari", 3, "U"),
        ],
        [(1, "Ada", "Rome", 1, 3), (1, "Ada", "Bari", 3, None)],
    ),
    Behaviour(
        "a NULL is a change of history where it is not ignored",
        REFERENCE,
        SCD2,
        [
            (1, "Ada", "Rome", 1, "U"),
            (1, "Ada", None, 2, "U"),
            (1, "Ada", None, 3, "U"),
        ],
        [(1, "Ada", "Rome", 1, 2), (1, "Ada", None, 2, None)],
    ),
    Behaviour(
        "an event that comes twice counts once",
        CDC,
        SCD2,
        [(1, "Ada", "Rome", 1, "U"), (1, "Ada", "Rome", 1, "U")],
        [(1, "Ada", "Rome", 1, None)],
    ),
    Behaviour(
        "an upsert wins over a delete of the same sequence",
        OURS,
        {**SCD2, **DELETES},
        [(1, "Ada", "Rome", 1, "D"), (1, "Ada", "Rome", 1, "U")],
        [(1, "Ada", "Rome", 1, None)],
    ),
    Behaviour(
        "an upsert of the truncate's own sequence stays",
        OURS,
        {**SCD1, **TRUNCATES},
        [(None, None, None, 3, "T"), (1, "Ada", "Rome", 3, "U")],
        [(1, "Ada", "Rome")],
    ),
    Behaviour(
        "a condition that is NULL is no delete",
        OURS,
        {**SCD1, **DELETES},
        [(1, "Ada", "Rome", 1, None)],
        [(1, "Ada", "Rome")],
    ),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda b: b.says)
def test_documented_behaviour(spark, behaviour):
    target = replayed(spark, SCHEMA, behaviour.changes, **behaviour.arguments)
    assert target == sorted(behaviour.target, key=str), behaviour.page
