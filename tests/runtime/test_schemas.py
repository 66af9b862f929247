"""Schemas that decorators state: comments and keys are kept, and held to.

Follows https://docs.databricks.com/aws/en/sql/language-manual/sql-ref-syntax-ddl-create-table-constraint
and https://docs.databricks.com/aws/en/ldp/developer/ldp-sql-ref-create-streaming-table.
"""

import json

import pytest

from localrun import cli
from localrun.engine import schemas
from localrun.engine.schemas import Key
from localrun.errors import FlowError, UsageError

SHOPS = """
    shop_key BIGINT NOT NULL COMMENT 'Key, hashed.',
    `shop name` STRING COMMENT 'PRIMARY KEY (not, really)',
    CONSTRAINT shops_key PRIMARY KEY (shop_key) NOT ENFORCED RELY
"""
SALES = """
    id BIGINT COMMENT "The sale's number.",
    shop_key BIGINT COMMENT 'Where.',
    payment STRUCT<card: STRING, parts: DECIMAL(10,2)>,
    PRIMARY KEY (id),
    FOREIGN KEY (shop_key) REFERENCES `main`.small.shops (shop_key) NOT ENFORCED
"""
CODE = """
@dp.materialized_view(schema={shops!r},
    table_properties={{"delta.columnMapping.mode": "name"}})
def shops():
    return spark.sql({query!r})

@dp.table(schema={sales!r})
def sales():
    rows = landed("sales", "id BIGINT, shop_key BIGINT").select("id", "shop_key")
    return rows.where("shop_key IS NOT NULL OR id IS NULL")
"""
QUERY = "SELECT 7L AS shop_key, 'North' AS `shop name`"


def code(shops=SHOPS, sales=SALES, query=QUERY) -> str:
    return CODE.format(shops=shops, sales=sales, query=query)


@pytest.fixture(scope="module")
def made(shared_bundle):
    shared_bundle.write(code()).land("sales", {"id": 1, "shop_key": 7})
    result = shared_bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    return shared_bundle


def test_comments_of_columns_are_those_of_the_table(made):
    described = {r[0]: r[2] for r in made.pipeline.sql("DESCRIBE shops").collect()}

    assert described["shop_key"] == "Key, hashed."
    assert described["shop name"] == "PRIMARY KEY (not, really)"


def test_the_graph_lists_columns_and_keys(made, capsys):
    assert cli.main(["graph", "--root", str(made.root), "--format", "json"]) == 0
    found = {one["name"]: one for one in json.loads(capsys.readouterr().out)}

    key = {"columns": ["shop_key"], "name": "shops_key", "rely": True}
    assert found["shops"]["primary_key"] == key
    assert found["shops"]["columns"][0] == {
        "name": "shop_key",
        "type": "bigint",
        "nullable": False,
        "comment": "Key, hashed.",
    }
    assert found["sales"]["primary_key"]["columns"] == ["id"]
    assert found["sales"]["foreign_keys"] == [
        {
            "columns": ["shop_key"],
            "name": "",
            "rely": False,
            "table": "`main`.small.shops",
            "to": ["shop_key"],
        }
    ]


def test_a_column_that_the_flow_leaves_out_is_null(made):
    assert made.rows("sales") == [(1, 7, None)]


def test_a_key_is_never_null(bundle):
    bundle.write(code()).land("sales", {"id": None, "shop_key": 7})

    error = bundle.run().flows["sales"].error
    assert "NOT NULL constraint violated" in error and "id" in error


def test_a_column_that_may_be_null_becomes_a_key_when_the_table_is_rebuilt(bundle):
    before = SALES.replace("PRIMARY KEY (id),", "").replace("shops (shop_key)", "shops")
    bundle.write(code(sales=before)).land("sales", {"id": 1, "shop_key": 7})
    assert bundle.run().ok

    bundle.write(code()).land("sales", {"id": 2, "shop_key": 7})
    assert bundle.run().flows["sales"].error == (
        "in sales, id could be NULL and is NOT NULL now, as the columns of a primary "
        "key are: use --full-refresh sales+ to rebuild it and its readers"
    )
    assert bundle.run(full_refresh=["sales+"]).ok


@pytest.mark.parametrize(
    ("query", "words"),
    [
        (
            "SELECT 7 AS shop_key, 'a' AS `shop name`",
            "shop_key is bigint in it and int",
        ),
        ("SELECT 7L AS shop_key", "the query lacks shop name"),
        ("SELECT 7L AS shop_key, 'a' AS `shop name`, 1 AS b", "b is not in it"),
    ],
)
def test_a_query_gives_the_columns_that_its_schema_states(bundle, query, words):
    bundle.write(code(query=query))

    (problem,) = bundle.pipeline.validate().problems.values()
    assert "the schema of shops does not fit its query: " in problem
    assert words in problem
    bundle.land("sales", {"id": 1, "shop_key": 7})
    assert words in bundle.run(refresh=["shops"]).flows["shops"].error


@pytest.mark.parametrize(
    ("shops", "sales", "words"),
    [
        ("a INT, PRIMARY KEY (a)", SALES, "refers to shop_key of shops, whose primary"),
        ("shop_key BIGINT", SALES, "refers to shops, whose schema states no primary"),
        (SHOPS, SALES.replace("shop_key BIGINT", "shop_key INT"), "which is bigint wh"),
    ],
)
def test_a_foreign_key_refers_to_a_primary_key(bundle, shops, sales, words):
    bundle.write(code(shops, sales))

    with pytest.raises(UsageError, match=words):
        bundle.run()


@pytest.mark.parametrize(
    ("ddl", "words"),
    [
        ("a INT, PRIMARY KEY (b)", "names b, and its columns are a"),
        ("a INT PRIMARY KEY, b INT PRIMARY KEY", "two primary keys"),
        ("a INT, CONSTRAINT x CHECK (a > 0)", "neither PRIMARY KEY"),
        ("a INT, FOREIGN KEY (a) REFERENCES t (b, c)", "refers to 2 columns of t"),
    ],
)
def test_what_is_not_sound_is_told(spark, ddl, words):
    with pytest.raises(FlowError, match=words):
        schemas.parse(ddl)


def test_keys_may_stand_beside_their_columns(spark):
    found = schemas.parse(
        "a INT CONSTRAINT k PRIMARY KEY RELY COMMENT 'it REFERENCES nothing', "
        "b DECIMAL(10,2) REFERENCES c.t (x) NOT ENFORCED, m MAP<STRING, INT>"
    )

    assert found.primary_key == Key(("a",), "k", rely=True)
    assert found.foreign_keys == (Key(("b",), table="c.t", to=("x",)),)
    assert found.columns.simpleString() == (
        "struct<a:int,b:decimal(10,2),m:map<string,int>>"
    )
    assert found.columns["a"].metadata == {"comment": "it REFERENCES nothing"}
