"""What a project's pyproject.toml says to localrun, and what its extension adds."""

import pytest

from localrun import Pipeline, cli, project
from localrun.errors import UsageError

EXTENSION = """
from localrun.extension import Extension, Listener, Note

TOLD = []


class Teller(Listener):
    def flow_ended(self, result):
        TOLD.append(result.target)


class Own(Extension):
    def settings(self, landing):
        return {"own.landing": landing.name, "pipeline.colour": "red"}

    def columns(self):
        return {"bronze": {self.configuration.get("own.column", "id")}}

    def tables(self):
        return {"crm.sales.Customers": "id INT, name STRING"}

    def explain(self, table, message):
        return f"{table}: take care" if "DIVIDE_BY_ZERO" in message else None

    def listeners(self):
        return [Teller()]

    def summary_columns(self, result):
        return {"doubled": {f.target: 2 * f.outcome.rows_out for f in
                            result.flows.values()}}

    def notes(self, result):
        if "colours" in result.flows:
            rows = self.table("colours").count()
            yield Note("colours", f"it has {rows} rows [sic]")
"""


def write(bundle, text):
    (bundle.root / "pyproject.toml").write_text(text)


def extend(bundle, name):
    (bundle.root / f"{name}.py").write_text(EXTENSION)
    write(bundle, f'[tool.localrun]\nextension = "{name}:Own"\n')


def test_a_project_needs_no_settings(tmp_path):
    assert project.read(tmp_path) == project.Project()
    (tmp_path / "pyproject.toml").write_text("[project]\nname = 'x'\n")
    assert project.read(tmp_path) == project.Project()


def test_folders_and_paths_are_those_that_it_names(bundle):
    write(
        bundle,
        """
        [tool.localrun]
        landing = "files"
        warehouse = "out/warehouse"
        tables = "out/tables"
        paths = {"/Volumes/*/*/landing" = "."}
        """,
    )
    bundle.landing = bundle.root / "files"
    bundle.land("orders", {"id": 1})
    others = bundle.root / "out/tables/crm/sales/days.csv"
    others.parent.mkdir(parents=True)
    others.write_text("day\n1\n")
    bundle.write("""
        @dp.table
        def bronze():
            return landed("orders", "id INT")

        @dp.materialized_view
        def days():
            return spark.read.table("crm.sales.days")
    """)
    assert bundle.run().ok
    assert bundle.rows("bronze", "id") == [(1,)]
    assert (bundle.root / "out/warehouse/tables/main/small/bronze").is_dir()
    assert not (bundle.root / ".local").exists()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("[tool.localrun", "pyproject.toml is not TOML: "),
        ("tool.localrun = 1", "tool.localrun is not a table: write [tool.localrun]"),
        (
            "[tool.localrun]\nlandng = 'x'",
            "pyproject.toml, [tool.localrun]: landng is not a setting: did you mean "
            "landing?",
        ),
        ("[tool.localrun]\nlanding = 1", "[tool.localrun]: landing is not a text"),
        (
            "[tool.localrun]\npaths = 'x'",
            "[tool.localrun]: paths is not a table of texts",
        ),
        (
            "[tool.localrun]\nextension = 'no_such_module:X'",
            "no_such_module:X cannot be imported: ModuleNotFoundError: No module named",
        ),
        ("tool = 1", "tool.localrun is not a table: write [tool.localrun]"),
        (
            "[tool.localrun]\nextension = ':X'",
            "the extension :X is not the name of a class: write package.module:Class",
        ),
        ("[tool.localrun]\nextension = '.x:Y'", "the extension .x:Y is not the name"),
        (
            "[tool.localrun]\nextension = 'json:JSONDecoder'",
            "json:JSONDecoder is not a subclass of localrun.extension.Extension",
        ),
    ],
)
def test_wrong_settings_are_refused_in_one_sentence(bundle, text, said):
    write(bundle, text)
    with pytest.raises(UsageError) as caught:
        _ = bundle.pipeline
    assert said in str(caught.value)


def test_an_extension_adds_what_its_project_wants(bundle, capsys):
    extend(bundle, "own_one")
    bundle.write("""
        @dp.materialized_view
        def colours():
            conf = [spark.conf.get(k) for k in ("own.landing", "pipeline.colour")]
            return spark.range(2).selectExpr(f"'{conf[0]} {conf[1]}' AS colour")

        @dp.materialized_view
        def faulty():
            return spark.range(1).selectExpr("1 / id AS x")
    """)
    root = str(bundle.root)
    assert cli.main(["run", "--root", root]) == 1
    rows = capsys.readouterr().out.splitlines()
    assert "dropped  doubled  total" in rows[3]
    assert next(row for row in rows[3:] if row.startswith("colours")).split()[2:5] == [
        *("2", "4", "2")
    ]
    assert "FAILED faulty: faulty: take care" in rows
    assert rows[-1] == "NOTE colours: it has 2 rows [sic]"
    log = bundle.pipeline.table("event_log").where("event_type = 'note'")
    logged = log.select("origin.dataset_name", "message", "level").collect()
    assert [*map(tuple, logged)] == [
        ("colours", "colours: it has 2 rows [sic]", "WARN")
    ]
    assert bundle.rows("colours") == [("landing red",)] * 2
    import own_one

    assert sorted(own_one.TOLD) == ["colours", "faulty"]


def test_conf_overrides_what_an_extension_sets(bundle):
    extend(bundle, "own_two")
    pipeline = Pipeline(bundle.root, conf={"pipeline.colour": "green"})
    assert pipeline.conf["pipeline.colour"] == "green"
    assert pipeline.conf["own.landing"] == "landing"


def test_columns_that_only_files_tell_of_are_taken_for_granted(bundle):
    extend(bundle, "own_three")
    bundle.write("""
        @dp.table
        def bronze():
            return landed("orders", "id INT")

        @dp.table
        def silver():
            return spark.readStream.table("bronze").select("extra")
    """)
    conf = {"own.column": "extra"}
    assert Pipeline(bundle.root, conf=conf).validate().problems == {}
    bundle.land("orders", {"id": 1})
    assert [*Pipeline(bundle.root, conf=conf).validate().problems] == ["silver"]


def test_tables_of_others_are_taken_for_granted_by_a_dry_run_alone(bundle):
    extend(bundle, "own_four")
    bundle.write("""
        @dp.materialized_view
        def names():
            return spark.read.table("crm.sales.customers").select("name")

        @dp.table
        def files():
            customers = spark.readStream.table("crm.sales.customers")
            return customers.select("id", "_metadata.file_path")

        @dp.materialized_view
        def others():
            return spark.read.table("crm.sales.customers").select("age")
    """)
    problems = bundle.pipeline.validate().problems
    assert [*problems] == ["others"]
    assert "age" in problems["others"]
    error = bundle.run().flows["names"].error
    assert error.startswith("crm.sales.customers is not a table of this pipeline")
