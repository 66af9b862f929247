"""What bronze calls the columns of a source, whatever their names."""

import pytest
import yaml
from contract_drafts import Draft

from medallion import contract, names
from medallion.checks import patterns
from medallion.checks.columns import regex_fault
from medallion.model import Column, Table

UNTYPED = Table("sales", "", "fact", "json", keys=("id",))
TYPED = Table(
    *("sales", "", "fact", "json"),
    keys=("id",),
    columns=(
        Column("id", "STRING", physical="Order No."),
        Column("net", "INT", physical="Net (EUR)"),
        Column("amount", "INT"),
    ),
)


@pytest.mark.parametrize(
    ("of_source", "in_bronze"),
    [
        (" a", "_a"),
        ("a;b", "a_b"),
        ("Net (EUR)", "Net__EUR_"),
        ("a.b", "a_b"),
        ("back`tick", "back_tick"),
        ("line\nbreak", "line_break"),
        ("no\u00a0break", "no_break"),
        ("", "_"),
        ("Größe", "Größe"),
        ("日本", "日本"),
        ("a[0]-b/c", "a[0]-b/c"),
        ("_id", "_id"),
        ("__END_AT", "__END_AT"),
    ],
)
def test_only_what_a_table_cannot_hold_becomes_another_character(of_source, in_bronze):
    assert names.of_source([of_source], UNTYPED) == [in_bronze]


@pytest.mark.parametrize(
    ("of_source", "in_bronze"),
    [
        ("record", "source_record"),
        ("_metadata", "source_metadata"),
        ("_rescued_data", "source_rescued_data"),
        ("_corrupt_record", "source_corrupt_record"),
        ("_Ingested_At", "source_Ingested_At"),
        ("_change_type", "source_change_type"),
        ("_is_missing_0", "source_is_missing_0"),
        ("_corrupt_record_of_reader", "_corrupt_record"),
        ("_rescued_data_of_reader", "_rescued_data"),
    ],
)
def test_names_that_pipeline_and_platform_need_are_those_of_no_source(
    of_source, in_bronze
):
    assert names.of_source([of_source], UNTYPED) == [in_bronze]


@pytest.mark.parametrize("name", ["__START_AT", "__END_AT", "valid_from"])
def test_versions_of_a_source_are_no_versions_of_a_dimension(name):
    dimension = Table("members", "", "scd2", "json", keys=("id",))
    (named,) = names.of_source([name], dimension)
    assert named == f"source_{name.lstrip('_')}"


def test_columns_of_the_contract_have_its_names_whatever_the_letters_case():
    found = ["order no.", "Net (EUR)", "AMOUNT", "other"]
    assert names.of_source(found, TYPED) == ["id", "net", "amount", "other"]


def test_a_column_that_is_called_as_one_of_another_physical_name_stands_apart():
    found = ["Order No.", "id", "Net (EUR)", "amount"]
    assert names.of_source(found, TYPED) == ["id", "source_id", "net", "amount"]


def test_two_columns_may_change_names():
    columns = (Column("a", "INT", physical="b"), Column("b", "INT", physical="a"))
    table = Table("sales", "", "fact", "json", keys=("a",), columns=columns)
    assert names.of_source(["a", "b"], table) == ["b", "a"]


def test_two_columns_that_would_be_one_are_refused_with_the_remedy():
    with pytest.raises(ValueError) as refused:
        names.of_source(["a b", "A_b"], UNTYPED)
    assert str(refused.value) == (
        "table sales: its source has the columns 'a b' and 'A_b', which would both be "
        "A_b in bronze: give one of them a property in the contract, with "
        "physicalName: 'A_b' and another name"
    )


def test_a_column_that_would_be_one_of_the_contract_is_refused_with_the_remedy():
    with pytest.raises(ValueError) as refused:
        names.of_source(
            ["a;mount", "amount "],
            Table("sales", "", "fact", "json", columns=(Column("amount_", "INT"),)),
        )
    assert str(refused.value) == (
        "table sales: its source has a column 'amount ', which would be amount_ in "
        "bronze, and so is the property amount_ of the contract: add physicalName: "
        "'amount ' to that property where it is meant, or to a property of another name"
    )


@pytest.mark.parametrize(
    ("header", "separator"),
    [("id;name", "';'"), ("name| id", "'|'"), ('name\t"ID"', '"\\t"'), ("a,id", "','")],
)
def test_a_header_with_another_separator_is_refused_with_the_remedy(header, separator):
    table = Table("sales", "", "fact", "csv", keys=("id",))
    with pytest.raises(ValueError, match="is a whole line") as refused:
        names.of_source([header], table)
    assert f"(readerOptions: {{sep: {separator}}})" in str(refused.value)
    assert "--full-refresh bronze_sales+" in str(refused.value)


def loaded(draft: Draft, path):
    path = path / "shop.odcs.yaml"
    path.write_text(yaml.safe_dump(draft.document), encoding="utf-8")
    return {table.name: table for table in contract.load(path)}


def test_the_contract_says_what_a_source_calls_a_column(tmp_path):
    draft = Draft()
    draft.column("note", physicalName="Note (free)")
    draft.column("weight", name="_weight")
    orders = loaded(draft, tmp_path)["orders"]
    assert orders.source_names["note"] == "Note (free)"
    assert orders.source_names["_weight"] == "_weight"


def test_a_table_without_properties_names_columns_as_its_source_does(tmp_path):
    draft = Draft()
    draft.without_properties("Customer No.")
    draft.custom("customers", sequenceBy="changed at")
    customers = loaded(draft, tmp_path)["customers"]
    assert (customers.keys, customers.sequence_by) == (
        ("Customer_No_",),
        ("changed_at",),
    )
    assert customers.source_names == {
        "Customer_No_": "Customer No.",
        "changed_at": "changed at",
    }


@pytest.mark.parametrize(
    "pattern",
    [
        "yyyy-MM-dd HH:mm:ssZ",
        "yyyy-MM-dd'T'HH:mm:ss[.SSS][XXX]",
        "yyyy年MM月dd日",
        "dd. MMMM yyyy, hh:mm a VV",
        "yyyyDDD",
    ],
)
def test_patterns_that_spark_reads_are_taken(pattern):
    assert patterns.fault(pattern) is None


def test_the_year_of_javas_patterns_is_that_of_sparks(tmp_path):
    draft = Draft()
    draft.options("ordered_at", format="uuuu-MM-dd'u'")
    (column,) = [c for c in loaded(draft, tmp_path)["orders"].columns if c.formats]
    assert column.formats == ("yyyy-MM-dd'u'",)


@pytest.mark.parametrize(
    "regex", [r"[\w-_]+@x", r"(?<=a{1,3})b", r"(?iU)é", r"[\]-a]", r"a++(?>b|c)"]
)
def test_regular_expressions_of_java_that_python_refuses_are_taken(regex):
    assert regex_fault(regex) is None
