"""`localrun sql` changes no table: the pipeline does, and SQL tasks of a workspace."""

import pytest

from localrun import cli

CODE = """
@dp.materialized_view
def numbers():
    return spark.range(2)
"""


@pytest.fixture(scope="module")
def numbers(shared_bundle):
    """The bundle with its table `numbers`, of 0 and 1."""
    assert shared_bundle.write(CODE).run().ok
    return shared_bundle


ASKING = [
    "SELECT * FROM numbers",
    "-- first\n  /* then\nINSERT */ ((SELECT 1) UNION SELECT 2);",
    "with a AS (SELECT 1) SELECT * FROM a",
    "VALUES (1), (2)",
    "TABLE numbers",
    "FROM numbers |> SELECT id",
    "DESCRIBE numbers",
    "desc EXTENDED numbers",
    "DESCRIBE QUERY SELECT 1",
    "SHOW TABLES",
    "SHOW COLUMNS IN numbers",
    "SELECT 'INSERT INTO numbers' AS `DROP TABLE`",
]


@pytest.mark.parametrize("query", ASKING)
def test_what_asks_is_answered(numbers, capsys, query):
    assert cli.main(["sql", "--root", str(numbers.root), query]) == 0
    assert capsys.readouterr().err == ""


WRITING = [
    "INSERT INTO numbers VALUES (7)",
    "/* SELECT */ INSERT INTO numbers SELECT * FROM numbers",
    "-- SELECT\\\nSELECT\nEXECUTE IMMEDIATE 'INSERT INTO numbers VALUES (7)'",
    "WITH a AS (SELECT 7L AS id) INSERT INTO numbers SELECT * FROM a",
    "WITH a AS (SELECT 7) DELETE FROM numbers",
    "FROM numbers INSERT INTO numbers SELECT id",
    "FROM numbers INSERT INTO numbers SELECT id INSERT INTO numbers SELECT id + 1",
    "UPDATE numbers SET id = 7",
    "DELETE FROM numbers",
    "TRUNCATE TABLE numbers",
    "DROP TABLE numbers",
    "CREATE TABLE others AS SELECT 1",
    "EXECUTE IMMEDIATE 'INSERT INTO numbers VALUES (7)'",
    "BEGIN INSERT INTO numbers VALUES (7); END",
    "RESTORE TABLE numbers TO VERSION AS OF 0",
    "INSERT OVERWRITE DIRECTORY 'folder' USING csv SELECT 1",
    "SET a = b",
]


@pytest.mark.parametrize("statement", WRITING)
def test_what_does_not_ask_is_refused_with_what_to_do_instead(
    numbers, capsys, statement
):
    before = numbers.versions()
    assert cli.main(["sql", "--root", str(numbers.root), statement]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said.startswith("localrun: sql takes queries only (SELECT, ")
    assert said.endswith("so edit its source, and use localrun run")
    assert numbers.versions() == before


def test_what_a_statement_would_do_is_explained_and_not_done(numbers, capsys):
    before = numbers.versions()
    explain = "EXPLAIN INSERT INTO numbers VALUES (7)"
    assert cli.main(["sql", "--root", str(numbers.root), explain]) == 0
    assert "numbers" in capsys.readouterr().out
    assert numbers.versions() == before
