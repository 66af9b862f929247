"""Columns of any name run from source to gold, and nobody renames them at the source.

One project: names with dashes and letters of other languages as they are, others by
`physicalName`, or as bronze renames them where a table has no properties.
"""

import csv
import json

import pyarrow
import pyarrow.parquet
import pytest
import yaml
from delta.tables import DeltaTable
from end_to_end.project import Project, errors

from localrun import Pipeline
from render import render

SCHEMA = """
- name: sales
  customProperties:
    - {property: role, value: fact}
    - {property: format, value: json}
    - {property: sequenceBy, value: sold-at}
  properties:
    - {name: sale-nr, physicalType: BIGINT, primaryKey: true}
    - {name: sold-at, physicalType: TIMESTAMP, required: true}
    - name: dim-id
      physicalType: STRING
      relationships: [{to: members.dim-id}]
    - name: verkäufer-id
      physicalType: STRING
      relationships: [{to: members.dim-id}]
    - name: größe
      physicalName: Größe (cm)
      logicalType: number
      physicalType: DECIMAL(10,2)
      logicalTypeOptions: {minimum: 0}
    - {name: größer, physicalType: DOUBLE, transformLogic: "`größe` / 2"}
- name: members
  customProperties:
    - {property: role, value: scd2}
    - {property: format, value: csv}
    - {property: sequenceBy, value: geändert-am}
  properties:
    - {name: dim-id, physicalName: " id", physicalType: STRING, primaryKey: true}
    - name: e-mail
      physicalName: E.Mail
      logicalType: string
      physicalType: STRING
      logicalTypeOptions: {pattern: "^.+@.+$"}
    - {name: geändert-am, physicalName: changed;at, physicalType: TIMESTAMP}
    - {name: points, physicalName: "it's [points]", physicalType: INT}
- name: places
  customProperties:
    - {property: role, value: scd2}
    - {property: format, value: json}
    - {property: keys, value: [ort-id]}
    - {property: sequenceBy, value: geändert (am)}
- name: kinds
  customProperties:
    - {property: role, value: reference}
    - {property: format, value: parquet}
    - {property: keys, value: [art-id]}
- name: stock
  customProperties:
    - {property: role, value: snapshot}
    - {property: format, value: csv}
    - {property: keys, value: [Art. No]}
- name: mongo
  customProperties:
    - {property: role, value: scd1}
    - {property: format, value: json}
  properties:
    - {name: _id, logicalType: string, physicalType: STRING, primaryKey: true}
    - {name: name, physicalType: STRING}
- name: exports
  customProperties:
    - {property: role, value: fact}
    - {property: format, value: json}
    - {property: keys, value: [id]}
- name: parts
  customProperties:
    - {property: role, value: fact}
    - {property: format, value: parquet}
  properties:
    - {name: id, physicalName: _metadata, physicalType: BIGINT, primaryKey: true}
    - {name: weight, physicalName: "it's (kg)", physicalType: "DECIMAL(9,3)"}
    - {name: in, physicalType: STRING}
- name: items
  customProperties:
    - {property: role, value: scd1}
    - {property: format, value: delta}
    - {property: location, value: other.shop.items}
  properties:
    - {name: id, physicalName: Item No., physicalType: BIGINT, primaryKey: true}
    - {name: since, physicalName: __START_AT, physicalType: TIMESTAMP}
"""
# As an export of a bronze table, or of a query over files, has them
OF_OTHERS = {
    "_rescued_data": '{"x":1}',
    "_metadata": '{"file_path":"p"}',
    "_corrupt_record": "c",
    "record": "r",
    "_misfits": "m",
    "_ingested_at": "i",
    "_change_type": "insert",
    "_header": "h",
    "__START_AT": "s",
    " a": "1",
    "a;b": "2",
    "naïve é": "3",
    "tab\there": "4",
    "back`tick": "5",
}
IN_TABLES = {
    "source_rescued_data": '{"x":1}',
    "source_metadata": '{"file_path":"p"}',
    "source_corrupt_record": "c",
    "source_record": "r",
    "source_misfits": "m",
    "source_ingested_at": "i",
    "source_change_type": "insert",
    "source_header": "h",
    "__START_AT": "s",
    "_a": "1",
    "a_b": "2",
    "naïve_é": "3",
    "tab_here": "4",
    "back_tick": "5",
}
JSON = {
    "sales": [
        {"sale-nr": 1, "sold-at": "2026-01-05", "dim-id": "a", "Größe (cm)": 3},
        {"sale-nr": 2, "sold-at": "2026-02-05", "dim-id": "a", "verkäufer-id": "b"},
        {"sale-nr": 3, "sold-at": "2026-02-05", "Größe (cm)": -1, "größe": 7},
        {"sale-nr": 4, "sold-at": "2026-02-05", "Größe (cm)": "tall"},
    ],
    "places": [
        {"ort-id": "o", "geändert (am)": "2026-01-01", "__START_AT": "x", "a.b": 1},
        {"ort-id": "o", "geändert (am)": "2026-02-01", "__START_AT": "y", "a.b": 2},
    ],
    "mongo": [{"_id": {"$oid": "65a0"}, "name": "a"}, {"_id": "k2", "name": "b"}],
    "exports": [{"id": 1, **OF_OTHERS}, {"id": 2}],
}
CSV = {
    "members": [
        (" id", "E.Mail", "changed;at", "it's [points]"),
        ("a", "a@x", "2026-01-01", 1),
        ("a", "a@y", "2026-02-01", 2),
        ("b", "b@x", "2026-01-01", "3.5"),
        ("c", "c", "2026-01-01", 4),
        ("b", "b@x", "2026-01-01", 3),
    ],
    "stock": [("Art. No", "valid_from", "_dump"), ("n1", "2020", "d")],
}
PARQUET = {
    "kinds": [{"art-id": "k", **OF_OTHERS, "in": [{"b c": 1, "d": {"e=": 2}}]}],
    "parts": [
        {"_metadata": 1, "it's (kg)": "1.5", "in": {"b c": 1, "b_c": 2}},
        {"_metadata": 2, "it's (kg)": "x"},
    ],
}


def deliver(landing) -> None:
    for source in (*JSON, *CSV, *PARQUET):
        (landing / source).mkdir(parents=True, exist_ok=True)
    for source, rows in JSON.items():
        text = "".join(json.dumps(row, ensure_ascii=False) + "\n" for row in rows)
        (landing / source / "1.json").write_text(text, encoding="utf-8")
    for source, rows in CSV.items():
        path = landing / source / "1.csv"
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file, lineterminator="\n").writerows(rows)
    for source, rows in PARQUET.items():
        path = landing / source / "1.parquet"
        pyarrow.parquet.write_table(pyarrow.Table.from_pylist(rows), str(path))


@pytest.fixture(scope="module")
def update(spark, tmp_path_factory):
    """The pipeline after an update of all these sources."""
    folder = tmp_path_factory.mktemp("names")
    answers = {"project_name": "names", "sources": "sales:json:fact:id"}
    project = Project(render(answers, folder))
    (contract,) = (project.root / "contract").glob("*.odcs.yaml")
    document = yaml.safe_load(contract.read_text(encoding="utf-8"))
    document["schema"] = yaml.safe_load(SCHEMA)
    text = yaml.safe_dump(document, allow_unicode=True)
    contract.write_text(text, encoding="utf-8")
    deliver(project.landing)
    items = spark.sql(
        "SELECT 7 AS `Item No.`, TIMESTAMP '2026-01-01' AS __START_AT, 'x' AS `a,b`"
    )
    path = str(folder / "tables/other/shop/items")
    made = DeltaTable.create(spark).location(path).addColumns(items.schema)
    made = made.property("delta.enableChangeDataFeed", "true")
    made.property("delta.columnMapping.mode", "name").execute()
    items.write.format("delta").mode("append").save(path)
    pipeline = Pipeline(
        *(project.root, folder / "warehouse", project.landing),
        tables=folder / "tables",
    )
    # `check` follows the standard, which has no reference to a name with a dash.
    graph = pipeline.validate()
    assert not graph.problems
    assert not errors(pipeline.update())
    return pipeline


def rows(pipeline, query: str) -> list[tuple]:
    return sorted(map(tuple, pipeline.sql(query).collect()), key=str)


def test_gold_joins_columns_of_any_name(update):
    assert rows(
        update,
        "SELECT f.`sale-nr`, b.`e-mail`, s.`e-mail`, f.`größer` "
        "FROM gold_fact_sales f "
        "JOIN gold_dim_members b ON f.members_key = b.members_key "
        "JOIN gold_dim_members s ON f.`verkäufer-id_key` = s.members_key",
    ) == [(1, "a@x", None, 1.5), (2, "a@y", "b@x", None)]


def test_rules_misfits_and_quarantine_have_the_names_of_the_contract(update):
    failed = "SELECT failed_rules.name, map_keys(_misfits) FROM quarantine_{}"
    assert rows(update, failed.format("sales")) == [
        (["größe_fits_type"], ["größe"]),
        (["größe_minimum"], None),
    ]
    assert rows(update, failed.format("members")) == [
        (["e-mail_pattern"], None),
        (["points_fits_type"], ["points"]),
    ]
    assert rows(update, failed.format("parts")) == [(["weight_fits_type"], ["weight"])]


def test_a_column_called_as_one_of_the_contract_is_kept_beside_it(update):
    kept = "SELECT `source_größe` FROM bronze_sales WHERE `sale-nr` = 3"
    assert rows(update, kept) == [("7",)]
    seen = "SELECT `column` FROM drift WHERE source = 'sales' AND kind = 'new column'"
    assert rows(update, seen) == [("source_größe",)]


def test_a_key_may_begin_with_an_underscore(update):
    members = "SELECT _id, name FROM gold_dim_mongo WHERE mongo_key <> -1"
    assert rows(update, members) == [("k2", "b"), ('{"$oid": "65a0"}', "a")]


@pytest.mark.parametrize("table", ["exports", "kinds"])
@pytest.mark.parametrize("layer", ["bronze", "silver"])
def test_columns_that_pipeline_and_platform_have_themselves_are_kept(
    update, layer, table
):
    called = dict(IN_TABLES)
    if table == "kinds":  # a dimension has versions of its own
        called["source_START_AT"] = called.pop("__START_AT")
    columns = ", ".join(f"`{name}`" for name in called)
    query = f"SELECT {columns} FROM {layer}_{table} WHERE _a IS NOT NULL"
    assert rows(update, query) == [tuple(called.values())]


def test_every_row_still_says_its_file(update):
    for table in ("exports", "parts", "kinds"):
        query = f"SELECT DISTINCT _source_file LIKE '%/{table}/1.%' FROM bronze_{table}"
        assert rows(update, query) == [(True,)]


def test_a_table_without_properties_is_keyed_and_ordered_by_such_columns(update):
    versions = (
        "SELECT `ort-id`, `geändert__am_`, source_START_AT, a_b, __END_AT IS NULL"
    )
    assert rows(update, f"{versions} FROM silver_places") == [
        ("o", "2026-01-01", "x", "1", False),
        ("o", "2026-02-01", "y", "2", True),
    ]
    dump = "SELECT Art__No, source_valid_from, source_dump FROM gold_dim_stock"
    assert rows(update, f"{dump} WHERE stock_key <> -1") == [("n1", "2020", "d")]


def test_fields_within_a_column_are_renamed_as_columns_are(update):
    assert rows(update, "SELECT to_json(`in`) FROM bronze_kinds") == [
        ('[{"b_c":1,"d":{"e_":2}}]',)
    ]
    assert rows(update, "SELECT in FROM silver_parts") == [('{"b c":1,"b_c":2}',)]


def test_a_delta_table_with_column_mapping_is_a_source(update):
    assert rows(update, "SELECT id, since IS NULL FROM silver_items") == [(7, False)]
    assert rows(update, "SELECT a_b FROM bronze_items") == [("x",)]
