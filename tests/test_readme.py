"""What the emitted README says is so."""

import re
from itertools import pairwise

from medallion import contract
from medallion.checks import shapes


def section(project, title: str) -> str:
    text = (project / "README.md").read_text()
    return text.partition(f"\n## {title}\n")[2].partition("\n## ")[0]


def test_every_make_target_of_the_readme_exists(project):
    makefile = (project / "Makefile").read_text()
    targets = set(re.findall(r"^([a-z-]+):", makefile, re.MULTILINE))
    readme = (project / "README.md").read_text()
    commands = re.findall(r"(?:^|`)make ([a-z -]+)", readme, re.MULTILINE)
    named = {word for command in commands for word in command.split()}

    assert named <= targets
    assert len(named) > 5


def test_every_path_of_the_readmes_layout_exists(project):
    layout = section(project, "What is where")
    paths = re.findall(r"^\| `([^`]+)` \|", layout, re.MULTILINE)

    assert len(paths) > 5
    for path in paths:
        assert (project / path).exists(), path


def test_every_property_of_the_contract_is_explained(project):
    text = section(project, "Add a source")
    explained = re.findall(r"^\| `(\w+)` \|", text, re.MULTILINE)

    known = (shapes.TABLE_CUSTOM, shapes.COLUMN_CUSTOM, shapes.RELATIONSHIP_CUSTOM)
    assert sorted(explained) == sorted(name for names in known for name in names)


PLACES = """
  - name: places
    customProperties: [{property: role, value: scd1}, {property: format, value: json}]
    properties: &columns
      - {name: country, physicalType: STRING, primaryKey: true}
      - {name: region, physicalType: STRING, primaryKey: true}
  - name: parcels
    customProperties: [{property: role, value: fact}, {property: format, value: json}]
    properties: *columns
"""


def test_the_readmes_relationship_to_two_columns_is_one(project, tmp_path):
    text = " ".join(section(project, "Add a source").split())
    (written,) = re.findall(r"`(relationships: \[\{from: .*?\}\])`", text)
    (path,) = (project / "contract").iterdir()
    extended = tmp_path / path.name
    extended.write_text(f"{path.read_text()}{PLACES}    {written}\n")

    *_, last = contract.load(extended)
    (relationship,) = last.relationships
    assert relationship.columns == relationship.to == ("country", "region")
    assert relationship.table == "places"


def test_the_readmes_example_is_a_sound_table_with_its_rule(project, tmp_path):
    table = section(project, "Add a source").split("```")[1]
    rule = section(project, "Change a rule").split("```")[1]
    (path,) = (project / "contract").iterdir()
    extended = tmp_path / path.name
    added = table.removeprefix("yaml\n") + rule.removeprefix("yaml\n")
    extended.write_text(path.read_text() + added)

    *_, last = contract.load(extended)
    assert last.name == "parcels"
    assert last.rules_with("drop").keys() >= {
        "parcel_id_is_present",
        "weight_exclusive_minimum",
        "weight_is_plausible",
    }


def test_every_heading_stands_after_a_blank_line(project):
    lines = (project / "README.md").read_text("utf-8").splitlines()
    pairs = pairwise(lines)
    assert not [line for before, line in pairs if line.startswith("## ") and before]
