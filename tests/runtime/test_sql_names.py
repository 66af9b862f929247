"""Names of tables in SQL text, replaced by others."""

import pytest

from localrun.engine.sql_names import replace

NAMES = {("main", "s", "orders"): "`v1`", ("s", "orders"): "v2"}


@pytest.mark.parametrize(
    ("query", "replaced"),
    [
        ("SELECT * FROM main.s.orders", "SELECT * FROM `v1`"),
        ("SELECT * FROM `Main` . S.`orders` o", "SELECT * FROM `v1` o"),
        ("SELECT main.s.orders.id FROM main.s.orders", "SELECT `v1`.id FROM `v1`"),
        ("SELECT s.orders.* FROM s.orders", "SELECT v2.* FROM v2"),
        ("SELECT orders.id FROM main.s.orders", "SELECT orders.id FROM `v1`"),
        (
            "SELECT 'main.s.orders', \"s.orders\"",
            "SELECT 'main.s.orders', \"s.orders\"",
        ),
        (r"SELECT 'it\'s s.orders'", r"SELECT 'it\'s s.orders'"),
        ("SELECT 1 -- s.orders\nFROM s.orders", "SELECT 1 -- s.orders\nFROM v2"),
        ("SELECT /* s.orders */ 1", "SELECT /* s.orders */ 1"),
        ("FROM x.main.s.orders", "FROM x.main.s.orders"),
        ("FROM s.orders_2, ss.orders", "FROM s.orders_2, ss.orders"),
        ("FROM STREAM(s.orders)", "FROM STREAM(v2)"),
        ("SELECT 1.5e3, a.b FROM s.orders", "SELECT 1.5e3, a.b FROM v2"),
    ],
)
def test_only_the_tables_names_are_replaced(query, replaced):
    assert replace(query, NAMES) == replaced
