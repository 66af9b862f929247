"""Order lines have the time of their order, and the members that it points to."""

import json
import shutil
from datetime import datetime

import pytest
from end_to_end.project import Project, errors
from projects import CONTRACTS

from render import render

ANSWERS = {"project_name": "lines", "sources": "orders:json:fact:order_id"}
CONTRACT = CONTRACTS / "order_lines.odcs.yaml"
PRICED = """
    SELECT order_id, line, date_key, orders_time, ship_date_key, price, name
    FROM gold_fact_lines
    LEFT JOIN gold_dim_products USING (products_key)
    LEFT JOIN gold_dim_customers USING (customers_key)
    ORDER BY order_id, line
"""
FEBRUARY, APRIL = datetime(2026, 2, 5, 10), datetime(2026, 4, 5, 10)


def deliver(project: Project, source: str, file: str, *rows: dict) -> None:
    folder = project.landing / source
    folder.mkdir(parents=True, exist_ok=True)
    (folder / file).write_text("".join(json.dumps(row) + "\n" for row in rows))


def line(order: int, number: int, product: int = 7, shop: str = "a") -> dict:
    return {"shop": shop, "order_id": order, "line": number, "product_id": product}


def rows(pipeline, query: str) -> list[tuple]:
    return [tuple(row) for row in pipeline.sql(query).collect()]


@pytest.fixture(scope="module")
def project(tmp_path_factory):
    project = Project(render(ANSWERS, tmp_path_factory.mktemp("lines")))
    (contract,) = (project.root / "contract").iterdir()
    shutil.copy(CONTRACT, contract)
    return project


@pytest.fixture(scope="module")
def updates(project, tmp_path_factory, spark):
    """What lines and their check say after each of two updates.

    A product costs 10 until March, then 20. The order 2 comes after its line.
    """
    deliver(
        project,
        "products",
        "1.json",
        {"id": 7, "price": 10, "changed_at": "2026-01-01T00:00:00"},
        {"id": 7, "price": 20, "changed_at": "2026-03-01T00:00:00"},
    )
    deliver(project, "customers", "1.json", {"id": 1, "name": "Ann"})
    order = {"shop": "a", "customer_id": 1}
    deliver(
        project,
        "orders",
        "1.json",
        order | {"order_id": 1, "ordered_at": "2026-02-05T10:00:00", "ship_date": None},
    )
    deliver(project, "lines", "1.json", line(1, 1), line(1, 2, 8), line(2, 1))
    deliver(project, "lines", "2.json", line(1, 1, shop="b"))
    deliver(project, "parts", "1.json", {"part_id": 1, **line(1, 1)})
    pipeline = project.pipeline(tmp_path_factory.mktemp("warehouse"))
    found = []
    for update in (1, 2):
        assert not errors(pipeline.update())
        priced = rows(pipeline, PRICED)
        (check,) = pipeline.table("check_fact_lines").collect()
        found.append((priced, check.asDict()))
        if update == 1:
            late = {"order_id": 2, "ordered_at": "2026-04-05T10:00:00"}
            late["ship_date"] = "2026-04-07"
            deliver(project, "orders", "2.json", order | late)
    return pipeline, found


def test_a_line_is_priced_by_the_version_that_was_valid_when_it_was_ordered(updates):
    _, ((first, _), _) = updates
    assert first[0] == (1, 1, 20260205, FEBRUARY, -1, 10, "Ann")


def test_a_line_without_its_header_is_of_unknown_day_and_members(updates):
    _, ((first, check), _) = updates
    assert first[-1] == (2, 1, -1, None, -1, None, None)
    # The key of another shop's order is not this one's
    assert (1, 1, -1, None, -1, None, None) in first
    assert check["orders_missing"] == 2
    assert check["date_key_unknown"] == 2


def test_a_header_that_arrives_later_resolves_on_the_next_update(updates):
    _, (_, (second, check)) = updates
    assert second[-1] == (2, 1, 20260405, APRIL, 20260407, 20, "Ann")
    assert check["orders_missing"] == 1


def test_a_line_keeps_the_key_of_its_header(updates):
    pipeline, _ = updates
    columns = pipeline.table("gold_fact_lines").columns
    keys = ["date_key", "products_key", "ship_date_key", "customers_key"]
    assert columns == [*keys, "orders_time", "shop", "order_id", "line", "product_id"]


def test_a_line_of_a_line_has_the_time_of_the_first_header(updates):
    pipeline, _ = updates
    query = """
        SELECT date_key, lines_time, price, name FROM gold_fact_parts
        JOIN gold_dim_products USING (products_key)
        JOIN gold_dim_customers USING (customers_key)
    """
    assert rows(pipeline, query) == [(20260205, FEBRUARY, 10, "Ann")]


def test_a_day_that_is_not_known_yet_is_not_reported(updates):
    pipeline, _ = updates
    (check,) = pipeline.table("check_fact_orders").collect()
    assert check["ship_date_key_unknown"] == 0
    days = rows(pipeline, "SELECT ship_date_key FROM gold_fact_orders ORDER BY 1")
    assert days == [(-1,), (20260407,)]


def test_make_check_accepts_such_a_contract(project, spark):
    done = project.check()
    assert (done.returncode, done.stderr) == (0, "")
