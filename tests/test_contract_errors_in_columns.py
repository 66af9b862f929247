"""What can be wrong with the properties of a table in a contract."""

import pytest
from contract_drafts import REMOVED, named, reported

COLUMNS = [
    (
        lambda d: (
            d.custom("orders", format="parquet"),
            d.separators("amount", decimal=","),
        ),
        "table orders, property amount: decimalSeparator means nothing for parquet, "
        "which has numbers; remove it",
    ),
    (
        lambda d: d.separators("note", decimal=","),
        "table orders, property note: decimalSeparator means nothing for STRING; "
        "remove it, or make it a DECIMAL",
    ),
    (
        lambda d: d.separators("ordered_at", group="."),
        "table orders, property ordered_at: groupSeparator means nothing for "
        "TIMESTAMP; remove it, or make it a DECIMAL",
    ),
    (
        lambda d: d.separators("amount", decimal=";"),
        "table orders, property amount: decimalSeparator is the text ';'; "
        'write "," or "."',
    ),
    (
        lambda d: d.separators("amount", group="x"),
        "table orders, property amount: groupSeparator is the text 'x'; "
        'write one of ".", ",", " ", "\'", "_"',
    ),
    (
        lambda d: d.separators("amount", group="."),
        "table orders, property amount: a . cannot both begin the decimals and part "
        'the thousands; add decimalSeparator: ","',
    ),
    (
        lambda d: d.separators("amount", decimal="comma"),
        "table orders, property amount, customProperties: decimalSeparator is the text "
        "'comma'; write one sign in quotes",
    ),
    (
        lambda d: (
            d.column("weight", transformLogic="amount * 2"),
            d.separators("weight", decimal=","),
        ),
        "table orders, property weight: decimalSeparator means nothing for what is "
        "derived; remove it",
    ),
    (
        lambda d: d.column("tags", properties=5),
        "table orders, property tags: properties is the number 5; "
        "write a list of mappings",
    ),
    (
        lambda d: d.column("tags", items={"properties": [{"name": "a", "items": []}]}),
        "table orders, property tags, items, property a: items is an empty list; "
        "write a mapping",
    ),
    (
        lambda d: d.column("tags", items={"logicalTypeOptions": "short"}),
        "table orders, property tags, items: logicalTypeOptions is the text 'short'; "
        "write a mapping",
    ),
    (
        lambda d: d.column("weight", name="_metadata"),
        "table orders, property _metadata: the pipeline keeps this name for itself; "
        "write name: source_metadata and physicalName: _metadata, as the source calls "
        "it",
    ),
    (
        lambda d: d.column("weight", name="_misfits", physicalName="misfits"),
        "table orders, property _misfits: the pipeline keeps this name for itself; "
        "choose another",
    ),
    (
        lambda d: d.column("note", name="_change_type", transformLogic="'a'"),
        "table orders, property _change_type: the pipeline keeps this name for itself; "
        "choose another",
    ),
    (
        lambda d: d.column("note", name="Record"),
        "table orders, property Record: the pipeline keeps this name for itself; "
        "write name: source_Record and physicalName: Record, as the source calls it",
    ),
    (
        lambda d: d.column("name", name="valid_from"),
        "table customers, property valid_from: the pipeline keeps this name for "
        "itself; write name: source_valid_from and physicalName: valid_from, as the "
        "source calls it",
    ),
    (
        lambda d: d.column("name", name="__START_AT"),
        "table customers, property __START_AT: the pipeline keeps this name for "
        "itself; write name: source_START_AT and physicalName: __START_AT, as the "
        "source calls it",
    ),
    (
        lambda d: d.column("note", name="a note"),
        "table orders, property a note: a name cannot hold ' '; "
        "write name: a_note and physicalName: 'a note', as the source calls it",
    ),
    (
        lambda d: d.column("note", name="Weight"),
        "table orders, property weight: it is there twice; as Weight, too",
    ),
    (
        lambda d: d.column("note", physicalName="Weight"),
        "table orders, property weight: its source's column weight is that of another "
        "property; derive it from note by transformLogic",
    ),
    (
        lambda d: d.column("note", physicalName="Note", transformLogic="'a'"),
        "table orders, property note: a derived column is not in the source, where "
        "physicalName is; remove physicalName, or transformLogic",
    ),
    (
        lambda d: d.column("note", physicalName=7),
        "table orders, property note: physicalName is the number 7; put it in quotes",
    ),
    (
        lambda d: d.column(
            "name",
            physicalType="ARRAY<STRUCT<`Net (EUR)`: INT>>",
        ),
        "table customers, property name: the field Net (EUR) within it has ' ', which "
        "Delta refuses; write physicalType: STRING, which keeps JSON, or a MAP",
    ),
    (
        lambda d: d.column("order_id", required=False),
        "table orders, property order_id: a key is always required; "
        "write required: true",
    ),
    (
        lambda d: d.column("note", physicalType=REMOVED),
        "table orders, property note: it has no physicalType; add physicalType: STRING",
    ),
    (
        lambda d: d.column("note", logicalType="strng"),
        "table orders, property note: logicalType strng is not known; "
        "did you mean string?",
    ),
    (
        lambda d: d.column("note", logicalType="integer"),
        "table orders, property note: logicalType integer and physicalType STRING "
        "contradict each other; write logicalType: string, or physicalType: BIGINT",
    ),
    (
        lambda d: d.column("name", physicalType="VARCHAR(20)"),
        "table customers, property name: physicalType VARCHAR(20) cannot be used here; "
        "write STRING with maxLength",
    ),
    (
        lambda d: d.column("name", physicalType="varchr(20)"),
        "table customers, property name: physicalType varchr(20) is not a Unity "
        "Catalog type; known are: TINYINT, SMALLINT, INT, BIGINT, FLOAT, DOUBLE, DATE, "
        "TIMESTAMP, TIMESTAMP_NTZ, BINARY, BOOLEAN, STRING, DECIMAL, ARRAY, MAP, "
        "STRUCT",
    ),
    *[
        (
            lambda d, type_=type_: d.column(
                "note", physicalType=type_, logicalType=REMOVED
            ),
            f"table orders, property note: physicalType {type_} {words}",
        )
        for type_, words in (
            ("bytea", "cannot be used here; write BINARY"),
            ("NUMBER(10,2)", "cannot be used here; write DECIMAL(10,2)"),
            ("timestamptz", "cannot be used here; write TIMESTAMP"),
            ("int8", "cannot be used here; write BIGINT"),
            (
                "timestamp without time zone",
                "goes on after TIMESTAMP; write TIMESTAMP_NTZ",
            ),
            ("int unsigned", "goes on after INT; write BIGINT"),
            ("STRING(36)", "has a size; write STRING with maxLength"),
        )
    ],
    (
        lambda d: d.column("name", physicalType="ARRAY<STRNG>"),
        "table customers, property name: physicalType ARRAY<STRNG> is not a Unity "
        "Catalog type; did you mean ARRAY<STRING>?",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(40,2)"),
        "table orders, property amount: physicalType DECIMAL(40,2) has a precision of "
        "40; write one from 1 to 38",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(2,10)"),
        "table orders, property amount: physicalType DECIMAL(2,10) has more decimals "
        "than digits; write a scale of at most 2",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(ten,2)"),
        "table orders, property amount: physicalType DECIMAL(ten,2) has ten where a "
        "number belongs",
    ),
    (
        lambda d: d.column("amount", physicalType="DECIMAL(10,2"),
        "table orders, property amount: physicalType DECIMAL(10,2 has its end where ) "
        "belongs",
    ),
    (
        lambda d: d.column("name", physicalType="ARRAY"),
        "table customers, property name: physicalType ARRAY does not say what is in "
        "its ARRAY; write it like ARRAY<STRING>",
    ),
    (
        lambda d: d.column("name", physicalType="MAP<STRING>"),
        "table customers, property name: physicalType MAP<STRING> has a wrong number "
        "of types in its MAP; write it like MAP<STRING, INT>",
    ),
    (
        lambda d: d.column("name", physicalType="MAP<INT, STRING>"),
        "table customers, property name: physicalType MAP<INT, STRING> has a MAP with "
        "keys other than text; write MAP<STRING, STRING>, as in JSON",
    ),
    (
        lambda d: d.column("name", physicalType="STRUCT<a: INT, A: INT>"),
        "table customers, property name: physicalType STRUCT<a: INT, A: INT> has two "
        "fields named a",
    ),
    (
        lambda d: d.column("name", physicalType="INT INT"),
        "table customers, property name: physicalType INT INT goes on after INT; "
        "write INT",
    ),
    (
        lambda d: d.column("name", physicalType="INT(5)"),
        "table customers, property name: physicalType INT(5) has a size; write INT",
    ),
    (
        lambda d: d.options("amount", minimun=0),
        "table orders, property amount: logicalTypeOptions minimun is not known; "
        "did you mean minimum?",
    ),
    (
        lambda d: d.options("amount", minimum=5, maximum=1),
        "table orders, property amount: no value is between minimum 5 and maximum 1; "
        "swap them, or widen the range",
    ),
    (
        lambda d: d.options("amount", exclusiveMinimum=5, maximum=5),
        "table orders, property amount: no value is between exclusiveMinimum 5 and "
        "maximum 5; swap them, or widen the range",
    ),
    (
        lambda d: d.options("note", minLength=5, maxLength=1),
        "table orders, property note: no value is between minLength 5 and maxLength 1; "
        "swap them, or widen the range",
    ),
    (
        lambda d: d.options("ordered_at", minimum="2021-01-01", maximum="2020-01-01"),
        "table orders, property ordered_at: no value is between minimum 2021-01-01 and "
        "maximum 2020-01-01; swap them, or widen the range",
    ),
    (
        lambda d: d.options("ordered_at", minimum="1.1.2020"),
        "table orders, property ordered_at: minimum is the text '1.1.2020'; "
        'write a date in quotes, as "2020-01-31"',
    ),
    (
        lambda d: d.options("amount", minimum="0"),
        "table orders, property amount: minimum is the text '0'; "
        "write a number, without quotes",
    ),
    (
        lambda d: d.options("amount", multipleOf=0),
        "table orders, property amount: multipleOf is the number 0; "
        "write a number above 0",
    ),
    (
        lambda d: d.options("weight", multipleOf=0.1),
        "table orders, property weight: multipleOf means nothing for DOUBLE; "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("note", minimum=0),
        "table orders, property note: minimum means nothing for STRING; "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("amount", pattern="^1"),
        "table orders, property amount: pattern means nothing for DECIMAL(10,2); "
        "remove it, or change the type",
    ),
    (
        lambda d: d.options("note", minLength=-1),
        "table orders, property note: minLength is the number -1; "
        "write a whole number from 0 on",
    ),
    (
        lambda d: d.options("note", pattern="[a-z"),
        "table orders, property note: pattern [a-z is not a regular expression: "
        "unterminated character set; fix it",
    ),
    (
        lambda d: d.options("note", pattern=5),
        "table orders, property note: pattern is the number 5; "
        "write a regular expression in quotes",
    ),
    (
        lambda d: d.column(
            "note", customProperties=[{"property": "formats", "value": ["dd.MM.yyyy"]}]
        ),
        "table orders, property note: formats mean nothing for STRING; "
        "remove them, or make it a DATE",
    ),
    (
        lambda d: d.column(
            "ordered_at",
            customProperties=[{"property": "formats", "value": ["DD.MM.JJJJ"]}],
        ),
        "table orders, property ordered_at: the format DD.MM.JJJJ is not a pattern; "
        "write one as dd.MM.yyyy HH:mm",
    ),
    *[
        (
            lambda d, format_=format_: d.options("ordered_at", format=format_),
            f"table orders, property ordered_at: the format {format_} is not a pattern "
            f"to read by ({letter}); write one as dd.MM.yyyy HH:mm",
        )
        for format_, letter in (
            ("EEE dd.MM.yyyy", "E"),
            ("F yyyy", "F"),
            ("yyyy q", "q"),
            ("yyyy QQ", "Q"),
            ("hh B", "B"),
        )
    ],
    *[
        (
            lambda d, format_=format_: d.options("ordered_at", format=format_),
            f"table orders, property ordered_at: the format {format_} {words}",
        )
        for format_, words in (
            ("YYYY-MM-DD", "is not a pattern; did you mean yyyy-MM-dd?"),
            ("%d.%m.%Y", "is not a pattern; did you mean dd.MM.yyyy?"),
            (
                "yyyy-MM-ddTHH:mm:ss",
                "is not a pattern; did you mean yyyy-MM-dd'T'HH:mm:ss?",
            ),
            (
                "yyyy-MM-DD",
                "has D, the day of the year, beside a month; did you mean yyyy-MM-dd?",
            ),
            (
                "ddd.MM.yyyy",
                "is not a pattern: it has ddd; write one as dd.MM.yyyy HH:mm",
            ),
            (
                "yyyy'",
                "has a quote ' that is not closed; write one as dd.MM.yyyy HH:mm",
            ),
        )
    ],
    (
        lambda d: d.column("ordered_at", transformLogic="note"),
        "table orders, property ordered_at: a sequence column cannot be derived; "
        "remove transformLogic",
    ),
    (
        lambda d: d.column("order_id", transformLogic="1"),
        "table orders, property order_id: a key column cannot be derived; "
        "remove transformLogic",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(nte)"),
        "table orders, property note: transformLogic names nte, which is no column "
        "before it; known are: order_id, customer_id, amount, tags, weight, ordered_at",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(note)"),
        "table orders, property note: transformLogic names note, which is no column "
        "before it; known are: order_id, customer_id, amount, tags, weight, ordered_at",
    ),
    (
        lambda d: d.column("note", transformLogic="upper(("),
        "table orders, property note: transformLogic cannot be used: a bracket ( is "
        "not closed; close it",
    ),
]


@pytest.mark.parametrize(**named(COLUMNS))
def test_a_fault_is_reported_alone_with_its_remedy(tmp_path, spoil, message):
    assert reported(tmp_path, spoil) == [message]
