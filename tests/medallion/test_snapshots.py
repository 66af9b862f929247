"""Dumps: which rows one leaves in force, and which is the newest that bronze has."""

import pytest
import yaml

from medallion import contract, quality, snapshots, sources

CONTRACT = yaml.safe_load(r"""
apiVersion: v3.1.0
kind: DataContract
id: club
version: "1.0.0"
status: active
schema:
  - name: members
    customProperties:
      - {property: role, value: snapshot}
      - {property: format, value: json}
      - {property: snapshotVersion, value: {pattern: 'no (\d+)', type: number}}
    properties:
      - {name: id, physicalType: INT, primaryKey: true}
      - {name: points, physicalType: INT}
""")
GOOD, BAD = '{{"id": {}, "points": 1}}\n', '{{"id": {}, "points": "many"}}\n'


class Dumps:
    """A folder of dumps, each a file named by its number."""

    def __init__(self, spark, root):
        self.spark, self.folder = spark, root / "members"
        self.folder.mkdir()
        path = root / "club.odcs.yaml"
        path.write_text(yaml.safe_dump(CONTRACT))
        (self.table,) = contract.load(path)
        spark.conf.set("pipeline.landing", str(root))

    def put(self, number: int, *rows: str) -> None:
        (self.folder / f"no {number}.json").write_text("".join(rows))

    def dumps(self) -> dict:
        return snapshots.dumps(self.spark, self.table)

    def in_force(self, found: dict, number: int) -> list[int]:
        rows = snapshots.in_force(self.spark, self.table, found, number)
        return sorted(row.id for row in rows.select("id").collect())

    def newest(self) -> list[int]:
        rows = sources.all_rows(self.spark, self.table)
        bronze = sources.type_columns(rows, self.table)
        newest = snapshots.newest(bronze, self.table)
        return sorted(row.id for row in newest.select("id").collect())


@pytest.fixture
def dumps(spark, tmp_path) -> Dumps:
    return Dumps(spark, tmp_path)


def test_a_bad_row_keeps_its_member_over_several_dumps(dumps):
    dumps.put(1, GOOD.format(1), GOOD.format(2))
    dumps.put(2, BAD.format(1), GOOD.format(3))
    dumps.put(3, BAD.format(1))

    assert dumps.in_force(dumps.dumps(), 3) == [1]


def test_what_was_before_a_dump_without_bad_rows_is_not_read_again(dumps):
    """Its file is gone here, so that a look at it would fail."""
    dumps.put(1, GOOD.format(1))
    dumps.put(2, GOOD.format(2), GOOD.format(3))
    dumps.put(3, BAD.format(2), BAD.format(1))
    found = dumps.dumps()
    (dumps.folder / "no 1.json").unlink()

    assert dumps.in_force(found, 3) == [2]


def test_the_newest_dump_is_the_one_of_the_highest_version(dumps):
    """Number 10 comes after 9; the name of a file may have a blank in it."""
    dumps.put(9, GOOD.format(1))
    dumps.put(10, GOOD.format(2), GOOD.format(3))
    (dumps.folder / "latest.json").write_text(GOOD.format(4))

    assert dumps.newest() == [2, 3]


def test_what_bronze_has_of_no_dump_is_no_row(dumps):
    (dumps.folder / "latest.json").write_text(GOOD.format(4))

    assert dumps.newest() == []


def test_what_a_backfill_without_properties_leaves_out_is_in_its_rows(spark, tmp_path):
    """AUTO CDC refuses to leave out a column that is not there."""
    document = {**CONTRACT, "schema": []}
    for name, custom in (("stock", {}), ("old", {"into": "stock", "once": True})):
        said = {"role": "scd1", "format": "json", "keys": "id", **custom}
        entries = [{"property": key, "value": value} for key, value in said.items()]
        document["schema"].append({"name": name, "customProperties": entries})
    path = tmp_path / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(document))
    old = contract.load(path)[1]
    (tmp_path / "old").mkdir()
    (tmp_path / "old/1.json").write_text('{"id": 1, "n": 2}\n')
    spark.conf.set("pipeline.landing", str(tmp_path))
    rows = sources.type_columns(sources.all_rows(spark, old), old)
    columns = set(quality.check(rows, old).columns)
    left_out = set(quality.stored_columns(old)["except_column_list"])

    assert columns - left_out == {"id", "n"}
    assert left_out <= columns
