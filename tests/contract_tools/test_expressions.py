"""The SQL in a contract: what Spark refuses is said of its place, all at once."""

import pytest
import yaml
from contract_drafts import Draft

from contract_tools import expressions, standard


@pytest.fixture
def problems(spark, tmp_path):
    """problems(draft): all that is said of it, without the file's name in front."""

    def check(draft: Draft) -> list[str]:
        folder = tmp_path / "contract"
        folder.mkdir()
        text = yaml.safe_dump(draft.document, sort_keys=False)
        (folder / "shop.odcs.yaml").write_text(text, encoding="utf-8")
        known, _ = standard.check_folder(folder)
        found = [*known, *expressions.check_folder(spark, folder, known)]
        return [str(one).removeprefix("contract shop.odcs.yaml, ") for one in found]

    return check


RULE = "table orders, rule amount_is_small: its SQL "
WEIGHT = "table orders, property weight: transformLogic "
CASES = {
    "a rule that does not parse": (
        lambda d: d.expect("amount + * 2 > 1"),
        f"{RULE}does not parse: Syntax error at or near '2'",
    ),
    "a rule that is no condition": (
        lambda d: d.expect("size(tags) + 1"),
        f"{RULE}does not fit the table: it must be true or false (BOOLEAN), and is INT;"
        " correct size(tags) + 1",
    ),
    "types that do not go together": (
        lambda d: d.expect("tags > 5"),
        f"{RULE}does not fit the table: ",
    ),
    "a rule of a column": (
        lambda d: d.library(
            "note",
            name="note_is_loud",
            type="custom",
            engine="lakeflow",
            implementation={"expectation": "uper(note) = note"},
        ),
        "table orders, property note, rule note_is_loud: its SQL does not fit the "
        "table: Cannot resolve routine `uper`",
    ),
    "a derived column": (
        lambda d: d.column("weight", transformLogic="amount amount amount"),
        f"{WEIGHT}does not parse: Syntax error at or near 'amount'",
    ),
    "a derived column of another type": (
        lambda d: d.column("weight", transformLogic="tags"),
        f"{WEIGHT}does not fit the table: ",
    ),
    "a delete that is no condition": (
        lambda d: d.custom("customers", deleteWhen="name"),
        "table customers, deleteWhen: its SQL does not fit the table: it must be true "
        "or false (BOOLEAN), and is STRING; correct name",
    ),
    "what says that a row is a delete": (
        lambda d: d.custom("customers", deleteWhen="name name name"),
        "table customers, deleteWhen: its SQL does not parse: Syntax error",
    ),
}


@pytest.mark.parametrize("case", CASES)
def test_what_spark_refuses_is_said_of_its_place(problems, case):
    spoil, words = CASES[case]
    draft = Draft()
    spoil(draft)

    (problem,) = problems(draft)
    assert problem.startswith(words)
    assert "; correct " in problem
    assert "SQLSTATE" not in problem


PATTERN = r"^\d{,3}$"
NO_PATTERN = (
    rf"pattern {PATTERN} is not a regular expression of Java: Illegal repetition near "
    "index 4; correct it"
)
PATTERNS = {
    "a format with too many letters": (
        lambda d: d.column(
            "ordered_at",
            customProperties=[{"property": "formats", "value": ["ddd.MM.yyyy", "yy"]}],
        ),
        "table orders, property ordered_at: the format ddd.MM.yyyy is not a pattern: "
        "it has ddd; write one as dd.MM.yyyy HH:mm",
    ),
    "a format with an open quote": (
        lambda d: d.options("ordered_at", format="yyyy'd"),
        "table orders, property ordered_at: the format yyyy'd has a quote ' that is "
        "not closed; write one as dd.MM.yyyy HH:mm",
    ),
    "a pattern of Python alone": (
        lambda d: d.options("note", pattern=PATTERN),
        f"table orders, property note: {NO_PATTERN}",
    ),
    "a pattern of a metric": (
        lambda d: d.library(
            "note",
            name="note_is_short",
            metric="invalidValues",
            arguments={"pattern": PATTERN},
            mustBe=0,
        ),
        f"table orders, property note, rule note_is_short: {NO_PATTERN}",
    ),
}


@pytest.mark.parametrize("case", PATTERNS)
def test_a_pattern_that_only_a_run_would_stumble_over_is_said_of_its_place(
    problems, case
):
    spoil, words = PATTERNS[case]
    draft = Draft()
    spoil(draft)
    assert problems(draft) == [words]


def test_what_is_found_without_spark_is_said_beside_it_and_nothing_twice(problems):
    draft = Draft()
    draft.column("amount", physicalType="DECIMLA(10,2)")
    draft.expect("nte = 1")
    draft.column("weight", transformLogic="note note note")
    draft.custom("customers", deleteWhen="name name name")

    assert [problem.split(": ")[0] for problem in problems(draft)] == [
        "table orders, property amount",
        "table orders, rule amount_is_small",
        "table orders, property weight",
        "table customers, deleteWhen",
    ]


@pytest.mark.parametrize("name", ["a`b", "NOTE"])
def test_a_wrong_name_is_said_once_and_nothing_of_what_follows_from_it(problems, name):
    draft = Draft()
    draft.orders["properties"].append({"name": name, "physicalType": "STRING"})
    draft.expect("note <> 'x'")

    (problem,) = problems(draft)
    assert problem.startswith(f"table orders, property {name}: ")


def test_a_sound_contract_has_no_problem(problems):
    draft = Draft()
    draft.column("note", transformLogic="concat(amount, ' EUR')")
    draft.options("note", pattern=r"(?<year>\p{Nd}{4}+)-\Q[\E(?i)x")
    formats = ["dd.MM.yyyy[ HH:mm]", "d MMM yyyy 'at' hh:mm a", "yyyy-MM-dd'T'HH:mmXXX"]
    draft.column(
        "ordered_at", customProperties=[{"property": "formats", "value": formats}]
    )
    draft.expect("note <> '' AND _misfits IS NULL AND year(_ingested_at) > 2000")

    assert problems(draft) == []
