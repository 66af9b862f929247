"""The source files that the libraries of a pipeline name."""

import pytest


@pytest.fixture
def found(write, pipeline):
    """found(libraries, files): the paths of the sources, seen from the bundle."""

    def sources(libraries, files=()):
        root = write({**dict.fromkeys(files, ""), "resources/etl.yml": etl(libraries)})
        return [
            source.path.relative_to(root).as_posix()
            for source in pipeline(root).sources
        ]

    return sources


def etl(libraries):
    """A file with a pipeline whose libraries begin in line 5."""
    lines = "".join(f"      - {library}\n" for library in libraries)
    return f"resources:\n  pipelines:\n    etl:\n      libraries:\n{lines}"


FILES = [
    "src/b.py",
    "more/1.load.sql",
    "src/c.sql",
    "src/d.ipynb",
    "src/sub/e.py",
    "src/sub/deep/f.py",
    "src/data.csv",
    "src/README.md",
    "src/.hidden.py",
    "src/.venv/g.py",
    "src/__pycache__/h.py",
]


@pytest.mark.parametrize(
    ("pattern", "names"),
    [
        ("../src/**", "a.py b.py c.sql d.ipynb sub/deep/f.py sub/e.py"),
        ("../src/*", "a.py b.py c.sql d.ipynb"),
        ("../src/*.py", "a.py b.py"),
        ("../src/**/*.py", "a.py b.py sub/deep/f.py sub/e.py"),
        ("../src/*/*.py", "sub/e.py"),
        ("../src/sub/**", "sub/deep/f.py sub/e.py"),
        ("../src/[bc].*", "b.py c.sql"),
        ("../src/[!b].*", "a.py c.sql d.ipynb"),
        ("../src/?.sql", "c.sql"),
        ("../src/b.py", "b.py"),
        ("${workspace.file_path}/src/*.sql", "c.sql"),
    ],
)
def test_a_glob_names_source_files_sorted(found, pattern, names):
    library = f"glob: {{include: '{pattern}'}}"
    assert found([library], FILES) == [f"src/{name}" for name in names.split()]


@pytest.mark.parametrize(
    ("library", "name"),
    [
        ("file: {path: ../src/b.py}", "src/b.py"),
        ("file: {path: ../src/./sub/../c.sql}", "src/c.sql"),
        ("file: {path: '../src/c.*'}", "src/c.sql"),
        ("notebook: {path: ../src/d.ipynb}", "src/d.ipynb"),
        ("notebook: {path: ../src/d}", "src/d.ipynb"),
        ("notebook: {path: ../src/c}", "src/c.sql"),
        ("notebook: {path: ../src/b}", "src/b.py"),
        ("notebook: {path: ../more/1.load}", "more/1.load.sql"),
        ("notebook: {path: '${workspace.file_path}/src/b'}", "src/b.py"),
    ],
)
def test_a_file_or_notebook_names_one_source(found, library, name):
    assert found([library], FILES) == [name]


def test_sources_keep_the_order_of_libraries_and_come_once(found):
    libraries = ["file: {path: ../src/c.sql}", "glob: {include: ../src/*}"]
    libraries += ["notebook: {path: ../src/b}"]
    assert found(libraries, FILES) == [
        "src/c.sql",
        "src/a.py",
        "src/b.py",
        "src/d.ipynb",
    ]


@pytest.mark.parametrize(
    ("name", "text", "kind"),
    [
        ("x.py", "import dlt\n", "python"),
        ("x.py", "", "python"),
        ("x.py", "# Databricks notebook source\nimport dlt\n", "notebook"),
        ("x.py", "\ufeff# Databricks notebook source\r\n", "notebook"),
        ("x.py", "\n# Databricks notebook source\n", "python"),
        ("x.sql", "SELECT 1\n", "sql"),
        ("x.sql", "-- Databricks notebook source\n", "sql_notebook"),
        ("x.ipynb", "{}", "ipynb"),
    ],
)
def test_the_kind_of_a_source_shows_in_its_first_line(
    write, pipeline, name, text, kind
):
    library = f"file: {{path: ../src/{name}}}"
    root = write({"resources/etl.yml": etl([library]), f"src/{name}": text})
    [source] = pipeline(root).sources
    assert source.kind == kind
    assert source.path.is_absolute()


def test_paths_in_a_target_begin_at_the_file_of_the_target(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: shop}
                include: [resources/*.yml]
                targets:
                  dev:
                    resources:
                      pipelines: {etl: {libraries: [{file: {path: src/b.py}}]}}
                """,
            "resources/etl.yml": etl(["file: {path: ../src/a.py}"]),
            "src/b.py": "",
        }
    )
    assert [source.path.name for source in pipeline(root).sources] == ["a.py", "b.py"]


def test_libraries_may_come_from_variables(write, pipeline):
    root = write(
        {
            "databricks.yml": """\
                bundle: {name: shop}
                include: [resources/*.yml]
                variables:
                  folder: src
                  libraries_default:
                    type: complex
                    default: [{glob: {include: "${var.folder}/*.py"}}]
                """,
            "resources/etl.yml": """\
                resources:
                  pipelines:
                    etl: {libraries: "${var.libraries_${bundle.target}}"}
                """,
        }
    )
    assert [source.path for source in pipeline(root).sources] == [root / "src" / "a.py"]


def test_an_absolute_path_on_this_machine_is_taken(write, pipeline, tmp_path):
    other = tmp_path / "src" / "a.py"
    root = write({"resources/etl.yml": etl([f"file: {{path: {other.as_posix()}}}"])})
    assert pipeline(root).sources[0].path == other


@pytest.mark.parametrize(
    ("library", "parts"),
    [
        ("whl: ../dist/x.whl", ["is whl", "glob, file and notebook"]),
        ("jar: x.jar", ["is jar", "environment.dependencies"]),
        ("maven: {coordinates: a}", ["is maven"]),
        ("pypi: {package: a}", ["is pypi"]),
        ("{file: {path: a.py}, glob: {include: a}}", ["is file, glob: only one of"]),
        ("", ["an entry of libraries of pipeline etl is empty"]),
        ("a.py", ["an entry of libraries of pipeline etl is a text"]),
        ("{}", ["a library of pipeline etl is a mapping", "only one"]),
        ("file: a.py", ["file of pipeline etl is a text and must be a mapping"]),
        ("file: {}", ["file of pipeline etl has no path: write"]),
        ("glob: {path: a}", ["glob of pipeline etl has no include"]),
        ("file: {path: [a]}", ["file.path of pipeline etl is a list"]),
        ("file: {path: ../src/x.py}", ["does not exist", "src/x.py in the bundle"]),
        ("file: {path: ../src/x}", ["does not exist"]),
        ("file: {path: /nowhere/x.py}", ["/nowhere/x.py does not exist"]),
        ("notebook: {path: ../src/x}", ["notebook ../src/x does not exist"]),
        ("file: {path: ../src}", ["is a folder", "../src/** under glob"]),
        ("glob: {include: ../src}", ["is a folder", "../src/** under glob"]),
        ("glob: {include: '../src/*.sql'}", ["../src/*.sql matches no .py, .sql or"]),
        ("glob: {include: '../src/[z-a]'}", ["matches no .py"]),
        ("glob: {include: '../lost/**'}", ["../lost/** matches no"]),
        ("file: {path: ../src/x.md}", ["is not a source file", ".py, .sql and .ipynb"]),
        ("notebook: {path: ../src/y}", ["is written in Scala"]),
        ("notebook: {path: /Workspace/Shared/x}", ["/Workspace/Shared/x lies in a"]),
        ("notebook: {path: /Repos/me/x}", ["lies in a workspace"]),
        ("notebook: {path: /Users/jo@shop.com/x}", ["lies in a workspace"]),
        ("file: {path: 'dbfs:/x.py'}", ["lies outside this machine"]),
        ("glob: {include: 's3://b/**'}", ["lies outside this machine"]),
        ("file: {path: '${var.x}'}", ["file.path of pipeline etl needs ${var.x}"]),
    ],
)
def test_a_library_that_names_no_source_is_refused(write, refusal, library, parts):
    files = {"src/x.md": "", "src/y.scala": ""}
    libraries = ["file: {path: ../src/a.py}", library]
    message = refusal(write({**files, "resources/etl.yml": etl(libraries)}))
    assert message.startswith("resources/etl.yml, line 6: ")
    for part in parts:
        assert part in message


@pytest.mark.parametrize(
    ("libraries", "part"),
    [
        ("{file: {path: a}}", "libraries of pipeline etl is a mapping"),
        ("src", "libraries of pipeline etl is a text and must be a list"),
    ],
)
def test_libraries_of_the_wrong_shape_are_refused(write, refusal, libraries, part):
    text = f"resources:\n  pipelines:\n    etl:\n      libraries: {libraries}\n"
    message = refusal(write({"resources/etl.yml": text}))
    assert message.startswith("resources/etl.yml, line 4: ")
    assert part in message
    assert "- entry" in message
