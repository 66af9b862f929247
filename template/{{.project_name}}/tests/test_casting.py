"""What of a source's text fits a column of the contract, and as which value."""

import datetime as dt
from decimal import Decimal

import pytest
from pyspark.sql import functions as F

from localrun.spark import session
from medallion import casting
from medallion.model import Column

UTC = dt.timezone.utc
MISFIT = object()


@pytest.fixture(scope="module")
def spark():
    return session.start()


def moment(*args: int) -> dt.datetime:
    return dt.datetime(*args, tzinfo=UTC)


def read(
    spark, type_: str, texts: list[str | None], formats=(), text=True, **separators
) -> list:
    """Each text as a column of that type has it; MISFIT where it is reported as one."""
    column = Column("c", type_, formats=tuple(formats), **separators)
    rows = spark.createDataFrame(
        [(i, t) for i, t in enumerate(texts)], "n INT, c STRING"
    )
    return values(rows, column, text)


def values(rows, column: Column, text: bool) -> list:
    typed = casting.typed(column, text=text)
    if column.type.startswith("TIMESTAMP"):  # as text: Python would shift it
        typed = F.date_format(typed, "yyyy-MM-dd HH:mm:ss.SSSSSS")
    found = rows.select(
        "n",
        typed.alias("value"),
        casting.misfits([column], text=text).alias("misfits"),
        F.col("c").cast("string").alias("text"),
    )
    result = []
    for row in sorted(found.collect()):
        if row.misfits is not None:
            assert row.value is None
            assert list(row.misfits) == ["c"]
        result.append(MISFIT if row.misfits else row.value)
    return result


WHOLE = {
    "3": 3,
    " 3 ": 3,
    "-3": -3,
    "+3": 3,
    "003": 3,
    "-0": 0,
    "3.0": 3,
    "3.": 3,
    "3e2": 300,
    "3.5e1": 35,
    "3.5": MISFIT,
    "3e-1": MISFIT,
    "three": MISFIT,
    "0x10": MISFIT,
    "1,000": MISFIT,
    "NaN": MISFIT,
    "true": MISFIT,
    None: None,
    "": None,
    "   ": None,
}
CASES = [
    ("INT", WHOLE),
    ("BIGINT", WHOLE),
    ("TINYINT", {"127": 127, "128": MISFIT, "-128": -128, "-129": MISFIT}),
    ("SMALLINT", {"32767": 32767, "32768": MISFIT}),
    ("INT", {"2147483647": 2147483647, "2147483648": MISFIT, "1e10": MISFIT}),
    (
        "BIGINT",
        {
            "9223372036854775807": 9223372036854775807,
            "9223372036854775808": MISFIT,
            "9" * 60: MISFIT,
        },
    ),
    (
        "DECIMAL(5,2)",
        {
            "1": Decimal("1.00"),
            "1.005": Decimal("1.01"),
            "-1.005": Decimal("-1.01"),
            "999.994": Decimal("999.99"),
            "999.995": MISFIT,
            "9" * 1001: MISFIT,
            "1000": MISFIT,
            "1e2": Decimal("100.00"),
            "1.5 EUR": MISFIT,
            "": None,
        },
    ),
    (
        "DOUBLE",
        {
            "1.5": 1.5,
            ".5": 0.5,
            "1e3": 1000.0,
            "1e400": MISFIT,
            "9" * 1001: MISFIT,
            "-0": 0.0,
            "Inf": MISFIT,
            "Infinity": float("inf"),
            "1.0d": MISFIT,
            "1f": MISFIT,
            "half": MISFIT,
            " ": None,
        },
    ),
    ("FLOAT", {"0.5": 0.5, "1e39": MISFIT, "x": MISFIT}),
    (
        "BOOLEAN",
        {
            "true": True,
            "TRUE": True,
            "no": False,
            "1": True,
            "0": False,
            "maybe": MISFIT,
            "2": MISFIT,
            "": None,
        },
    ),
    (
        "DATE",
        {
            "2026-11-21": dt.date(2026, 11, 21),
            "2026-1-2": dt.date(2026, 1, 2),
            "2026-11-21T10:00:00Z": dt.date(2026, 11, 21),
            "2026-02-30": MISFIT,
            "2026": MISFIT,
            "12345": MISFIT,
            "21.11.2026": MISFIT,
            "2026-11-21 and more": MISFIT,
            "": None,
        },
    ),
    (
        "TIMESTAMP",
        {
            "2026-11-21T10:00:00Z": "2026-11-21 10:00:00.000000",
            "2026-11-21T10:00:00+02:00": "2026-11-21 08:00:00.000000",
            "2026-11-21 10:00:00.123456": "2026-11-21 10:00:00.123456",
            "2026-11-21": "2026-11-21 00:00:00.000000",
            "2026-11-21T25:00:00Z": MISFIT,
            "1700000000": MISFIT,
            "yesterday": MISFIT,
            "": None,
        },
    ),
    ("TIMESTAMP_NTZ", {"2026-11-21T10:00:00": "2026-11-21 10:00:00.000000"}),
    ("STRING", {"": "", "  x ": "  x ", "12": "12", None: None}),
    ("BINARY", {"aGk=": bytearray(b"hi"), "a": MISFIT, "": None}),
]


@pytest.mark.parametrize(("type_", "cases"), CASES, ids=[case[0] for case in CASES])
def test_a_text_is_a_value_of_the_type_or_a_misfit(spark, type_, cases):
    assert dict(zip(cases, read(spark, type_, list(cases)), strict=True)) == cases


def test_nan_fits_a_double(spark):
    (value,) = read(spark, "DOUBLE", ["NaN"])
    assert value != value


def test_formats_are_tried_after_iso_8601(spark):
    texts = ["2026-11-21", "21.11.2026", "11/21/2026", "31.02.2026", "soon"]
    day = dt.date(2026, 11, 21)
    found = read(spark, "DATE", texts, formats=["dd.MM.yyyy", "MM/dd/yyyy"])
    assert found == [day, day, day, MISFIT, MISFIT]


def test_a_format_may_have_a_time_of_day(spark):
    found = read(spark, "TIMESTAMP", ["21.11.2026 10:30"], formats=["dd.MM.yyyy HH:mm"])
    assert found == ["2026-11-21 10:30:00.000000"]


NESTED = [
    ("ARRAY<INT>", {"[1,2]": [1, 2], "[]": [], '[1,"x"]': MISFIT, "1": MISFIT}),
    ("MAP<STRING, INT>", {'{"a":1}': {"a": 1}, "{}": {}, '{"a":"x"}': MISFIT}),
    (
        "STRUCT<a: INT, b: ARRAY<STRING>>",
        {
            '{"a":1,"b":["x"]}': (1, ["x"]),
            '{"a":1}': (1, None),
            '{"a":1,"c":2}': (1, None),
            '{"a":null}': (None, None),
            '{"a":"x"}': MISFIT,
            '{"a":99999999999}': MISFIT,
            '{"b":[{"c":1}]}': (None, ['{"c":1}']),
            '{"a":1': MISFIT,
            '{"a":1}}': MISFIT,
            '{"a":1} and more': MISFIT,
            "[]": MISFIT,
            '"text"': MISFIT,
            "text": MISFIT,
            "null": None,
            "": None,
            None: None,
        },
    ),
    (
        "STRUCT<at: TIMESTAMP, price: DECIMAL(5,2)>",
        {'{"price":1.005}': (None, Decimal("1.01")), '{"price":1000}': MISFIT},
    ),
    ("STRUCT<at: TIMESTAMP>", {'{"at":"never"}': MISFIT}),
]


@pytest.mark.parametrize(("type_", "cases"), NESTED, ids=[case[0] for case in NESTED])
def test_json_fits_when_everything_in_it_fits(spark, type_, cases):
    found = dict(zip(cases, read(spark, type_, list(cases)), strict=True))
    assert {
        k: tuple(v) if isinstance(v, tuple) else v for k, v in found.items()
    } == cases


def test_what_fits_is_the_same_whether_or_not_a_column_is_known_to_be_text(spark):
    for type_, cases in [*CASES, *NESTED]:
        found = read(spark, type_, list(cases), text=False)
        assert dict(zip(cases, found, strict=True)) == cases, type_


NATIVE = [
    ("CAST(3 AS BIGINT)", "INT", 3),
    ("CAST(99999999999 AS BIGINT)", "INT", MISFIT),
    ("3.0D", "INT", 3),
    ("3.5D", "INT", MISFIT),
    ("1e10D", "BIGINT", 10_000_000_000),
    ("true", "INT", MISFIT),
    ("19.99D", "DECIMAL(5,2)", Decimal("19.99")),
    ("CAST(12345678901234567890.1234567890 AS DECIMAL(38,10))", "DECIMAL(38,10)",
     Decimal("12345678901234567890.1234567890")),
    ("0.1D", "DOUBLE", 0.1),
    ("5", "STRING", "5"),
    ("DATE'2026-11-21'", "DATE", dt.date(2026, 11, 21)),
    ("TIMESTAMP'2026-11-21 10:00:00'", "DATE", dt.date(2026, 11, 21)),
    ("TIMESTAMP'2026-11-21 10:00:00.123456'", "TIMESTAMP",
     "2026-11-21 10:00:00.123456"),
    ("TIMESTAMP_NTZ'2026-11-21 10:00:00.123456'", "TIMESTAMP_NTZ",
     "2026-11-21 10:00:00.123456"),
    ("DATE'2026-11-21'", "TIMESTAMP", "2026-11-21 00:00:00.000000"),
    ("12345", "TIMESTAMP", MISFIT),
    ("5", "DATE", MISFIT),
    ("X'6869'", "BINARY", bytearray(b"hi")),
    ("named_struct('a', 1, 'b', 'x')", "STRUCT<a: INT, b: STRING>", (1, "x")),
    ("named_struct('a', 'x')", "STRUCT<a: INT>", MISFIT),
    ("named_struct('at', TIMESTAMP_NTZ'2026-11-21 10:00:00.123456')",
     "STRUCT<at: TIMESTAMP_NTZ>", (dt.datetime(2026, 11, 21, 10, 0, 0, 123456),)),
    ("array(1, 2)", "ARRAY<INT>", [1, 2]),
    ("map('a', 1)", "MAP<STRING, INT>", {"a": 1}),
    ("'{\"a\":1}'", "STRUCT<a: INT>", (1,)),
    ("'text'", "STRUCT<a: INT>", MISFIT),
    ("5", "STRUCT<a: INT>", MISFIT),
    ("CAST(NULL AS STRUCT<a: INT>)", "STRUCT<a: INT>", None),
    ("CAST(NULL AS INT)", "BIGINT", None),
]  # fmt: skip


@pytest.mark.parametrize(
    ("value", "type_", "expected"), NATIVE, ids=[f"{v} as {t}" for v, t, _ in NATIVE]
)
def test_a_value_of_another_type_is_cast_where_nothing_is_lost(
    spark, value, type_, expected
):
    rows = spark.sql(f"SELECT 1 AS n, {value} AS c")
    (found,) = values(rows, Column("c", type_), text=False)
    assert (tuple(found) if isinstance(found, tuple) else found) == expected


def test_a_time_keeps_its_instant_whatever_the_session_time_zone(spark):
    zone = spark.conf.get("spark.sql.session.timeZone")
    spark.conf.set("spark.sql.session.timeZone", "Europe/Berlin")
    try:
        # An hour that Berlin has twice: its text alone would not tell which
        rows = spark.sql(
            "SELECT timestamp_seconds(e) AS c, e FROM VALUES (1761436800L), "
            "(1761440400L), (1761444000L) AS t (e)"
        )
        typed = casting.typed(Column("c", "TIMESTAMP"), text=False)
        same = rows.select(
            (F.unix_seconds(typed) == F.col("e")).alias("same")
        ).collect()
    finally:
        spark.conf.set("spark.sql.session.timeZone", zone)
    assert [row.same for row in same] == [True, True, True]


def test_a_rescued_value_is_cast_from_its_text_or_is_a_misfit(spark):
    column = Column("c", "DECIMAL(10,2)")
    rows = spark.createDataFrame(
        [
            (1, 3, None),
            (2, None, '{"c": 3.5, "_file_path": "f"}'),
            (3, None, '{"c": "many", "_file_path": "f"}'),
            (4, None, '{"d": 3.5, "_file_path": "f"}'),
        ],
        "n INT, c BIGINT, _rescued_data STRING",
    )
    found = rows.select(
        "n",
        casting.typed(column, text=False, rescued=True),
        casting.misfits([column], text=False, rescued=True).alias("misfits"),
    )
    assert sorted(map(tuple, found.collect())) == [
        (1, Decimal("3.00"), None),
        (2, Decimal("3.50"), None),
        (3, None, {"c": "many"}),
        (4, None, None),
    ]


def test_misfits_are_named_together_and_null_where_all_fit(spark):
    columns = [Column("a", "INT"), Column("b", "STRING"), Column("c d", "DATE")]
    rows = spark.createDataFrame(
        [("1", "x", "2026-01-01"), ("one", "x", "now"), (None, None, None)],
        "a STRING, b STRING, `c d` STRING",
    )
    found = [row[0] for row in rows.select(casting.misfits(columns)).collect()]
    assert found == [None, {"a": "one", "c d": "now"}, None]


def test_misfits_of_no_columns_are_null_of_the_same_type(spark):
    rows = spark.range(1).select(casting.misfits([]).alias("_misfits"))
    assert rows.dtypes == [("_misfits", "map<string,string>")]
    assert rows.collect() == [(None,)]


SEPARATED = {
    ",.": {
        "1.234,56": Decimal("1234.56"),
        "-1.234.567,8": Decimal("-1234567.80"),
        "1234,5": Decimal("1234.50"),
        " +0,5 ": Decimal("0.50"),
        ",5": Decimal("0.50"),
        "7": Decimal("7.00"),
        "1.234": Decimal("1234.00"),
        "1,5e2": Decimal("150.00"),
        "": None,
        "1.5": MISFIT,
        "1,234.56": MISFIT,
        "12.34.567": MISFIT,
        "1234.567": MISFIT,
        "1.234,5,6": MISFIT,
        "1 234,5": MISFIT,
        "NaN": MISFIT,
    },
    ",": {"1,5": Decimal("1.50"), "1.5": MISFIT, "1.234,5": MISFIT},
    ", ": {
        "1 234,5": Decimal("1234.50"),
        "1\u00a0234,5": Decimal("1234.50"),
        "1\u202f234,5": Decimal("1234.50"),
        "1 2345": MISFIT,
    },
    ".'": {"1'234.5": Decimal("1234.50"), "1\u2019234.5": Decimal("1234.50")},
    ".,": {"1,234.5": Decimal("1234.50"), "1,5": MISFIT},
}


@pytest.mark.parametrize("signs", SEPARATED, ids=map(repr, SEPARATED))
def test_numbers_have_the_separators_of_their_column(spark, signs):
    cases = SEPARATED[signs]
    separators = {"decimal": signs[0], "group": signs[1:]}
    assert read(spark, "DECIMAL(12,2)", list(cases), **separators) == [*cases.values()]


def test_whole_and_approximate_numbers_have_separators_too(spark):
    separators = {"decimal": ",", "group": "."}
    assert read(spark, "INT", ["1.234", "3,0", "3,5"], **separators) == [
        *(1234, 3, MISFIT)
    ]
    texts = ["1.234,5", "Infinity", "1.5"]
    assert read(spark, "DOUBLE", texts, **separators) == [
        *(1234.5, float("inf"), MISFIT)
    ]
