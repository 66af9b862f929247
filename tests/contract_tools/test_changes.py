"""What a changed contract breaks: the retail contract, with one change each."""

import copy

import pytest
import yaml

from contract_tools import changes, cli, grants
from medallion import layers


@pytest.fixture(scope="module")
def old(rendered):
    (path,) = (rendered("retail") / "contract").iterdir()
    return path


def table(document: dict, name: str) -> dict:
    (found,) = (entry for entry in document["schema"] if entry["name"] == name)
    return found


def column(document: dict, name: str) -> dict:
    owner, _, name = name.partition(".")
    properties = table(document, owner)["properties"]
    (found,) = (entry for entry in properties if entry["name"] == name)
    return found


@pytest.fixture
def compare(old, tmp_path):
    """compare(change): the changes as text, and whether they are meant."""

    def changed(change, version: str = "") -> tuple[list[str], bool]:
        document = yaml.safe_load(old.read_text())
        change(document)
        if version:
            document["version"] = version
        (tmp_path / "contract").mkdir()
        new = tmp_path / "contract" / old.name
        new.write_text(yaml.safe_dump(document, sort_keys=False))
        found, meant = changes.compare(old, new)
        return list(map(str, found)), meant

    return changed


def test_the_same_contract_has_no_changes(compare):
    assert compare(lambda document: None) == ([], False)


BREAKING = {
    "BREAKING  stores: its role was scd2 and is scd1": lambda d: table(d, "stores")[
        "customProperties"
    ].__setitem__(0, {"property": "role", "value": "scd1"}),
    "BREAKING  sales.discount_amount: its type was DECIMAL(12,2) and is DOUBLE": (
        lambda d: column(d, "sales.discount_amount").update(physicalType="DOUBLE")
    ),
    "BREAKING  stores.opened_on: the column is gone": (
        lambda d: table(d, "stores")["properties"].remove(column(d, "stores.opened_on"))
    ),
}


def custom(document: dict, name: str, **properties) -> None:
    entries = table(document, name)["customProperties"]
    entries[:] = [e for e in entries if e["property"] not in properties]
    entries += [{"property": key, "value": value} for key, value in properties.items()]


BREAKING |= {
    "BREAKING  stores.name: the column is gone": (
        lambda d: custom(d, "stores", technicalColumns=["name"])
    ),
    "BREAKING  stores: its format was json and is csv": (
        lambda d: custom(d, "stores", format="csv")
    ),
    "BREAKING  sales: its location was None and is /Volumes/main/raw/files/sales": (
        lambda d: custom(d, "sales", location="/Volumes/main/raw/files/sales")
    ),
}


def with_topic(document: dict, **kafka) -> None:
    custom(document, "stores", format="kafka", kafka=kafka)


def with_backfill(document: dict, **changes) -> None:
    """Stores of before, which flow into the stores."""
    stores = table(document, "stores")
    before = {**copy.deepcopy(stores), "name": "before"}
    for column in before["properties"]:
        column.pop("relationships", None)
    document["schema"].append(before)
    custom(document, "before", into="stores", **changes)


TWO_CHANGES = {
    "BREAKING  stores: its topic was shops and is branches": (
        lambda d: with_topic(d, topic="shops"),
        lambda d: with_topic(d, topic="branches"),
    ),
    "BREAKING  before: its once was False and is True": (
        with_backfill,
        lambda d: with_backfill(d, once=True),
    ),
    "BREAKING  before: its into was stores and is None": (
        with_backfill,
        lambda d: (with_backfill(d), custom_gone(d, "before", "into")),
    ),
}


def custom_gone(document: dict, name: str, property: str) -> None:
    entries = table(document, name)["customProperties"]
    entries[:] = [e for e in entries if e["property"] != property]


@pytest.mark.parametrize("said", TWO_CHANGES)
def test_a_source_that_is_another_one_breaks_its_stream(old, tmp_path, said):
    paths = []
    for name, change in zip(("old", "new"), TWO_CHANGES[said], strict=True):
        document = yaml.safe_load(old.read_text())
        change(document)
        paths.append(tmp_path / f"{name}.odcs.yaml")
        paths[-1].write_text(yaml.safe_dump(document))
    found, _ = changes.compare(*paths)

    assert list(map(str, found))[:1] == [said]


@pytest.mark.parametrize("said", BREAKING)
def test_what_breaks_readers_is_named_first(compare, said):
    found, meant = compare(BREAKING[said])

    assert found[0] == said
    assert not meant


def test_a_table_that_is_gone_breaks_readers(compare):
    def drop(document):
        document["schema"].remove(table(document, "sales"))

    found, _ = compare(drop)
    assert found == ["BREAKING  sales: the table is gone"]


def test_a_new_major_version_says_that_it_is_meant(compare):
    said = next(iter(BREAKING))
    _, meant = compare(BREAKING[said], version="2.0.0")

    assert meant


def test_new_columns_and_other_rules_break_nobody(compare):
    def extend(document):
        properties = table(document, "stores")["properties"]
        new = {"name": "floor", "logicalType": "integer", "physicalType": "INT"}
        properties.append(new | {"logicalTypeOptions": {"minimum": 0}})

    found, _ = compare(extend)
    assert found == [
        "stores, rule floor_fits_type: the rule is new",
        "stores, rule floor_minimum: the rule is new",
        "stores.floor: the column is new, INT",
    ]


def test_what_else_changes_meaning_is_told(compare):
    found, _ = compare(lambda d: custom(d, "stores", ignoreNullUpdates=True))

    assert "stores: its ignore null updates was False and is True" in found
    assert not any(change.startswith("BREAKING") for change in found)


def test_another_name_at_the_source_breaks_nobody(compare):
    found, _ = compare(
        lambda d: column(d, "stores.city").update(physicalName="Name (new)")
    )

    assert found == [
        "stores.city: its source called it 'city' and calls it 'Name (new)'"
    ]


GRANTS = "GRANT SELECT ON TABLE `{{catalog}}`.`{{schema}}`.`gold_a` TO `{{readers}}`;\n"


def test_gold_without_a_grant_and_grants_without_a_table_are_remarked_on(tmp_path):
    file = tmp_path / "grants.sql"
    file.write_text(GRANTS + GRANTS.replace("gold_a", "gold_b"))

    datasets, one_schema = ["bronze_x", "gold_a", "gold_c"], layers.of({})
    assert list(grants.remarks(file, datasets, one_schema)) == [
        "grants.sql: nobody but its owner can read gold_c: grant SELECT on it",
        "grants.sql: there is no table gold_b: remove its line",
    ]


def test_gold_out_of_its_own_schema_is_remarked_on(tmp_path):
    file = tmp_path / "grants.sql"
    file.write_text("-- Gold is granted as a schema.\n")

    datasets = ["gold_shop_bronze.bronze_a", "gold_shop_gold.gold_a", "gold_b"]
    in_layer = layers.of({"gold": "main.gold_shop_gold"})
    assert list(grants.remarks(file, datasets, in_layer)) == [
        "nobody but its owner can read gold_b, which is not in the schema of gold: "
        'define it with name=in_layer("gold_b")'
    ]


@pytest.mark.parametrize("contracts", [[], ["a", "b"]])
def test_only_one_contract_is_compared_with_its_base(tmp_path, capsys, contracts):
    folder = tmp_path / "contract"
    folder.mkdir()
    for name in contracts:
        (folder / f"{name}.odcs.yaml").write_text("kind: DataContract\n")
    base = folder / "a.odcs.yaml"

    assert cli.main(["changes", "--root", str(tmp_path), "--base", str(base)]) == 2
    (said,) = capsys.readouterr().err.splitlines()
    assert said == (
        f"contract_tools: {folder} holds {len(contracts)} contracts: keep one, "
        "<name>.odcs.yaml, to compare with --base"
    )


@pytest.mark.parametrize(
    ("version", "code", "remedy"),
    [("", 1, "raise the first number of its version"), ("2.0.0", 0, "")],
)
def test_the_command_fails_where_readers_would_break_unawares(
    compare, old, tmp_path, capsys, version, code, remedy
):
    compare(
        lambda d: column(d, "sales.discount_amount").update(physicalType="DOUBLE"),
        version,
    )

    assert cli.main(["changes", "--root", str(tmp_path), "--base", str(old)]) == code
    printed = capsys.readouterr()
    assert "BREAKING  sales.discount_amount" in printed.out
    assert "1 changes, 1 of them breaking." in printed.out
    assert remedy in printed.err
    assert bool(remedy) == bool(printed.err)


def with_receipts(document: dict, **custom) -> None:
    """Sales as lines of receipts."""
    receipts = {
        "name": "receipts",
        "customProperties": [
            {"property": "role", "value": "fact"},
            {"property": "format", "value": "json"},
        ],
        "properties": [
            {"name": "receipt_id", "physicalType": "STRING", "primaryKey": True},
            {
                "name": "cashier_id",
                "physicalType": "BIGINT",
                "relationships": [{"to": "customers.customer_id"}],
            },
        ],
    }
    line = {"name": "receipt", "physicalType": "STRING"}
    entries = [{"property": name, "value": value} for name, value in custom.items()]
    line["relationships"] = [{"to": "receipts.receipt_id", "customProperties": entries}]
    document["schema"].append(receipts)
    table(document, "sales")["properties"].append(line)


def test_a_key_that_lines_no_longer_inherit_breaks_readers(old, tmp_path):
    paths = []
    for name, custom in (("old", {"inheritKeys": True}), ("new", {})):
        document = yaml.safe_load(old.read_text())
        table(document, "sales")["properties"] = [
            {k: v for k, v in c.items() if k != "relationships"}
            for c in table(document, "sales")["properties"]
        ]
        with_receipts(document, **custom)
        paths.append(tmp_path / f"{name}.odcs.yaml")
        paths[-1].write_text(yaml.safe_dump(document))
    found, _ = changes.compare(*paths)
    assert list(map(str, found)) == [
        "BREAKING  sales.customers_key: the relationship is gone from gold"
    ]


def test_a_rule_on_a_reference_that_is_new_breaks_nobody(old, tmp_path):
    paths = []
    for name, custom in (("old", {}), ("new", {"onMissing": "warn"})):
        document = yaml.safe_load(old.read_text())
        with_receipts(document, **custom)
        paths.append(tmp_path / f"{name}.odcs.yaml")
        paths[-1].write_text(yaml.safe_dump(document))
    found, _ = changes.compare(*paths)
    assert list(map(str, found)) == ["sales, rule receipt_exists: the rule is new"]
