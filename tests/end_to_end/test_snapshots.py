"""Full dumps with history: what each leaves in force, and what a bad row may not do."""

import os
import shutil

import pytest
import yaml
from end_to_end.project import Project, contents, errors, versions
from end_to_end.test_custom_sources import deliver
from end_to_end.validation import validate

from render import render

MEMBERS = yaml.safe_load(r"""
name: members
description: Who is a member.
customProperties:
  - {property: role, value: snapshot}
  - {property: format, value: csv}
  - {property: technicalColumns, value: [exported_at]}
  - {property: snapshotVersion, value: {pattern: 'members_(\d{4}-\d{2}-\d{2})'}}
properties:
  - {name: id, logicalType: integer, physicalType: BIGINT, primaryKey: true}
  - {name: name, logicalType: string, physicalType: STRING, description: Her name.}
  - {name: points, logicalType: integer, physicalType: INT}
  - {name: exported_at, logicalType: timestamp, physicalType: TIMESTAMP}
""")
VISITS = yaml.safe_load("""
name: visits
description: When a member came.
customProperties:
  - {property: role, value: fact}
  - {property: format, value: json}
  - {property: sequenceBy, value: at}
properties:
  - {name: visit, logicalType: integer, physicalType: BIGINT, primaryKey: true}
  - name: member
    logicalType: integer
    physicalType: BIGINT
    relationships: [{to: members.id}]
  - {name: at, logicalType: timestamp, physicalType: TIMESTAMP}
""")


def dump(landing, version: str, *lines: str) -> None:
    header = "id,name,points,exported_at"
    text = "".join(f"{line},2026-05-05\n" for line in lines)
    deliver(landing, "members", f"members_{version}.csv", f"{header}\n{text}")


def stamped(landing, file: str, text: str, seconds: int) -> None:
    """A dump of parts, which arrived so many seconds after 2026-01-01."""
    deliver(landing, "parts", file, text)
    time = 1767225600 + seconds
    os.utime(landing / "parts" / file, (time, time))


class Club:
    """A pipeline of dumps: members of a version by name, parts of one by arrival."""

    def __init__(self, folder):
        sources = (
            "members:csv:snapshot:id,parts:json:snapshot:id,visits:json:fact:visit"
        )
        root = render({"project_name": "club", "sources": sources}, folder)
        self.contract = root / "contract/club.odcs.yaml"
        document = yaml.safe_load(self.contract.read_text())
        document["schema"][0] = MEMBERS
        document["schema"][2] = VISITS
        self.contract.write_text(yaml.safe_dump(document))
        self.project = Project(root, folder / "landing")
        self.landing = self.project.landing
        self.landing.mkdir()
        self.pipeline = self.project.pipeline(folder / "warehouse")

    def run(self, **arguments) -> None:
        assert not errors(self.pipeline.update(**arguments))

    def rows(self, query: str) -> list[tuple]:
        return sorted(map(tuple, self.pipeline.sql(query).collect()), key=str)

    def history(self) -> list[tuple]:
        """(name, points, first day, day after the last) of each version of a member."""
        return self.rows("""
            SELECT name, points, date(__START_AT)::string, date(__END_AT)::string
            FROM silver_members
        """)


@pytest.fixture(scope="module")
def club(spark, tmp_path_factory) -> Club:
    """Silver before any dump is there; then three of them, and one of two files."""
    club = Club(tmp_path_factory.mktemp("club"))
    landing = club.landing
    club.checked = club.project.check()
    stamped(landing, "1.json", '{"id": "p", "n": 1}\n{"id": "q", "n": 1}\n', 0)
    visits = [(1, 1, "2026-01-15"), (2, 1, "2026-02-15"), (3, 9, "2026-02-15")]
    text = '{{"visit": {}, "member": {}, "at": "{}"}}\n'
    deliver(landing, "visits", "1.json", "".join(text.format(*v) for v in visits))
    # Bronze has nothing to read yet, and says so.
    club.run(refresh=["silver_members"])
    club.before = club.rows("SELECT count(*) FROM silver_members")
    dump(landing, "2026-01-01", "1,Ann,5", "2,Bob,1", "3,Cy,1")
    dump(landing, "2026-02-01", "1,Anna,5", "2,Bo,many", "2,Bo,many")
    dump(landing, "2026-03-01", "2,Bo,2", ",nobody,1")
    stamped(landing, "2.json", '{"id": "p", "n": 2}\n{"n": 7}\n', 60)
    club.run()
    club.after_three = club.history()
    dump(landing, "2026-04-01_part1", "2,Bo,2", "2,Bo,2")
    dump(landing, "2026-04-01_part2", "4,Di,1")
    club.run()
    return club


def test_a_table_is_empty_before_the_first_dump(club):
    """A first answer of None would fail on Databricks."""
    assert club.checked.returncode == 0, club.checked.stderr
    assert club.before == [(0,)]


def test_a_member_whose_row_is_bad_stays_as_it_was(club):
    """Bob, in February; and who is gone from that dump, Cy, is deleted by it."""
    assert ("Bob", 1, "2026-01-01", "2026-03-01") in club.after_three
    assert ("Cy", 1, "2026-01-01", "2026-02-01") in club.after_three


def test_a_row_without_a_key_lets_its_dump_delete_nobody(club):
    """It might be that of Anna, whom the dump of March leaves out."""
    assert ("Anna", 5, "2026-02-01", None) in club.after_three


def test_the_next_dump_deletes_who_is_missing_and_several_files_make_one(club):
    assert club.history() == [
        ("Ann", 5, "2026-01-01", "2026-02-01"),
        ("Anna", 5, "2026-02-01", "2026-04-01"),
        ("Bo", 2, "2026-03-01", None),
        ("Bob", 1, "2026-01-01", "2026-03-01"),
        ("Cy", 1, "2026-01-01", "2026-02-01"),
        ("Di", 1, "2026-04-01", None),
    ]
    current = "SELECT name FROM silver_members_current"
    assert club.rows(current) == [("Bo",), ("Di",)]


def test_technical_columns_stay_in_bronze_and_comments_reach_silver(club):
    table = club.pipeline.table("silver_members")
    assert table.columns == ["id", "name", "points", "__START_AT", "__END_AT"]
    assert table.schema["name"].metadata["comment"] == "Her name."


def test_every_row_of_every_dump_is_in_bronze_and_a_bad_one_in_quarantine(club):
    bad = "SELECT get_json_object(record, '$.name') FROM quarantine_members"
    assert club.rows(bad) == [("Bo",), ("Bo",), ("nobody",)]
    counts = "SELECT (SELECT count(*) FROM bronze_members), count(*) FROM {}_members"
    assert club.rows(counts.format("accepted")) == [(11, 8)]


def test_a_dump_without_a_version_in_its_name_counts_when_it_arrives(club):
    """The second one names no key in one row; nobody of the first one is deleted."""
    query = "SELECT id, n, {0}(__START_AT), {0}(__END_AT) FROM silver_parts"
    first, second = 1767225600, 1767225660
    assert club.rows(query.format("unix_timestamp")) == [
        ("p", "1", first, second),
        ("p", "2", second, None),
        ("q", "1", first, None),
    ]


def test_a_fact_finds_the_version_of_its_time(club):
    query = """
        SELECT f.visit, d.name FROM gold_fact_visits AS f
        LEFT JOIN gold_dim_members AS d USING (members_key)
    """
    assert club.rows(query) == [(1, "Ann"), (2, "Anna"), (3, None)]


def test_an_update_without_a_new_dump_changes_nothing(club):
    before = versions(club.pipeline)
    club.run()
    assert versions(club.pipeline) == before


def test_a_full_refresh_takes_all_dumps_again(club):
    before = contents(club.pipeline)
    pipeline = club.project.rereading(club.pipeline.warehouse, "members", "parts")
    tables = ["silver_members", "silver_parts"]
    assert not errors(pipeline.update(full_refresh=tables))
    assert contents(pipeline) == before


def test_a_file_that_says_no_version_is_named(club):
    deliver(club.landing, "members", "latest.csv", "id\n1\n")
    found = errors(club.pipeline.update(refresh=["silver_members"]))
    (club.landing / "members/latest.csv").unlink()
    assert "latest.csv does not say its version" in found["silver_members"]


def test_validation_passes_over_dumps(club):
    """Half of a dump's rows may be in quarantine here."""
    share = ("--max-quarantine-share", "0.5")
    done = validate(club.project, club.pipeline.warehouse, *share)
    assert done.returncode == 0, done.stdout + done.stderr


def test_validation_names_what_silver_lacks_of_the_newest_dump(club, tmp_path):
    warehouse = shutil.copytree(club.pipeline.warehouse, tmp_path / "warehouse")
    pipeline = club.project.pipeline(warehouse)
    pipeline.sql("DELETE FROM silver_members_current WHERE name = 'Di'")
    done = validate(club.project, warehouse, "--max-quarantine-share", "0.5")
    lost = "1 accepted keys of the newest dump are not in silver_members_current"
    assert lost in done.stderr
