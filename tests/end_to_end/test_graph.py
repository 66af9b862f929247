"""The graph of the sample, as its README shows it."""

from end_to_end.project import Project


def test_the_readme_shows_the_graph_of_the_sample(rendered, spark):
    project = Project(rendered("retail"))
    readme = (project.root / "README.md").read_text("utf-8")
    shown = readme.partition("```mermaid\n")[2].partition("```")[0]

    done = project.localrun("graph", "--format", "mermaid")
    assert done.returncode == 0, done.stderr
    assert shown == done.stdout
