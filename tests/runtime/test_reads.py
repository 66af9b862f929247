"""Reads by name, by SQL and by path mean what they mean on Databricks."""

import pytest
from delta.tables import DeltaTable

LAYERS = """
@dp.table(name="main.bronze.Orders")
def bronze_orders():
    return landed("orders", "id INT, amount INT")

@dp.table(name="orders")
def orders():
    return spark.readStream.table("{bronze}")

@dp.materialized_view
def totals():
    return spark.sql('''{query}''')
"""


@pytest.mark.parametrize(
    "bronze",
    [
        "main.bronze.orders",
        "bronze.ORDERS",
        "`main`.`bronze`.`orders`",
        "LIVE.bronze.orders",
        "MAIN.Bronze.Orders",
    ],
)
def test_a_dataset_is_found_by_any_form_of_its_name(bundle, bronze):
    bundle.write(LAYERS.format(bronze=bronze, query="SELECT count(*) AS n FROM ORDERS"))
    bundle.land("orders", {"id": 1, "amount": 2})
    assert bundle.run().ok
    assert bundle.rows("totals") == [(1,)]
    assert bundle.pipeline.tables.names() == ["bronze.orders", "orders", "totals"]


@pytest.mark.parametrize(
    "query",
    [
        "SELECT sum(amount) AS n FROM main.small.orders",
        "SELECT sum(main.bronze.orders.amount) AS n FROM main.bronze.orders",
        "SELECT sum(orders.amount) AS n FROM `bronze`.`Orders`",
        "SELECT sum(o.amount) AS n FROM LIVE.orders o",
        "WITH o AS (SELECT * FROM bronze.orders) SELECT sum(amount) AS n FROM o",
        "SELECT sum(b.amount) AS n FROM orders a JOIN bronze.orders b ON a.id = b.id",
        "SELECT sum(amount) AS n FROM orders WHERE id IN (SELECT id FROM LIVE.orders)",
        "SELECT (SELECT sum(amount) FROM bronze.orders) AS n -- FROM nowhere.at.all\n",
        "SELECT sum(amount) AS n FROM orders WHERE 'bronze.orders' <> 'x' AND true",
        "FROM main.bronze.orders |> AGGREGATE sum(amount) AS n",
    ],
)
def test_a_query_finds_them_too(shared_bundle, query):
    if not (shared_bundle.landing / "orders").exists():
        shared_bundle.land("orders", {"id": 1, "amount": 2}, {"id": 2, "amount": 3})
    shared_bundle.write(LAYERS.format(bronze="main.bronze.orders", query=query))
    result = shared_bundle.run()
    assert result.ok, result.flows["totals"].error
    assert shared_bundle.rows("totals", "n") == [(5,)]
    assert not shared_bundle.pipeline.validate().problems


def test_names_that_stand_for_nothing_are_told_apart(bundle):
    bundle.write("""
        @dp.materialized_view
        def orders():
            return spark.range(1)

        @dp.materialized_view
        def close():
            return spark.read.table("ordrs")

        @dp.materialized_view
        def far():
            return spark.sql("SELECT * FROM samples.nyctaxi.trips")
    """)
    problems = bundle.pipeline.validate().problems
    assert (
        problems["close"] == "no dataset or table is named ordrs; did you mean orders?"
    )
    assert problems["far"].startswith(
        "samples.nyctaxi.trips is not a table of this pipeline, and "
        f"{bundle.root}/.local/tables/samples/nyctaxi/trips does not exist"
    )
    result = bundle.run()
    assert result.flows["orders"].status == "COMPLETED"
    assert result.flows["close"].error == problems["close"]
    assert result.flows["far"].error == problems["far"]


def test_a_table_of_others_is_read_again_when_it_changed(bundle, spark):
    folder = bundle.root / ".local/tables/crm/sales/Customers"
    folder.mkdir(parents=True)
    (folder / "a.csv").write_text("id,name\n1,Ada\n")
    bundle.write("""
        @dp.materialized_view
        def customers():
            return spark.read.table("crm.sales.customers")

        @dp.materialized_view
        def names():
            return spark.sql("SELECT Customers.name FROM CRM.sales.customers")
    """)
    assert bundle.run().ok
    assert bundle.rows("customers") == [(1, "Ada")]
    before = bundle.versions()
    assert bundle.run().ok
    assert bundle.versions() == before
    (folder / "b.csv").write_text("id,name\n2,Grace\n")
    assert bundle.run().ok
    assert bundle.rows("customers") == [(1, "Ada"), (2, "Grace")]
    assert bundle.rows("names") == [("Ada",), ("Grace",)]
    assert bundle.pipeline.sql("SELECT * FROM crm.sales.customers").count() == 2


def test_a_delta_table_of_others_feeds_a_stream_with_the_readers_options(bundle, spark):
    path = str(bundle.root / ".local/tables/crm/sales/events")
    spark.range(3).write.format("delta").save(path)
    bundle.write("""
        @dp.table
        def events():
            reader = spark.readStream.option("skipChangeCommits", "true")
            return reader.table("crm.sales.events")
    """)
    assert bundle.run().ok
    DeltaTable.forPath(spark, path).delete("id = 1")
    spark.range(7, 8).write.format("delta").mode("append").save(path)
    result = bundle.run()
    assert result.ok, result.flows["events"].error
    assert bundle.rows("events") == [(0,), (1,), (2,), (7,)]


def test_what_the_pipeline_no_longer_defines_is_not_there(bundle):
    bundle.write("""
        @dp.materialized_view
        def old():
            return spark.range(1)
    """)
    assert bundle.run().ok
    bundle.write("""
        @dp.materialized_view
        def new():
            return spark.read.table("old")
    """)
    # Which a query, before, has made Spark know.
    assert bundle.pipeline.sql("SELECT * FROM old").count() == 1
    assert bundle.run().flows["new"].error == "no dataset or table is named old"


PATHS = """
@dp.materialized_view
def rows():
    {read}
"""


@pytest.mark.parametrize(
    "read",
    [
        'return spark.read.json("s3://raw/*/x*.json")',
        'return spark.read.json(["s3://raw/a/x1.json", "s3://raw/b/x2.json"])',
        'return spark.read.format("json").load("s3://raw/")',
        'return spark.read.format("JSON").load(path="s3://raw")',
        'return spark.read.load("s3://raw", format="json")',
        'return spark.read.load("s3://raw", "json")',
        'return spark.read.format("json").option("path", "s3://raw").load()',
        'return spark.read.format("json").options(path="s3://raw").load()',
        'return spark.sql("SELECT * FROM json.`s3://raw/*`")',
        'return spark.read.table("json.`s3://raw`")',
        'return spark.table("json.`s3://raw`")',
    ],
)
def test_a_path_of_a_cloud_is_a_folder_of_this_machine(shared_bundle, read):
    for number, folder in ((1, "a"), (2, "b")):
        file = shared_bundle.root / f".local/landing/s3/raw/{folder}/x{number}.json"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f'{{"id": {number}}}\n')
    recursive = 'spark.read.option("recursiveFileLookup", "true")'
    if '"s3://raw/*' not in read and "json.`" not in read and "[" not in read:
        read = read.replace("spark.read", recursive, 1)
    elif "`s3://raw`" in read:
        read = read.replace("s3://raw", "s3://raw/*")
    shared_bundle.write(PATHS.format(read=read))
    result = shared_bundle.run(full_refresh=[])
    assert result.ok, result.flows["rows"].error
    assert shared_bundle.rows("rows") == [(1,), (2,)]


def test_new_files_of_a_query_over_a_path_are_read(bundle):
    folder = bundle.root / ".local/landing/Volumes/main/s/raw"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text('{"id": 1}\n')
    bundle.write("""
        @dp.materialized_view
        def rows():
            return spark.sql("SELECT id FROM json.`/Volumes/main/s/raw`")
    """)
    assert bundle.run().ok
    (folder / "b.json").write_text('{"id": 2}\n')
    assert bundle.run().ok
    assert bundle.rows("rows") == [(1,), (2,)]


NO_FILES = (
    "holds no files: put the source's files there, or name another folder with "
    "--landing"
)


@pytest.mark.parametrize(
    ("read", "said"),
    [
        (
            'spark.read.json("/Volumes/main/s/gone")',
            "/Volumes/main/s/gone is {root}/.local/landing/Volumes/main/s/gone here, "
            f"which {NO_FILES}",
        ),
        (
            'spark.sql("SELECT * FROM delta.`s3://raw/gone`")',
            "s3://raw/gone is {root}/.local/landing/s3/raw/gone here, which is not a "
            "Delta table: put one there, or name another folder with --landing",
        ),
        (
            'spark.readStream.format("delta").load("s3://raw/gone")',
            "s3://raw/gone is {root}/.local/landing/s3/raw/gone here, which is not a "
            "Delta table: put one there, or name another folder with --landing",
        ),
        (
            'spark.readStream.schema("id INT").json("s3://raw/gone")',
            "s3://raw/gone is {root}/.local/landing/s3/raw/gone here, which "
            + NO_FILES,
        ),
    ],
)
def test_a_path_with_nothing_there_says_where_it_is_here(bundle, read, said):
    bundle.write(f"""
        @dp.table
        def rows():
            return {read}
    """)
    assert bundle.run().flows["rows"].error == said.format(root=bundle.root)


def test_options_that_stand_before_the_format_are_auto_loaders_too(bundle):
    bundle.write("""
        @dp.table
        def rows():
            return (
                spark.readStream.option("cloudFiles.format", "json")
                .option("cloudFiles.schemaHints", "id INT")
                .format("cloudFiles")
                .load(f"{LANDING}/rows")
            )
    """)
    bundle.land("rows", {"id": 1})
    assert bundle.run().ok
    assert bundle.rows("rows", "id") == [(1,)]


def test_a_cte_hides_the_dataset_of_its_name_and_may_read_it(bundle):
    bundle.write("""
        @dp.materialized_view
        def numbers():
            return spark.range(3)

        @dp.materialized_view
        def twice():
            return spark.sql("WITH twice AS (TABLE numbers) SELECT * FROM twice")

        @dp.materialized_view
        def fewer():
            return spark.sql(
                "WITH numbers AS (SELECT id FROM numbers WHERE id > 0) "
                "SELECT * FROM numbers"
            )
    """)
    graph = bundle.pipeline.validate()
    assert graph.problems == {}
    assert graph.datasets["twice"].reads == ["numbers"]
    assert bundle.run().ok
    assert bundle.rows("fewer") == [(1,), (2,)]


def test_a_cte_of_a_tables_name_does_not_stand_for_the_table(bundle):
    bundle.write("""
        @dp.materialized_view(name="bronze.orders")
        def orders():
            return spark.sql("SELECT * FROM VALUES (1, 1), (1, 2), (2, 1) AS t(id, ts)")

        @dp.materialized_view
        def latest():
            return spark.sql(
                "WITH orders AS (SELECT id, max(ts) AS ts, count(*) AS n "
                "FROM bronze.orders GROUP BY id) "
                "SELECT o.id, o.ts, orders.n FROM bronze.orders o "
                "JOIN orders ON o.id = orders.id"
            )
    """)
    assert bundle.run().ok
    assert bundle.rows("latest") == [(1, 1, 2), (1, 2, 2), (2, 1, 1)]


def test_a_query_with_arguments_finds_the_datasets_of_its_text(bundle):
    bundle.write("""
        @dp.materialized_view
        def report():
            other = spark.range(2)
            return spark.sql(
                "SELECT o.id FROM {o} o JOIN main.bronze.numbers n ON o.id = n.id "
                "WHERE o.id > {least}",
                o=other,
                least=0,
            )

        @dp.materialized_view(name="bronze.numbers")
        def numbers():
            return spark.range(3)
    """)
    result = bundle.run()
    assert result.ok, [flow.error for flow in result.flows.values()]
    assert bundle.rows("report") == [(1,)]


@pytest.mark.parametrize(
    ("query", "said"),
    [
        (
            "SELECT * FROM IDENTIFIER('a' || 'b')",
            "IDENTIFIER(…) in a query does not run",
        ),
        (
            "SELECT * FROM STREAM(s.t) JOIN s.t USING (id)",
            "a query reads s.t with STREAM and without it, which does not run",
        ),
    ],
)
def test_what_a_query_cannot_do_here_is_said(bundle, query, said):
    bundle.write(f"""
        @dp.table
        def t():
            return spark.sql("{query}")

        dp.create_streaming_table("s.t", schema="id INT")
    """)
    assert bundle.run().flows["t"].error.startswith(said)


@pytest.mark.parametrize("option", ['option("path", PATH)', "options(path=PATH)"])
def test_new_files_of_a_path_that_is_an_option_are_read(bundle, option):
    folder = bundle.root / ".local/landing/Volumes/main/s/raw"
    folder.mkdir(parents=True)
    (folder / "a.json").write_text('{"id": 1}\n')
    bundle.write(f"""
        PATH = "/Volumes/main/s/raw"

        @dp.materialized_view
        def batch():
            return spark.read.schema("id INT").format("json").{option}.load()

        @dp.table
        def stream():
            return spark.readStream.schema("id INT").format("json").{option}.load()
    """)
    assert bundle.run().ok
    (folder / "b.json").write_text('{"id": 2}\n')
    assert bundle.run().ok
    assert bundle.rows("batch") == bundle.rows("stream") == [(1,), (2,)]
    assert bundle.pipeline.validate().datasets["stream"].reads == [
        "/Volumes/main/s/raw"
    ]
