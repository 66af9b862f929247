"""What can be wrong with a table of a contract, and with its relationships."""

import pytest
from contract_drafts import REMOVED, Draft, named, reported

X = "main.crm.customers"
TEXT = {"physicalType": "STRING"}
TABLES = [
    (
        lambda d: d.custom("orders", role=REMOVED),
        "table orders, customProperties role: it is missing; "
        "add {property: role, value: fact}, or scd1, scd2, snapshot, reference",
    ),
    (
        lambda d: d.custom("orders", role="Facts"),
        "table orders, customProperties role: Facts is no role; did you mean fact?",
    ),
    (
        lambda d: d.custom("orders", role="stream"),
        "table orders, customProperties role: stream is no role; "
        "known are: fact, scd1, scd2, snapshot, reference",
    ),
    (
        lambda d: d.custom("orders", format=REMOVED),
        "table orders, customProperties format: it is missing; "
        "add {property: format, value: json}, or csv, parquet, avro, orc, xml, text, "
        "delta, kafka, eventhubs",
    ),
    (
        lambda d: d.custom("orders", format="jsn"),
        "table orders, customProperties format: jsn is no format; did you mean json?",
    ),
    (
        lambda d: d.column("order_id", primaryKey=REMOVED),
        "table orders: it has no key; "
        "write primaryKey: true at the properties that make a row unique",
    ),
    (
        lambda d: d.without_properties("valid_from"),
        "table customers, keys: valid_from is the name of a column that the pipeline "
        "adds; add properties to the table, this one with another name and "
        "physicalName: valid_from",
    ),
    (
        lambda d: d.without_properties("Customers_Key"),
        "table customers, keys: Customers_Key is the name of a column that the "
        "pipeline adds; add properties to the table, this one with another name and "
        "physicalName: Customers_Key",
    ),
    (
        lambda d: d.rename_customers("Customers List"),
        "table Customers List, name: Customers List cannot name a table; "
        "write letters, digits and _, beginning with a letter",
    ),
    (
        lambda d: d.document["schema"].append({**d.orders, "name": "ORDERS"}),
        "table ORDERS: another table has this name, too; keep one of them",
    ),
    (
        lambda d: d.rename_customers("date"),
        "table date, name: gold_dim_date is the calendar; choose another",
    ),
    (
        lambda d: d.document["schema"].append(
            {**d.customers, "name": "customers_current"}
        ),
        "table customers_current: it and table customers would both make "
        "silver_customers_current; rename one of them",
    ),
    (
        lambda d: d.custom("orders", keys=["order_id"]),
        "table orders, keys: keys are for a table without properties; "
        "write primaryKey: true at the properties",
    ),
    (
        lambda d: d.orders.pop("properties"),
        "table orders: it has no key; "
        "add {property: keys, value: [order_id]} to its customProperties",
    ),
    (
        lambda d: d.column("order_id", physicalType="DOUBLE"),
        "table orders, property order_id: a key cannot be DOUBLE, whose values compare "
        "badly; choose a plain, exact type",
    ),
    (
        lambda d: d.custom("orders", sequenceBy="orderd_at"),
        "table orders, sequenceBy: orderd_at is no column of the table; "
        "did you mean ordered_at?",
    ),
    (
        lambda d: d.custom("orders", sequenceBy=["ordered_at", "ordered_at"]),
        "table orders, sequenceBy: ordered_at is there twice; name it once",
    ),
    (
        lambda d: d.custom("orders", sequenceBy="tags"),
        "table orders, sequenceBy: tags is ARRAY, which has no order; "
        "choose a time, a number or a text",
    ),
    (
        lambda d: d.custom("customers", technicalColumns=["op", "changed_at"]),
        "table customers, technicalColumns: op is no column of the table; "
        "known are: customer_id, name, changed_at",
    ),
    (
        lambda d: d.custom("customers", technicalColumns=["customer_id"]),
        "table customers, technicalColumns: customer_id is a key, which every version "
        "needs; remove it",
    ),
    (
        lambda d: d.custom("customers", historyColumns=["nam"]),
        "table customers, historyColumns: nam is no column of the table; "
        "did you mean name?",
    ),
    (
        lambda d: d.custom("customers", historyColumns=["changed_at"]),
        "table customers, historyColumns: changed_at is a technical column, which "
        "silver does not keep; remove it from one of the two",
    ),
    (
        lambda d: d.custom("customers", clusterBy=["changed_at"]),
        "table customers, clusterBy: changed_at is a technical column, which "
        "silver does not keep; remove it from one of the two",
    ),
    (
        lambda d: d.custom(
            "orders",
            clusterBy=["order_id", "customer_id", "amount", "note", "ordered_at"],
        ),
        "table orders, clusterBy: it names more than 4 columns; keep at most 4",
    ),
    (
        lambda d: d.custom("orders", clusterBy="tags"),
        "table orders, clusterBy: tags is ARRAY, which cannot be clustered by; "
        "choose a number, a text or a time",
    ),
    (
        lambda d: d.custom("orders", deleteWhen="note = 'D'"),
        "table orders, deleteWhen: deleteWhen means nothing for role fact; "
        "remove it (it is for scd1, scd2)",
    ),
    (
        lambda d: d.custom("customers", role="reference", technicalColumns=REMOVED),
        "table customers, sequenceBy: sequenceBy means nothing for role reference; "
        "remove it (it is for fact, scd1, scd2)",
    ),
    (
        lambda d: d.custom("customers", deduplicateWithin="2 days"),
        "table customers, deduplicateWithin: deduplicateWithin means nothing for role "
        "scd2; remove it (it is for fact)",
    ),
    (
        lambda d: d.custom("orders", deduplicateWithin="a week"),
        "table orders, deduplicateWithin: a week is no time span; write it as 7 days",
    ),
    (
        lambda d: d.custom("orders", deduplicateWithin="1 month"),
        "table orders, deduplicateWithin: 1 month is no time span; write it as 7 days",
    ),
    (
        lambda d: d.custom("customers", deleteWhen="operation = 'D'"),
        "table customers, deleteWhen: it names operation, which is no column of the "
        "table; known are: customer_id, name, changed_at",
    ),
    (
        lambda d: d.custom("orders", readerOptions={"mode": "DROPMALFORMED"}),
        "table orders, readerOptions: mode is set by the pipeline, so that no row is "
        "lost; remove it",
    ),
    (
        lambda d: d.custom("customers", readerOptions={"header": False}),
        "table customers, readerOptions: files without a header are not read: columns "
        "go by name; begin each file with its header",
    ),
    (
        lambda d: d.custom("orders", readerOptions={"sep": [";"]}),
        "table orders, readerOptions: sep has no plain value; write a text",
    ),
]
PATTERN = r"write {pattern: 'customers_(\d{4}-\d{2}-\d{2})'}"
WEB = Draft().customers["properties"]
KEY_OF_WEB = {**WEB[1], "primaryKey": True, "primaryKeyPosition": 2}
TEXT = {"physicalType": "STRING"}
MERGED = [
    (
        lambda d: d.merged(into="custmers"),
        "table web, into: custmers is not another table; did you mean customers?",
    ),
    (
        lambda d: d.merged(
            role="reference", sequenceBy=REMOVED, technicalColumns=REMOVED
        ),
        "table web, into: rows of role reference are not added to another table; "
        "remove it (it is for fact, scd1, scd2)",
    ),
    (
        lambda d: d.merged(role="scd1"),
        "table web, into: its role is scd1, and scd2 of customers; make both the same",
    ),
    (
        lambda d: d.merged().update(properties=[*WEB[:1], KEY_OF_WEB, *WEB[2:]]),
        "table web, into: its key is customer_id, name, and customer_id of customers; "
        "make both the same",
    ),
    (
        lambda d: d.merged().update(properties=[WEB[0], WEB[2]]),
        "table web, into: its list of columns is customer_id, and customer_id, name of "
        "customers; make both the same",
    ),
    (
        lambda d: d.merged().update(properties=[{**WEB[0], **TEXT}, *WEB[1:]]),
        "table web, into: the type of customer_id is STRING, and BIGINT of customers; "
        "make both the same",
    ),
    (
        lambda d: d.merged().update(properties=[*WEB[:2], {**WEB[2], **TEXT}]),
        "table web, sequenceBy: it is ordered by STRING, and customers is ordered by "
        "TIMESTAMP; make both the same",
    ),
    (
        lambda d: d.merged(historyColumns=["name"]),
        "table web, into: historyColumns is name, and nothing of customers; make both "
        "the same",
    ),
    (
        lambda d: d.merged(sequenceBy=REMOVED),
        "table web, sequenceBy: it has no sequence, and customers is ordered by "
        "TIMESTAMP; add it",
    ),
    (
        lambda d: d.merged(sequenceBy=REMOVED, format="delta", location=X),
        "table web, sequenceBy: it has no sequence, and customers is ordered by "
        "TIMESTAMP; add it, and {property: once, value: true}, without which it would "
        "follow commits",
    ),
    (
        lambda d: (d.merged(), d.custom("customers", sequenceBy=REMOVED)),
        "table web, sequenceBy: it is ordered by TIMESTAMP, and customers has no "
        "sequence; remove it, or add it to customers",
    ),
    (
        lambda d: d.more_orders(sequenceBy=REMOVED),
        "table shop, sequenceBy: it is dated by its file, and orders by ordered_at; "
        "make both the same",
    ),
    (
        lambda d: d.more_orders(sequenceBy="order_id"),
        "table shop, sequenceBy: it is dated by its file, and orders by ordered_at; "
        "make both the same",
    ),
    (
        lambda d: (
            d.more_orders(once=True),
            d.must("customer_id", "customers.customer_id", "quarantine"),
        ),
        "table shop, once: orders has onMissing, by which rows are judged as they "
        "come; remove it: a source is read once without it, too",
    ),
    (
        lambda d: (
            d.more_orders().update(
                quality=[{**d.orders["quality"][0], "name": "customer_id_exists"}]
            ),
            d.must("customer_id", "customers.customer_id", "warn"),
        ),
        "table shop, rule customer_id_exists: orders has a rule of this name for its "
        "reference; rename this one",
    ),
    (
        lambda d: d.custom("customers", once=True),
        "table customers, once: once is for a source that flows into another table; "
        "add {property: into, value: customers}",
    ),
    (
        lambda d: d.custom("customers", truncateWhen="name = 'T'"),
        "table customers, truncateWhen: truncateWhen means nothing for role scd2; "
        "remove it (it is for scd1)",
    ),
]
COMBINATIONS = [
    (
        lambda d: d.whole("snapshot", historyType=3),
        "table customers, historyType: 3 is not a type of history; write 1 for the "
        "last dump only, 2 for all versions",
    ),
    (
        lambda d: d.whole("snapshot", historyType=1, historyColumns=["name"]),
        "table customers, historyColumns: historyColumns means nothing for "
        "historyType 1; remove one of the two",
    ),
    (
        lambda d: d.custom("orders", historyType=1),
        "table orders, historyType: historyType means nothing for role fact; remove "
        "it (it is for snapshot)",
    ),
    (
        lambda d: d.whole("snapshot", snapshotVersion={"pattern": "x_\\d+"}),
        "table customers, snapshotVersion: x_\\d+ has 0 groups; put brackets around "
        f"the version in a file's name: {PATTERN}",
    ),
    (
        lambda d: d.whole("snapshot", snapshotVersion={"pattern": "(x"}),
        "table customers, snapshotVersion: (x is not a regular expression: missing ), "
        f"unterminated subpattern at position 0; {PATTERN}",
    ),
    (
        lambda d: d.whole("snapshot", snapshotVersion={"type": "number"}),
        "table customers, snapshotVersion: it has no pattern; put brackets around the "
        f"version in a file's name: {PATTERN}",
    ),
    (
        lambda d: d.whole("snapshot", snapshotVersion={"pattern": "(x)", "typ": 1}),
        "table customers, snapshotVersion: typ is not known; did you mean type?",
    ),
    (
        lambda d: d.whole("snapshot", snapshotVersion={"pattern": "(x)", "type": "t"}),
        "table customers, snapshotVersion: type t is not known; write time or number",
    ),
    (
        lambda d: d.whole("snapshot", format="delta", location=X),
        "table customers, customProperties role: a Delta table knows its own changes; "
        "write scd1 or scd2, which follow them",
    ),
    (
        lambda d: d.whole("reference", format="kafka"),
        "table customers, customProperties role: reference reads the whole of a "
        "source, and a topic has no whole; write fact, scd1 or scd2",
    ),
    (
        lambda d: d.whole("snapshot", format="eventhubs"),
        "table customers, customProperties role: snapshot reads the whole of a "
        "source, and a topic has no whole; write fact, scd1 or scd2",
    ),
    (
        lambda d: (d.without_properties("value"), d.custom("customers", format="text")),
        "table customers, customProperties role: lines of text have no versions; "
        "write fact or reference",
    ),
    (
        lambda d: d.custom("orders", format="text"),
        "table orders, keys: a file of text has one column, value, and not order_id; "
        "make value the key",
    ),
    (
        lambda d: d.custom("orders", format="orc"),
        "table orders, customProperties role: Auto Loader cannot tell which columns "
        "files of ORC have; write reference, or have Parquet delivered",
    ),
    (
        lambda d: d.custom("orders", format="xml"),
        "table orders, readerOptions: rowTag is missing, the element of a row; "
        "add {property: readerOptions, value: {rowTag: order}}",
    ),
    (
        lambda d: d.custom("orders", format="delta"),
        "table orders, location: it is missing; write it as catalog.schema.table",
    ),
    (
        lambda d: d.custom("orders", format="delta", location="/Volumes/a/b/c"),
        "table orders, location: /Volumes/a/b/c does not name a table; "
        "write it as catalog.schema.table",
    ),
    (
        lambda d: d.custom("customers", format="delta", location=X),
        "table customers, sequenceBy: the commits of a Delta table say it, and "
        "sequenceBy would not agree; remove it",
    ),
    (
        lambda d: d.custom(
            "customers",
            format="delta",
            location=X,
            sequenceBy=REMOVED,
            deleteWhen="1=1",
        ),
        "table customers, deleteWhen: the commits of a Delta table say it, and "
        "deleteWhen would not agree; remove it",
    ),
]
RELATIONSHIPS = [
    (
        lambda d: d.column("customer_id", relationships=[{"to": "customer.id"}]),
        "table orders, property customer_id: the relationship to customer.id leads to "
        "no table; did you mean customers?",
    ),
    (
        lambda d: d.column("customer_id", relationships=[{"to": "customers.id"}]),
        "table orders, property customer_id: the relationship to customers.id does not "
        "lead to that table's key; its key is customers.customer_id",
    ),
    (
        lambda d: (
            d.column("name", primaryKey=True),
            d.column("customer_id", relationships=[{"to": "customers.customer_id"}]),
        ),
        "table orders, property customer_id: the relationship to customers.customer_id "
        "does not lead to that table's key; write it beside `properties`, with this "
        "table's columns for the dots: relationships: [{from: [orders.…, orders.…], "
        "to: [customers.customer_id, customers.name]}]",
    ),
    (
        lambda d: d.column("name", relationships=[{"to": "orders.order_id"}]),
        "table customers, property name: the relationship to orders.order_id leads to "
        "a fact; relate to an scd1, scd2 or reference table",
    ),
    (
        lambda d: d.column(
            "note", relationships=[{"to": "customers.customer_id"}], name="note_id"
        ),
        "table orders, property note_id: the relationship to customers.customer_id "
        "compares STRING with BIGINT; make note_id BIGINT, too",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": "orders.custmer_id", "to": "customers.customer_id"}]
        ),
        "table orders, property custmer_id: the relationship to customers.customer_id "
        "is from custmer_id, which is no column; did you mean customer_id?",
    ),
    (
        lambda d: d.orders.update(
            relationships=[{"from": "order.order_id", "to": "customers.customer_id"}]
        ),
        "table orders, relationships: a relationship of this table is from "
        "order.order_id; write orders.order_id",
    ),
    (
        lambda d: d.column("note", relationships=[{"to": "customers.name"}]),
        "table orders, property note: the relationship to customers.name leads to a "
        "column that many of its rows may share; relate to its key, "
        "customers.customer_id; if it is many-to-many, make a bridge: a fact with a "
        "row for each pair, related to this table and to customers",
    ),
    (
        lambda d: d.column("tags", relationships=[{"to": "customers.customer_id"}]),
        "table orders, property tags: the relationship to customers.customer_id is "
        "from a list: it is many-to-many; make a bridge: a fact with a row for each "
        "pair, related to this table and to customers",
    ),
    (
        lambda d: d.column("order_id", relationships=[{"to": "orders.order_id"}]),
        "table orders, property order_id: the relationship to orders.order_id makes a "
        "fact a line of itself: orders → orders; remove one of these relationships",
    ),
    (
        lambda d: (
            d.with_lines(),
            d.column("note", relationships=[{"to": "lines.line_id"}]),
        ),
        "table orders, property note: the relationship to lines.line_id makes a fact a "
        "line of itself: orders → lines → orders; remove one of these relationships",
    ),
    (
        lambda d: d.with_lines(inheritKeys=["customer_key"]),
        "table lines, property order_id: inheritKeys names customer_key, which is not "
        "a key of orders; did you mean customers_key?",
    ),
    (
        lambda d: d.with_lines(inheritKeys="all"),
        "table lines, property order_id, customProperties: inheritKeys is the text "
        "'all'; write true, or a list of keys such as [customers_key]",
    ),
    (
        lambda d: d.with_lines(
            inheritKeys=True, columns=[{"name": "customers_key", **TEXT}]
        ),
        "table lines, property order_id: a column of its header would be "
        "customers_key, as is column customers_key; rename one of the columns",
    ),
    (
        lambda d: d.with_lines(columns=[{"name": "orders_time", **TEXT}]),
        "table lines, property order_id: a column of its header would be orders_time, "
        "as is column orders_time; rename one of the columns",
    ),
    (
        lambda d: d.column(
            "customer_id",
            relationships=[
                {
                    "to": "customers.customer_id",
                    "customProperties": [{"property": "inheritKeys", "value": True}],
                }
            ],
        ),
        "table orders, property customer_id: the relationship to customers.customer_id "
        "has inheritKeys, which are for a fact that is a header; remove inheritKeys",
    ),
    (
        lambda d: d.column(
            "customer_id",
            relationships=[{"to": "customers.customer_id", "inheritKeys": True}],
        ),
        "table orders, property customer_id: a relationship has no inheritKeys of its "
        "own in the standard; write customProperties: [{property: inheritKeys, "
        "value: …}]",
    ),
    (
        lambda d: d.must("customer_id", "customers.customer_id", "drop"),
        "table orders, property customer_id: onMissing is drop; "
        "known are: quarantine, warn, fail",
    ),
    (
        lambda d: d.must("customer_id", "customers.customer_id", True),
        "table orders, property customer_id, customProperties: onMissing is the flag "
        "true; write quarantine, warn or fail",
    ),
    (
        lambda d: (
            d.column("name", name="friend", physicalType="BIGINT"),
            d.must("friend", "customers.customer_id", "warn"),
        ),
        "table customers, property friend: the relationship to customers.customer_id "
        "would have the rows of customers wait for each other: customers → customers; "
        "remove onMissing from one of these relationships",
    ),
    (
        lambda d: d.column(
            "customer_id",
            relationships=[{"to": "customers.customer_id", "onMissing": "fail"}],
        ),
        "table orders, property customer_id: a relationship has no onMissing of its "
        "own in the standard; write customProperties: [{property: onMissing, "
        "value: …}]",
    ),
    (
        lambda d: d.must("ordered_at", "date.date", "warn"),
        "table orders, property ordered_at: onMissing means nothing for the calendar; "
        "remove it",
    ),
    (
        lambda d: (
            d.must("customer_id", "customers.customer_id", "warn"),
            d.library(
                "note",
                metric="nullValues",
                mustBe=0,
                name="customer_id_exists",
            ),
        ),
        "table orders, rule customer_id_exists: two rules have this name: `note` IS "
        "NOT NULL, and NOT array_contains(_missing, 'customer_id_exists'); rename one; "
        "a derived rule cannot be replaced",
    ),
    (
        lambda d: d.column("ordered_at", relationships=[{"to": "date.day"}]),
        "table orders, property ordered_at: the relationship to date.day does not lead "
        "to the calendar's key; write date.date, from one column",
    ),
    (
        lambda d: d.column("note", relationships=[{"to": "date.date"}]),
        "table orders, property note: the relationship to date.date is from note, "
        "which is STRING; relate a column whose physicalType is DATE or TIMESTAMP",
    ),
    (
        lambda d: d.column("changed_at", relationships=[{"to": "date.date"}]),
        "table customers, property changed_at: the relationship to date.date is for "
        "facts only: others get no keys; remove it",
    ),
    (
        lambda d: (
            d.column("ordered_at", relationships=[{"to": "date.date"}]),
            d.column("weight", name="ordered_at_date_key"),
        ),
        "table orders, property ordered_at: its key would be ordered_at_date_key, as "
        "is column ordered_at_date_key; rename one of the columns",
    ),
    (
        lambda d: d.column("weight", name="customers_key"),
        "table orders, property customer_id: its surrogate key would be customers_key, "
        "as is column customers_key; rename one of the columns",
    ),
    (
        lambda d: d.column("name", name="customers_key"),
        "table customers, property customers_key: the dimension's surrogate key has "
        "this name; choose another",
    ),
]


@pytest.mark.parametrize(**named([*TABLES, *COMBINATIONS, *MERGED, *RELATIONSHIPS]))
def test_a_fault_is_reported_alone_with_its_remedy(tmp_path, spoil, message):
    assert reported(tmp_path, spoil) == [message]
