"""`localrun graph` lists every dataset: its kind, what it reads, its comment."""

import json

import pytest

from localrun import cli
from localrun.engine.graph import FORMATS, Dataset, Graph

CODE = """
@dp.table(comment="As \\"delivered\\" & more.")
def bronze():
    return landed("orders", "id INT")

@dp.temporary_view
def checked():
    return spark.readStream.table("bronze")

@dp.table(name="silver.orders")
def silver():
    return spark.readStream.table("checked")

@dp.materialized_view(comment="Per day.")
def gold():
    return spark.sql("SELECT * FROM silver.orders CROSS JOIN crm.sales.days")
"""
MERMAID = """\
flowchart LR
  source-1[/"/Volumes/main/small/landing/orders"/]
  source-2[/"crm.sales.days"/]
  bronze[("bronze")]
  checked(["checked"])
  silver_orders[("silver.orders")]
  gold["gold"]
  source-1 --> bronze
  bronze --> checked
  checked --> silver_orders
  silver_orders --> gold
  source-2 --> gold
"""


@pytest.fixture(scope="module")
def graph(shared_bundle):
    """Prints the graph in a format; nothing but a table of others is there."""
    days = shared_bundle.root / ".local/tables/crm/sales/days.csv"
    days.parent.mkdir(parents=True)
    days.write_text("day\n2026-01-01\n")
    shared_bundle.write(CODE)
    return lambda *words: cli.main(["graph", "--root", str(shared_bundle.root), *words])


def test_as_mermaid_it_is_what_github_draws(graph, capsys):
    assert graph("--format", "mermaid") == 0
    assert capsys.readouterr().out == MERMAID


def test_as_json_it_is_a_list_of_datasets(graph, capsys):
    assert graph("--format", "json") == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}
    assert [*found] == ["bronze", "checked", "silver.orders", "gold"]
    assert found["bronze"] == {
        "name": "bronze",
        "kind": "streaming table",
        "comment": 'As "delivered" & more.',
        "reads": ["/Volumes/main/small/landing/orders"],
        "columns": [
            {"name": "id", "type": "int", "nullable": True, "comment": ""},
            {
                "name": "_rescued_data",
                "type": "string",
                "nullable": True,
                "comment": "",
            },
        ],
        "primary_key": None,
        "foreign_keys": [],
    }
    assert found["gold"]["kind"] == "materialized view"
    assert found["gold"]["reads"] == ["silver.orders", "crm.sales.days"]


def test_as_dot_it_has_each_dataset_and_each_edge(graph, capsys):
    assert graph("--format", "dot") == 0
    lines = capsys.readouterr().out.splitlines()
    assert '  "bronze" [shape=cylinder, tooltip="As \\"delivered\\" & more."];' in lines
    assert '  "checked" -> "silver.orders";' in lines
    assert '  "crm.sales.days" -> "gold";' in lines


def test_as_a_table_it_is_to_be_read(graph, capsys):
    assert graph() == 0
    rows = capsys.readouterr().out.splitlines()
    assert rows[0].split() == ["dataset", "kind", "reads", "comment"]
    assert rows[-1].split() == [
        *("gold", "materialized", "view", "silver.orders,", "crm.sales.days"),
        *("Per", "day."),
    ]


def test_a_faulty_graph_is_drawn_as_far_as_it_is_known(bundle, capsys):
    bundle.write("""
        @dp.materialized_view
        def gold():
            return spark.read.table("silver")
    """)
    words = ["graph", "--format", "mermaid", "--root", str(bundle.root)]
    assert cli.main(words) == 2
    said = capsys.readouterr()
    assert said.out == 'flowchart LR\n  gold["gold"]\n'
    assert said.err == "localrun: gold: no dataset or table is named silver\n"


def test_names_that_mermaid_would_misread_are_written_otherwise():
    names = ["end", "a.b", "a_b", "`v1.2`", "-"]
    found = Graph({name: Dataset(name, "view", "") for name in names})
    drawn = [line.strip() for line in FORMATS["mermaid"](found).splitlines()[1:]]
    assert drawn == [
        'end_(["end"])',
        'a_b(["a.b"])',
        'a_b_(["a_b"])',
        'v1_2(["`v1.2`"])',
        'node(["-"])',
    ]
