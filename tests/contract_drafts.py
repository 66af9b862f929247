"""A sound contract of two tables, ways to spoil it, and the faults reported then."""

import copy
from collections.abc import Callable
from pathlib import Path

import pytest
import yaml

from medallion.contract import ContractError, load

ORDERS = yaml.safe_load("""
apiVersion: v3.1.0
kind: DataContract
id: shop
version: "1.0.0"
status: active
schema:
  - name: orders
    description: What was ordered.
    customProperties:
      - {property: role, value: fact}
      - {property: format, value: json}
      - {property: sequenceBy, value: ordered_at}
    properties:
      - {name: order_id, physicalType: BIGINT, primaryKey: true}
      - name: customer_id
        physicalType: BIGINT
        relationships: [{to: customers.customer_id}]
      - {name: amount, logicalType: number, physicalType: "DECIMAL(10,2)"}
      - {name: note, logicalType: string, physicalType: STRING}
      - {name: tags, logicalType: array, physicalType: ARRAY<STRING>}
      - {name: weight, logicalType: number, physicalType: DOUBLE}
      - {name: ordered_at, logicalType: timestamp, physicalType: TIMESTAMP}
    quality:
      - name: amount_is_small
        type: custom
        engine: lakeflow
        implementation: {expectation: amount < 1000, action: drop}
  - name: customers
    description: Who ordered.
    customProperties:
      - {property: role, value: scd2}
      - {property: format, value: csv}
      - {property: sequenceBy, value: changed_at}
      - {property: technicalColumns, value: [changed_at]}
    properties:
      - {name: customer_id, physicalType: BIGINT, primaryKey: true}
      - {name: name, physicalType: STRING}
      - {name: changed_at, physicalType: TIMESTAMP}
""")
REMOVED = object()


class Draft:
    """A sound contract, and the ways to spoil it."""

    def __init__(self):
        self.document = copy.deepcopy(ORDERS)
        self.orders, self.customers = self.document["schema"]

    def column(self, name: str, /, **changes) -> None:
        columns = [*self.orders["properties"], *self.customers.get("properties", [])]
        column = next(c for c in columns if c["name"] == name)
        for key, value in changes.items():
            column.pop(key, None)
            if value is not REMOVED:
                column[key] = value

    def rename_customers(self, name: str) -> None:
        self.customers["name"] = name
        self.column("customer_id", relationships=REMOVED)

    def without_properties(self, key: str) -> None:
        """Of customers, nothing is known but a key."""
        del self.customers["properties"]
        self.column("customer_id", relationships=REMOVED)
        self.custom("customers", keys=[key], sequenceBy=REMOVED)
        self.custom("customers", technicalColumns=REMOVED)

    def whole(self, role: str, **changes) -> None:
        """Customers come in whole, so that nothing orders their rows."""
        apart = {"sequenceBy": REMOVED, "technicalColumns": REMOVED}
        self.custom("customers", role=role, **apart, **changes)

    def merged(self, **changes) -> dict:
        """Another source, web, that flows into customers; returns its entry."""
        web = {**copy.deepcopy(self.customers), "name": "web"}
        self.document["schema"].append(web)
        first, self.customers = self.customers, web
        self.custom("web", **{"into": "customers", **changes})
        self.customers = first
        return web

    def more_orders(self, **changes) -> dict:
        """Another source, shop, that flows into orders; returns its entry."""
        shop = {**copy.deepcopy(self.orders), "name": "shop"}
        for column in shop["properties"]:
            column.pop("relationships", None)
        self.document["schema"].append(shop)
        first, self.orders = self.orders, shop
        self.custom("orders", **{"into": "orders", **changes})
        self.orders = first
        return shop

    def with_lines(self, columns=(), **custom) -> None:
        """A fact whose rows are lines of the orders."""
        relationship = {
            "to": "orders.order_id",
            "customProperties": [
                {"property": name, "value": value} for name, value in custom.items()
            ],
        }
        lines = {
            "name": "lines",
            "customProperties": [
                {"property": "role", "value": "fact"},
                {"property": "format", "value": "json"},
            ],
            "properties": [
                {"name": "line_id", "physicalType": "STRING", "primaryKey": True},
                {
                    "name": "order_id",
                    "physicalType": "BIGINT",
                    "relationships": [relationship],
                },
                *columns,
            ],
        }
        self.document["schema"].append(lines)

    def separators(self, column: str, **custom) -> None:
        """How the column writes its numbers: decimal=",", group="."."""
        entries = [
            {"property": f"{name}Separator", "value": sign}
            for name, sign in custom.items()
        ]
        self.column(column, customProperties=entries)

    def must(self, column: str, to: str, action: object) -> None:
        """What the column points to must be there."""
        custom = [{"property": "onMissing", "value": action}]
        self.column(column, relationships=[{"to": to, "customProperties": custom}])

    def options(self, column: str, **options) -> None:
        self.column(column, logicalTypeOptions=options)

    def custom(self, table: str, **changes) -> None:
        entry = self.orders if table == "orders" else self.customers
        kept = [p for p in entry["customProperties"] if p["property"] not in changes]
        added = [
            {"property": name, "value": value}
            for name, value in changes.items()
            if value is not REMOVED
        ]
        entry["customProperties"] = kept + added

    def rule(self, **changes) -> None:
        rule = self.orders["quality"][0]
        for key, value in changes.items():
            rule.pop(key, None)
            if value is not REMOVED:
                rule[key] = value

    def expect(self, expectation: object, **more) -> None:
        self.rule(implementation={"expectation": expectation, **more})

    def library(self, column: str, **entry) -> None:
        self.column(column, quality=[{"type": "library", **entry}])


def faults(path: Path, content: str | dict) -> list[str]:
    """The problems of a contract, without the file's name in front."""
    text = content if isinstance(content, str) else yaml.safe_dump(content)
    path.write_text(text, encoding="utf-8")
    with pytest.raises(ContractError) as caught:
        load(path)
    assert str(caught.value).splitlines() == [str(p) for p in caught.value.problems]
    head = f"contract {path.name}"
    assert all(str(p).startswith(head) for p in caught.value.problems)
    return [str(p).removeprefix(head).removeprefix(", ") for p in caught.value.problems]


def reported(folder: Path, spoil: Callable[[Draft], object]) -> list[str]:
    """The faults of the draft once it is spoilt."""
    draft = Draft()
    spoil(draft)
    return faults(folder / "shop.odcs.yaml", draft.document)


def named(cases: list[tuple]) -> dict:
    """Arguments of parametrize for cases of (spoil, message), named by the message."""
    return {
        "argnames": ("spoil", "message"),
        "argvalues": cases,
        "ids": [message for _, message in cases],
    }
