"""Random feeds for AUTO CDC: the options that are tried, the oracle's terms as rows."""

from runtime.auto_cdc_oracle import Change, Options

VALUES = ("a", "b", "home")
SCHEMA = (
    "id int, a string, b string, home struct<city: string, zip: int>, "
    "seq struct<n: int, part: int>, op string"
)
FEEDS = {
    "type 1": (Options(VALUES), {}),
    "type 1 that ignores NULLs and has truncates": (
        Options(VALUES, ignored=frozenset(VALUES)),
        {"ignore_null_updates": True, "apply_as_truncates": "op = 'T'"},
    ),
    "type 2": (Options(VALUES, 2), {}),
    "type 2 that ignores NULLs and does not track b": (
        Options(VALUES, 2, frozenset(VALUES), frozenset("b")),
        {"ignore_null_updates": True, "track_history_except_column_list": ["b"]},
    ),
    "type 2 with a change feed that ignores NULLs in home and tracks b": (
        Options(VALUES, 2, frozenset(["home"]), frozenset(["a", "home"])),
        {
            "ignore_null_updates_column_list": ["home"],
            "track_history_column_list": ["b"],
        },
    ),
}


def as_row(change: Change) -> dict:
    """The sequence becomes a struct, which is ordered by one field after the other."""
    sequence = {"n": change.sequence // 2, "part": change.sequence % 2}
    row = {"id": change.key, "seq": sequence, "op": change.op, **change.values}
    return {name: value for name, value in row.items() if value is not None}


def plain(row: tuple) -> tuple:
    """A row of the target with its sequences as the oracle has them."""
    width = 1 + len(VALUES)
    return *row[:width], *(at and at["n"] * 2 + at["part"] for at in row[width:])


def by_key(rows: list[tuple]) -> dict[int, list[tuple]]:
    return {
        key: sorted((row for row in rows if row[0] == key), key=str)
        for key in {row[0] for row in rows}
    }
