"""The column types of Unity Catalog."""


def normal(text: str) -> str:
    return " ".join(text.split()).upper()


def is_clusterable(type_name: str) -> bool:
    return not type_name.startswith(("ARRAY", "MAP", "STRUCT", "BINARY", "BOOLEAN"))
