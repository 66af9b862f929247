"""Tables of a contract by chance: any type, constraint and rule, in any role."""

from random import Random

_FORMATS = ("json", "csv", "parquet")
_ROLES = ("fact", "scd1", "scd2", "reference")
_SCALARS = (
    *("TINYINT", "SMALLINT", "INT", "BIGINT", "FLOAT", "DOUBLE", "DECIMAL(9,3)"),
    *("DECIMAL(18,0)", "STRING", "STRING", "BOOLEAN", "BINARY", "DATE", "TIMESTAMP"),
    "TIMESTAMP_NTZ",
)
_NESTED = (
    "ARRAY<INT>",
    "ARRAY<STRUCT<sku: STRING, pieces: INT>>",
    "MAP<STRING, DECIMAL(8,2)>",
    "STRUCT<a: INT, b: STRUCT<c: DATE, d: ARRAY<STRING>>>",
)
_NAMES = ("price", "note", "email", "total", "city", "share", "code", "age", "due", "x")
_WHOLE = ("TINYINT", "SMALLINT", "INT", "BIGINT")
_NUMBERS = (*_WHOLE, "FLOAT", "DOUBLE", "DECIMAL(9,3)", "DECIMAL(18,0)")


def random_tables(seed: int) -> list[dict]:
    """A table of each role; the fact points to the others."""
    rng = Random(seed)
    members = [_table(role, role, rng) for role in _ROLES[1:]]
    fact = _table("fact", "fact", rng)
    for table in members:
        key = table["properties"][0]
        pointing = {
            "name": f"{table['name']}_id",
            "physicalType": key["physicalType"],
            "required": rng.random() < 0.5,
            "relationships": [{"to": f"{table['name']}.{key['name']}"}],
        }
        fact["properties"].append(pointing)
    return [fact, *members]


def _table(name: str, role: str, rng: Random) -> dict:
    custom = {"role": role, "format": rng.choice(_FORMATS)}
    columns = [_key(rng), *(_column(i, rng) for i in range(rng.randint(4, 9)))]
    if role != "reference":
        type_ = rng.choice(("TIMESTAMP", "BIGINT", "DATE", "TIMESTAMP_NTZ"))
        columns.append({"name": "at", "physicalType": type_})
        custom["sequenceBy"] = "at"
    if role in ("scd1", "scd2") and rng.random() < 0.5:
        columns.append({"name": "gone", "physicalType": "BOOLEAN"})
        custom["deleteWhen"] = "gone"
    if role in ("scd1", "scd2") and rng.random() < 0.5:
        custom["ignoreNullUpdates"] = True
    if custom["format"] == "csv" and rng.random() < 0.5:
        custom["readerOptions"] = {"sep": rng.choice((";", "|", "\t"))}
    return {
        "name": name,
        "customProperties": [{"property": k, "value": v} for k, v in custom.items()],
        "properties": columns,
        "quality": list(_rules(columns, rng)),
    }


def _key(rng: Random) -> dict:
    type_ = rng.choice(("BIGINT", "INT", "STRING", "DECIMAL(12,0)"))
    key = {"name": "id", "physicalType": type_, "primaryKey": True}
    if type_ == "STRING" and rng.random() < 0.5:
        key["logicalTypeOptions"] = {"pattern": "^[A-F]{2}-[0-9]{5}$"}
    return key


def _column(number: int, rng: Random) -> dict:
    type_ = rng.choice(_NESTED if rng.random() < 0.2 else _SCALARS)
    name = f"{rng.choice(_NAMES)}_{number}"
    column = {"name": name, "physicalType": type_, "required": rng.random() < 0.4}
    if number % 3 == 1:
        column["physicalName"] = f"{name} (no. {number})"
    options = _options(type_, rng)
    if options and rng.random() < 0.7:
        column["logicalTypeOptions"] = options
    elif type_ == "STRING" and rng.random() < 0.5:
        valid = {"metric": "invalidValues", "arguments": {"validValues": ["a", "b c"]}}
        action = [{"property": "action", "value": rng.choice(("warn", "drop"))}]
        column["quality"] = [{**valid, "mustBe": 0, "customProperties": action}]
    return column


def _options(type_: str, rng: Random) -> dict:
    if type_ in _NUMBERS:
        low = rng.randint(-50, 50)
        bounds = [{"minimum": low}, {"exclusiveMinimum": low}, {"maximum": low}]
        bounds.append({"minimum": low, "exclusiveMaximum": low + rng.randint(2, 60)})
        if type_ in _WHOLE:
            bounds.append({"multipleOf": rng.randint(2, 5)})
        return rng.choice(bounds)
    if type_ in ("DATE", "TIMESTAMP", "TIMESTAMP_NTZ"):
        return rng.choice(({"minimum": "2001-02-03"}, {"maximum": "2030-01-01"}))
    if type_ == "STRING":
        return rng.choice(
            (
                {"minLength": 3, "maxLength": 8},
                {"pattern": "^[a-z]+( [a-z]+)?$"},
                {"maxLength": 12, "pattern": "[0-9]"},
            )
        )
    if type_ == "ARRAY<INT>":
        return rng.choice(({"minItems": 2, "maxItems": 3}, {"uniqueItems": True}))
    return {}


def _rules(columns: list[dict], rng: Random):
    whole = ("INT", "DOUBLE", "BIGINT")
    # Not of what counts: keys and sequences are as they are.
    free = [c for c in columns if c["name"] not in ("id", "at")]
    plain = [c["name"] for c in free if c["physicalType"] in whole]
    flags = [c["name"] for c in columns if c["physicalType"] == "BOOLEAN"]
    texts = [c["name"] for c in free if c["physicalType"] == "STRING"]
    written = []
    if len(plain) > 1:
        a, b = rng.sample(plain, 2)
        written += [f"{a} IS NULL OR {b} IS NULL OR {a} <> {b}", f"{a} + 1 > {a}"]
    if plain and flags:
        written.append(
            f"CASE WHEN {flags[0]} THEN {plain[0]} IS NOT NULL ELSE true END"
        )
    if texts:
        written.append(f"coalesce({texts[0]}, 'a') NOT LIKE '%?%'")
        written.append(f"{texts[-1]} IS NOT NULL AND length(trim({texts[-1]})) > 0")
    for i, expectation in enumerate(written):
        action = rng.choice(("warn", "drop", "drop", "fail"))
        rule = {"name": f"rule_{i}", "type": "custom", "engine": "lakeflow"}
        rule["implementation"] = {"expectation": expectation, "action": action}
        yield rule
